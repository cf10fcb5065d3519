/**
 * Databases as rows of numbers: each part of a database is kept once, however many databases have it.
 *
 *     database  = | rest 0 | heaps 17 | locks 3 | session 0 | session 14 | session 3 |     equal rows, equal databases
 *     heaps 17  = "0 4 9 12"         table 0 has the versions 4, 9 and 12, in this order
 *     locks 3   = "5 2"              the lock of name 5 is in the state 2
 *     rest 0    = catalog, sequences, and what SERIALIZABLE remembers
 *
 * A part has its number by its canonical text (key.ts), whole and no hash of it; so rows are equal where the canonical texts of their
 * databases are, and only there. And since a part is known by its own text alone, a database can be put together again from its row: of
 * the values that were ever computed, only those of the parts have to be kept. Of three clients and two buffers with `atomic-update`
 * there are 40,062 databases, and some thousands of parts.
 *
 * Invariants: `join(cut(database))` has the canonical text of `database`; parts are never changed, since whoever writes takes a copy
 * first (`copyState`).
 *
 * Source: Holzmann, State Compression in SPIN: Recursive Indexing and Compression Training Runs (1997), the mode COLLAPSE.
 */
import type { Catalog } from "../catalog/catalog.ts";
import type { LockObject } from "../locks/lock-object.ts";
import type { Version } from "../versions/heap.ts";
import { byNumber, lockKey, sessionKey, sharedKey, versionKey, type Writer, writerFor } from "./key.ts";
import type { Session, State } from "./state.ts";

/** What of a database is neither rows, nor locks, nor anybody's session. */
type Rest = Pick<State, "catalog" | "sequences" | "serial" | "addresses">;

export class StateParts {
  readonly #rests: Parts<Rest>;
  readonly #versions: Parts<Version>;
  readonly #locks: Parts<LockObject>;
  readonly #sessions: Parts<Session>;
  readonly #names = new Texts();
  /** Heaps and locks, as the numbers of names and parts. */
  readonly #lists = new Texts();

  /** The number of the rest in which there is nothing but this catalog. */
  readonly #usual: { readonly catalog: Catalog; number: number | null };

  constructor(initial: Catalog) {
    this.#usual = { catalog: initial, number: null };
    const writer = writerFor(initial, { label: byNumber, rename: null });
    this.#rests = new Parts((rest) => [sharedKey({ ...NOTHING, ...rest }, writer), rest.addresses]);
    this.#versions = new Parts((version) => placedKey(version, writer));
    this.#locks = new Parts((lock) => lockKey(lock, writer));
    this.#sessions = new Parts((session) => optedKey(session, writer));
  }

  /** The letters of all texts. */
  get letters(): number {
    return [this.#rests, this.#versions, this.#locks, this.#sessions, this.#names, this.#lists].reduce(
      (sum, { letters }) => sum + letters,
      0,
    );
  }

  cut({ catalog, sequences, serial, addresses, heaps, locks, sessions }: State): readonly number[] {
    return [
      this.#rest({ catalog, sequences, serial, addresses }),
      this.#list(heaps, (heap) => heap.map((each) => this.#versions.number(each)).join(" ")),
      this.#list(locks, (lock) => String(this.#locks.number(lock))),
      ...sessions.map((session) => this.#sessions.number(session)),
    ];
  }

  join([rest = 0, heaps = 0, locks = 0, ...sessions]: readonly number[]): State {
    const { catalog, sequences, serial, addresses } = this.#rests.value(rest);
    return {
      catalog,
      heaps: this.#listed(heaps, (versions) => versions.map((each) => this.#versions.value(each))),
      sequences,
      locks: this.#listed(locks, ([lock = 0]) => this.#locks.value(lock)),
      addresses,
      serial,
      sessions: sessions.map((session) => this.#sessions.value(session)),
    };
  }

  /** Most databases have nothing there but the catalog, which they share. */
  #rest(rest: Rest): number {
    const { catalog, sequences, serial, addresses } = rest;
    if (catalog !== this.#usual.catalog || !isEmpty(sequences) || !isEmpty(addresses)) return this.#rests.number(rest);
    if (serial.committed.length > 0 || !isEmpty(serial.active)) return this.#rests.number(rest);
    this.#usual.number ??= this.#rests.number(rest);
    return this.#usual.number;
  }

  /** What is empty is as if it were not there. */
  #list<T>(record: Readonly<Record<string, T>>, write: (part: T) => string): number {
    const entries: string[] = [];
    for (const name of Object.keys(record).sort()) {
      const parts = write(record[name] as T);
      if (parts !== "") entries.push(`${this.#names.number(name)} ${parts}`);
    }
    return this.#lists.number(entries.join());
  }

  #listed<T>(list: number, read: (parts: readonly number[]) => T): Record<string, T> {
    const text = this.#lists.text(list);
    const record: Record<string, T> = {};
    for (const entry of text === "" ? [] : text.split(",")) {
      const [name = 0, ...parts] = entry.split(" ").map(Number);
      record[this.#names.text(name)] = read(parts);
    }
    return record;
  }
}

const NOTHING: Pick<State, "heaps" | "locks" | "sessions"> = { heaps: {}, locks: {}, sessions: [] };

function isEmpty(record: object): boolean {
  for (const _ in record) return false;
  return true;
}

/** Where places on pages are counted, a version is no other's equal. */
function placedKey(version: Version, writer: Writer): unknown {
  const key = versionKey(version, writer);
  return version.address === undefined ? key : [key, version.address];
}

/** The words of a choice follow from the whole database, so that a session alone is told apart by them, too. */
function optedKey(session: Session, writer: Writer): unknown {
  const key = sessionKey(session, writer);
  const options = session.running?.options;
  return options === undefined ? key : [key, options];
}

/** Texts and their numbers. */
class Texts {
  letters = 0;
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];

  number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.letters += text.length;
    this.#numbers.set(text, this.#texts.length);
    return this.#texts.push(text) - 1;
  }

  text(number: number): string {
    const text = this.#texts[number];
    if (text === undefined) throw new RangeError(`no text has the number ${number}`);
    return text;
  }
}

/** The parts of one kind: the first value of each text. */
class Parts<T extends object> {
  readonly #texts = new Texts();
  readonly #values: T[] = [];
  readonly #key: (part: T) => unknown;
  /** Databases share most of their parts. */
  readonly #known = new WeakMap<T, number>();

  constructor(key: (part: T) => unknown) {
    this.#key = key;
  }

  get letters(): number {
    return this.#texts.letters;
  }

  number(part: T): number {
    const known = this.#known.get(part);
    if (known !== undefined) return known;
    const number = this.#texts.number(JSON.stringify(this.#key(part)));
    if (number === this.#values.length) this.#values.push(part);
    this.#known.set(part, number);
    return number;
  }

  value(number: number): T {
    const value = this.#values[number];
    if (value === undefined) throw new RangeError(`no part has the number ${number}`);
    return value;
  }
}
