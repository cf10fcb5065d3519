/** `lockstep check`: the exhaustive verdict on one protocol. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { AnyNumberCheck } from "../../sim/explore/any-number.ts";
import { lackedMemory } from "../../sim/explore/bounds.ts";
import type { Check } from "../../sim/explore/check.ts";
import { coverageOf } from "../../sim/explore/coverage.ts";
import type { Exploration, Reduction, SearchOrder } from "../../sim/explore/exploration.ts";
import { transitionsTaken } from "../../sim/explore/machine-graph.ts";
import { ORACLES } from "../../sim/explore/oracles.ts";
import { loadGrammar } from "../../sim/postgres/index.ts";
import { faultsText, isNoFault } from "../../sim/system/faults.ts";
import {
  allPropertiesOf,
  faultsOf,
  type Instance,
  livenessNamed,
  type Oracle,
} from "../../sim/system/from-scenario.ts";
import { cannotForce } from "../../sim/trace/forcing.ts";
import { renderText } from "../../sim/trace/text.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { interruptible } from "../process-exit.ts";
import { anyNumberJson, anyNumberLine } from "./any-number-report.ts";
import { type Covered, coverageJson, coverageLines, machinesOf } from "./coverage-report.ts";
import { timedAnyNumber, timedCheck } from "./exploring.ts";
import {
  bytesFrom,
  type InstanceOptions,
  instanceOf,
  integerFrom,
  positive,
  withInstanceOptions,
} from "./instance-options.ts";
import { lookedAtLines } from "./looked-at.ts";
import { probeFolder } from "./out-folder.ts";
import {
  beginningOf,
  type CheckFiles,
  checkFilesIn,
  competedFor,
  DEFAULT_OUT,
  replayCommand,
  reportJson,
  rowsLine,
  statusOf,
  verdictLine,
  writeCheckFiles,
} from "./report.ts";
import { counted, errorJson, paint, print, printJson, textWidth, warn, warnUnwritten } from "./terminal.ts";

interface CheckOptions extends InstanceOptions {
  readonly liveness?: string;
  readonly oracle?: Oracle["name"];
  readonly attempts?: number;
  readonly maxStates?: number;
  readonly maxDepth?: number;
  readonly maxSeconds?: number;
  readonly maxMemory: number;
  readonly reductions: readonly Reduction[];
  readonly search: SearchOrder;
  readonly workers: number;
  readonly out: string;
  readonly json?: boolean;
}

/** Adds the command to the program; `finish` takes the exit status. */
export function addCheck(program: Command, finish: (status: number) => void): void {
  const command = program
    .command("check")
    .summary("say whether a protocol holds in every interleaving")
    .description(
      "Explores every interleaving of the clients' statements on the simulated PostgreSQL.\n" +
        "The verdict is holds (everything was seen), violated (with the shortest trace), or inconclusive (a bound was reached).",
    )
    .argument("<scenario>", "the name of a scenario, or a module of your own that exports one");
  withInstanceOptions(
    command,
    "a verdict for every number of them, by counting those that are alike (at most 20,000 orbits, unless --max-states says otherwise)",
  )
    .option(
      "--liveness <property>",
      "also look at what has to happen in the end, provided that no client is passed over for ever (weak fairness): " +
        "livelock-free (somebody gets to own), answered (whoever asks is answered) or starvation-free (whoever asks owns), " +
        "or one of your scenario's own; the counterexample is a schedule whose last steps repeat for ever",
    )
    .addOption(
      new Option(
        "--oracle <name>",
        "judge without the scenario's properties: serializable-outcome (what clients do at once must end as in some order, one after " +
          "the other; a violation names the anomaly), linearizable (they must be answered as by one lock for each thing)",
      ).choices(Object.keys(ORACLES)),
    )
    .addOption(
      new Option(
        "--attempts <n>",
        `how often each client tries something, for serializable-outcome (default: ${ATTEMPTS})`,
      ).argParser(integerFrom(1, 9)),
    )
    .addOption(
      new Option(
        "--reductions <list>",
        "what is left out without changing the verdict: symmetry takes clients that only exchange their roles for one (and rows, where the scenario calls them interchangeable), " +
          "partial-order takes steps that are nobody else's matter in one order only; both: symmetry,partial-order",
      )
        .argParser(reductionsFrom)
        .default([], "none"),
    )
    .addOption(
      new Option(
        "--search <order>",
        "depth-first is for where memory is short: it keeps little but the states themselves, and gives up the shortest trace; the one that it " +
          "comes upon is made small, and replaced by a shortest one where that is among the first 20,000 states. A depth then is that of the " +
          "longest path. Not with --liveness, --oracle or partial-order. (4 to 16 interchangeable clients without " +
          "reductions take least breadth first)",
      )
        .choices(["breadth-first", "depth-first"] satisfies SearchOrder[])
        .default("breadth-first"),
    )
    .option("--max-states <n>", "stop after this many distinct states", integerFrom(1, 2 ** 31 - 1))
    .option("--max-depth <n>", "look no further than this many steps", integerFrom(1, 2 ** 31 - 1))
    .option("--max-seconds <n>", "stop after this time", positive)
    .addOption(
      new Option("--max-memory <size>", "stop when the process takes so much memory, for instance 256MB")
        .argParser(bytesFrom)
        .default(4 * 2 ** 30, "4GB"),
    )
    .option(
      "--workers <n>",
      "how many threads visit the states of a search without reductions in which 4 to 16 clients are interchangeable; " +
        "counts and traces are the same for any number",
      integerFrom(1, 64),
      1,
    )
    .option("--out <folder>", "where the trace of a violation is written", DEFAULT_OUT)
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExit status: 0 holds, 1 violated, 2 wrong input, 3 inconclusive, 130 interrupted. It is the verdict's also where the trace\n" +
        "cannot be written in the end; then an error on standard error (and in the object of --json) says so.",
    )
    .action(async (name: string, options: CheckOptions) => finish(await runCheck(name, options)));
}

