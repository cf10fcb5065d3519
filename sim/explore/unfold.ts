/**
 * A search of every state, without a reduction, that takes each step once for all states that differ only in who is who.
 *
 *     1  search by orbits (symmetry.ts), and keep the steps between them (orbit-graph.ts)        hundreds of states, real SQL
 *     2  visit every state that these stand for (unfold-part.ts), one by one                     millions, a few integers each
 *
 * Nothing is left out: each state is met, counted, and its steps are followed. What is saved is to find out again for every order of
 * the clients what the statement of each does. The first pass finds each violation at the depth at which the full search does,
 * in the same state and by the same way: the first state of an orbit that a full search meets is the one that is kept. Where it finds one,
 * and where it cannot be made, the plain search is made as if nothing had been; so counts of a violated protocol are the plain ones.
 *
 * It is used where
 *
 *     properties     are all `symmetric`: their authors say that they compare names and nothing else. A search without reductions must not
 *                    rest on trying them out on some worlds, as one with symmetry does.
 *     clients        are 4 to 16: below the plain search is as fast, above there is no room for their labels
 *     orbits         are told apart by their looks, and symmetry is not refused
 *
 * Invariant: the states that were visited are as many as the orbits have by the sizes of their groups. That is looked at each time.
 */
import type { ExplorableSystem } from "../system/explorable-system.ts";
import { UsageError } from "../usage-error.ts";
import { arrangementRanks, packed, sharedList } from "./arrangement-rank.ts";
import { type Bounds, boundReached, type Stop, type Unfolded, type UnfoldReport, type Watch } from "./bounds.ts";
import type { Exploration } from "./exploration.ts";
import type { OrbitGraph, OrbitStep } from "./orbit-graph.ts";
import { Search } from "./search.ts";
import { classesOf, shareOut } from "./unfold-classes.ts";
import { CLIENTS_MAX, UnfoldPart, type UnfoldTables } from "./unfold-part.ts";

const CLIENTS_MIN = 4;
/** States are numbered by 31 bits. */
const STATES_MAX = 2 ** 31 - 1;
/** How many states are expanded between two looks at the clock. */
const STATES_PER_LOOK = 1 << 10;

/** The exploration, or null where a plain search has to be made. */
export async function exploreUnfolded(
  system: ExplorableSystem,
  bounds: Bounds,
  watch: Watch,
): Promise<Exploration | null> {
  if (!mayUnfold(system) || bounds.depth !== null) return null;
  const started = watch.now?.() ?? 0;
  const byOrbits = await searchByOrbits(system, bounds, watch);
  if (byOrbits === null || byOrbits.stop !== null) return byOrbits;
  const { orbits, fullStates, depth } = byOrbits;
  if (!byOrbits.exhaustive || orbits === null || !orbits.exact || fullStates === null) return null;
  // So many states and no more are the first ones that a plain search meets.
  if (bounds.states !== null && fullStates >= bounds.states) return null;
  const tables = fullStates > STATES_MAX ? null : unfoldTables(orbits, system.clients.length, fullStates);
  if (tables === null || tablesBytes(tables) + fullStates / 8 > (bounds.memoryBytes ?? Number.POSITIVE_INFINITY))
    return null;
  const unfold = watch.unfold ?? unfoldHere;
  const { states, transitions, bytes, stop } = await unfold(tables, bounds, watch, { started, depth });
  if (stop === null && states !== fullStates) {
    throw new Error(`assertion failed: ${states} states were visited, and the orbits have ${fullStates}`);
  }
  return {
    ...byOrbits,
    ...(stop === null ? {} : { verdict: "inconclusive", exhaustive: false, stop, violation: null, fullStates: null }),
    distinctStates: states,
    transitions,
    reductions: [],
    size: { ...byOrbits.size, bytes: byOrbits.size.bytes + tablesBytes(tables) + bytes },
    unfolded: true,
  };
}

function mayUnfold({ clients, claims, properties }: ExplorableSystem): boolean {
  if (clients.length < CLIENTS_MIN || clients.length > CLIENTS_MAX || claims.length > 0) return false;
  return properties.every(({ symmetric }) => symmetric === true);
}

/** Kept states are states of the full search, so one that was stopped has met at least so many without a violation. */
async function searchByOrbits(system: ExplorableSystem, bounds: Bounds, watch: Watch): Promise<Exploration | null> {
  try {
    const found = await new Search(system, bounds, watch, { reductions: ["symmetry"], rows: false }).run();
    return found.stop === null ? found : { ...found, reductions: [] };
  } catch (error) {
    if (error instanceof UsageError && error.code === "symmetry-refused") return null;
    throw error;
  }
}

/** Visits every state in this thread. */
async function unfoldHere(
  tables: UnfoldTables,
  bounds: Bounds,
  watch: Watch,
  { started, depth }: UnfoldReport,
): Promise<Unfolded> {
  const part = new UnfoldPart(tables, shareOut(tables, 1), 0);
  let stop: Stop | null = null;
  while (part.pending > 0 && stop === null) {
    part.expand(STATES_PER_LOOK);
    const report = {
      states: part.states,
      transitions: part.transitions,
      depth,
      frontier: part.pending,
      seconds: ((watch.now?.() ?? 0) - started) / 1000,
    };
    watch.onProgress?.(report);
    await watch.pause?.();
    const bound = boundReached(bounds, report, tablesBytes(tables) + part.bytes, watch);
    if (watch.interrupted?.() === true) stop = { kind: "interrupted" };
    else if (bound !== null) stop = { kind: "bound", bound };
  }
  const { states, transitions, bytes, pending } = part;
  return { states, transitions, bytes, stop: pending === 0 ? null : stop };
}

/** The graph in flat lists that threads can share; null where there are too many kinds of orbits to number their states. */
export function unfoldTables(graph: OrbitGraph, clients: number, states: number): UnfoldTables | null {
  const [start] = graph.orbits;
  if (start === undefined) throw new RangeError("a graph of orbits has an initial one");
  const classes = classesOf(graph, clients);
  const ranks = arrangementRanks(clients - 1, classes.others);
  if (ranks === null) return null;
  const firstStep = [0];
  const steps: OrbitStep[] = [];
  for (const [place, orbit] of graph.orbits.entries()) {
    for (const label of orbit.blocks.keys()) {
      for (const step of graph.steps[place] ?? []) if (step.label === label) steps.push(step);
      firstStep.push(steps.length);
    }
  }
  const labels = graph.labelsOf(start);
  return {
    clients,
    initial: [packed(labels.slice(0, 8)), packed(labels.slice(8))],
    states,
    ranks,
    firstClass: sharedList(classes.first),
    sizes: classes.sizes,
    groups: classes.groups,
    firstStep: sharedList(firstStep),
    target: sharedList(steps.map(({ target }) => target)),
    moved: sharedList(steps.map(({ moved }) => moved)),
    othersLow: sharedList(steps.map(({ others }) => packed(others.slice(0, 8)))),
    othersHigh: sharedList(steps.map(({ others }) => packed(others.slice(8)))),
  };
}

/** What the tables take. */
function tablesBytes({ ranks, target, firstStep, firstClass }: UnfoldTables): number {
  const ofRanks = [ranks.before, ranks.after, ranks.next, ranks.kind, ranks.order, ranks.lastOrder, ranks.roots];
  const ofSteps = 16 * target.length + 12 * firstStep.length + 4 * firstClass.length;
  return ofRanks.reduce((sum, list) => sum + list.byteLength, 0) + ofSteps;
}
