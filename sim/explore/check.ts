/**
 * The verdict on an instance, with the trace to show for it: explores, and where something broke records the shortest way.
 *
 * The verdict is that of the granularity that was asked for. The counterexample is a coarse one where there is one for
 * the same property, since that can be forced on a real server; otherwise it is the fine one, and `needsFine` says so. Then
 * the protocol that spells the same out in one transaction, if there is one, is checked as well: its counterexample can be forced.
 *
 *     holds       nothing to show, but for the errors on the way: the shortest trace to each SQLSTATE (`failures`)
 *     violated    `trace`, and where it cannot be forced `spelledOut`; with an oracle the trace names the anomaly
 */

import type { ExplorableSystem } from "../system/explorable-system.ts";
import { isNoFault } from "../system/faults.ts";
import { faultsOf, type Instance, mustHaveKnownTime, protocolOf, systemOf } from "../system/from-scenario.ts";
import { setupOf } from "../system/set-up.ts";
import { withAllKnown } from "../system/time-passes.ts";
import { recordTrace } from "../trace/record.ts";
import { tidySchedule } from "../trace/tidy.ts";
import type { Trace, TraceParameters } from "../trace/trace.ts";
import { UsageError } from "../usage-error.ts";
import { anomalyIn } from "./anomaly.ts";
import type { Bounds, Watch } from "./bounds.ts";
import { exploreDepthFirst, LOCAL_STEPS_KEPT } from "./depth-first.ts";
import { explore } from "./exhaustive.ts";
import type { Exploration, How, Reduction } from "./exploration.ts";
import { openSystem } from "./oracles.ts";
import { SHORTEST_STATES_MAX, shortened } from "./shortened.ts";

export interface Check {
  readonly instance: Instance;
  /** What was explored, with its tables filled: what is wanted of it afterwards (coverage) is read from these. */
  readonly system: ExplorableSystem;
  readonly exploration: Exploration;
  /** The counterexample; null where nothing broke, or where there is no schedule to show. */
  readonly trace: Trace | null;
  /** True when the counterexample needs a step inside a statement, which nobody can force on a real server from outside. */
  readonly needsFine: boolean;
  /** The counterexample of the protocol that does the same in one explicit transaction, where `trace` cannot be forced. */
  readonly spelledOut: Trace | null;
  /** Where everything was seen and nothing broke: a shortest trace to each error that a client is answered with. */
  readonly failures: readonly FailureTrace[];
  /** How many outcomes there were to be found among those of the serial orders; null where that was not asked. */
  readonly outcomes: number | null;
}

/** How a client comes to be answered with this error. */
export interface FailureTrace {
  readonly sqlstate: string;
  readonly trace: Trace;
}

/** Explores the instance and records its counterexample. */
export async function check(instance: Instance, bounds: Bounds, watch: Watch = {}, how: How = {}): Promise<Check> {
  return withAllKnown(instance, (known) => checkOnce(known, bounds, watch, how));
}

async function checkOnce(
  instance: Instance,
  bounds: Bounds,
  watch: Watch,
  { reductions = [], search = "breadth-first" }: How,
): Promise<Check> {
  refuseReductions(instance, reductions);
  if (search === "depth-first") return checkDepthFirst(instance, bounds, watch, reductions);
  const { system, stopped, outcomes } = await openSystem(instance, bounds, watch);
  const exploration = stopped ?? (await explore(system, bounds, watch, reductions));
  mustHaveKnownTime(instance, system.statements);
  const found = { instance, system, exploration };
  if (stopped !== null) return { ...found, ...NOTHING_TO_SHOW, outcomes: null };
  const shown = await whatToShow(found, bounds, watch);
  const isCounted = exploration.schedule === null;
  return { ...found, ...shown, outcomes: isCounted ? counted(instance, exploration, outcomes()) : outcomes() };
}

type Shown = Pick<Check, "trace" | "needsFine" | "spelledOut" | "failures">;

const NOTHING_TO_SHOW: Shown = { trace: null, needsFine: false, spelledOut: null, failures: [] };

