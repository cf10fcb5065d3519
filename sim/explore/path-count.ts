/**
 * Counts the paths of a graph from its first place: those of k steps, and those that end before because no step is left.
 *
 * Forward, one step at a time: `open[p]` is how many paths of j steps end in p; those in a place without steps have ended.
 *
 *     j = 0: {0: 1}     j = 1: {1: 1, 2: 1}     j = 2: {3: 2}            the two paths that meet in 3 are two
 */
import { type ScaledCount, scaledDown } from "./scaled-count.ts";

export interface PathCount {
  /** k. */
  readonly steps: number;
  readonly count: ScaledCount;
  /** True when every path that there is has at most k steps, so that these are all. */
  readonly all: boolean;
}

/** A graph as places; those from `expanded` on have steps that nobody knows. */
export interface PlaceGraph {
  readonly after: readonly (readonly number[])[];
  readonly depths: readonly number[];
  readonly expanded: number;
}

/** The most additions that a count may take. */
const WORK_MAX = 50_000_000;

/** Counts the paths; the header of coverage.ts says how k is chosen. */
export function countPaths(graph: PlaceGraph): PathCount {
  const { after, depths, expanded } = graph;
  const longest = expanded === depths.length ? longestPath(after) : null;
  const wanted = longest ?? depths[expanded] ?? depths.at(-1) ?? 0;
  const edges = after.reduce((sum, targets) => sum + targets.length, 1);
  const steps = Math.min(wanted, Math.max(1, Math.floor(WORK_MAX / edges)));
  return { steps, count: countOf(graph, steps), all: longest === steps };
}

function countOf({ after, depths }: PlaceGraph, steps: number): ScaledCount {
  let open = new Float64Array(depths.length);
  open[0] = 1;
  let ended = 0;
  let exponent = 0;
  for (let taken = 0; taken < steps; taken++) {
    const next = new Float64Array(depths.length);
    for (let place = 0; place < after.length; place++) {
      const paths = open[place] as number;
      if (paths === 0) continue;
      const targets = after[place] as readonly number[];
      if (targets.length === 0) ended += paths;
      for (const target of targets) next[target] = (next[target] as number) + paths;
    }
    const down = scaledDown(next);
    ended /= 10 ** down;
    exponent += down;
    open = next;
  }
  return { mantissa: open.reduce((sum, paths) => sum + paths, ended), exponent };
}

/** The length of the longest path, or null where paths go round. */
function longestPath(after: readonly (readonly number[])[]): number | null {
  const entering = new Int32Array(after.length);
  for (const targets of after) for (const target of targets) entering[target] = (entering[target] as number) + 1;
  const free = after.flatMap((_, place) => (entering[place] === 0 ? [place] : []));
  const lengths = new Int32Array(after.length);
  let longest = 0;
  for (const place of free) {
    for (const target of after[place] as readonly number[]) {
      lengths[target] = Math.max(lengths[target] as number, (lengths[place] as number) + 1);
      longest = Math.max(longest, lengths[target] as number);
      entering[target] = (entering[target] as number) - 1;
      if (entering[target] === 0) free.push(target);
    }
  }
  return free.length === after.length ? longest : null;
}
