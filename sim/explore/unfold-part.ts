/**
 * Visits every state that a graph of orbits stands for: a search whose states are a few integers.
 *
 *     state  = | orbit | label of client 0, client 1, … |      four bits a label, eight clients a word, two words
 *     step   = for each step of the orbit (orbit-graph.ts), for each client with its label:
 *              all labels become what the step's map says, and the mover's what it says of the mover
 *
 *     orbit 1, 0 1 0  --a step of label 0: moved 2, others 0->0 1->1-->  orbit 4, 2 1 0  and  orbit 4, 0 1 2
 *
 * The states of an orbit are numbered (arrangement-rank.ts), and so are all states, orbit after orbit. Those that were met are a bit each, and
 * fit into the caches of a processor; what is still to be expanded lies on a stack.
 *
 * Labels are replaced all at once: where a word has a one in the lowest bit of each client with label l, that word times l', summed over
 * the labels, is the word of new labels.
 *
 *     0 1 0   =   101 * 0 + 010 * 1        with 0->2, 1->0        101 * 2 + 010 * 0   =   2 0 2
 *
 * Several parts share the bits. Whoever sets the bit of a state has met it, and expands it or gives it away: a part that has many states to
 * expand gives some to one that has few, three integers each; whoever runs the parts carries them there.
 *
 * Invariants: a state is met once and expanded once, so `states` and `transitions` are the same for any number of parts. The order in which
 * states are visited says nothing: depths are those of the orbits.
 */
import { type ArrangementRanks, rankOf } from "./arrangement-rank.ts";

/** Twice eight labels of four bits. */
export const CLIENTS_MAX = 16;

/** How an orbit graph is given to a part: flat and in shared memory, so that threads can have it. */
export interface UnfoldTables {
  readonly clients: number;
  /** The initial state, in orbit 0. */
  readonly initial: readonly [low: number, high: number];
  /** How many states there are. */
  readonly states: number;
  readonly ranks: ArrangementRanks;
  /** By orbit: the number of its first state. */
  readonly firstState: Int32Array;
  /** By orbit: the number of its first label; one more at the end. */
  readonly firstLabel: Int32Array;
  /** By number of a label: the number of the first step of clients with this label; one more at the end. */
  readonly firstStep: Int32Array;
  /** By number of a step: the orbit to which it leads, the mover's label there, and the labels of the others, by four bits. */
  readonly target: Int32Array;
  readonly moved: Int32Array;
  readonly othersLow: Int32Array;
  readonly othersHigh: Int32Array;
}

/** How many integers a state is on the stack and in a mailbox. */
const STATE = 3;

export class UnfoldPart {
  /** How many states this part has, and how many steps lead out of those that it has expanded. */
  states = 0;
  transitions = 0;
  readonly #tables: UnfoldTables;
  /** Whether other threads write the bits, too. */
  readonly #isShared: boolean;
  /** A bit for each state. */
  readonly #met: Int32Array;
  /** A stack of states that are still to be expanded. */
  #pending = new Int32Array(STATE << 10);
  #pendingSize = 0;
  /** By label, of the state that is being expanded: a one for each client that has it. */
  readonly #onesLow = new Int32Array(CLIENTS_MAX);
  readonly #onesHigh = new Int32Array(CLIENTS_MAX);

  /** `met` are the bits that it shares with other parts (`bitsFor`); without them it is the only one. */
  constructor(tables: UnfoldTables, met: Int32Array | null = null) {
    this.#tables = tables;
    this.#isShared = met !== null;
    this.#met = met ?? new Int32Array(bitsFor(tables) / 32);
    const [low, high] = tables.initial;
    this.#meet(0, low, high);
  }

  get bytes(): number {
    return this.#met.byteLength + this.#pending.byteLength;
  }

  /** How many states are still to be expanded. */
  get pending(): number {
    return this.#pendingSize;
  }

  /** Takes states that another part has given away, to expand them. */
  receive(states: Int32Array): void {
    for (let at = 0; at < states.length; at += STATE) {
      this.#push(states[at] as number, states[at + 1] as number, states[at + 2] as number);
    }
  }