const REDUCTIONS: readonly Reduction[] = ["symmetry", "partial-order"];

/** `none`, or names with commas between them. */
function reductionsFrom(text: string): readonly Reduction[] {
  const names = text === "none" ? [] : text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !REDUCTIONS.some((known) => known === name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`"${unknown}" is none of them: none, ${REDUCTIONS.join(", ")}.`);
  }
  return REDUCTIONS.filter((known) => names.includes(known));
}

/** How often a client tries something where nothing else is said: often enough to let go again, and few enough to be explored. */
const ATTEMPTS = 2;

function oracleOf({ oracle, attempts }: CheckOptions): Oracle | null {
  if (oracle === "serializable-outcome") return { name: oracle, attempts: attempts ?? ATTEMPTS };
  if (attempts === undefined) return oracle === undefined ? null : { name: oracle };
  throw new UsageError(
    "attempts-without-outcome",
    "--attempts is for --oracle serializable-outcome; all else lets clients go round for ever",
    "Leave it out, or give --oracle serializable-outcome.",
  );
}

async function runCheck(name: string, options: CheckOptions): Promise<number> {
  await loadGrammar();
  const safety = await instanceOf(name, options);
  const oracle = oracleOf(options);
  const instance: Instance = {
    ...safety,
    ...(options.liveness === undefined ? {} : { liveness: livenessNamed(safety.scenario, options.liveness) }),
    ...(oracle === null ? {} : { oracle }),
  };
  const bounds = {
    states: options.maxStates ?? null,
    depth: options.maxDepth ?? null,
    seconds: options.maxSeconds ?? null,
    memoryBytes: options.maxMemory,
  };
  const { reductions, search, workers, clients } = options;
  if (clients === "any" && reductions.includes("partial-order")) throw losesNumbers();
  if (clients === "any" && search === "depth-first") throw countsBreadthFirst();
  probeFolder(options.out);
  const { check, anyNumber, seconds } = await interruptible((signal) =>
    clients === "any"
      ? timedAnyNumber(instance, bounds, signal)
      : timedCheck(instance, bounds, signal, { reductions, search, workers }),
  );
  const { exploration } = check;
  if (workers > 1 && !exploration.unfolded) warn("--workers: this search was made by one thread (see check --help)");
  const files = checkFilesIn(options.out, check, search === "depth-first" ? [search] : []);
  // An oracle lets clients do less than they could, and more than once what is one state.
  const covered = oracle === null ? await coveredBy(check) : null;
  const numbers = anyNumber === null ? {} : anyNumberJson(anyNumber);
  const coverage = covered && coverageJson(covered);
  // The verdict comes first: whatever happens to the files, it was told.
  if (options.json !== true) printCheck({ check, anyNumber, covered, seconds, files });
  const error = await writeCheckFiles(check, files);
  const written = error === null ? files : null;
  if (options.json === true) {
    printJson({ ...reportJson(check, seconds, written), ...numbers, coverage, ...(error && errorJson(error)) });
  } else if (error === null) printWhere(check, files);
  if (error !== null) warnUnwritten(error);
  return statusOf(check.exploration);
}

