/**
 * The databases that were met, numbered 0, 1, 2, … in the order in which they came, each as the row of the numbers of its parts.
 *
 *     17   ->   | rest 0 | heaps 17 | locks 3 | session 0 | session 14 |   ->   the value, put together when it is asked for
 *
 * Rows are compared whole and parts by their whole texts (`DatabaseParts`), so two databases are never taken for one. A database costs
 * some dozens of bytes; its value, which takes thousands, is kept while it is one of the last that were asked for.
 */
import type { Database, DatabaseParts, Server } from "../postgres/server.ts";
import { RowTable } from "./row-table.ts";

/** So many values are kept; those of the databases with the same number modulo that take each other's places. */
const VALUES_KEPT = 64;
/** A part takes its text and nine times as much for its value, as measured on protocols of the catalogue (4 to 14 times in all). */
const BYTES_A_LETTER = 10;

export class Databases {
  readonly #parts: DatabaseParts;
  readonly #rows: RowTable;
  readonly #row: Int32Array;
  readonly #kept: { readonly id: number; readonly value: Database }[] = [];

  constructor(server: Pick<Server, "parts" | "initial">) {
    this.#parts = server.parts();
    const width = this.#parts.cut(server.initial).length;
    this.#rows = new RowTable(width);
    this.#row = new Int32Array(width);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** What all of it takes, about. */
  get bytes(): number {
    return this.#rows.bytes + this.#parts.letters * BYTES_A_LETTER;
  }

  intern(value: Database): number {
    this.#row.set(this.#parts.cut(value));
    const before = this.#rows.size;
    const id = this.#rows.intern(this.#row);
    if (id === before) this.#kept[id % VALUES_KEPT] = { id, value };
    return id;
  }

  value(id: number): Database {
    const kept = this.#kept[id % VALUES_KEPT];
    if (kept?.id === id) return kept.value;
    if (id < 0 || id >= this.#rows.size) throw new RangeError(`no database has the number ${id}`);
    this.#rows.read(id, this.#row);
    const value = this.#parts.join([...this.#row]);
    this.#kept[id % VALUES_KEPT] = { id, value };
    return value;
  }
}
