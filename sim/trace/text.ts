/**
 * Prints a trace for people: one column a client, one row a step, the race in the margin, the break at the end.
 *
 *      step | alice                            | bob
 *     ------+----------------------------------+----------------------------------
 *        1  | acquire 1                        |
 *           | SELECT locked_by FROM buffers …  |
 *           | → locked_by null                 |
 *     ┏  2  |                                  | acquire 1                            <- one step of the race
 *     ┃     |                                  | …
 *     ┗ 3-4 | UPDATE buffers SET …             |                                      <- the other one
 *           | → 1 row updated, committed       |
 *
 * Everything is told without colour; colour only repeats it. With more than six clients, or columns that would be too
 * narrow for SQL, the form is a list with the client's name in front of each step.
 *
 * Invariant: no line is wider than the width asked for (60 at least). Not modelled: characters that are two columns wide.
 */

import { faultsText } from "../system/faults.ts";
import type { Block } from "./blocks.ts";
import { blockNumber, blocksOf, lastStepOf } from "./blocks.ts";
import { type CardLine, cardOf } from "./card.ts";
import { cannotForce } from "./forcing.ts";
import { framesOf } from "./frames.ts";
import { repeatSentence } from "./lasso.ts";
import { sqlPieces } from "./sql-text.ts";
import type { Trace } from "./trace.ts";
import { anomalySentence, dependencySentence, listed, rowText, viewText } from "./wording.ts";
import { visible, wrap, wrapSql } from "./wrap.ts";

/** Colours for a terminal, as picocolors has them. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  blue(text: string): string;
  magenta(text: string): string;
  cyan(text: string): string;
}

export interface TextOptions {
  /** Columns of the terminal or page: 100 unless told. */
  readonly width?: number;
  /** Null for plain text, as it is unless told. */
  readonly color?: Paint | null;
}

const PLAIN: Paint = {
  bold: (text) => text,
  dim: (text) => text,
  red: (text) => text,
  green: (text) => text,
  yellow: (text) => text,
  blue: (text) => text,
  magenta: (text) => text,
  cyan: (text) => text,
};

const WIDTH = 100;
const WIDTH_MIN = 60;
const COLUMN_MIN = 12;
const CLIENTS_MAX = 6;
/** The margin for the race's mark and the steps' numbers. */
const MARGIN = 8;

/** Where things go: the columns and their widths. */
interface Layout {
  readonly width: number;
  readonly paint: Paint;
  readonly columns: readonly string[];
  readonly columnWidth: number;
  /** The form with one column for all clients, their names in front. */
  readonly isList: boolean;
}

