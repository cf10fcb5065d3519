/**
 * The matrix as it is shown: text for a terminal, Markdown for a document, a page, and JSON.
 *
 *     protocol          read committed        repeatable read   serializable   holds from        cured by
 *     one-transaction   ✗ mutual-exclusion 8  ✓                 ✓              repeatable read   select-for-update ✓
 *
 * All of them are made of one table of plain texts, so they say the same. Nothing in it is a time: two runs print the same.
 */
import type { FaultBudget } from "../../model/fault.ts";
import type { IsolationLevel } from "../../model/protocol.ts";
import type { Scenario } from "../../model/scenario.ts";
import type { Cell, Cure, MatrixRow } from "../../sim/explore/matrix.ts";
import { faultsText } from "../../sim/system/faults.ts";
import { escaped } from "../page/markup.ts";
import { STYLE } from "../page/style.ts";
import { counted, paint } from "./terminal.ts";

export interface MatrixPart {
  /** The scenario's name, or its file. */
  readonly name: string;
  readonly scenario: Scenario;
  readonly rows: readonly MatrixRow[];
}

export interface Matrix {
  readonly clients: number;
  readonly levels: readonly IsolationLevel[];
  /** What may go wrong in every cell; null for what each protocol has by itself. */
  readonly faults: FaultBudget | null;
  readonly parts: readonly MatrixPart[];
}

/** What stands below every table. */
function legendOf({ clients, faults }: Matrix): string {
  const world = faults === null ? "" : `, faults ${faultsText(faults)}`;
  return (
    `${counted(clients, "client")}${world}; every interleaving, also inside statements. ✓ holds, ✗ violated, with the property and the steps ` +
    "of the shortest counterexample, ? no verdict. coarse: only between statements, since there are too many states inside of them."
  );
}

const HEADS = ["holds from", "cured by"];

/** The cell in a few words: `✓`, `✓ coarse`, `✗ mutual-exclusion, 6 steps`, `? 10000 states`. */
export function cellText(cell: Cell | null): string {
  if (cell === null) return "? interrupted";
  const coarse = coarseText(cell);
  switch (cell.verdict) {
    case "holds":
      return `✓${coarse}`;
    case "violated": {
      const steps = cell.traceLength === null ? "" : `, ${counted(cell.traceLength, "step")}`;
      return `✗ ${cell.property}${steps}${coarse}`;
    }
    case "inconclusive":
      return cell.vacuous.length > 0 ? "? vacuous" : `? ${cell.bound}`;
  }
}

function weakestText({ weakest, cells }: MatrixRow): string {
  if (weakest === null) return cells.every((cell) => cell?.verdict === "violated") ? "no level" : "?";
  const at = cells.findIndex((cell) => cell?.isolation === weakest);
  const breaksAbove = cells.slice(at).find((cell) => cell?.verdict === "violated");
  const from = `${weakest}${coarseText(cells[at] as Cell)}`;
  return breaksAbove ? `${from}, not ${breaksAbove.isolation}` : from;
}

function cureText(cure: Cure): string {
  const { protocol, holds } = cure;
  return `${protocol} ${holds === null ? "?" : holds ? `✓${coarseText(cure)}` : "✗"}`;
}

/** What a verdict says that was had between statements only. */
function coarseText({ granularity }: Pick<Cell, "granularity">): string {
  return granularity === "coarse" ? " coarse" : "";
}

function textsOf(row: MatrixRow): readonly string[] {
  return [...row.cells.map(cellText), weakestText(row), row.cures.map(cureText).join(", ")];
}

/** Columns for a terminal. */
export function matrixText(matrix: Matrix): string {
  const lines: string[] = [];
  for (const { scenario, rows } of matrix.parts) {
    const table = [
      [scenario.name, ...matrix.levels, ...HEADS],
      ...rows.map((row) => [`  ${row.protocol.name}`, ...textsOf(row)]),
    ];
    const widths = table[0]?.map((_, at) => Math.max(...table.map((line) => line[at]?.length ?? 0))) ?? [];
    table.forEach((line, at) => {
      const padded = line.map((text, column) => (column === line.length - 1 ? text : text.padEnd(widths[column] ?? 0)));
      lines.push((at === 0 ? paint.bold(padded.join("  ")) : padded.map(colored).join("  ")).trimEnd());
    });
    lines.push("");
  }
  return [...lines, legendOf(matrix), ...vacuousLines(matrix)].join("\n");
}

