/**
 * The graph of orbits, kept by a search with symmetry: enough to tell the whole graph of states without taking a step again.
 *
 *     orbit 1   blocks   {alice, carol}   {bob}          two clients that are alike, and one
 *               labels        0             1            a client's label is the number of its block
 *     a step of label 0  ->  orbit 4: the one who moved has label 2 there, the other of its block 0, and who had 1 has 1
 *
 * The kept state of an orbit stands for all of them; any other is told from it by who has which label: the word `0 1 0` is the
 * state with alice and carol alike, `1 0 0` the one in which alice is what bob was. Whoever moves in it is one of a
 * block, and by symmetry does what the first of the block does in the kept state. So a step says how labels change: that of the mover, and
 * those of all others, by their block. That the others of the mover's block stay alike is what symmetry says as well; it is looked at
 * again here, and a graph in which it fails, or whose blocks are not told apart by their looks, is not `exact`.
 *
 * Source: the quotient graph and its unfolding of Emerson and Sistla, "Utilizing Symmetry when Model-Checking under Fairness
 * Assumptions", 1997 (annotated quotient structures).
 */
import type { StateId } from "../system/system.ts";
import type { Orbit } from "./symmetry.ts";

/** A step out of the kept state of an orbit, by the first client of a block; it stands for one step of each client of the block. */
export interface OrbitStep {
  /** The label of the block. */
  readonly label: number;
  /** The place of the orbit to which it leads. */
  readonly target: number;
  /** The label of the mover there. */
  readonly moved: number;
  /** By label: the label of those there who had it here and did not move; 0 where there are none. */
  readonly others: readonly number[];
  /** The name of the choice (`choiceOf`). */
  readonly code: number;
}

export class OrbitGraph {
  /** By place, in the order in which they were met: the orbit, the state that was kept, and its steps. */
  readonly orbits: Orbit[] = [];
  readonly states: StateId[] = [];
  readonly steps: OrbitStep[][] = [];
  /** By place: the distance from the initial state. */
  readonly depths: number[] = [];
  /** False where labels do not tell one state of an orbit from another. */
  exact = true;
  readonly #clients: number;

  constructor(clients: number) {
    this.#clients = clients;
  }

  add(state: StateId, orbit: Orbit, depth: number): void {
    this.states.push(state);
    this.orbits.push(orbit);
    this.steps.push([]);
    this.depths.push(depth);
    if (!orbit.isToldApart) this.exact = false;
  }

  /** Adds a step of a client out of the state at a place, to a state whose orbit has the place `target`. */
  addStep(place: number, by: { readonly client: number; readonly code: number }, to: OrbitTarget): void {
    const before = (this.orbits[place] as Orbit).blocks;
    const after = this.labelsOf(to.orbit);
    let label = 0;
    const others = before.map((block, at) => {
      if (block.includes(by.client)) label = at;
      const labels = new Set(block.filter((client) => client !== by.client).map((client) => after[client] as number));
      if (labels.size > 1) this.exact = false;
      const [other = 0] = labels;
      return other;
    });
    if (!to.orbit.isToldApart) this.exact = false;
    const step = { label, target: to.place, moved: after[by.client] as number, others, code: by.code };
    (this.steps[place] as OrbitStep[]).push(step);
  }

  /** By client: its label. */
  labelsOf({ blocks }: Orbit): readonly number[] {
    const labels = Array<number>(this.#clients).fill(0);
    for (const [label, block] of blocks.entries()) for (const client of block) labels[client] = label;
    return labels;
  }
}

export interface OrbitTarget {
  readonly place: number;
  /** The orbit, as it was told of the state to which the step leads. */
  readonly orbit: Orbit;
}
