/**
 * `npm run bench`: how fast and how large explorations are, and what other ways to look need on the same machine in the same run.
 *
 *     npm run bench                       prints the tables, in four minutes
 *     npm run bench -- --out bench/results    writes results.md and results.json there as well
 *     npm run bench -- --seconds 30       gives each exploration more time, so that more clients fit
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { loadGrammar } from "../sim/postgres/index.ts";
import { counted } from "../src/cli/terminal.ts";
import { unfoldBy } from "../src/cli/unfold-workers.ts";
import { measureChance } from "./chance.ts";
import { exploreInLine } from "./hand-written-line.ts";
import { CLIENTS_MAX, exploreByHand } from "./hand-written-loop.ts";
import {
  type Measured,
  measureGrowth,
  measureOrders,
  measurePartialOrder,
  measureWhole,
  medianSeconds,
} from "./measured.ts";
import { runSpin, type SpinRow, spinMissing } from "./spin.ts";
import { type LoopRow, markdownOf, type Results } from "./tables.ts";

const PROTOCOLS = ["check-then-act", "atomic-update", "select-for-update"];
/** With symmetry so many more clients are tried. */
const SYMMETRIC_MORE = 4;
const EXPLORER = "explorer, select-for-update";
/** The loop by hand that does what the explorer does at this granularity. */
const BY_HAND = {
  fine: { what: "by hand, select-for-update", run: exploreByHand },
  coarse: { what: "by hand, in line, select-for-update", run: exploreInLine },
} as const;
/** So many that the start of threads, and the orbits, which one thread finds in any case, take little of it. */
const THREADED_CLIENTS = 10;
/** A search that is known to be large is measured once, and may take so many times as long as others. */
const LARGE = 50;
/** Of which the whole graph is small enough. */
const PARTLY_ORDERED = [
  ["atomic-update", 3],
  ["select-for-update", 4],
  ["advisory-lock", 3],
  ["one-transaction", 3],
] as const;
/** So many states are looked at in either order. */
const ORDERED_STATES = 30_000;

interface Options {
  readonly clients: number;
  readonly seconds: number;
  readonly seeds: number;
  readonly out?: string;
}

const program = new Command("bench")
  .description("Measures explorations, the explorer's loop, chance, and SPIN where it is installed.")
  .option("--clients <n>", "up to how many clients, as far as the time allows", wholeNumber, 6)
  .option(
    "--seconds <n>",
    "how long one exploration may take (two large ones 50 times as long); one that would take longer is left out",
    wholeNumber,
    4,
  )
  .option("--seeds <n>", "over how many seeds chance is measured", wholeNumber, 100)
  .option("--out <folder>", "where results.md and results.json are written")
  .parse();

async function run(options: Options): Promise<void> {
  const started = performance.now();
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    load: loadavg()[0] ?? 0,
  };
  await loadGrammar();
  const explored = await exploreAll(options);
  const loops = [...(await loopsByHand()), ...(await explorersLoop(options))];
  const threads = await byThreads(options);
  tell("partial order");
  const partlyOrdered = await measurePartialOrder(PARTLY_ORDERED);
  tell("breadth first and depth first");
  const orders = await measureOrders(ORDERED_STATES);
  tell("chance");
  const chance = await measureChance(2, options.seeds);
  const spin = spinRows(options);
  const ratios = { fine: ratioOf(loops, "fine"), coarse: ratioOf(loops, "coarse") };
  const seconds = (performance.now() - started) / 1000;
  const results: Results = { machine, explored, loops, ratios, partlyOrdered, threads, orders, chance, spin, seconds };
  const page = markdownOf(results);
  process.stdout.write(page);
  if (options.out === undefined) return;
  mkdirSync(options.out, { recursive: true });
  writeFileSync(join(options.out, "results.md"), page);
  writeFileSync(join(options.out, "results.json"), `${JSON.stringify(results, null, 2)}\n`);
}