async function whatToShow(found: Explored, bounds: Bounds, watch: Watch): Promise<Shown> {
  const { instance, exploration } = found;
  if (exploration.schedule === null) {
    const isSeen = exploration.verdict === "holds" || exploration.vacuous.length > 0;
    const failures = isSeen ? await recordFailures(found, bounds, watch) : [];
    return { ...NOTHING_TO_SHOW, failures };
  }
  const { trace, granularity } = await counterexample(found, bounds, watch);
  const needsFine = granularity === "fine";
  const spelledOut = needsFine ? await spelledOutTrace(instance, bounds, watch) : null;
  return { ...NOTHING_TO_SHOW, trace, needsFine, spelledOut };
}

/** Depth first, and what is to be shown then looked for in a system of its own. */
async function checkDepthFirst(
  instance: Instance,
  bounds: Bounds,
  watch: Watch,
  reductions: readonly Reduction[],
): Promise<Check> {
  if (instance.oracle !== undefined) {
    throw new UsageError(
      "depth-first-refused",
      `a search cannot be depth first here: ${instance.oracle.name} remembers each run beside its states, in tables that are kept whole`,
      "Leave out --search, or leave out --oracle.",
    );
  }
  const system = systemOf(instance, { localStepsKept: LOCAL_STEPS_KEPT });
  const deep = await exploreDepthFirst(system, bounds, watch, reductions);
  mustHaveKnownTime(instance, system.statements);
  const another = systemOf(instance);
  const exploration = await shortened(another, deep, bounds, watch);
  const shown = await whatToShow({ instance, system: another, exploration }, bounds, watch);
  return { instance, system, exploration, ...shown, outcomes: null };
}

/** An oracle tells clients apart, and one moment from the next. */
function refuseReductions({ oracle }: Instance, reductions: readonly Reduction[]): void {
  if (oracle === undefined || reductions.length === 0) return;
  throw new UsageError(
    "reduction-loses-oracle",
    `${oracle.name} judges who did what and when, which ${reductions.join(" and ")} would not keep`,
    "Leave the reduction out (--reductions none), or leave out --oracle.",
  );
}

/** That every outcome is one of a serial order says nothing where there is none but the first. */
function counted({ protocol }: Instance, { exhaustive }: Exploration, outcomes: number | null): number | null {
  if (outcomes === null || outcomes > 1 || !exhaustive) return outcomes;
  throw new UsageError(
    "oracle-without-outcome",
    `the clients of ${protocol.name} never all come to rest after an attempt, so there is no outcome to be compared`,
    "A client is at rest where no statement is under way, no transaction is open, and its user has the next move (or it has ended).",
  );
}

/** The counterexample of an exploration that has found one, and the granularity that it needs: coarse where that will do. */
export async function counterexample(
  found: Explored,
  bounds: Bounds,
  watch: Watch = {},
): Promise<{ readonly trace: Trace; readonly granularity: Instance["granularity"] }> {
  const isFine = found.instance.granularity === "fine";
  const shown = (isFine ? await coarser(found.instance, found.exploration, bounds, watch) : null) ?? found;
  const trace = await record(shown.instance, shown.system, shown.exploration);
  return { trace, granularity: shown.instance.granularity };
}

/** The counterexample that can be forced, of the protocol that spells out what this one does in one statement. */
async function spelledOutTrace(instance: Instance, bounds: Bounds, watch: Watch): Promise<Trace | null> {
  const { spelledOut } = instance.protocol;
  if (spelledOut === undefined) return null;
  const other: Instance = { ...instance, protocol: protocolOf(instance.scenario, spelledOut), granularity: "coarse" };
  const { system, stopped } = await openSystem(other, bounds, watch);
  const exploration = stopped ?? (await explore(system, bounds, watch));
  return exploration.schedule === null ? null : record(other, system, exploration);
}

/** A trace to each error that was met: a coarse one where there is one that is no longer, as with counterexamples. */
async function recordFailures(found: Explored, bounds: Bounds, watch: Watch): Promise<readonly FailureTrace[]> {
  const failures = Object.entries(found.exploration.failures);
  if (failures.length === 0) return [];
  const isFine = found.instance.granularity === "fine";
  const coarse = isFine ? await coarseFailures(found, bounds, watch) : null;
  const traces: FailureTrace[] = [];
  for (const [sqlstate, schedule] of failures) {
    const shorter = coarse?.exploration.failures[sqlstate];
    const from = coarse !== null && shorter !== undefined ? coarse : found;
    traces.push({
      sqlstate,
      trace: await recordTrace(from.system, shorter ?? schedule, {
        parameters: parametersOf(from.instance, from.system.clients, null),
        setup: setupOf(from.instance),
      }),
    });
  }
  return traces;
}

