/** `lockstep matrix`: every protocol at every isolation level, the weakest level at which it holds, and what cures it where it does not. */
import { join } from "node:path";
import { type Command, Option } from "commander";
import type { FaultBudget } from "../../model/fault.ts";
import { ISOLATION_LEVELS, type IsolationLevel } from "../../model/protocol.ts";
import type { Scenario } from "../../model/scenario.ts";
import { scenarios } from "../../model/scenarios/index.ts";
import { type Cell, type CellName, isAsClaimed, rowOf } from "../../sim/explore/matrix.ts";
import type { Microseconds } from "../../sim/postgres/server.ts";
import { parseFaults } from "../../sim/system/faults.ts";
import type { Granularity } from "../../sim/system/system.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { interruptedStatus, interruptible } from "../process-exit.ts";
import { EXIT } from "./exit-status.ts";
import { writeWhole } from "./files.ts";
import { findScenario } from "./find-scenario.ts";
import { clientsFrom, integerFrom, levelNamed } from "./instance-options.ts";
import { type Matrix, type MatrixPart, matrixHtml, matrixJson, matrixMarkdown, matrixText } from "./matrix-report.ts";
import { judgeAll } from "./matrix-workers.ts";
import { probeFolder } from "./out-folder.ts";
import { unwritten } from "./report.ts";
import { presentTime, startOption } from "./start-option.ts";
import { ProgressLine, print, printJson, warn, warnUnwritten } from "./terminal.ts";

interface MatrixOptions {
  readonly protocols?: readonly string[];
  readonly isolation: readonly IsolationLevel[];
  readonly clients: number;
  readonly buffers?: number;
  readonly granularity: Granularity;
  readonly faults?: FaultBudget;
  readonly now?: Microseconds;
  readonly maxStates: number;
  readonly format: "text" | "markdown" | "html" | "json";
  readonly json?: boolean;
  readonly out?: string;
}

/** Adds the command to the program; `finish` takes the exit status. */
export function addMatrix(program: Command, finish: (status: number) => void): void {
  program
    .command("matrix")
    .summary("say of every protocol at which isolation level it holds, and what cures it")
    .description(
      "Checks every protocol at every isolation level: it holds, or it is violated in so many steps.\n" +
        "For each protocol that breaks, the protocols that are said to cure it are checked at the levels at which it breaks.",
    )
    .argument("[scenarios...]", "names of scenarios, or modules of your own that export one (default: all that ship)")
    .option("--protocols <list>", "only these, separated by commas", (text) =>
      text.split(",").map((name) => name.trim()),
    )
    .addOption(
      new Option("--isolation <list>", "the levels, separated by commas")
        .argParser(levelsFrom)
        .default(ISOLATION_LEVELS, "all three"),
    )
    .option("--clients <n>", "how many clients there are", clientsFrom, 2)
    .option("--buffers <n>", "how many buffers there are (default: each scenario's own)", integerFrom(1, 1000))
    .addOption(
      new Option("--granularity <points>", "where others may step in; fine is every point inside a statement")
        .choices(["fine", "coarse"])
        .default("fine"),
    )
    .addOption(
      new Option(
        "--faults <list>",
        "what may go wrong in every cell, and how often in one run, for instance crash:1, or none (default: what each protocol " +
          "claims its verdict under); see check --help",
      ).argParser(parseFaults),
    )
    .addOption(startOption())
    .option(
      "--max-states <n>",
      "where a cell has more states inside of statements than this, it is judged between statements, and says so",
      integerFrom(1, 2 ** 31 - 1),
      10_000,
    )
    .addOption(
      new Option("--format <format>", "how it is shown").choices(["text", "markdown", "html", "json"]).default("text"),
    )
    .option("--json", "print one JSON object")
    .option("--out <folder>", "write the trace of each violation there, and the page of the matrix, which links them")
    .addHelpText(
      "after",
      "\nExit status: 0 every cell is what its protocol claims and every cure holds, 1 one is not, 2 wrong input,\n" +
        "(with --faults: every protocol that claims to hold without them does hold with them),\n" +
        "3 a cell has no verdict, 130 interrupted: what was done until then is printed.",
    )
    .action(async (names: readonly string[], options: MatrixOptions) => finish(await runMatrix(names, options)));
}

function levelsFrom(text: string): readonly IsolationLevel[] {
  const asked = text.split(",").map((name) => levelNamed(name) ?? name);
  const unknown = asked.find((name) => !ISOLATION_LEVELS.some((level) => level === name));
  if (unknown === undefined) return ISOLATION_LEVELS.filter((level) => asked.includes(level));
  throw new UsageError(
    "unknown-level",
    `there is no isolation level "${unknown}"`,
    `The levels: ${ISOLATION_LEVELS.join(", ")}.`,
  );
}

interface Asked {
  readonly name: string;
  readonly scenario: Scenario;
}