async function exploreAll({ clients, seconds: secondsMax }: Options): Promise<readonly Measured[]> {
  const rows: Measured[] = [];
  for (const [granularity, reductions] of [
    ["coarse", []],
    ["fine", []],
    ["fine", ["symmetry"]],
    ["fine", ["symmetry", "partial-order"]],
  ] as const) {
    const clientsMax = reductions.length === 0 ? clients : clients + SYMMETRIC_MORE;
    for (const protocol of PROTOCOLS) {
      tell(`${protocol}, ${granularity}`);
      rows.push(...(await measureGrowth({ protocol, granularity, reductions }, { clientsMax, secondsMax })));
    }
  }
  return rows;
}

async function loopsByHand(): Promise<readonly LoopRow[]> {
  const rows: LoopRow[] = [];
  for (const { what, run: exploreAll } of [BY_HAND.fine, BY_HAND.coarse]) {
    for (const clients of [4, 6, CLIENTS_MAX]) {
      tell(`${what}, ${clients} clients`);
      const { states, transitions, bytes } = exploreAll(clients);
      const seconds = await medianSeconds(() => exploreAll(clients));
      rows.push({ what, clients, states, transitions, seconds, bytesPerState: bytes / states });
    }
  }
  return rows;
}

/** Whole explorations from nothing, SQL and all: at both granularities, with as many clients as are explored in the time. */
async function explorersLoop({ seconds: secondsMax }: Options): Promise<readonly LoopRow[]> {
  const rows: LoopRow[] = [];
  for (const granularity of ["fine", "coarse"] as const) {
    for (const clients of [CLIENTS_MAX, 6]) {
      tell(`${EXPLORER}, ${granularity}, ${clients} clients`);
      const what = { protocol: "select-for-update", clients, granularity, reductions: [] } as const;
      const isLarge = granularity === "coarse" && clients === CLIENTS_MAX;
      const row = await measureWhole(
        what,
        isLarge ? { secondsMax: secondsMax * LARGE, runs: 1 } : { secondsMax, runs: 5 },
      );
      if (row === null) continue;
      rows.push({ what: `${EXPLORER}, ${granularity}`, clients, ...row });
      break;
    }
  }
  return rows;
}

/** The same search by one thread and by two, once each, since it takes a while. */
async function byThreads({ seconds: secondsMax }: Options): Promise<readonly LoopRow[]> {
  const rows: LoopRow[] = [];
  for (const threads of [1, 2]) {
    tell(`${EXPLORER}, ${THREADED_CLIENTS} clients, ${threads} threads`);
    const what = {
      protocol: "select-for-update",
      clients: THREADED_CLIENTS,
      granularity: "fine",
      reductions: [],
    } as const;
    const by = threads === 1 ? {} : { unfold: unfoldBy(threads) };
    const row = await measureWhole(what, { secondsMax: secondsMax * LARGE, runs: 1, ...by });
    if (row !== null)
      rows.push({ what: `${EXPLORER}, fine, ${counted(threads, "thread")}`, clients: THREADED_CLIENTS, ...row });
  }
  return rows;
}

/** The explorer's transitions a second as a share of those by hand, with as many clients. */
function ratioOf(loops: readonly LoopRow[], granularity: keyof typeof BY_HAND): number | null {
  const rateOf = (name: string): number => {
    const row = loops.find(({ what, clients }) => what === name && clients === CLIENTS_MAX);
    return row === undefined ? Number.NaN : row.transitions / row.seconds;
  };
  const ratio = rateOf(`${EXPLORER}, ${granularity}`) / rateOf(BY_HAND[granularity].what);
  return Number.isNaN(ratio) ? null : ratio;
}

function spinRows({ seconds: secondsMax }: Options): readonly SpinRow[] | string {
  const missing = spinMissing();
  if (missing !== null) return missing;
  return PROTOCOLS.flatMap((protocol) => {
    const rows: SpinRow[] = [];
    for (const clients of [4, 8]) {
      tell(`SPIN, ${protocol}, ${clients} clients`);
      for (const reduction of [false, true]) rows.push(runSpin(protocol, { clients, reduction, secondsMax }));
      if (rows.some(({ verdict }) => verdict === "inconclusive")) break;
    }
    return rows;
  });
}

/** What is being measured, on a terminal only. */
function tell(what: string): void {
  if (process.stderr.isTTY === true) process.stderr.write(`\r${what} …\u001b[K\r`);
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("Expected a whole number above 0.");
  return Number(text);
}

await run(program.opts<Options>());
