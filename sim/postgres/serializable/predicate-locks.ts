/**
 * Predicate locks (SIREAD): what a SERIALIZABLE transaction has read, as coarse as PostgreSQL remembers it.
 *
 *     sequential scan             the whole table: any write to it conflicts
 *     look-up by key or range     each row found, and the index page that was searched
 *     a third row of one table    all rows of the table (the heap page), but not new ones
 *
 * A small table has one leaf page in each index, so a key that was looked up covers the whole index: any INSERT, and any UPDATE that
 * changes an indexed column, puts an entry there and conflicts, whatever its key. What was read exactly is kept beside, so
 * that a failure which only the size of a page makes can be told: it can come in production, or not, with other plans.
 *
 * Nobody waits for such a lock, and it outlives its transaction (dependencies.ts).
 *
 * Sources: postgres-semantics, section 5, "Granularity"; predicate.c, max_pred_locks_per_page = 2.
 */

import { covers, type IndexRange } from "../execution/index-range.ts";
import type { Value } from "../values/value.ts";

export interface Reads {
  /** Read as a whole. */
  tables: string[];
  /** Tables of which all rows that were there count as read. */
  pages: string[];
  /** The rows that were read, by table; -1 for one that is gone by now, which still counts. */
  rows: Record<string, number[]>;
  /** The keys and ranges of keys that were looked up, by index, as JSON. */
  keys: Record<string, string[]>;
}

/** How a write meets what was read: the very row or key, or only the page that it is on. */
export type Overlap = "exact" | "page";

/** More rows than this of one page are remembered as the page. */
const ROWS_PER_PAGE_MAX = 2;

export function noReads(): Reads {
  return { tables: [], pages: [], rows: {}, keys: {} };
}

export function copyReads({ tables, pages, rows, keys }: Reads): Reads {
  return { tables: [...tables], pages: [...pages], rows: copyLists(rows), keys: copyLists(keys) };
}

function copyLists<T>(lists: Readonly<Record<string, readonly T[]>>): Record<string, T[]> {
  return Object.fromEntries(Object.entries(lists).map(([name, list]): [string, T[]] => [name, [...list]]));
}

export function readTable(reads: Reads, table: string): void {
  put(reads.tables, table);
  reads.pages = reads.pages.filter((each) => each !== table);
  delete reads.rows[table];
}

export function readKeys(reads: Reads, index: string, keys: readonly string[]): void {
  reads.keys[index] ??= [];
  for (const key of keys) put(reads.keys[index], key);
}

export function readRow(reads: Reads, table: string, version: number): void {
  const rows = reads.rows[table] ?? [];
  if (reads.tables.includes(table) || rows.includes(version)) return;
  reads.rows[table] = [...rows, version].sort((a, b) => a - b);
  if (rows.length >= ROWS_PER_PAGE_MAX) put(reads.pages, table);
}

/** The transaction has written the row itself: that it read it no longer matters. */
export function forgetRow(reads: Reads, table: string, version: number): void {
  const rows = (reads.rows[table] ?? []).filter((each) => each !== version);
  if (rows.length > 0) reads.rows[table] = rows;
  else delete reads.rows[table];
}

/** Whether and how a change or removal of this row version touches what was read. */
export function overlapOfRow({ tables, pages, rows }: Reads, table: string, version: number): Overlap | null {
  if (tables.includes(table) || rows[table]?.includes(version)) return "exact";
  return pages.includes(table) ? "page" : null;
}

/** Whether and how a new row of the table touches what was read. */
export function overlapOfTable({ tables }: Reads, table: string): Overlap | null {
  return tables.includes(table) ? "exact" : null;
}

/** Whether and how a new entry of the index touches what was read. */
export function overlapOfKey({ keys }: Reads, index: string, key: string): Overlap | null {
  const looked = keys[index];
  if (looked === undefined) return null;
  const isRead =
    looked.includes(key) || looked.some((part) => part.startsWith("{") && covers(rangeOf(part), keyParts(key)));
  return isRead ? "exact" : "page";
}

/** A range as one of the keys that were looked up: an object, where a key is a list. */
export function rangeText({ bounds }: IndexRange): string {
  return JSON.stringify({ bounds });
}

function rangeOf(text: string): Pick<IndexRange, "bounds"> {
  return JSON.parse(text) as Pick<IndexRange, "bounds">;
}

function keyParts(text: string): readonly Value[] {
  return JSON.parse(text) as readonly Value[];
}

/** Versions have moved in their heap. */
export function moveRows(reads: Reads, table: string, move: (version: number) => number): void {
  const rows = reads.rows[table];
  if (rows) reads.rows[table] = rows.map((version) => (version < 0 ? -1 : move(version))).sort((a, b) => a - b);
}

function put(list: string[], name: string): void {
  if (list.includes(name)) return;
  list.push(name);
  list.sort();
}