/** The trace as text; it ends with a newline. */
export function renderText(trace: Trace, options: TextOptions = {}): string {
  const layout = layoutOf(trace, options);
  const lines = [...headLines(trace, layout), "", ...tableLines(trace, layout), "", ...footLines(trace, layout)];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function layoutOf(trace: Trace, { width: asked = WIDTH, color = null }: TextOptions): Layout {
  const { clients } = trace.parameters;
  const width = Math.max(WIDTH_MIN, asked);
  // A line is the margin and, for each column, a bar, a space, the text and a space; the last space is cut off.
  const columnWidth = Math.floor((width - MARGIN + 2) / clients.length) - 3;
  const isList = clients.length > CLIENTS_MAX || columnWidth < COLUMN_MIN;
  const name = Math.max(...clients.map((client) => visible(client).length));
  return {
    width,
    paint: color ?? PLAIN,
    columns: clients,
    columnWidth: isList ? width - MARGIN - name - 2 : columnWidth,
    isList,
  };
}

/** What was claimed, what came out, and where everything started. */
function headLines(trace: Trace, layout: Layout): readonly string[] {
  const { parameters, verdict, steps } = trace;
  const { paint } = layout;
  const title = `${parameters.scenario} · ${parameters.protocol} · ${counted(parameters.clients.length, "client")} · ${parameters.isolation}`;
  const facts: (readonly [string, string])[] = [
    verdict.kind === "violated"
      ? ["claim", `${verdict.property}: ${verdict.sentence}`]
      : ["outcome", `nothing broke in ${counted(steps.length, "step")}; other schedules may`],
    ["steps", stepsSentence(trace)],
    ...(parameters.faults === undefined ? [] : [["faults", `at most ${faultsText(parameters.faults)}`] as const]),
    ...worldFacts("start", trace.start),
  ];
  return [paint.bold(cut(title, layout.width)), ...factLines(facts, layout)];
}

/** The committed rows and everybody's belief at one moment. */
function worldFacts(label: string, { tables, views }: Trace["start"]): readonly (readonly [string, string])[] {
  const rows = Object.entries(tables).map(([table, rows]) => `${table}: ${rowsText(rows)}`);
  return [...rows, viewsSentence(views)].map((text, at) => [at === 0 ? label : "", text]);
}

function stepsSentence({ parameters, steps }: Trace): string {
  const seed = parameters.seed === null ? "" : `, drawn with seed ${parameters.seed}`;
  const where = parameters.granularity === "fine" ? "also inside statements" : "at statements, waits and commits";
  return `${steps.length}, taken ${where} (${parameters.granularity})${seed}`;
}

function rowsText(rows: Trace["start"]["tables"][string]): string {
  return rows.length === 0 ? "no rows" : rows.map(rowText).join("; ");
}

/** `alice and bob own nothing`-like: clients that believe the same are told together. */
function viewsSentence(views: Trace["start"]["views"]): string {
  const byText = new Map<string, string[]>();
  for (const [client, view] of Object.entries(views)) {
    byText.set(viewText(view), [...(byText.get(viewText(view)) ?? []), client]);
  }
  return [...byText]
    .map(([text, clients]) => `${listed(clients)} ${clients.length === 1 ? "believes" : "believe"}: ${text}`)
    .join("; ");
}

function factLines(facts: readonly (readonly [string, string])[], { width, paint }: Layout): readonly string[] {
  const label = Math.max(...facts.map(([name]) => name.length));
  return facts.flatMap(([name, text]) =>
    wrap(text, width - label - 4).map((line, at) => `  ${paint.dim((at === 0 ? name : "").padEnd(label))}  ${line}`),
  );
}

function tableLines(trace: Trace, layout: Layout): readonly string[] {
  const blocks = blocksOf(trace);
  const marks = raceMarks(trace, blocks);
  const rows = blocks.map((block, at) => blockLines(block, marks[at] ?? "none", layout));
  return [
    ...tableHead(layout),
    ...rows.flatMap((row, at) => [
      ...(at === 0 ? [] : [spacer(marks, at, layout)]),
      ...(blocks[at]?.first.n === trace.repeatsFrom ? loopHead(layout) : []),
      ...row,
    ]),
  ];
}

/** The line above the first step that repeats. */
function loopHead({ paint, width }: Layout): readonly string[] {
  const lead = "──↻ from here on it repeats for ever ";
  return [paint.yellow(lead.padEnd(width, "─"))];
}

/** Where a block stands in the race: its first step, between the two, its second step, or outside. */
type Mark = "none" | "first" | "between" | "second";

function raceMarks(trace: Trace, blocks: readonly Block[]): readonly Mark[] {
  const race = trace.races[0];
  if (race === undefined) return blocks.map(() => "none");
  const holds = (block: Block, step: number): boolean => block.first.n <= step && step <= lastStepOf(block);
  return blocks.map((block) => {
    if (holds(block, race.first)) return "first";
    if (holds(block, race.second)) return "second";
    return block.first.n > race.first && block.first.n < race.second ? "between" : "none";
  });
}

function tableHead({ columns, columnWidth, isList, paint, width }: Layout): readonly string[] {
  if (isList) return [`${"step".padStart(6)}  ${paint.dim("client and step")}`, paint.dim("─".repeat(width))];
  const names = columns.map((name, at) =>
    clientColor(at, paint)(paint.bold(cut(name, columnWidth).padEnd(columnWidth))),
  );
  return [
    `${paint.dim("step".padStart(6))} ${paint.dim("│")}${names.map((name) => ` ${name} `).join(paint.dim("│"))}`,
    paint.dim(`${"─".repeat(7)}┼${columns.map(() => "─".repeat(columnWidth + 2)).join("┼")}`.slice(0, width)),
  ];
}

/** The empty line between two blocks, with the race's mark running through it. */
function spacer(marks: readonly Mark[], at: number, layout: Layout): string {
  const inside = marks[at] === "between" || marks[at] === "second";
  return lineOf({ mark: inside ? "┃" : " ", number: "", cells: layout.columns.map(() => "") }, layout);
}

function blockLines(block: Block, mark: Mark, layout: Layout): readonly string[] {
  const column = layout.columns.indexOf(block.client);
  const width = layout.columnWidth;
  const said = cardOf(block).flatMap((line) => cardLines(line, { width, paint: layout.paint }));
  return said.map((text, at) =>
    lineOf(
      {
        mark: markSign(mark, at),
        number: at === 0 ? blockNumber(block) : "",
        cells: layout.columns.map((client, position) => (position === column ? text : waitSign(client, block))),
        ...(layout.isList && at === 0 ? { name: block.client } : {}),
        column,
      },
      layout,
    ),
  );
}

function markSign(mark: Mark, line: number): string {
  switch (mark) {
    case "first":
      return line === 0 ? "┏" : "┃";
    case "between":
      return "┃";
    case "second":
      return line === 0 ? "┗" : " ";
    case "none":
      return " ";
  }
}

/** A client that waits while another one moves has a dotted line in its column. */
function waitSign(client: string, { before }: Block): string {
  return before.waits[client] === undefined ? "" : "┊";
}

interface PrintedLine {
  readonly mark: string;
  readonly number: string;
  /** One text a client; may hold colours, in which case it has been padded by its maker. */
  readonly cells: readonly string[];
  readonly name?: string;
  readonly column?: number;
}

function lineOf({ mark, number, cells, name, column }: PrintedLine, layout: Layout): string {
  const { paint, columnWidth, columns } = layout;
  const margin = `${paint.yellow(mark)}${number.padStart(5)} `;
  if (layout.isList) {
    const nameWidth = layout.width - MARGIN - columnWidth - 2;
    const client = clientColor(column ?? 0, paint)(cut(name ?? "", nameWidth).padEnd(nameWidth));
    return `${margin} ${client}  ${cells[column ?? 0] ?? ""}`;
  }
  const bar = paint.dim("│");
  const padded = columns.map((_, at) => (cells[at] ?? "").padEnd(columnWidth));
  return `${margin}${bar}${padded.map((cell) => ` ${cell} `).join(bar)}`;
}

interface CellStyle {
  readonly width: number;
  readonly paint: Paint;
}

/** One line of a card in its column: wrapped, padded, then coloured, so that colours never count as width. */
function cardLines(line: CardLine, { width, paint }: CellStyle): readonly string[] {
  const lines =
    line.kind === "sql"
      ? wrapSql(line.query, width)
      : wrap(`${SIGN[line.kind]}${line.text}`, width, SIGN[line.kind].length);
  return lines.map((text) => painted(text.padEnd(width), line.kind, paint));
}

const SIGN = {
  call: "",
  answer: "→ ",
  error: "✗ ",
  wait: "… ",
  note: "· ",
  rows: "= ",
  belief: "● ",
  broken: "✗ ",
} as const;

function painted(text: string, kind: CardLine["kind"], paint: Paint): string {
  switch (kind) {
    case "sql":
      return sqlPieces(text)
        .map((piece) => (piece.kind === "keyword" ? paint.bold(piece.text) : piece.text))
        .join("");
    case "call":
      return paint.dim(text);
    case "note":
      return paint.dim(text);
    case "wait":
      return paint.yellow(text);
    case "rows":
      return paint.cyan(text);
    case "belief":
      return paint.green(text);
    case "error":
      return paint.red(text);
    case "broken":
      return paint.bold(paint.red(text));
    case "answer":
      return text;
  }
}

function clientColor(at: number, paint: Paint): (text: string) => string {
  return [paint.cyan, paint.magenta, paint.yellow, paint.green, paint.blue][at % 5] ?? paint.cyan;
}

/** How it ends, and why. */
function footLines(trace: Trace, layout: Layout): readonly string[] {
  const { paint, width } = layout;
  const last = framesOf(trace).at(-1);
  const end = worldFacts("end", { tables: last?.tables ?? {}, views: last?.views ?? {} });
  const verdict =
    trace.verdict.kind === "violated"
      ? wrap(`✗ ${trace.verdict.property} is violated: ${trace.verdict.message}`, width, 2)
      : [];
  const repeats = repeatSentence(trace);
  return [
    ...(repeats === null ? [] : [...wrap(`↻ ${repeats}`, width, 2).map((line) => paint.yellow(line)), ""]),
    ...factLines(end, layout),
    ...(verdict.length === 0 ? [] : ["", ...verdict.map((line) => paint.bold(paint.red(line)))]),
    ...raceLines(trace, layout),
    ...anomalyLines(trace, layout),
    ...forcingLines(trace, layout),
  ];
}

function forcingLines(trace: Trace, { width }: Layout): readonly string[] {
  const obstacle = cannotForce(trace);
  if (obstacle === null) return [];
  return ["", ...wrap(`This cannot be forced on a real server. In step ${obstacle.step} ${obstacle.why}.`, width)];
}

function raceLines(trace: Trace, { paint, width }: Layout): readonly string[] {
  return trace.races.flatMap((race, at) => {
    const lead =
      at === 0
        ? `The race is the order of steps ${race.first} and ${race.second}`
        : `So is the order of steps ${race.first} and ${race.second}`;
    const mark = at === 0 ? "┃ " : "  ";
    return ["", ...wrap(`${lead}: ${race.sentence}`, width - 2).map((line) => `${paint.yellow(mark)}${line}`)];
  });
}

/** The circle of attempts, one line an arrow. */
function anomalyLines({ anomaly }: Trace, { paint, width }: Layout): readonly string[] {
  if (anomaly === undefined) return [];
  return [
    "",
    ...wrap(`◆ ${anomalySentence(anomaly)}`, width, 2).map((line) => paint.bold(line)),
    ...anomaly.dependencies.flatMap((each) =>
      wrap(dependencySentence(each), width - 4).map((line, at) => `${at === 0 ? "  - " : "    "}${line}`),
    ),
  ];
}

function cut(text: string, width: number): string {
  const shown = visible(text);
  return shown.length <= width ? shown : `${shown.slice(0, width - 1)}…`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
