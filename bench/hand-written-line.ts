/**
 * The loop of hand-written-loop.ts with a line in which clients wait, first come, first served: what the explorer's coarse granularity is
 * measured against.
 *
 *     state: four bits a client for what it does (as there), and four for its place in the line (0: it does not wait)
 *
 *     0x00000452, 0x00000100      client 0 may update, client 1 awaits COMMIT, client 2 waits and is the first in line
 *
 * When the lock is let go, the first in line gets it before anybody else moves, as those who were woken do at coarse granularity.
 *
 * Not modelled beside what is not modelled there: PostgreSQL's lines are of row versions, so who waits may go from one to the next, and who
 * came before a change stands elsewhere than who came after it. That makes the explorer's space ninety times larger with eight clients.
 */
import {
  after,
  CLIENTS_MAX,
  doubled,
  HOLDS_LOCK,
  IS_OWNER,
  type LoopCounts,
  OWNING,
  RELEASE_WAITING,
  WAITING,
} from "./hand-written-loop.ts";

/** Explores every state of so many clients. */
export function exploreInLine(clients: number): LoopCounts {
  if (clients > CLIENTS_MAX) throw new RangeError(`a state has room for ${CLIENTS_MAX} clients`);
  const table = new PackedPairs();
  let transitions = 0;
  let violations = 0;
  table.meet(0, 0, -1);
  for (let place = 0; place < table.size; place++) {
    const locals = table.locals[place] as number;
    const line = table.lines[place] as number;
    let locked = 0;
    let owned = 0;
    let owning = 0;
    let waiting = 0;
    let first = -1;
    for (let client = 0; client < clients; client++) {
      const local = (locals >>> (client * 4)) & 15;
      locked |= HOLDS_LOCK[local] as number;
      owned |= IS_OWNER[local] as number;
      owning += local === OWNING ? 1 : 0;
      const at = (line >>> (client * 4)) & 15;
      if (at > 0) waiting++;
      if (at === 1) first = client;
    }
    if (owning > 1) violations++;
    if (locked === 0 && first >= 0) {
      transitions++;
      const shift = first * 4;
      const next = after((locals >>> shift) & 15, 0, owned);
      table.meet((locals & ~(15 << shift)) | (next << shift), movedUp(line, clients), place);
      continue;
    }
    for (let client = 0; client < clients; client++) {
      const shift = client * 4;
      const next = after((locals >>> shift) & 15, locked, owned);
      if (next < 0) continue;
      transitions++;
      const waits = next === WAITING || next === RELEASE_WAITING;
      table.meet((locals & ~(15 << shift)) | (next << shift), waits ? line | ((waiting + 1) << shift) : line, place);
    }
  }
  return { states: table.size, transitions, violations, bytes: table.bytes };
}

/** The line when the first has left it. */
function movedUp(line: number, clients: number): number {
  let moved = line;
  for (let client = 0; client < clients; client++) {
    if (((line >>> (client * 4)) & 15) > 0) moved = (moved - (1 << (client * 4))) | 0;
  }
  return moved;
}

/** As the states of the other loop, in two words. */
class PackedPairs {
  size = 0;
  locals = new Int32Array(1 << 16);
  lines = new Int32Array(1 << 16);
  #parents = new Int32Array(1 << 16);
  #slots = new Int32Array(1 << 17);

  get bytes(): number {
    return this.locals.byteLength + this.lines.byteLength + this.#parents.byteLength + this.#slots.byteLength;
  }

  meet(locals: number, line: number, parent: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash(locals, line) & mask;
    for (let entry = this.#slots[slot] as number; entry !== 0; entry = this.#slots[slot] as number) {
      if (this.locals[entry - 1] === locals && this.lines[entry - 1] === line) return;
      slot = (slot + 1) & mask;
    }
    this.locals[this.size] = locals;
    this.lines[this.size] = line;
    this.#parents[this.size] = parent;
    this.#slots[slot] = ++this.size;
    if (this.size === this.locals.length) this.#grow();
  }

  #grow(): void {
    this.locals = doubled(this.locals);
    this.lines = doubled(this.lines);
    this.#parents = doubled(this.#parents);
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let place = 0; place < this.size; place++) {
      let slot = hash(this.locals[place] as number, this.lines[place] as number) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = place + 1;
    }
  }
}

function hash(locals: number, line: number): number {
  const mixed = Math.imul(locals, 0x45d9f3b) ^ Math.imul(line, 0x119de1f3);
  const again = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
  return (again ^ (again >>> 15)) >>> 0;
}
