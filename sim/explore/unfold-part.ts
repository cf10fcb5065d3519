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
 * Each part owns the states whose hash falls to it, and expands them. A state that another part owns is put into the outbox for it, three
 * integers each, and whoever runs the parts carries it there. One part owns everything.
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

/** How many integers a state is on the stack and in an outbox. */
const STATE = 3;

export class UnfoldPart {
  /** How many states this part has, and how many steps lead out of those that it has expanded. */
  states = 0;
  transitions = 0;
  readonly #tables: UnfoldTables;
  readonly #part: number;
  readonly #parts: number;
  /** A bit for each state. */
  readonly #met: Int32Array;
  /** A stack of states that are still to be expanded. */
  #pending = new Int32Array(STATE << 10);
  #pendingSize = 0;
  readonly #outboxes: Outbox[];
  /** By label, of the state that is being expanded: a one for each client that has it. */
  readonly #onesLow = new Int32Array(CLIENTS_MAX);
  readonly #onesHigh = new Int32Array(CLIENTS_MAX);

  constructor(tables: UnfoldTables, { part, parts }: { readonly part: number; readonly parts: number }) {
    this.#tables = tables;
    this.#part = part;
    this.#parts = parts;
    this.#met = new Int32Array(Math.ceil(tables.states / 32));
    this.#outboxes = Array.from({ length: parts }, () => new Outbox());
    const [low, high] = tables.initial;
    this.#meet(0, low, high);
    // Everybody knows the initial state; whoever owns it begins.
    for (const outbox of this.#outboxes) outbox.clear();
  }

  get bytes(): number {
    return this.#met.byteLength + this.#pending.byteLength;
  }

  /** How many states are still to be expanded. */
  get pending(): number {
    return this.#pendingSize;
  }

  /** Takes the states that another part has put into its outbox for this one. */
  receive(states: Int32Array): void {
    for (let at = 0; at < states.length; at += STATE) {
      this.#meet(states[at] as number, states[at + 1] as number, states[at + 2] as number);
    }
  }

  outbox(part: number): Outbox {
    return this.#outboxes[part] as Outbox;
  }

  /** Expands so many states at most, and no more when an outbox is full. */
  expand(statesMax: number): void {
    for (let left = statesMax; left > 0 && this.#pendingSize > 0; left--) {
      if (this.#parts > 1 && this.#outboxes.some((outbox) => outbox.isFull)) return;
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

  /** Notes a state, if it is this part's and new; another part's goes into its outbox. */
  #meet(orbit: number, low: number, high: number): void {
    if (this.#parts > 1) {
      const owner = ownerOf(orbit, low, high, this.#parts);
      if (owner !== this.#part) {
        (this.#outboxes[owner] as Outbox).push(orbit, low, high);
        return;
      }
    }
    const { ranks, firstState } = this.#tables;
    const number = (firstState[orbit] as number) + rankOf(ranks, ranks.roots[orbit] as number, low, high);
    const word = this.#met[number >>> 5] as number;
    const bit = 1 << (number & 31);
    if ((word & bit) !== 0) return;
    this.#met[number >>> 5] = word | bit;
    this.states++;
    const at = this.#pendingSize++ * STATE;
    if (at === this.#pending.length) this.#pending = doubled(this.#pending);
    this.#pending[at] = orbit;
    this.#pending[at + 1] = low;
    this.#pending[at + 2] = high;
  }
}

const OUTBOX_STATES = 1 << 15;
/** So many states fit into an outbox: the steps out of one state are fewer than those which it has room for when it is full. */
export const MAILBOX_STATES = OUTBOX_STATES + (1 << 10);

/** States for another part, in the order in which they were met. */
export class Outbox {
  readonly #states = new Int32Array(STATE * MAILBOX_STATES);
  #size = 0;

  get isFull(): boolean {
    return this.#size >= OUTBOX_STATES * STATE;
  }

  push(orbit: number, low: number, high: number): void {
    this.#states[this.#size++] = orbit;
    this.#states[this.#size++] = low;
    this.#states[this.#size++] = high;
  }

  /** What is in it, three integers a state. */
  get content(): Int32Array {
    return this.#states.subarray(0, this.#size);
  }

  clear(): void {
    this.#size = 0;
  }
}

function doubled(list: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(list.length * 2);
  larger.set(list);
  return larger;
}

/** The part that owns a state: multiply and xor-shift, with the finalizer of MurmurHash3. */
function ownerOf(orbit: number, low: number, high: number, parts: number): number {
  let mixed = Math.imul(orbit + 1, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b) ^ low;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed >>> 16) * parts) >>> 16;
}
