/**
 * `npm run bench`: how fast and how large explorations are, and what other ways to look need on the same machine in the same run.
 *
 *     npm run bench                       prints the tables, in two minutes
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
import { CLIENTS_MAX, exploreByHand } from "./hand-written-loop.ts";
import { type Measured, measureGrowth, measureOrders, measureWhole, medianSeconds } from "./measured.ts";
import { runSpin, type SpinRow, spinMissing } from "./spin.ts";
import { type LoopRow, markdownOf, type Results } from "./tables.ts";

const PROTOCOLS = ["check-then-act", "atomic-update", "select-for-update"];
/** With symmetry so many more clients are tried. */
const SYMMETRIC_MORE = 4;
const BY_HAND = "by hand, select-for-update";
const EXPLORER = "explorer, select-for-update";
/** As many as the loop by hand has at most. */
const EXPLORER_CLIENTS = CLIENTS_MAX;
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
  .option("--seconds <n>", "how long one exploration may take; one that would take longer is left out", wholeNumber, 4)
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
  tell("breadth first and depth first");
  const orders = await measureOrders(ORDERED_STATES);
  tell("chance");
  const chance = await measureChance(2, options.seeds);
  const spin = spinRows(options);
  const ratio = ratioOf(loops);
  const seconds = (performance.now() - started) / 1000;
  const results: Results = { machine, explored, loops, ratio, threads, orders, chance, spin, seconds };
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
  for (const clients of [4, 6, CLIENTS_MAX]) {
    const { states, transitions, bytes } = exploreByHand(clients);
    const seconds = await medianSeconds(() => exploreByHand(clients));
    rows.push({ what: BY_HAND, clients, states, transitions, seconds, bytesPerState: bytes / states });
  }
  return rows;
}

/** Whole explorations from nothing, SQL and all: at both granularities, with as many clients as are explored in the time. */
async function explorersLoop({ seconds: secondsMax }: Options): Promise<readonly LoopRow[]> {
  const rows: LoopRow[] = [];
  for (const [granularity, clients] of [
    ["fine", EXPLORER_CLIENTS],
    ["coarse", 6],
  ] as const) {
    tell(`${EXPLORER}, ${granularity}, ${clients} clients`);
    const row = await measureWhole({ protocol: "select-for-update", clients, granularity, reductions: [] }, secondsMax);
    if (row !== null) rows.push({ what: `${EXPLORER}, ${granularity}`, clients, ...row });
  }
  return rows;
}

/** The same search by one thread and by two, with the most clients for which the time is enough. */
async function byThreads({ seconds: secondsMax }: Options): Promise<readonly LoopRow[]> {
  for (const clients of [10, 9]) {
    const rows: LoopRow[] = [];
    for (const threads of [1, 2]) {
      tell(`${EXPLORER}, ${clients} clients, ${threads} threads`);
      const what = { protocol: "select-for-update", clients, granularity: "fine", reductions: [] } as const;
      const row = await measureWhole(what, secondsMax, threads === 1 ? {} : { unfold: unfoldBy(threads) });
      if (row !== null) rows.push({ what: `${EXPLORER}, fine, ${counted(threads, "thread")}`, clients, ...row });
    }
    if (rows.length === 2) return rows;
  }
  return [];
}

/** The explorer's transitions a second as a share of those by hand, with as many clients. */
function ratioOf(loops: readonly LoopRow[]): number | null {
  const rate = ({ transitions, seconds }: LoopRow) => transitions / seconds;
  const byHand = loops.findLast(({ what }) => what === BY_HAND);
  const explorer = loops.find(({ what, clients }) => what.startsWith(EXPLORER) && clients === byHand?.clients);
  return byHand === undefined || explorer === undefined ? null : rate(explorer) / rate(byHand);
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
