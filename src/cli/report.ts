/** What a check found: as lines for people, as the JSON of `check --json`, and as the files of its trace. */
import type { Check } from "../../sim/explore/check.ts";
import type { Exploration } from "../../sim/explore/exploration.ts";
import { asksForTime } from "../../sim/postgres/syntax/clock-calls.ts";
import { startText } from "../../sim/start-time.ts";
import { faultsOf, type Instance } from "../../sim/system/from-scenario.ts";
import { setupOf } from "../../sim/system/set-up.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { EXIT } from "./exit-status.ts";
import { lookedAtJson, reasonOf } from "./looked-at.ts";
import { count, counted, paint } from "./terminal.ts";
import { type TraceFiles, traceFilesIn, writeTraceFiles } from "./trace-files.ts";

/** The folder for files when `--out` is not given. */
export const DEFAULT_OUT = "lockstep-out";

/** The exit status that a verdict asks for. */
export function statusOf(exploration: Exploration): number {
  switch (exploration.verdict) {
    case "holds":
      return EXIT.ok;
    case "violated":
      return EXIT.violated;
    case "inconclusive":
      return exploration.stop?.kind === "interrupted" ? EXIT.interrupted : EXIT.inconclusive;
  }
}

/** The files of a check's traces: what is null or empty in the check is so here. */
export interface CheckFiles {
  readonly trace: TraceFiles | null;
  readonly spelledOut: TraceFiles | null;
  readonly failures: readonly { readonly sqlstate: string; readonly steps: number; readonly files: TraceFiles }[];
}

/** Where every trace that the check has to show is to be written; `of` is what else their names have to say. */
export function checkFilesIn(
  folder: string,
  { trace, spelledOut, failures }: Check,
  of: readonly string[],
): CheckFiles {
  return {
    trace: trace && traceFilesIn(folder, trace, of),
    spelledOut: spelledOut && traceFilesIn(folder, spelledOut, of),
    failures: failures.map(({ sqlstate, trace: failing }) => ({
      sqlstate,
      steps: failing.steps.length,
      files: traceFilesIn(folder, failing, [...of, sqlstate]),
    })),
  };
}

/** Writes the traces; what was found does not depend on it, so an error is answered and not thrown. */
export async function writeCheckFiles(check: Check, files: CheckFiles): Promise<UsageError | null> {
  return unwritten(async () => {
    if (check.trace !== null && files.trace !== null) await writeTraceFiles(check.trace, files.trace);
    if (check.spelledOut !== null && files.spelledOut !== null) {
      await writeTraceFiles(check.spelledOut, files.spelledOut);
    }
    for (const [at, { trace }] of check.failures.entries()) {
      const { files: own } = files.failures[at] as CheckFiles["failures"][number];
      await writeTraceFiles(trace, own);
    }
  });
}

