/**
 * The long schedules of a depth-first search, made short.
 *
 *     depth first        27 steps to the violation                                 as it was met
 *     breadth first      the first 20,000 states: violated in step 8?              then this is a shortest one
 *     shrunk             else the 27 steps, without what can be left out           a shortest one only if those states were as deep
 *
 * Also for the errors that clients are answered with. The system is another one, in which everything that was computed is kept: the same
 * steps are tried again and again.
 */
import type { ExplorableSystem } from "../system/explorable-system.ts";
import type { Choice } from "../system/system.ts";
import type { Bounds, Watch } from "./bounds.ts";
import { explore } from "./exhaustive.ts";
import type { Exploration } from "./exploration.ts";
import { shrink, shrinkToError } from "./shrink.ts";

/** Among so many states a shortest schedule is looked for. */
export const SHORTEST_STATES_MAX = 20_000;

/** The exploration with short schedules; `system` is a new one of the same instance. */
export async function shortened(
  system: ExplorableSystem,
  found: Exploration,
  bounds: Bounds,
  watch: Watch,
): Promise<Exploration> {
  const { schedule, violation } = found;
  const errors = found.verdict === "holds" || found.vacuous.length > 0 ? Object.entries(found.failures) : [];
  if (schedule === null && errors.length === 0) return found;
  const states = Math.min(bounds.states ?? Number.POSITIVE_INFINITY, SHORTEST_STATES_MAX);
  const near = await explore(system, { ...bounds, states }, watch, found.reductions);
  if (near.stop?.kind === "interrupted") return found;
  if (schedule === null || violation === null) {
    const failures: [string, readonly Choice[]][] = [];
    for (const [sqlstate, way] of errors) {
      failures.push([sqlstate, near.failures[sqlstate] ?? (await shrinkToError(system, way, sqlstate)).schedule]);
    }
    return { ...found, failures: Object.fromEntries(failures) };
  }
  if (near.schedule !== null) {
    return { ...found, violation: near.violation, schedule: near.schedule, depthFirst: { isShortest: true } };
  }
  const { schedule: small } = await shrink(system, schedule, violation.property);
  // Every state of that depth was met, and is as it should be.
  return { ...found, schedule: small, depthFirst: { isShortest: small.length <= near.depth + 1 } };
}
