/**
 * Visits every state that a graph of orbits stands for: a search whose states are a few integers.
 *
 *     state  = | orbit | label of client 0, client 1, … |      four bits a label, eight clients a word, two words
 *     step   = for each step of the orbit (orbit-graph.ts), for each client with its label:
 *              all labels become what the step's map says, and the mover's what it says of the mover
 *
 *     orbit 1, 0 1 0  --a step of label 0: moved 2, others 0->0 1->1-->  orbit 4, 2 1 0  and  orbit 4, 0 1 2
 *
 * States are told apart by what the last client is in them (unfold-classes.ts), those of a class by an arrangement of the others, and these
 * are numbered (arrangement-rank.ts). So are all states of a part, class after class: those that were met are a bit each, and fit into the caches
 * of a processor; what is still to be expanded lies on a stack.
 *
 * Labels are replaced all at once: where a word has a one in the lowest bit of each client with label l, that word times l', summed over
 * the labels, is the word of new labels.
 *
 *     0 1 0   =   101 * 0 + 010 * 1        with 0->2, 1->0        101 * 2 + 010 * 0   =   2 0 2
 *
 * Each class is one part's. A part that comes to a state of another one puts it into the outbox for that one, three integers; whoever runs
 * the parts carries it there.
 *
 * Invariants: a state is met once and expanded once, by its part, so `states` and `transitions` are the same for any number of parts. The
 * order in which states are visited says nothing: depths are those of the orbits.
 */
import { type ArrangementRanks, rankOf } from "./arrangement-rank.ts";
import type { ClassGroup, UnfoldShares } from "./unfold-classes.ts";

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
  /** By orbit: the number of its first class, that of label 0; one more at the end. */
  readonly firstClass: Int32Array;
  /** By class: how many states it has. */
  readonly sizes: readonly number[];
  readonly groups: readonly ClassGroup[];
  /** By class: the number of the first step of clients with its label; one more at the end. */
  readonly firstStep: Int32Array;
  /** By number of a step: the orbit to which it leads, the mover's label there, and the labels of the others, by four bits. */
  readonly target: Int32Array;
  readonly moved: Int32Array;
  readonly othersLow: Int32Array;
  readonly othersHigh: Int32Array;
}

/** How many integers a state is. */
export const STATE = 3;

/** States in any order: the orbit and the two words of labels of each, one after the other. */
export class StateStack {
  list = new Int32Array(STATE << 10);
  /** How many states. */
  size = 0;

  push(orbit: number, low: number, high: number): void {
    const at = this.size++ * STATE;
    if (at === this.list.length) this.list = doubled(this.list);
    this.list[at] = orbit;
    this.list[at + 1] = low;
    this.list[at + 2] = high;
  }

  /** Takes so many off, as far as there are any; they are good until others are pushed. */
  take(count: number): Int32Array {
    const end = this.size * STATE;
    this.size = Math.max(0, this.size - count);
    return this.list.subarray(this.size * STATE, end);
  }
}

export class UnfoldPart {
  /** How many states this part has met, and how many steps lead out of those that it has expanded. */
  states = 0;
  transitions = 0;
  /** By part: states that are to be carried there. */
  readonly outboxes: readonly StateStack[];
  readonly #tables: UnfoldTables;
  readonly #shares: UnfoldShares;
  readonly #part: number;
  /** A bit for each state of this part. */
  readonly #met: Int32Array;
  readonly #pending = new StateStack();
  /** Where the last client's label is: in the high word or in the low one, so many bits from its end. */
  readonly #lastIsHigh: boolean;
  readonly #lastShift: number;
  /** The words without it. */
  readonly #lowMask: number;
  readonly #highMask: number;
  /** By label, of the state that is being expanded: a one for each client that has it. */
  readonly #onesLow = new Int32Array(CLIENTS_MAX);
  readonly #onesHigh = new Int32Array(CLIENTS_MAX);

  constructor(tables: UnfoldTables, shares: UnfoldShares, part: number) {
    this.#tables = tables;
    this.#shares = shares;
    this.#part = part;
    this.#met = new Int32Array(Math.ceil((shares.states[part] as number) / 32));
    this.outboxes = Array.from({ length: shares.parts }, () => new StateStack());
    const last = tables.clients - 1;
    this.#lastIsHigh = last >= 8;
    this.#lastShift = (last & 7) << 2;
    const mask = ~(15 << this.#lastShift);
    this.#lowMask = this.#lastIsHigh ? -1 : mask;
    this.#highMask = this.#lastIsHigh ? mask : -1;
    const [low, high] = tables.initial;
    if (shares.owner[this.#classOf(0, low, high)] === part) this.#meet(0, low, high);
  }

  get bytes(): number {
    return this.outboxes.reduce(
      (sum, { list }) => sum + list.byteLength,
      this.#met.byteLength + this.#pending.list.byteLength,
    );
  }

  /** How many states are still to be expanded. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Takes states that other parts have come to. */
  receive(states: Int32Array): void {
    for (let at = 0; at < states.length; at += STATE) {
      this.#meet(states[at] as number, states[at + 1] as number, states[at + 2] as number);
    }
  }

  /** Expands so many states at most. */
  expand(statesMax: number): void {
    const pending = this.#pending;
    for (let left = statesMax; left > 0 && pending.size > 0; left--) {
      const at = --pending.size * STATE;
      this.#expand(pending.list[at] as number, pending.list[at + 1] as number, pending.list[at + 2] as number);
    }
  }

  #expand(orbit: number, low: number, high: number): void {
    const { firstClass, firstStep, target, moved, othersLow, othersHigh } = this.#tables;
    const first = firstClass[orbit] as number;
    const count = (firstClass[orbit + 1] as number) - first;
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

  #classOf(orbit: number, low: number, high: number): number {
    return (this.#tables.firstClass[orbit] as number) + (((this.#lastIsHigh ? high : low) >>> this.#lastShift) & 15);
  }

  /** Notes a state, if it is new; one of another part is put out for that. */
  #meet(orbit: number, low: number, high: number): void {
    const { ranks } = this.#tables;
    const { owner, firstState } = this.#shares;
    const kind = this.#classOf(orbit, low, high);
    const part = owner[kind] as number;
    if (part !== this.#part) {
      (this.outboxes[part] as StateStack).push(orbit, low, high);
      return;
    }
    const rank = rankOf(ranks, ranks.roots[kind] as number, low & this.#lowMask, high & this.#highMask);
    const number = (firstState[kind] as number) + rank;
    const at = number >>> 5;
    const bit = 1 << (number & 31);
    if (((this.#met[at] as number) & bit) !== 0) return;
    this.#met[at] = (this.#met[at] as number) | bit;
    this.states++;
    this.#pending.push(orbit, low, high);
  }
}

function doubled(list: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(list.length * 2);
  larger.set(list);
  return larger;
}
