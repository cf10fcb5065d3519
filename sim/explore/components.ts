/**
 * Strongly connected components of a part of a graph: the largest sets of places in which each can be reached from each.
 *
 *     0 --> 1 --> 2        components, in the order in which they end:   {3}  {1, 2}  {0}
 *           ^-----'  \-> 3
 *
 * Tarjan's algorithm with its recursion as a stack of its own, for a path may be as long as there are states. Every
 * array is of integers; a place costs 17 bytes while it runs.
 *
 * Source: R. Tarjan, Depth-first search and linear graph algorithms, SIAM Journal on Computing 1(2), 1972.
 */
import type { Graph } from "./graph.ts";

export interface Components {
  /** The component of each place, from 0; -1 outside of the part. */
  readonly of: Int32Array;
  readonly count: number;
}

/** The components of the places that are marked with 1 in `inside`, over steps that stay inside. */
export function componentsOf(graph: Graph, inside: Uint8Array): Components {
  const { size } = graph;
  const component = new Int32Array(size).fill(-1);
  /** When a place was met, from 1; and the earliest that is known to be reachable from it and still open. */
  const met = new Int32Array(size);
  const low = new Int32Array(size);
  /** The step of each place on the path that is looked at next. */
  const next = new Int32Array(size);
  const path: number[] = [];
  const open: number[] = [];
  let clock = 0;
  let count = 0;

  const enter = (place: number): void => {
    clock += 1;
    met[place] = clock;
    low[place] = clock;
    next[place] = graph.first(place);
    path.push(place);
    open.push(place);
  };

  const leave = (place: number): void => {
    path.pop();
    const before = path[path.length - 1];
    if (before !== undefined) low[before] = Math.min(low[before] as number, low[place] as number);
    if (low[place] !== met[place]) return;
    for (let member = open.pop() as number; ; member = open.pop() as number) {
      component[member] = count;
      if (member === place) break;
    }
    count += 1;
  };

  for (let root = 0; root < size; root++) {
    if (inside[root] !== 1 || met[root] !== 0) continue;
    enter(root);
    for (let place = path[path.length - 1]; place !== undefined; place = path[path.length - 1]) {
      const step = next[place] as number;
      if (step === graph.first(place + 1)) {
        leave(place);
        continue;
      }
      next[place] = step + 1;
      const target = graph.target(step);
      if (inside[target] !== 1) continue;
      if (met[target] === 0) enter(target);
      else if (component[target] === -1) low[place] = Math.min(low[place] as number, met[target] as number);
    }
  }
  return { of: component, count };
}