async function runMatrix(names: readonly string[], options: MatrixOptions): Promise<number> {
  const all = names.length === 0 ? scenarios.map(({ name }) => name) : names;
  const asked: Asked[] = [];
  for (const name of all) asked.push({ name, scenario: await findScenario(name) });
  refuseUnknown(asked, options.protocols ?? []);
  const shown = asked.map(({ name, scenario }) => ({
    name,
    scenario,
    protocols: scenario.protocols.filter((each) => options.protocols?.includes(each.name) ?? true),
  }));
  if (options.out !== undefined) probeFolder(options.out);
  const cells = new Map<string, Cell>();
  await interruptible(async (signal) => {
    const started = performance.now();
    // One start for all cells; a scenario that names its own begins then.
    const asked = options.now ?? presentTime();
    const starts = new Map(
      shown.map(({ name, scenario }) => [name, scenario.now !== undefined && options.now === undefined ? null : asked]),
    );
    const tasks = cellsOf(shown, options.isolation).map((name) => ({
      ...name,
      now: starts.get(name.scenario) ?? null,
      clients: options.clients,
      buffers: options.buffers ?? null,
      granularity: options.granularity,
      faults: options.faults ?? null,
      statesMax: options.maxStates,
      out: options.out ?? null,
    }));
    const line = new ProgressLine("matrix");
    const tell = (): void => line.reportCells(cells.size, tasks.length, (performance.now() - started) / 1000);
    const clock = setInterval(tell, 1000);
    const onCell = (cell: Cell): void => {
      cells.set(keyOf(cell), cell);
      tell();
    };
    await judgeAll(tasks, signal, onCell).finally(() => {
      clearInterval(clock);
      line.clear();
    });
  });
  const parts = shown.map(
    ({ name, scenario, protocols }): MatrixPart => ({
      name,
      scenario,
      rows: protocols.map((protocol) =>
        rowOf(protocol, options.isolation, (other, isolation) => {
          return cells.get(keyOf({ scenario: name, protocol: other, isolation })) ?? null;
        }),
      ),
    }),
  );
  await show(
    {
      clients: options.clients,
      levels: options.isolation,
      faults: options.faults ?? null,
      parts: parts.filter(({ rows }) => rows.length > 0),
    },
    options,
  );
  return interruptedStatus() ?? statusOf(parts, options.faults === undefined);
}

/**
 * The cells of the protocols that are shown and of those that are said to cure them. Those with the most states come first, so that
 * no process is left alone with a long one: several buffers make more of them than one, and the stricter levels more than the others.
 */
function cellsOf(
  shown: readonly (Asked & { readonly protocols: Scenario["protocols"] })[],
  levels: readonly IsolationLevel[],
): readonly CellName[] {
  const largestFirst = [...shown].sort((a, b) => b.scenario.defaults.buffers - a.scenario.defaults.buffers);
  return [...levels].reverse().flatMap((isolation) =>
    largestFirst.flatMap(({ name, protocols }) => {
      const needed = new Set(protocols.flatMap((protocol) => [protocol.name, ...(protocol.curedBy ?? [])]));
      return [...needed].map((protocol) => ({ scenario: name, protocol, isolation }));
    }),
  );
}

function keyOf({ scenario, protocol, isolation }: CellName): string {
  return JSON.stringify([scenario, protocol, isolation]);
}

function refuseUnknown(asked: readonly Asked[], protocols: readonly string[]): void {
  const known = asked.flatMap(({ scenario }) => scenario.protocols.map(({ name }) => name));
  const unknown = protocols.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UsageError(
    "unknown-protocol",
    `no scenario of the matrix has a protocol "${unknown}"`,
    `Their protocols: ${known.join(", ")}.`,
  );
}

async function show(matrix: Matrix, options: MatrixOptions): Promise<void> {
  const format = options.json === true ? "json" : options.format;
  if (format === "json") printJson(matrixJson(matrix));
  else if (format === "html") process.stdout.write(matrixHtml(matrix));
  else print(format === "markdown" ? matrixMarkdown(matrix) : matrixText(matrix));
  if (options.out === undefined) return;
  const page = join(options.out, "matrix.html");
  const error = await unwritten(async () => writeWhole(page, matrixHtml(matrix)));
  if (error === null) warn(`the page: ${page}`);
  else warnUnwritten(error);
}

function statusOf(parts: readonly MatrixPart[], haveOwnFaults: boolean): number {
  const rows = parts.flatMap((part) => part.rows);
  const isWrong = rows.some(
    ({ protocol, cells, cures }) =>
      cells.some((cell) => isAsClaimed(protocol, cell, haveOwnFaults) === false) ||
      cures.some(({ holds }) => holds === false),
  );
  if (isWrong) return EXIT.violated;
  const isOpen = rows.some(({ cells }) => cells.some((cell) => cell === null || cell.verdict === "inconclusive"));
  return isOpen ? EXIT.inconclusive : EXIT.ok;
}
