/** Gives equal values equal small integers: 0, 1, 2, … in the order in which they are met. */
export class Interner<T> {
  readonly #ids = new Map<string, number>();
  readonly #values: T[] = [];
  readonly #key: (value: T) => string;
  #letters = 0;

  /** `key` must give equal texts to equal values and different texts to different ones. */
  constructor(key: (value: T) => string) {
    this.#key = key;
  }

  get size(): number {
    return this.#values.length;
  }

  /** The letters of all keys. */
  get letters(): number {
    return this.#letters;
  }

  intern(value: T): number {
    const key = this.#key(value);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#values.length;
    this.#ids.set(key, id);
    this.#letters += key.length;
    this.#values.push(value);
    return id;
  }

  /** The first value that got this number. */
  value(id: number): T {
    const value = this.#values[id];
    if (value === undefined) throw new RangeError(`nothing was interned as ${id}`);
    return value;
  }
}