/** Why files could not be written, or null. */
export async function unwritten(write: () => Promise<void>): Promise<UsageError | null> {
  try {
    await write();
    return null;
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
}

/** When the run began, where anything in it asks for the time; else null. */
export function beginningOf({ instance, system }: Pick<Check, "instance" | "system">): string | null {
  const texts = [...setupOf(instance), ...system.statements];
  return system.now !== undefined && texts.some(asksForTime) ? startText(system.now) : null;
}

/** The object of `check --json` (design, section 5). Two runs differ in `seconds` only, and by another number of threads in `bytesPerState`. */
export function reportJson(check: Check, seconds: number, files: CheckFiles | null): Record<string, unknown> {
  const { instance, exploration } = check;
  return {
    scenario: instance.scenario.name,
    protocol: instance.protocol.name,
    clients: instance.clients,
    buffers: instance.buffers,
    isolation: instance.isolation,
    granularity: instance.granularity,
    faults: faultsOf(instance),
    now: beginningOf(check),
    verdict: exploration.verdict,
    property: exploration.violation?.property ?? null,
    message: exploration.violation?.message ?? null,
    liveness: instance.liveness?.name ?? null,
    oracle: instance.oracle ?? null,
    outcomes: check.outcomes,
    anomaly: check.trace?.anomaly?.name ?? null,
    unclaimed: Object.keys(instance.protocol.unclaimed ?? {}),
    exhaustive: exploration.exhaustive,
    distinctStates: exploration.distinctStates,
    transitions: exploration.transitions,
    depth: exploration.depth,
    seconds,
    bytesPerState: Number((exploration.size.bytes / exploration.distinctStates).toPrecision(3)),
    search: exploration.depthFirst === null ? "breadth-first" : "depth-first",
    shortest: exploration.schedule === null ? null : (exploration.depthFirst?.isShortest ?? null),
    reductions: exploration.reductions,
    rows: exploration.rows,
    unfoldedFrom: exploration.unfolded ? (exploration.orbits?.states.length ?? null) : null,
    fullStates: exploration.exhaustive ? exploration.fullStates : null,
    traceLength: check.trace?.steps.length ?? 0,
    traceGranularity: check.trace?.parameters.granularity ?? null,
    repeatsFrom: check.trace?.repeatsFrom ?? null,
    trace: files?.trace?.json ?? null,
    needsFine: check.needsFine,
    spelledOut: files?.spelledOut?.json ?? null,
    failures: (files?.failures ?? []).map(({ sqlstate, steps, files: { json } }) => ({
      sqlstate,
      traceLength: steps,
      trace: json,
    })),
    bound: boundText(exploration),
    reason: reasonOf(exploration),
    vacuous: exploration.vacuous,
    ...lookedAtJson(check),
  };
}

function boundText(exploration: Exploration): string | null {
  if (exploration.stop === null) return null;
  return exploration.stop.kind === "bound" ? exploration.stop.bound : "interrupted";
}

/** The verdict in one line: `atomic-update  holds  in all 57 states …`. */
export function verdictLine(check: Check, seconds: number): string {
  const { exploration, instance } = check;
  const states = statesText(exploration);
  const steps = counted(exploration.transitions, "transition");
  const how = `${instance.granularity} granularity, ${howText(exploration)}${seconds.toFixed(2)} s`;
  switch (exploration.verdict) {
    case "holds":
      return `${paint.green("holds")} exhaustively: all ${states}, ${steps}, ${depthText(exploration)} (${how})`;
    case "violated":
      return `${paint.red("violated")}: ${exploration.violation?.property}, after ${states}, ${steps} (${how})`;
    case "inconclusive":
      if (exploration.vacuous.length > 0)
        return `${paint.yellow("inconclusive")}: ${reasonOf(exploration)}; in all ${states}, ${steps} (${how})`;
      return `${paint.yellow("inconclusive")}: nothing broke in ${states}, ${steps}, ${depthText(exploration)}, but ${stopText(exploration)} (${how})`;
  }
}

/** `348 states`, or with symmetry `74 orbits of 348 states`. */
function statesText({ distinctStates, fullStates, reductions }: Exploration): string {
  if (!reductions.includes("symmetry")) return counted(distinctStates, "state");
  const orbits = counted(distinctStates, "orbit");
  return fullStates === null ? orbits : `${orbits} of ${counted(fullStates, "state")}`;
}

/** `buffer`, `buffers`, or what the scenario calls the things that its clients compete for. */
export function competedFor({ scenario, buffers }: Instance): string {
  const [one, many] = scenario.competeFor ?? ["buffer", "buffers"];
  return buffers === 1 ? one : many;
}

/** What symmetry did with interchangeable rows; null where there is nothing to say of it. */
export function rowsLine({ instance, exploration: { rows } }: Check): string | null {
  if (rows === null) return null;
  const things = `the ${instance.buffers} ${competedFor(instance)}`;
  if (rows === "exchanged") return `${things} are interchangeable, and were exchanged as the clients were`;
  return `${things} were not exchanged, only clients were: ${rows.notExchanged}`;
}

/** How far from the start the search was. */
function depthText({ depth, depthFirst }: Exploration): string {
  return `${depthFirst === null ? "depth" : "longest path"} ${count(depth)}`;
}

/** The order, and how much had to be run to know what happens in all states; nothing where that is as usual. */
function howText({ unfolded, orbits, depthFirst }: Exploration): string {
  if (depthFirst !== null) return "depth first, ";
  return unfolded && orbits !== null ? `unfolded from ${counted(orbits.states.length, "orbit")}, ` : "";
}

function stopText(exploration: Exploration): string {
  if (exploration.stop?.kind === "interrupted") return "it was interrupted before every state was seen";
  return `the bound of ${boundText(exploration)} was reached before every state was seen`;
}

/** The command that runs a trace again, as it is typed. */
export function replayCommand(path: string, on: "simulated" | "postgres"): string {
  const quoted = /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
  return `npm run -s lockstep -- replay ${quoted} --on ${on}`;
}