  /** Gives so many states away, as far as they fit into a mailbox: three integers each, good until this part takes or expands others. */
  give(count: number): Int32Array {
    const given = Math.max(0, Math.min(count, MAILBOX_STATES, this.#pendingSize));
    const end = this.#pendingSize * STATE;
    this.#pendingSize -= given;
    return this.#pending.subarray(this.#pendingSize * STATE, end);
  }

  /** Expands so many states at most. */
  expand(statesMax: number): void {
    for (let left = statesMax; left > 0 && this.#pendingSize > 0; left--) {
      const at = --this.#pendingSize * STATE;
      this.#expand(this.#pending[at] as number, this.#pending[at + 1] as number, this.#pending[at + 2] as number);
    }
  }

  #expand(orbit: number, low: number, high: number): void {
    const { firstLabel, firstStep, target, moved, othersLow, othersHigh } = this.#tables;
    const first = firstLabel[orbit] as number;
    const count = (firstLabel[orbit + 1] as number) - first;
    this.#sortOut(count, low, high);
    for (let label = 0; label < count; label++) {
      const end = firstStep[first + label + 1] as number;
      for (let step = firstStep[first + label] as number; step < end; step++) {
        const to = target[step] as number;
        let nextLow = 0;
        let nextHigh = 0;
        let mover = moved[step] as number;
        for (let old = 0; old < count; old++) {
          const word = (old < 8 ? othersLow : othersHigh)[step] as number;
          const other = (word >>> ((old & 7) << 2)) & 15;
          nextLow = (nextLow + Math.imul(this.#onesLow[old] as number, other)) | 0;
          nextHigh = (nextHigh + Math.imul(this.#onesHigh[old] as number, other)) | 0;
          if (old === label) mover -= other;
        }
        for (let ones = this.#onesLow[label] as number; ones !== 0; ones &= ones - 1) {
          this.#step(to, (nextLow + Math.imul(ones & -ones, mover)) | 0, nextHigh);
        }
        for (let ones = this.#onesHigh[label] as number; ones !== 0; ones &= ones - 1) {
          this.#step(to, nextLow, (nextHigh + Math.imul(ones & -ones, mover)) | 0);
        }
      }
    }
  }

  /** Writes down which clients have which label. */
  #sortOut(labels: number, low: number, high: number): void {
    const { clients } = this.#tables;
    for (let label = 0; label < labels; label++) {
      this.#onesLow[label] = 0;
      this.#onesHigh[label] = 0;
    }
    for (let shift = 0; shift < 32 && shift < clients << 2; shift += 4) {
      const label = (low >>> shift) & 15;
      this.#onesLow[label] = (this.#onesLow[label] as number) | (1 << shift);
    }
    for (let shift = 0; shift < (clients - 8) << 2; shift += 4) {
      const label = (high >>> shift) & 15;
      this.#onesHigh[label] = (this.#onesHigh[label] as number) | (1 << shift);
    }
  }

  #step(orbit: number, low: number, high: number): void {
    this.transitions++;
    this.#meet(orbit, low, high);
  }

  /** Notes a state, if it is new. */
  #meet(orbit: number, low: number, high: number): void {
    const { ranks, firstState } = this.#tables;
    const number = (firstState[orbit] as number) + rankOf(ranks, ranks.roots[orbit] as number, low, high);
    const at = number >>> 5;
    const bit = 1 << (number & 31);
    if (((this.#met[at] as number) & bit) !== 0) return;
    if (!this.#isShared) this.#met[at] = (this.#met[at] as number) | bit;
    else if ((Atomics.or(this.#met, at, bit) & bit) !== 0) return;
    this.states++;
    this.#push(orbit, low, high);
  }

  #push(orbit: number, low: number, high: number): void {
    const at = this.#pendingSize++ * STATE;
    if (at === this.#pending.length) this.#pending = doubled(this.#pending);
    this.#pending[at] = orbit;
    this.#pending[at + 1] = low;
    this.#pending[at + 2] = high;
  }
}

/** So many states are given away at once, at most. */
export const MAILBOX_STATES = 1 << 13;

/** How many bits the states take, in whole integers. */
export function bitsFor({ states }: UnfoldTables): number {
  return Math.ceil(states / 32) * 32;
}

function doubled(list: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(list.length * 2);
  larger.set(list);
  return larger;
}
