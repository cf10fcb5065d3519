/**
 * Breadth-first search through every reachable state: the verdict, exact counts, and a shortest counterexample.
 *
 *     queue of states, each with (parent, choice):    0 ── 1 ── 3 ── …     depth is the distance from the start
 *                                                       └─ 2 ── 4
 *
 * States are met in the order of their depth, so the first state in which an `always` property breaks ends a shortest
 * path to any violation; the parents give the path. When the queue runs empty everything was seen: `always` properties
 * hold, and a `sometimes` property that no state witnessed is violated (there is nothing to show for it: no trace).
 *
 * Invariants: a state is judged when it is first met, and expanded once; `transitions` counts steps out of expanded
 * states; `exhaustive` is true only when the queue ran empty.
 *
 * What is claimed of whole runs (`claims` of the system) is looked at when the queue has run empty: only then does the graph, which
 * is kept for it, hold every run (liveness.ts). Its counterexample is a schedule whose last steps repeat for ever.
 *
 * Deadlock is a property like others (`no-deadlock` of the model): a cycle of waits, or a wait for a client that has
 * ended. There is no other way to be stuck: whoever does not wait and has not ended has a step to take.
 *
 * Source: the search of every explicit-state model checker, e.g. Clarke, Grumberg, Peled, Model Checking, 1999, 6.1.
 */
import type { ExplorableSystem } from "../system/explorable-system.ts";
import type { Choice } from "../system/system.ts";
import { UsageError } from "../usage-error.ts";
import type { Bounds, Watch } from "./bounds.ts";
import { refuseReductions } from "./broken-claim.ts";
import type { Exploration, Reduction } from "./exploration.ts";
import { Search } from "./search.ts";
import { exploreUnfolded } from "./unfold.ts";
import { saysSomething } from "./vacuity.ts";

/** Explores `system` from its initial state until a property breaks, everything was seen, or a bound is reached. */
export async function explore(
  system: ExplorableSystem,
  bounds: Bounds,
  watch: Watch = {},
  reductions: readonly Reduction[] = [],
): Promise<Exploration> {
  refuseReductions(system, reductions);
  return saysSomething(system, await explored(system, bounds, watch, reductions));
}

async function explored(
  system: ExplorableSystem,
  bounds: Bounds,
  watch: Watch,
  reductions: readonly Reduction[],
): Promise<Exploration> {
  const unfolded = reductions.length === 0 ? await exploreUnfolded(system, bounds, watch) : null;
  if (unfolded !== null) return unfolded;
  const search = (within: Bounds, by: readonly Reduction[]): Promise<Exploration> =>
    withRows(system, by, (rows) => new Search(system, within, watch, { reductions: by, rows }).run());
  const locksTables = system.locksTables;
  const first = await search(bounds, reductions);
  // Until then ends of transactions that hold table locks were taken for nobody else's matter.
  const isWrong = first.exhaustive && reductions.includes("partial-order") && system.locksTables !== locksTables;
  const found = isWrong ? await search(bounds, reductions) : first;
  if (found.schedule === null || !reductions.includes("partial-order")) return found;
  const others = reductions.filter((reduction) => reduction !== "partial-order");
  return {
    ...found,
    ...shortest(found, found.schedule, await search(untilDepth(bounds, found), others)),
  };
}

/** With symmetry rows are exchanged as well, where they are interchangeable; where something speaks against it, clients only. */
export async function withRows(
  system: ExplorableSystem,
  reductions: readonly Reduction[],
  search: (rows: boolean) => Promise<Exploration>,
): Promise<Exploration> {
  if (system.keys.length === 0 || !reductions.includes("symmetry")) return search(false);
  try {
    return await search(true);
  } catch (error) {
    if (!(error instanceof UsageError && error.code === "rows-refused")) throw error;
    const found = await search(false);
    return { ...found, rows: { notExchanged: error.message } };
  }
}

type Counterexample = Pick<Exploration, "violation" | "schedule" | "depth">;

/** A partial order takes steps earlier than they must be taken. What is shown is what the search without it comes upon first. */
function shortest(found: Exploration, schedule: readonly Choice[], again: Exploration): Counterexample {
  if (again.schedule === null) return { violation: found.violation, schedule, depth: schedule.length };
  return { violation: again.violation, schedule: again.schedule, depth: again.depth };
}

/** The last states of that depth are met while those before them are expanded. */
function untilDepth(bounds: Bounds, { schedule }: Exploration): Bounds {
  const depth = schedule?.length ?? 0;
  return { ...bounds, depth: bounds.depth === null ? depth : Math.min(bounds.depth, depth) };
}