/** Why cells are vacuous, once for each protocol and reason. */
function vacuousLines({ parts }: Matrix): readonly string[] {
  const cells = parts.flatMap(({ rows }) => rows.flatMap((row) => row.cells)).filter((cell) => cell !== null);
  return [...new Set(cells.flatMap(({ protocol, vacuous }) => vacuous.map((why) => `${protocol} is vacuous: ${why}`)))];
}

function colored(text: string): string {
  if (text.startsWith("✓")) return paint.green(text);
  if (text.startsWith("✗")) return paint.red(text);
  return text.startsWith("?") ? paint.yellow(text) : text;
}

/** A table for a document that has a heading for each protocol. */
export function matrixMarkdown(matrix: Matrix): string {
  const line = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
  const heads = ["protocol", ...matrix.levels, ...HEADS];
  const link = (name: string): string => `[${name}](#${name})`;
  const rows = matrix.parts.flatMap(({ scenario, rows: protocols }) => [
    line([`**${scenario.name}**`, ...heads.slice(1).map(() => "")]),
    ...protocols.map((row) =>
      line([
        link(row.protocol.name),
        ...row.cells.map(markdownCell),
        weakestText(row),
        row.cures.map((cure) => cureText(cure).replace(cure.protocol, link)).join(", "),
      ]),
    ),
  ]);
  return [line(heads), line(heads.map(() => "---")), ...rows, "", legendOf(matrix)].join("\n");
}

function markdownCell(cell: Cell | null): string {
  return cell?.trace ? `[${cellText(cell)}](${cell.trace})` : cellText(cell);
}

/** A page that opens from disk; traces are linked from it by their paths, as they were written. */
export function matrixHtml(matrix: Matrix): string {
  const heads = ["protocol", ...matrix.levels, ...HEADS]
    .map((head) => `<th scope="col">${escaped(head)}</th>`)
    .join("");
  const bodies = matrix.parts.map(
    ({ scenario, rows }) =>
      `<tbody><tr><th colspan="${matrix.levels.length + 3}">${escaped(`${scenario.name}: ${scenario.sentence}`)}</th></tr>\n` +
      `${rows.map(rowHtml).join("\n")}</tbody>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Lockstep: the matrix</title>
<style>${STYLE}${TABLE_STYLE}</style>
</head>
<body>
<h1>Which protocol holds at which level</h1>
<p class="deck">${escaped(legendOf(matrix))}</p>
<table class="matrix"><thead><tr>${heads}</tr></thead>
${bodies.join("\n")}
</table>
</body>
</html>
`;
}

const TABLE_STYLE = `
.matrix { border-collapse: collapse; margin-top: 2rem; font-size: .8125rem; }
.matrix th, .matrix td { text-align: left; vertical-align: top; padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); }
.matrix tbody th[colspan] { padding-top: 1.4rem; font-family: var(--serif); font-size: 1rem; }
`;

function rowHtml(row: MatrixRow): string {
  const cells = row.cells.map((cell) => {
    const text = escaped(cellText(cell));
    const shown = cell?.trace ? `<a href="${escaped(encodeURI(cell.trace.replace(/^.*\//, "")))}">${text}</a>` : text;
    return `<td${cell?.verdict === "violated" ? ' class="bad"' : ""}>${shown}</td>`;
  });
  const rest = [weakestText(row), row.cures.map(cureText).join(", ")].map((text) => `<td>${escaped(text)}</td>`);
  return `<tr><th scope="row">${escaped(row.protocol.name)}</th>${[...cells, ...rest].join("")}</tr>`;
}

/** One object: what was asked for, and each cell with its counts. */
export function matrixJson(matrix: Matrix): Record<string, unknown> {
  return {
    clients: matrix.clients,
    levels: matrix.levels,
    faults: matrix.faults,
    rows: matrix.parts.flatMap(({ name, rows }) =>
      rows.map(({ protocol, cells, weakest, cures }) => ({
        scenario: name,
        protocol: protocol.name,
        broken: protocol.broken,
        weakest,
        cures,
        cells: cells.map(
          (cell, at) => cell ?? { isolation: matrix.levels[at], verdict: "inconclusive", bound: "interrupted" },
        ),
      })),
    ),
  };
}
