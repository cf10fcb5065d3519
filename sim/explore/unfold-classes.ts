/**
 * Which part of an unfolding has which states: they are told apart by what the last client is in them.
 *
 *     class   = (orbit, label of the last client)          all states of it are one part's
 *     group   = classes between which steps of the others lead    as long as the last client does not move, nobody leaves the group
 *
 *     last client idle  {o1.0 o2.0 o4.1 …}   --its own step-->   waiting {o3.2 o5.1 …}   --its own step-->   owning {…}
 *
 * So a part that has whole groups gives a state away only where the last client moves: of ten clients that is one step in ten. Groups are
 * shared out by the steps that lead out of their states, the largest first, each to the part that has least. There are no more parts with
 * work than groups: with more threads than that, some have none.
 *
 * Invariant: the classes of an orbit have as many states as the orbit.
 *
 * Source: owners of states by a part of them that few steps change is the locality of Lerda and Sisto, "Distributed-Memory Model Checking
 * with SPIN", 1999; largest first is Graham's LPT rule, 1969.
 */
import { sharedList } from "./arrangement-rank.ts";
import type { OrbitGraph } from "./orbit-graph.ts";

/** A group of classes, and how many steps lead out of its states. */
export interface ClassGroup {
  readonly classes: readonly number[];
  readonly steps: number;
}

export interface Classes {
  /** By orbit: the number of its first class; one more at the end. */
  readonly first: readonly number[];
  /** By class: how many states it has. */
  readonly sizes: readonly number[];
  /** By class: how often each label occurs among the others. */
  readonly others: readonly (readonly number[])[];
  readonly groups: readonly ClassGroup[];
}

export function classesOf({ orbits, steps }: OrbitGraph, clients: number): Classes {
  const first = [0];
  const sizes: number[] = [];
  const others: number[][] = [];
  for (const { blocks, size } of orbits) {
    const counts = blocks.map(({ length }) => length);
    for (const [label, count] of counts.entries()) {
      sizes.push((Number(size) * count) / clients);
      others.push(counts.with(label, count - 1));
    }
    first.push(sizes.length);
  }
  const leaders = new Leaders(sizes.length);
  const out = sizes.map(() => 0);
  for (const [place, { blocks }] of orbits.entries()) {
    for (const step of steps[place] ?? []) {
      const movers = blocks[step.label]?.length ?? 0;
      for (const label of blocks.keys()) {
        const from = (first[place] as number) + label;
        out[from] = (out[from] as number) + (sizes[from] as number) * movers;
        const isAnother = label !== step.label || movers > 1;
        if (isAnother) leaders.join(from, (first[step.target] as number) + (step.others[label] as number));
      }
    }
  }
  return { first, sizes, others, groups: groupsOf(leaders, out) };
}

function groupsOf(leaders: Leaders, out: readonly number[]): readonly ClassGroup[] {
  const groups = new Map<number, { classes: number[]; steps: number }>();
  for (const [each, steps] of out.entries()) {
    const leader = leaders.of(each);
    const group = groups.get(leader) ?? { classes: [], steps: 0 };
    groups.set(leader, group);
    group.classes.push(each);
    group.steps += steps;
  }
  return [...groups.values()].sort((a, b) => b.steps - a.steps);
}

/** Sets of numbers that are joined, each known by one of them. */
class Leaders {
  readonly #above: Int32Array;

  constructor(count: number) {
    this.#above = Int32Array.from({ length: count }, (_, at) => at);
  }

  of(one: number): number {
    let at = one;
    while (this.#above[at] !== at) {
      this.#above[at] = this.#above[this.#above[at] as number] as number;
      at = this.#above[at] as number;
    }
    return at;
  }

  join(one: number, other: number): void {
    this.#above[this.of(one)] = this.of(other);
  }
}

/** Who has which class, and where its states are among the bits of that part. */
export interface UnfoldShares {
  readonly parts: number;
  /** By class. */
  readonly owner: Int32Array;
  readonly firstState: Int32Array;
  /** By part: how many states it has. */
  readonly states: readonly number[];
}

/** Shares classes out among so many parts. */
export function shareOut({ groups, sizes }: Pick<Classes, "groups" | "sizes">, parts: number): UnfoldShares {
  const owner = sizes.map(() => 0);
  const firstState = sizes.map(() => 0);
  const states = Array<number>(parts).fill(0);
  const steps = Array<number>(parts).fill(0);
  for (const group of groups) {
    const part = steps.indexOf(Math.min(...steps));
    steps[part] = (steps[part] as number) + group.steps;
    for (const each of group.classes) {
      owner[each] = part;
      firstState[each] = states[part] as number;
      states[part] = (states[part] as number) + (sizes[each] as number);
    }
  }
  return { parts, owner: sharedList(owner), firstState: sharedList(firstState), states };
}
