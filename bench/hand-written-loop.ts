/**
 * What an explorer would be if nothing but speed counted: select-for-update at statement granularity as a loop over packed
 * integers, written by hand for this one protocol. The rate of the real explorer is measured against it.
 *
 *     state: four bits a client, up to eight clients in 32 bits        0x00000052 = client 0 may update, client 1 awaits COMMIT
 *
 *     IDLE -BEGIN-> BEGUN -SELECT FOR UPDATE-> FREE -UPDATE-> WRITTEN -COMMIT-> OWNING -release-> RELEASING
 *                        \ row locked: WAITING        \ row owned: TAKEN -ROLLBACK-> IDLE
 *     RELEASING -UPDATE-> RELEASED (row locked until its commit) -commit-> IDLE      \ row locked: RELEASE_WAITING
 *
 * Who holds the row lock and who is recorded as its owner can be read off the clients' states, so they need no bits. Whoever
 * waits goes on when nobody holds the lock, in no particular order, as at fine granularity (hand-written-line.ts has a line).
 *
 * Invariants: breadth first, every state once; two clients that own are counted as a violation. As in the real explorer each state
 * is kept with its parent, and judged when it is first met.
 *
 * Not modelled, and therefore not paid for: SQL, the line in which clients wait, names, traces, any other protocol.
 */

const IDLE = 0;
const BEGUN = 1;
const FREE = 2;
const TAKEN = 3;
export const WAITING = 4;
const WRITTEN = 5;
export const OWNING = 6;
const RELEASING = 7;
const RELEASED = 8;
export const RELEASE_WAITING = 9;

/** By local state: whether it holds the row lock, and whether the row names this client. */
export const HOLDS_LOCK = [0, 0, 1, 1, 0, 1, 0, 0, 1, 0] as const;
export const IS_OWNER = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1] as const;

export const CLIENTS_MAX = 8;

export interface LoopCounts {
  readonly states: number;
  readonly transitions: number;
  readonly violations: number;
  readonly bytes: number;
}

/** Explores every state of so many clients. */
export function exploreByHand(clients: number): LoopCounts {
  if (clients > CLIENTS_MAX) throw new RangeError(`a state has room for ${CLIENTS_MAX} clients`);
  const table = new PackedStates();
  let transitions = 0;
  let violations = 0;
  table.meet(0, -1);
  for (let place = 0; place < table.size; place++) {
    const state = table.at(place);
    let locked = 0;
    let owned = 0;
    let owning = 0;
    for (let client = 0; client < clients; client++) {
      const local = (state >>> (client * 4)) & 15;
      locked |= HOLDS_LOCK[local] as number;
      owned |= IS_OWNER[local] as number;
      owning += local === OWNING ? 1 : 0;
    }
    if (owning > 1) violations++;
    for (let client = 0; client < clients; client++) {
      const shift = client * 4;
      const local = (state >>> shift) & 15;
      const next = after(local, locked, owned);
      if (next < 0) continue;
      transitions++;
      table.meet((state & ~(15 << shift)) | (next << shift), place);
    }
  }
  return { states: table.size, transitions, violations, bytes: table.bytes };
}

/** The client's state after its step; -1 where it waits for the lock. */
export function after(local: number, locked: number, owned: number): number {
  switch (local) {
    case IDLE:
      return BEGUN;
    case BEGUN:
      return locked === 1 ? WAITING : owned === 1 ? TAKEN : FREE;
    case WAITING:
      return locked === 1 ? -1 : owned === 1 ? TAKEN : FREE;
    case FREE:
      return WRITTEN;
    case TAKEN:
      return IDLE;
    case WRITTEN:
      return OWNING;
    case OWNING:
      return RELEASING;
    case RELEASING:
      return locked === 1 ? RELEASE_WAITING : RELEASED;
    case RELEASE_WAITING:
      return locked === 1 ? -1 : RELEASED;
    default:
      return IDLE;
  }
}

/** States in the order in which they were met, each with the place of its parent, and a table of slots to find them. */
class PackedStates {
  size = 0;
  #states = new Int32Array(1 << 16);
  #parents = new Int32Array(1 << 16);
  /** The place of a state plus one; open addressing, linear probing. */
  #slots = new Int32Array(1 << 17);

  get bytes(): number {
    return this.#states.byteLength + this.#parents.byteLength + this.#slots.byteLength;
  }

  at(place: number): number {
    return this.#states[place] as number;
  }

  meet(state: number, parent: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash(state) & mask;
    for (let entry = this.#slots[slot] as number; entry !== 0; entry = this.#slots[slot] as number) {
      if (this.#states[entry - 1] === state) return;
      slot = (slot + 1) & mask;
    }
    this.#states[this.size] = state;
    this.#parents[this.size] = parent;
    this.#slots[slot] = ++this.size;
    if (this.size === this.#states.length) this.#grow();
  }

  #grow(): void {
    this.#states = doubled(this.#states);
    this.#parents = doubled(this.#parents);
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let place = 0; place < this.size; place++) {
      let slot = hash(this.#states[place] as number) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = place + 1;
    }
  }
}

export function doubled(list: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(list.length * 2);
  larger.set(list);
  return larger;
}

function hash(state: number): number {
  const mixed = Math.imul(state ^ (state >>> 16), 0x45d9f3b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
