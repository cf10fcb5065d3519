/**
 * Visits every state that a graph of orbits stands for: a search whose states are a few integers.
 *
 *     state  = | orbit | label of client 0, client 1, … |      four bits a label, eight clients a word, two words
 *     step   = for each step of the orbit (orbit-graph.ts), for each client with its label:
 *              the labels of all clients are looked up in the step's map, and the mover gets its own
 *
 *     orbit 1, 0 1 0  --a step of label 0: moved 2, others 0->0 1->1-->  orbit 4, 2 1 0  and  orbit 4, 0 1 2
 *
 * Each part owns the states whose hash falls to it, keeps them in a set of its own, and expands them. A state that another part owns is
 * put into the outbox for it, three integers each, and whoever runs the parts carries it there. One part owns everything.
 *
 * Invariants: a state is in the set once and expanded once, so `states` and `transitions` are the same for any number of parts. States are
 * compared whole, never by their hash. The order in which states are visited says nothing: depths are those of the orbits.
 *
 * The set uses open addressing with linear probing, at most three quarters full, three integers a slot.
 */

/** Twice eight labels of four bits. */
export const CLIENTS_MAX = 16;

/** How an orbit graph is given to a part: flat, so that threads can share it. */
export interface UnfoldTables {
  readonly clients: number;
  /** The initial state, in orbit 0. */
  readonly initial: readonly [low: number, high: number];
  /** How many states there are. */
  readonly states: number;
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

const STATE = 3;
const SLOTS_MIN = 1 << 10;

export class UnfoldPart {
  /** How many states this part has, and how many steps lead out of those that it has expanded. */
  states = 0;
  transitions = 0;
  readonly #tables: UnfoldTables;
  readonly #part: number;
  readonly #parts: number;
  /** The set: orbit plus one (0: empty) and labels. */
  #slots: Int32Array;
  #mask: number;
  /** A stack of states that are still to be expanded. */
  #pending = new Int32Array(STATE << 10);
  #pendingSize = 0;
  readonly #outboxes: Outbox[];