async function coveredBy({ instance, system, exploration }: Check): Promise<Covered> {
  const { reductions, exhaustive, orbits, depthFirst, stop } = exploration;
  // Orders are counted over the states of the full search: a reduction has not seen them, unless it kept what they are told from.
  const isWhole = reductions.length === 0 || (exhaustive && orbits?.exact === true);
  // Depth first, what they are told from was forgotten; and where memory gave out, none is left for it. Who interrupts, or has no more time, does not wait.
  const isEnded = stop?.kind === "interrupted" || (stop?.kind === "bound" && /^[\d.]+ seconds$/.test(stop.bound));
  const isKept = depthFirst === null && !lackedMemory(stop) && !isEnded;
  return {
    transitions: transitionsTaken(system, machinesOf(instance)),
    orders: isWhole && isKept ? await coverageOf(system, exploration) : null,
  };
}

function losesNumbers(): UsageError {
  return new UsageError(
    "any-number-refused",
    "partial-order leaves out steps, and a verdict for any number of clients has to know all of them",
    "Leave out --reductions: symmetry is used in any case.",
  );
}

function countsBreadthFirst(): UsageError {
  return new UsageError(
    "any-number-refused",
    "a verdict for any number of clients is made of orbits with all the steps between them, which a depth-first search does not keep",
    "Leave out --search.",
  );
}

interface Checked {
  readonly check: Check;
  readonly anyNumber: AnyNumberCheck | null;
  readonly covered: Covered | null;
  readonly seconds: number;
  readonly files: CheckFiles;
}

