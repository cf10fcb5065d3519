/**
 * A set of rows of 32-bit integers, all of the same width, numbered in the order in which they came: the states of a
 * system, one row each, in flat memory.
 *
 *     rows:   | db node node | db node node | …          so many rows a chunk that it takes half a megabyte
 *     slots:  | i+1 | 0 | i'+1 | …                       open addressing, linear probing; 0 is empty
 *
 * Rows are compared whole, never by a hash alone, so two different states are never taken for one. Rows live in chunks
 * that are added as needed and are never copied; the slots are rebuilt at twice the size when they are half full.
 */
const CHUNK_INTEGERS = 1 << 17;
/** From so many free slots downwards, those that will take the place of the present ones count as taken. */
const NEARLY_FULL = 1 << 16;

export class RowTable {
  readonly #width: number;
  /** A chunk holds 2 ** bits rows. */
  readonly #bits: number;
  readonly #chunks: Int32Array[] = [];
  #slots = new Int32Array(1 << 10);
  #size = 0;

  constructor(width: number) {
    this.#width = width;
    this.#bits = Math.max(0, 31 - Math.clz32(Math.floor(CHUNK_INTEGERS / width)));
  }

  get size(): number {
    return this.#size;
  }

  /** The memory that rows and slots take, in bytes, with the next chunk, and the next slots where they are about to be needed. */
  get bytes(): number {
    const chunks = (this.#chunks.length + 1) * this.#width * 4 * 2 ** this.#bits;
    const isNearlyFull = this.#size * 2 + NEARLY_FULL > this.#slots.length;
    return chunks + this.#slots.byteLength * (isNearlyFull ? 3 : 1);
  }

  /** The number of this row; a row that is not there yet is added. */
  intern(row: Int32Array): number {
    const mask = this.#slots.length - 1;
    let slot = hash(row) & mask;
    for (;;) {
      const entry = this.#slots[slot] as number;
      if (entry === 0) break;
      if (this.#equals(entry - 1, row)) return entry - 1;
      slot = (slot + 1) & mask;
    }
    const id = this.#append(row);
    this.#slots[slot] = id + 1;
    if (this.#size * 2 > this.#slots.length) this.#grow();
    return id;
  }

  /** Copies row `id` into `into`. */
  read(id: number, into: Int32Array): void {
    const chunk = this.#chunks[id >> this.#bits] as Int32Array;
    const start = (id & ((1 << this.#bits) - 1)) * this.#width;
    for (let at = 0; at < this.#width; at++) into[at] = chunk[start + at] as number;
  }

  #append(row: Int32Array): number {
    const id = this.#size++;
    const number = id >> this.#bits;
    let chunk = this.#chunks[number];
    if (chunk === undefined) {
      chunk = new Int32Array(this.#width << this.#bits);
      this.#chunks.push(chunk);
    }
    chunk.set(row, (id & ((1 << this.#bits) - 1)) * this.#width);
    return id;
  }

  #equals(id: number, row: Int32Array): boolean {
    const chunk = this.#chunks[id >> this.#bits] as Int32Array;
    const start = (id & ((1 << this.#bits) - 1)) * this.#width;
    for (let at = 0; at < this.#width; at++) if (chunk[start + at] !== row[at]) return false;
    return true;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    const row = new Int32Array(this.#width);
    for (let id = 0; id < this.#size; id++) {
      this.read(id, row);
      let slot = hash(row) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
  }
}

/** Mixes every integer of the row into 32 bits (multiply and xor-shift, with the finalizer of MurmurHash3). */
function hash(row: Int32Array): number {
  let h = 0x9e3779b9;
  for (let at = 0; at < row.length; at++) {
    h = Math.imul(h ^ (row[at] as number), 0x85ebca6b);
    h ^= h >>> 15;
  }
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
