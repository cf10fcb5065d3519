/** Explores instances of race-001 with a clock at hand: twice, since the second time only the loop of the explorer is left to pay. */
import { race001 } from "../model/scenarios/race-001.ts";
import { NO_BOUNDS, type Watch } from "../sim/explore/bounds.ts";
import { exploreDepthFirst, LOCAL_STEPS_KEPT } from "../sim/explore/depth-first.ts";
import { explore } from "../sim/explore/exhaustive.ts";
import type { Reduction } from "../sim/explore/exploration.ts";
import { type Instance, protocolOf, systemOf } from "../sim/system/from-scenario.ts";
import type { Granularity } from "../sim/system/system.ts";
import type { LoopRow } from "./tables.ts";
import { type Counted, WholeGraph } from "./whole-graph.ts";

export interface What {
  readonly protocol: string;
  readonly clients: number;
  readonly granularity: Granularity;
  readonly reductions: readonly Reduction[];
}

/** One row of the table. */
export interface Measured extends What {
  readonly verdict: string;
  readonly states: number;
  /** The states of the search without reductions that these stand for. */
  readonly fullStates: number | null;
  readonly transitions: number;
  readonly depth: number;
  /** The whole exploration: SQL run, machines moved, states met. */
  readonly seconds: number;
  /** The same exploration once more, over tables that are filled. */
  readonly secondsAgain: number;
  readonly bytesPerState: number;
  /** How often a client's step was computed, and not looked up. */
  readonly localSteps: number;
  /** States for each state with one client less; null where that is not known. */
  readonly growth: number | null;
}

export function instanceOfRace({ protocol, clients, granularity }: Omit<What, "reductions">): Instance {
  return {
    scenario: race001,
    protocol: protocolOf(race001, protocol),
    clients,
    buffers: 1,
    isolation: "read committed",
    granularity,
  };
}

/** Explores for so many seconds at most. */
async function measure(what: What, secondsMax: number): Promise<Measured> {
  const system = systemOf(instanceOfRace(what));
  const bounds = { ...NO_BOUNDS, seconds: secondsMax };
  const watch = { now: () => performance.now() };
  const started = performance.now();
  const found = await explore(system, bounds, watch, what.reductions);
  const { verdict, distinctStates, fullStates, transitions, depth, size } = found;
  const between = performance.now();
  // Again over what the first time has computed, and no further where that was ended by its bound.
  const boundsAgain = { ...NO_BOUNDS, states: verdict === "inconclusive" ? distinctStates : null };
  const secondsAgain = await medianSeconds(() => explore(system, boundsAgain, {}, what.reductions));
  return {
    ...what,
    verdict,
    states: distinctStates,
    fullStates,
    transitions,
    depth,
    seconds: (between - started) / 1000,
    secondsAgain,
    bytesPerState: size.bytes / distinctStates,
    localSteps: size.localSteps,
    growth: null,
  };
}

/** What an exploration from nothing takes, as the median of so many runs; null where one takes longer than it may. */
export async function measureWhole(
  what: What,
  { secondsMax, runs, ...by }: { readonly secondsMax: number; readonly runs: number } & Pick<Watch, "unfold">,
): Promise<Omit<LoopRow, "what" | "clients"> | null> {
  const times: number[] = [];
  for (;;) {
    const started = performance.now();
    const watch = { ...by, now: () => performance.now() };
    const bounds = { ...NO_BOUNDS, seconds: secondsMax };
    const found = await explore(systemOf(instanceOfRace(what)), bounds, watch, what.reductions);
    times.push((performance.now() - started) / 1000);
    if (!found.exhaustive) return null;
    if (times.length < runs) continue;
    times.sort((one, other) => one - other);
    const { distinctStates: states, transitions, size } = found;
    return { states, transitions, seconds: times[runs >> 1] ?? 0, bytesPerState: size.bytes / states };
  }
}

/** What is explored breadth first and depth first: with two buffers nearly every state has a database of its own. */
const ORDERED: Instance = {
  ...instanceOfRace({ protocol: "atomic-update", clients: 3, granularity: "fine" }),
  buffers: 2,
};

/** The first states of one space in either order, with what the search's own tables take. */
export async function measureOrders(states: number): Promise<readonly LoopRow[]> {
  const rows: LoopRow[] = [];
  for (const search of ["breadth-first", "depth-first"] as const) {
    const isDeep = search === "depth-first";
    const system = systemOf(ORDERED, isDeep ? { localStepsKept: LOCAL_STEPS_KEPT } : {});
    const started = performance.now();
    const found = await (isDeep ? exploreDepthFirst : explore)(system, { ...NO_BOUNDS, states });
    const seconds = (performance.now() - started) / 1000;
    const { distinctStates, transitions, size } = found;
    const what = `${ORDERED.protocol.name}, 2 buffers, ${search}`;
    const counts = { clients: ORDERED.clients, states: distinctStates, transitions };
    rows.push({ what, ...counts, seconds, bytesPerState: size.bytes / distinctStates });
  }
  return rows;
}

/** What a partial order leaves of a search, and what it would leave if everything were known beforehand. */
export interface PartlyOrdered {
  readonly protocol: string;
  readonly clients: number;
  readonly full: Counted;
  readonly reduced: Counted;
  readonly persistent: Counted;
  readonly sleep: Counted;
}

/** The protocols with so many clients, whether they hold or not: every state is counted. */
export async function measurePartialOrder(
  protocols: readonly (readonly [protocol: string, clients: number])[],
): Promise<readonly PartlyOrdered[]> {
  const rows: PartlyOrdered[] = [];
  for (const [protocol, clients] of protocols) {
    const instance = instanceOfRace({ protocol, clients, granularity: "fine" });
    const build = () => systemOf({ ...instance, scenario: { ...race001, properties: [] } });
    const graph = await WholeGraph.of(build(), WHOLE_STATES_MAX);
    if (graph === null) continue;
    const { distinctStates: states, transitions } = await explore(build(), NO_BOUNDS, {}, ["partial-order"]);
    const [persistent, sleep] = [graph.withPersistentSets(), graph.withSleepSets()];
    rows.push({ protocol, clients, full: graph.counts, reduced: { states, transitions }, persistent, sleep });
  }
  return rows;
}

const WHOLE_STATES_MAX = 5000;

/** How long something takes: it is done for a quarter of a second, and at least three times, and the median counts. */
export async function medianSeconds(work: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let spent = 0; spent < 250 || times.length < 3; spent += times.at(-1) ?? 0) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  times.sort((one, other) => one - other);
  return (times[times.length >> 1] ?? 0) / 1000;
}

/** Explores for 2, 3, … clients, as long as each takes less than `secondsMax` and the time goes. */
export async function measureGrowth(
  what: Omit<What, "clients">,
  { clientsMax, secondsMax }: { readonly clientsMax: number; readonly secondsMax: number },
): Promise<readonly Measured[]> {
  const rows: Measured[] = [];
  for (let clients = 2; clients <= clientsMax; clients++) {
    const row = await measure({ ...what, clients }, secondsMax);
    const before = rows.at(-1);
    const comparable = before !== undefined && before.verdict === "holds" && row.verdict === "holds";
    rows.push({ ...row, growth: comparable ? row.states / before.states : null });
    // The next one is at least three times as large.
    if (row.verdict === "inconclusive" || row.seconds * 3 > secondsMax) break;
  }
  return rows;
}
