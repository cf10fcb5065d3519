/**
 * `lockstep simulate`: schedules by chance, from a seed, until one fails; the last one is printed.
 *
 *     --runs 1 (default)   one schedule, shown whatever it does
 *     --runs 1000          up to 1000 schedules with the seeds from `--seed` on, until something breaks
 *
 * A schedule that fails is made small before it is shown (`--no-shrink` leaves it as drawn), and where the space is small enough an
 * exhaustive search says how long a shortest one is.
 */
import { randomInt } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { type Command, Option } from "commander";
import { parametersOf } from "../../sim/explore/check.ts";
import { explore } from "../../sim/explore/exhaustive.ts";
import {
  type Chances,
  type Hunt,
  hunt,
  type ScheduleStrategy,
  SEED_MAX,
  STRATEGIES,
  type StrategyName,
  strategyOf,
} from "../../sim/explore/hunt.ts";
import { countText } from "../../sim/explore/scaled-count.ts";
import { shrink } from "../../sim/explore/shrink.ts";
import { vacuityOf } from "../../sim/explore/vacuity.ts";
import { loadGrammar } from "../../sim/postgres/index.ts";
import type { ExplorableSystem } from "../../sim/system/explorable-system.ts";
import { type Instance, mustHaveKnownTime, systemOf } from "../../sim/system/from-scenario.ts";
import { setupOf } from "../../sim/system/set-up.ts";
import type { Choice } from "../../sim/system/system.ts";
import { withAllKnown } from "../../sim/system/time-passes.ts";
import { recordTrace } from "../../sim/trace/record.ts";
import { renderText } from "../../sim/trace/text.ts";
import { tidySchedule } from "../../sim/trace/tidy.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { interruptedStatus, interruptible } from "../process-exit.ts";
import { scaledText } from "./coverage-report.ts";
import { EXIT } from "./exit-status.ts";
import { type InstanceOptions, instanceOf, integerFrom, withInstanceOptions } from "./instance-options.ts";
import { lookedAtJson, lookedAtLines } from "./looked-at.ts";
import { probeFolder } from "./out-folder.ts";
import { DEFAULT_OUT, replayCommand, unwritten } from "./report.ts";
import { tellSupervisor } from "./supervision.ts";
import {
  count,
  counted,
  errorJson,
  ProgressLine,
  paint,
  print,
  printJson,
  textWidth,
  warnUnwritten,
} from "./terminal.ts";
import { traceFilesIn, writeTraceFiles } from "./trace-files.ts";

interface SimulateOptions extends InstanceOptions {
  readonly strategy: StrategyName;
  readonly runs: number;
  readonly depth: number;
  readonly seed?: number;
  readonly steps: number;
  readonly shrink: boolean;
  readonly out: string;
  readonly json?: boolean;
}

/** Adds the command to the program; `finish` takes the exit status. */
export function addSimulate(program: Command, finish: (status: number) => void): void {
  const command = program
    .command("simulate")
    .summary("run random schedules from a seed")
    .description(
      "Runs random schedules until one breaks a property, and shows the last one, a failing one made small.\n" +
        "It can show a violation; that it shows none says nothing (use check for that).",
    )
    .argument("<scenario>", "the name of a scenario, or a module of your own that exports one");
  withInstanceOptions(command)
    .addOption(
      new Option(
        "--strategy <name>",
        "random: each enabled step as likely as the others; pct: random priorities with --depth less one changes; " +
          "uniform: each interleaving of --steps steps as likely as the others",
      )
        .choices(STRATEGIES)
        .default("random"),
    )
    .option("--runs <n>", "how many schedules at most, until one fails", integerFrom(1, 1_000_000_000), 1)
    .option("--depth <d>", "pct: the depth of the bugs that its bound is for", integerFrom(1, 100), 3)
    .option(
      "--seed <n>",
      "the seed of the first run, the next one has the next seed (default: a new one, which is printed)",
      integerFrom(0, SEED_MAX),
    )
    .option("--steps <n>", "how many steps a schedule has at most", integerFrom(1, 1_000_000), 40)
    .option("--no-shrink", "show a failing schedule as it was drawn")
    .option("--out <folder>", "where the trace is written", DEFAULT_OUT)
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExit status: 0 nothing broke in these schedules, 1 violated, 2 wrong input,\n" +
        "3 nothing broke since nothing was done or claimed, 130 interrupted.",
    )
    .action(async (name: string, options: SimulateOptions) => finish(await runSimulate(name, options)));
}