  /** Makes room for its share of the states at once, unless that is more than `bytesMax`. */
  constructor(
    tables: UnfoldTables,
    { part, parts, bytesMax }: { readonly part: number; readonly parts: number; readonly bytesMax: number },
  ) {
    this.#tables = tables;
    this.#part = part;
    this.#parts = parts;
    const wanted = slotsFor(Math.ceil((tables.states / parts) * 1.02));
    this.#slots = new Int32Array((wanted * STATE * 4 <= bytesMax ? wanted : SLOTS_MIN) * STATE);
    this.#mask = this.#slots.length / STATE - 1;
    this.#outboxes = Array.from({ length: parts }, () => new Outbox());
    const [low, high] = tables.initial;
    this.meet(0, low, high);
    // Everybody knows the initial state; whoever owns it begins.
    for (const outbox of this.#outboxes) outbox.clear();
  }

  get bytes(): number {
    return this.#slots.byteLength + this.#pending.byteLength;
  }

  /** The bytes that it will have when its set has to grow the next time. */
  get bytesAfterGrowth(): number {
    return this.bytes + 2 * this.#slots.byteLength;
  }

  /** Whether the next state may make the set grow. */
  get isFull(): boolean {
    return this.states * 4 >= (this.#mask + 1) * 3 - 4;
  }

  /** How many states are still to be expanded. */
  get pending(): number {
    return this.#pendingSize;
  }

  /** Takes the states that another part has put into its outbox for this one. */
  receive(states: Int32Array): void {
    for (let at = 0; at < states.length; at += STATE) {
      this.meet(states[at] as number, states[at + 1] as number, states[at + 2] as number);
    }
  }

  outbox(part: number): Outbox {
    return this.#outboxes[part] as Outbox;
  }

  /** Expands so many states at most, and no more when an outbox is full or the set would grow beyond `bytesMax`. */
  expand(statesMax: number, bytesMax = Number.POSITIVE_INFINITY): void {
    for (let left = statesMax; left > 0 && this.#pendingSize > 0; left--) {
      if (this.isFull && this.bytesAfterGrowth > bytesMax) return;
      if (this.#parts > 1 && this.#outboxes.some((outbox) => outbox.isFull)) return;
      const at = --this.#pendingSize * STATE;
      this.#expand(this.#pending[at] as number, this.#pending[at + 1] as number, this.#pending[at + 2] as number);
    }
  }

  #expand(orbit: number, low: number, high: number): void {
    const { clients, firstLabel, firstStep, target, moved, othersLow, othersHigh } = this.#tables;
    const lowClients = clients < 8 ? clients : 8;
    const first = firstLabel[orbit] as number;
    const count = (firstLabel[orbit + 1] as number) - first;
    for (let label = 0; label < count; label++) {
      const end = firstStep[first + label + 1] as number;
      for (let step = firstStep[first + label] as number; step < end; step++) {
        const to = target[step] as number;
        const mapLow = othersLow[step] as number;
        const mapHigh = othersHigh[step] as number;
        const own = moved[step] as number;
        let nextLow = 0;
        let nextHigh = 0;
        for (let client = 0; client < lowClients; client++) {
          const old = (low >>> (client << 2)) & 15;
          nextLow |= ((old < 8 ? mapLow >>> (old << 2) : mapHigh >>> ((old - 8) << 2)) & 15) << (client << 2);
        }
        for (let client = 8; client < clients; client++) {
          const old = (high >>> ((client - 8) << 2)) & 15;
          nextHigh |= ((old < 8 ? mapLow >>> (old << 2) : mapHigh >>> ((old - 8) << 2)) & 15) << ((client - 8) << 2);
        }
        for (let client = 0; client < lowClients; client++) {
          const shift = client << 2;
          if (((low >>> shift) & 15) === label) this.#step(to, (nextLow & ~(15 << shift)) | (own << shift), nextHigh);
        }
        for (let client = 8; client < clients; client++) {
          const shift = (client - 8) << 2;
          if (((high >>> shift) & 15) === label) this.#step(to, nextLow, (nextHigh & ~(15 << shift)) | (own << shift));
        }
      }
    }
  }

  #step(orbit: number, low: number, high: number): void {
    this.transitions++;
    this.meet(orbit, low, high);
  }

  /** Puts a state into the set, if it is this part's and new; else into the outbox of the part that owns it. */
  meet(orbit: number, low: number, high: number): void {
    const mixed = hash(orbit, low, high);
    if (this.#parts > 1) {
      const owner = ((mixed >>> 16) * this.#parts) >>> 16;
      if (owner !== this.#part) {
        (this.#outboxes[owner] as Outbox).push(orbit, low, high);
        return;
      }
    }
    const slots = this.#slots;
    const mask = this.#mask;
    let at = (mixed & mask) * STATE;
    for (let entry = slots[at] as number; entry !== 0; entry = slots[at] as number) {
      if (entry === orbit + 1 && slots[at + 1] === low && slots[at + 2] === high) return;
      at += STATE;
      if (at === slots.length) at = 0;
    }
    slots[at] = orbit + 1;
    slots[at + 1] = low;
    slots[at + 2] = high;
    this.states++;
    this.#push(orbit, low, high);
    if (this.states * 4 > (mask + 1) * 3) this.#grow();
  }

  #push(orbit: number, low: number, high: number): void {
    const at = this.#pendingSize++ * STATE;
    if (at === this.#pending.length) this.#pending = doubled(this.#pending);
    this.#pending[at] = orbit;
    this.#pending[at + 1] = low;
    this.#pending[at + 2] = high;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 2);
    this.#mask = this.#slots.length / STATE - 1;
    for (let from = 0; from < old.length; from += STATE) {
      const entry = old[from] as number;
      if (entry === 0) continue;
      const [low, high] = [old[from + 1] as number, old[from + 2] as number];
      let at = (hash(entry - 1, low, high) & this.#mask) * STATE;
      while (this.#slots[at] !== 0) {
        at += STATE;
        if (at === this.#slots.length) at = 0;
      }
      this.#slots[at] = entry;
      this.#slots[at + 1] = low;
      this.#slots[at + 2] = high;
    }
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

function slotsFor(states: number): number {
  let slots = SLOTS_MIN;
  while (slots * 3 < states * 4 + 8) slots *= 2;
  return slots;
}

function doubled(list: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(list.length * 2);
  larger.set(list);
  return larger;
}

/** Multiply and xor-shift, with the finalizer of MurmurHash3. */
function hash(orbit: number, low: number, high: number): number {
  let mixed = Math.imul(orbit + 1, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b) ^ low;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