/** The errors that are met between statements, in no more steps than those that were found also inside of them. */
async function coarseFailures(
  { instance, exploration: fine }: Explored,
  bounds: Bounds,
  watch: Watch,
): Promise<Explored> {
  const coarse: Instance = { ...instance, granularity: "coarse" };
  const { system, stopped } = await openSystem(coarse, bounds, watch);
  const depth = Math.max(...Object.values(fine.failures).map((schedule) => schedule.length));
  const states = fine.depthFirst === null ? bounds.states : Math.min(bounds.states ?? Infinity, SHORTEST_STATES_MAX);
  const exploration = stopped ?? (await explore(system, { ...bounds, depth, states }, watch, fine.reductions));
  return { instance: coarse, system, exploration };
}

/** The parameters that a trace of this instance carries. */
export function parametersOf(instance: Instance, clients: readonly string[], seed: number | null): TraceParameters {
  return {
    scenario: instance.scenario.name,
    protocol: instance.protocol.name,
    clients,
    buffers: instance.buffers,
    isolation: instance.isolation,
    granularity: instance.granularity,
    seed,
    ...(isNoFault(faultsOf(instance)) ? {} : { faults: faultsOf(instance) }),
    ...(instance.property === undefined ? {} : { property: instance.property }),
    ...(instance.oracle === undefined ? {} : { oracle: instance.oracle }),
  };
}

/** An instance, its system, and what a search of that has found. */
export interface Explored {
  readonly instance: Instance;
  readonly system: ExplorableSystem;
  readonly exploration: Exploration;
}

/** How many times as long a coarse counterexample may be, and still be preferred to the fine one. */
const LONGER_AT_MOST = 2;

/**
 * How many coarse states are looked at for a lasso that can be forced. Lines of waiters make many more of them than of fine ones
 * where many clients wait, and a better picture of what is known is not worth so much; nor is it worth what was saved depth first.
 */
function coarseStatesMax({ stem, depthFirst, distinctStates }: Exploration): number {
  if (depthFirst !== null) return SHORTEST_STATES_MAX;
  return stem === null ? Number.POSITIVE_INFINITY : 1000 + 4 * distinctStates;
}

async function coarser(instance: Instance, fine: Exploration, bounds: Bounds, watch: Watch): Promise<Explored | null> {
  const coarse: Instance = { ...instance, granularity: "coarse" };
  const { system, stopped } = await openSystem(coarse, bounds, watch);
  if (stopped !== null) return null;
  const steps = (fine.schedule?.length ?? 0) * LONGER_AT_MOST;
  // A lasso is known only when every state is, so there the depth of the search is no measure of the schedule's length.
  const depth = fine.stem !== null ? bounds.depth : bounds.depth === null ? steps : Math.min(bounds.depth, steps);
  const most = Math.min(bounds.states ?? Infinity, coarseStatesMax(fine));
  const states = most === Infinity ? null : most;
  const exploration = await explore(system, { ...bounds, depth, states }, watch, fine.reductions);
  const { schedule, violation } = exploration;
  if (schedule === null) return null;
  const property = fine.violation?.property;
  if (violation?.property === property)
    return schedule.length <= steps ? { instance: coarse, system, exploration } : null;
  // Another property breaks sooner between statements: it is left aside.
  const canLeaveAside = instance.property === undefined && property !== undefined && fine.stem === null;
  return canLeaveAside ? coarser({ ...instance, property }, fine, bounds, watch) : null;
}

/** Records the counterexample, its autocommits directly after their statements where that breaks the property as well. */
async function record(instance: Instance, system: ExplorableSystem, exploration: Exploration): Promise<Trace> {
  const { schedule, violation, stem } = exploration;
  const found = schedule ?? [];
  const about = { parameters: parametersOf(instance, system.clients, null), setup: setupOf(instance) };
  if (violation === null) return recordTrace(system, found, about);
  // The end of a lasso must stay the state in which its loop begins, so it is shown as it was found.
  if (stem !== null) return recordTrace(system, found, { ...about, lasso: { broken: violation, stem } });
  const trace = await recordTrace(system, await tidySchedule(system, found, violation.property), about);
  return instance.oracle === undefined ? trace : { ...trace, anomaly: await anomalyIn(instance, trace.schedule) };
}