/** A hunt and what is to be told of it. */
interface Hunted {
  readonly instance: Instance;
  readonly strategy: ScheduleStrategy;
  readonly hunt: Hunt;
  /** What is shown: the schedule of the last run, made small where it failed. */
  readonly schedule: readonly Choice[];
  /** The length of a shortest schedule to the same violation; null where the space is too large to know, or nothing failed. */
  readonly shortest: number | null;
}

async function runSimulate(name: string, options: SimulateOptions): Promise<number> {
  await loadGrammar();
  const asked = await instanceOf(name, options);
  probeFolder(options.out);
  const { instance, system, hunted } = await withAllKnown(asked, async (known) => {
    const made = systemOf(known);
    const hunted = await huntIn(known, made, options);
    mustHaveKnownTime(known, made.statements);
    return { instance: known, system: made, hunted };
  });
  const { last, interrupted } = hunted.hunt;
  const trace = await recordTrace(system, hunted.schedule, {
    parameters: parametersOf(instance, system.clients, last.seed),
    setup: setupOf(instance),
  });
  const vacuous = last.violation === null ? vacuityOf(system, { oneForAll: false, rows: false }) : [];
  const beside = { ...lookedAtJson({ instance, system }), vacuous };
  const lines = [...vacuous.map((why) => `vacuous: ${why}`), ...lookedAtLines({ instance, system })];
  const files = traceFilesIn(options.out, trace, runOf(options));
  if (options.json !== true) printHunt(hunted, trace, lines);
  const error = await unwritten(() => writeTraceFiles(trace, files));
  if (options.json === true) {
    printJson({ ...huntJson(hunted, error === null ? files.json : null), ...beside, ...(error && errorJson(error)) });
  } else if (error === null) {
    print(`step through it:  ${files.html}`);
    print(`run it again:     ${replayCommand(files.json, "simulated")}`);
  }
  if (error !== null) warnUnwritten(error);
  if (last.violation !== null) return EXIT.violated;
  if (interrupted || interruptedStatus() !== null) return interruptedStatus() ?? EXIT.interrupted;
  return vacuous.length > 0 ? EXIT.inconclusive : EXIT.ok;
}

/** What decides which schedule is drawn and shown, beside its seed. */
function runOf({ strategy, depth, steps, shrink: isShrunk }: SimulateOptions): readonly string[] {
  return [
    ...(strategy === "random" ? [] : [strategy]),
    ...(strategy === "pct" && depth !== 3 ? [`depth-${depth}`] : []),
    ...(steps === 40 ? [] : [`${steps}-steps`]),
    ...(isShrunk ? [] : ["as-drawn"]),
  ];
}

async function huntIn(instance: Instance, system: ExplorableSystem, options: SimulateOptions): Promise<Hunted> {
  const strategy = await strategyOf(system, options);
  if (strategy.kind === "too many") {
    throw new UsageError(
      "too-many-interleavings",
      `there are more than ${count(strategy.statesMax)} states within ${strategy.steps} steps: too many to count their interleavings`,
      "Take fewer --steps or --clients, or --strategy pct, which needs no count.",
    );
  }
  const seed = options.seed ?? randomInt(SEED_MAX + 1);
  const found = await interruptible((signal) => watchedHunt(strategy, { seed, runs: options.runs }, signal));
  const { schedule, violation } = found.last;
  if (violation !== null) tellSupervisor({ kind: "found", verdict: "violated", ...violation });
  if (violation === null) return { instance, strategy, hunt: found, schedule, shortest: null };
  const { property } = violation;
  const small = options.shrink
    ? await tidySchedule(system, (await shrink(system, schedule, property)).schedule, property)
    : schedule;
  return { instance, strategy, hunt: found, schedule: small, shortest: await shortestTo(system, property) };
}