function printCheck({ check, anyNumber, covered, seconds, files }: Checked): void {
  const { instance, exploration } = check;
  const faults = faultsOf(instance);
  const begins = beginningOf(check);
  print(`${paint.bold(instance.protocol.name)}: ${instance.protocol.sentence}`);
  print(
    `  ${instance.scenario.name}, ${anyNumber === null ? instance.clients : "any number of"} clients, ${instance.buffers} ` +
      `${competedFor(instance)}, ${instance.isolation}${isNoFault(faults) ? "" : `, faults ${faultsText(faults)}`}` +
      `${begins === null ? "" : `, begins ${begins}`}`,
  );
  print(`  ${anyNumber === null ? verdictLine(check, seconds) : anyNumberLine(anyNumber, seconds)}`);
  const rows = rowsLine(check);
  if (rows !== null) print(`  ${rows}`);
  for (const line of lookedAtLines(check)) print(`  ${paint.yellow("!")} ${line}`);
  const shortest = shortestLine(exploration);
  if (shortest !== null) print(`  ${shortest}`);
  if (anyNumber === null) for (const way of waysToSeeMore(check)) print(`  ${way} (see check --help)`);
  if (covered !== null) for (const line of coverageLines(covered)) print(`  ${line}`);
  if (instance.oracle?.name === "serializable-outcome")
    print(`  ${outcomesLine(instance.oracle.attempts, check.outcomes)}`);
  for (const property of claimsOf(instance)) {
    const why = instance.protocol.unclaimed?.[property.name];
    if (why !== undefined) {
      print(`  – ${property.name} is not claimed: ${why}`);
      continue;
    }
    const broken = exploration.violation?.property === property.name;
    // Whole runs are looked at when every state is known to be as it should be.
    const held = exploration.verdict === "holds" || exploration.stem !== null;
    const mark = broken ? paint.red("✗") : held ? paint.green("✓") : "·";
    print(`  ${mark} ${property.name}: ${property.sentence}`);
  }
  for (const {
    sqlstate,
    steps,
    files: { html },
  } of files.failures) {
    const earliest = exploration.depthFirst === null ? "at the earliest " : "";
    print(`  on the way a client is answered with ${paint.bold(sqlstate)}, ${earliest}in step ${steps}: ${html}`);
  }
  if (exploration.violation !== null) print(`\n${paint.red(exploration.violation.message)}`);
  if (check.trace === null || files.trace === null) return;
  print();
  print(renderText(check.trace, { width: textWidth(), color: paint }));
  if (check.spelledOut !== null && files.spelledOut !== null) {
    print(`The same, spelled out in one transaction (${check.spelledOut.parameters.protocol}), can be forced:\n`);
    print(renderText(check.spelledOut, { width: textWidth(), color: paint }));
  }
}

/** Where the traces are, when they are there. */
function printWhere(check: Check, files: CheckFiles): void {
  if (check.trace === null || files.trace === null) return;
  if (files.spelledOut !== null) print(`run that again:   ${replayCommand(files.spelledOut.json, "postgres")}`);
  print(`\nstep through it:  ${files.trace.html}`);
  print(
    `run it again:     ${replayCommand(files.trace.json, cannotForce(check.trace) === null ? "postgres" : "simulated")}`,
  );
}

/** What the verdict is about: so many attempts, and so many ends of them. */
function outcomesLine(attempts: number, outcomes: number | null): string {
  const each = `each client makes at most ${counted(attempts, "attempt")}`;
  // The serial orders come first: where they were not all seen, that is the search of which the verdict tells.
  if (outcomes === null) return `${each}; the serial orders were not all seen, so that nothing was compared with them`;
  return `${each}; ${counted(outcomes, "outcome")} compared with those of the serial orders`;
}

/** What is known of the length of a counterexample that was found depth first. */
function shortestLine({ depthFirst, schedule }: Exploration): string | null {
  if (depthFirst === null || schedule === null) return null;
  const steps = counted(schedule.length, "step");
  if (depthFirst.isShortest)
    return `found depth first; a breadth-first search has found a shortest way to a violation: ${steps}`;
  return `found depth first, and made small: ${steps}; a shorter way to a violation may be there (--search breadth-first)`;
}

/** How a search that has ended at a bound, or was interrupted, could see more within the same. */
function waysToSeeMore({ exploration, instance }: Check): readonly string[] {
  const { stop, depthFirst, reductions } = exploration;
  if (stop === null || instance.oracle !== undefined || instance.liveness) return [];
  const reduced = depthFirst === null ? "symmetry,partial-order" : "symmetry";
  return [
    ...(reductions.length === 0 && instance.clients > 1
      ? [`--reductions ${reduced} has fewer states to see where clients are interchangeable`]
      : []),
    ...(lackedMemory(stop) && depthFirst === null && !reductions.includes("partial-order")
      ? ["--search depth-first takes less memory for each state, and gives up the shortest trace"]
      : []),
  ];
}

/** What was looked at. */
function claimsOf(instance: Instance): readonly { name: string; sentence: string }[] {
  const { property, liveness, oracle } = instance;
  if (oracle !== undefined) return [ORACLES[oracle.name]];
  const looked = allPropertiesOf(instance).filter(({ name }) => (property ?? name) === name);
  return liveness ? [...looked, liveness] : looked;
}
