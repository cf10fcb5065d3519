/** A list of 32-bit integers that grows by chunks, so growing never copies; places that were never set hold 0. */
const CHUNK_BITS = 16;
const CHUNK_SIZE = 1 << CHUNK_BITS;

export class IntegerList {
  readonly #chunks: Int32Array[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#chunks.length * CHUNK_SIZE * 4;
  }

  push(value: number): void {
    this.set(this.#size, value);
  }

  at(place: number): number {
    const chunk = this.#chunks[place >> CHUNK_BITS];
    return chunk === undefined ? 0 : (chunk[place & (CHUNK_SIZE - 1)] as number);
  }

  set(place: number, value: number): void {
    const number = place >> CHUNK_BITS;
    while (this.#chunks.length <= number) this.#chunks.push(new Int32Array(CHUNK_SIZE));
    (this.#chunks[number] as Int32Array)[place & (CHUNK_SIZE - 1)] = value;
    if (place >= this.#size) this.#size = place + 1;
  }
}