/** Runs a hunt with a line of progress on work over a second. */
async function watchedHunt(
  strategy: ScheduleStrategy,
  options: { readonly seed: number; readonly runs: number },
  signal: AbortSignal,
): Promise<Hunt> {
  const line = new ProgressLine(strategy.name);
  const started = performance.now();
  try {
    return await hunt(strategy, options, {
      now: () => performance.now(),
      onRun: (runs) => line.reportRuns(runs, options.runs, (performance.now() - started) / 1000),
      pause: () => setImmediate(),
      interrupted: () => signal.aborted,
    });
  } finally {
    line.clear();
  }
}

/** The largest space that is searched to know how long a shortest schedule is. */
const SHORTEST_STATES_MAX = 50_000;

async function shortestTo(system: ExplorableSystem, property: string): Promise<number | null> {
  const bounds = { states: SHORTEST_STATES_MAX, depth: null, seconds: null, memoryBytes: null };
  const { violation, schedule } = await explore(system, bounds);
  return violation?.property === property && schedule !== null ? schedule.length : null;
}

function huntJson({ instance, strategy, hunt: { runs, last }, schedule, shortest }: Hunted, trace: string | null) {
  const { violation, seed, ended } = last;
  return {
    scenario: instance.scenario.name,
    protocol: instance.protocol.name,
    clients: instance.clients,
    buffers: instance.buffers,
    isolation: instance.isolation,
    granularity: instance.granularity,
    strategy: strategy.name,
    chances: chancesJson(strategy.chances),
    runs,
    seed,
    steps: schedule.length,
    drawnSteps: last.schedule.length,
    shortest,
    ended,
    verdict: violation === null ? "none" : "violated",
    property: violation?.property ?? null,
    message: violation?.message ?? null,
    schedule,
    trace,
  };
}

function chancesJson(chances: Chances) {
  return chances.kind === "equal" ? { ...chances, interleavings: countText(chances.interleavings) } : chances;
}

function printHunt(
  { strategy, hunt: { runs, last }, schedule, shortest }: Hunted,
  trace: Trace,
  beside: readonly string[],
) {
  print(renderText(trace, { width: textWidth(), color: paint }));
  const { violation, seed } = last;
  if (violation === null) {
    const these = runs === 1 ? `this schedule of ${last.schedule.length} steps` : `these ${count(runs)} schedules`;
    print(`\nNothing broke in ${these}; that says nothing of the others.`);
  } else {
    print(`\n${paint.red(`violated: ${violation.property}:`)} ${violation.message}`);
    print(
      `\nfound in run ${count(runs)}, after ${counted(last.schedule.length, "step")}; ${sizeText(schedule, shortest)}`,
    );
  }
  for (const line of beside) print(`${paint.yellow("!")} ${line}`);
  print(`strategy ${strategy.name}${chancesText(strategy.chances)}`);
  print(`seed ${seed}`);
}

function sizeText(schedule: readonly Choice[], shortest: number | null): string {
  const known =
    shortest === null
      ? `a shortest one is not known (none was met in ${count(SHORTEST_STATES_MAX)} states)`
      : `a shortest one has ${shortest}`;
  return `shown with ${schedule.length}; ${known}`;
}

function chancesText(chances: Chances): string {
  switch (chances.kind) {
    case "unknown":
      return "";
    case "at least":
      return `: a run meets a bug of depth ${chances.depth} with a probability of at least ${chances.probability.toPrecision(2)}`;
    case "equal":
      return `: each of ${scaledText(chances.interleavings)} interleavings is as likely as the others`;
  }
}
