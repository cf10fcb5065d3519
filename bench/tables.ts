/** The results of the benchmarks as a page of Markdown. */
import type { ChanceResults } from "./chance.ts";
import type { Measured, PartlyOrdered } from "./measured.ts";
import type { SpinRow } from "./spin.ts";

/** Whole explorations beside the loop written by hand. */
export interface LoopRow {
  readonly what: string;
  readonly clients: number;
  readonly states: number;
  readonly transitions: number;
  /** The median of several runs. */
  readonly seconds: number;
  readonly bytesPerState: number;
}

export interface Results {
  readonly machine: { readonly node: string; readonly cpu: string; readonly cores: number; readonly load: number };
  readonly explored: readonly Measured[];
  readonly loops: readonly LoopRow[];
  /** Transitions a second of the explorer with 8 clients, from nothing, as a share of those of the loop by hand; null: it took too long. */
  readonly ratios: Readonly<Record<"fine" | "coarse", number | null>>;
  readonly partlyOrdered: readonly PartlyOrdered[];
  /** The same search by one thread and by two; empty where there was no time for it. */
  readonly threads: readonly LoopRow[];
  /** The first states of a space breadth first and depth first, once each. */
  readonly orders: readonly LoopRow[];
  readonly chance: ChanceResults;
  /** Rows, or why there are none. */
  readonly spin: readonly SpinRow[] | string;
  readonly seconds: number;
}

/** The page. */
export function markdownOf(results: Results): string {
  const { node, cpu, cores, load } = results.machine;
  return [
    "# Benchmarks",
    `Node ${node}, ${cpu}, ${cores} cores, load ${load.toFixed(1)} at the start; ${results.seconds.toFixed(0)} s. ` +
      "Seconds depend on the machine and on what else it does; ratios are from one run.",
    "## Every interleaving explored",
    "race-001, one buffer, read committed. *first*: SQL run, machines moved, states met. *again*: the same once more " +
      "over filled tables, where only the explorer's loop is left to pay. *growth*: states for each state with one client less.",
    exploredTable(results.explored),
    "## The loop",
    "Whole explorations from nothing, SQL and all, every state visited (median of five; 8 clients at coarse granularity once), beside " +
      "loops over packed integers written by hand for select-for-update, which know no SQL: at fine granularity one in which whoever waits " +
      "goes on in no particular order (`bench/hand-written-loop.ts`), at coarse one with a line (`bench/hand-written-line.ts`).",
    loopTable(results.loops),
    `Ratio of transitions a second, 8 clients: fine ${ratioText(results.ratios.fine)}, coarse ${ratioText(results.ratios.coarse)}.`,
    "## Partial order",
    "States and steps of the full search, of one with `--reductions partial-order`, and of one that knew the whole graph beforehand " +
      "(`bench/whole-graph.ts`): the steps of one client alone wherever that loses nothing, or of two steps that commute one order only.",
    orderedTable(results.partlyOrdered),
    "## Threads",
    "The same search by one thread and by two (`check --workers`), from nothing, once each. The orbits are found by one thread in either case.",
    loopTable(results.threads),
    threadsLine(results.threads),
    "## Memory",
    "The first states of one space in either order (`check --search`), from nothing. Bytes are those of the search's own tables.",
    loopTable(results.orders),
    "## Chance",
    `check-then-act, ${results.chance.clients} clients: runs until it is found, over many seeds.`,
    runsTable(results.chance),
    "What is said of atomic-update, which holds:",
    ...results.chance.holding.map(({ tool, said }) => `- ${tool}: ${said}`),
    "## SPIN",
    typeof results.spin === "string" ? `Left out: ${results.spin}.` : spinTable(results.spin),
    "",
  ].join("\n\n");
}

function exploredTable(rows: readonly Measured[]): string {
  return table(
    [
      "protocol",
      "granularity",
      "reductions",
      "clients",
      "verdict",
      "states",
      "stand for",
      "transitions",
      "depth",
      "first s",
      "again s",
      "transitions/s again",
      "steps computed",
      "bytes/state",
      "growth",
    ],
    rows.map((row) => [
      row.protocol,
      row.granularity,
      row.reductions.join(", ") || "none",
      row.clients,
      row.verdict,
      row.states,
      row.fullStates ?? "",
      row.transitions,
      row.depth,
      row.seconds.toPrecision(3),
      row.secondsAgain.toPrecision(3),
      rateOf(row.transitions, row.secondsAgain),
      row.localSteps,
      Number(row.bytesPerState.toPrecision(3)),
      row.growth === null ? "" : row.growth.toFixed(2),
    ]),
  );
}

function orderedTable(rows: readonly PartlyOrdered[]): string {
  return table(
    ["protocol", "clients", "full", "partial-order", "persistent sets, all known", "sleep sets, all known"],
    rows.map(({ protocol, clients, ...counts }) => [
      protocol,
      clients,
      ...[counts.full, counts.reduced, counts.persistent, counts.sleep].map(
        ({ states, transitions }) => `${states} states, ${transitions} steps`,
      ),
    ]),
  );
}

function ratioText(ratio: number | null): string {
  return ratio === null ? "not measured, there was no time for it (--seconds gives more)" : ratio.toFixed(2);
}

function loopTable(rows: readonly LoopRow[]): string {
  return table(
    ["loop", "clients", "states", "transitions", "s", "transitions/s", "bytes/state"],
    rows.map(({ what, clients, states, transitions, seconds, bytesPerState }) => [
      what,
      clients,
      states,
      transitions,
      seconds.toPrecision(3),
      rateOf(transitions, seconds),
      Number(bytesPerState.toPrecision(3)),
    ]),
  );
}

function threadsLine([one, two]: readonly LoopRow[]): string {
  if (one === undefined || two === undefined) return "Left out: there was no time for it (--seconds gives more).";
  return `Two threads are ${(one.seconds / two.seconds).toFixed(2)} times as fast as one.`;
}

function runsTable({ runs }: ChanceResults): string {
  return table(
    ["tool", "seeds", "found", "runs, median", "runs, most"],
    runs.map(({ tool, seeds, found, median, most }) => [tool, seeds, found, median, most]),
  );
}

function spinTable(rows: readonly SpinRow[]): string {
  return table(
    ["model", "clients", "reduction", "verdict", "states", "transitions", "compile s", "run s"],
    rows.map(({ protocol, clients, reduction, verdict, states, transitions, secondsToCompile, seconds }) => [
      protocol,
      clients,
      reduction ? "partial order" : "none",
      verdict,
      states,
      transitions,
      secondsToCompile.toFixed(2),
      seconds.toFixed(3),
    ]),
  );
}

function rateOf(transitions: number, seconds: number): string {
  return seconds === 0 ? "" : String(Math.round(transitions / seconds));
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
