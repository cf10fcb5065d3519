/**
 * What an expression is evaluated in: the rows of its query level, and the levels around it.
 *
 *     UPDATE t SET v = (SELECT max(v) FROM u WHERE u.k = t.k)
 *
 *     frame of the UPDATE      rows: [row of t]                  <- outer of ->   frame of the sub-select   rows: [row of u]
 *
 * A frame lives as long as one execution of its query; rows are put into it one after the other. `cache` holds what is
 * computed once an execution: sub-selects that do not look at this level's rows, CTEs, materialised FROM items. A
 * re-check after a row lock works on a copy that shares the cache, which is why an uncorrelated sub-select keeps its
 * value there (PostgreSQL's EvalPlanQual does the same).
 */
import type { Access, HeapRow } from "../execution/access.ts";
import type { Value } from "../values/value.ts";

/** One execution of a statement. */
export interface Run {
  readonly access: Access;
  readonly parameters: readonly Value[];
  /** Row versions that this statement has replaced or deleted, and those that it has made, as `table/version`. */
  readonly touched: {
    readonly replaced: Set<string>;
    readonly made: Set<string>;
    /** A function that was called has written something: the row may have been changed behind the statement's back. */
    nested: boolean;
  };
}

export type Row = readonly Value[];

/** The rows of one query level at one moment. A row is null where an outer join found none. */
export interface Rows {
  readonly values: (Row | null)[];
  /** The stored versions behind the values, for the FROM items that are tables. */
  readonly heaps: (HeapRow | null)[];
  /** For semi-joins: the rows of the sub-select that matched. */
  readonly nested: (Rows | null)[];
}

export interface Frame {
  readonly run: Run;
  readonly outer: Frame | null;
  readonly rows: Rows;
  /** In a re-check: every FROM item gives exactly the row it has here (or none). */
  readonly fixed: Rows | null;
  /** Results of the aggregates for the group at hand. */
  aggregates: readonly Value[];
  /** Results of the set-returning functions of the select list for the row at hand. */
  series: readonly Value[];
  readonly cache: Map<object, unknown>;
  /** The row that a change has just written, before and after, for RETURNING. */
  written?: { readonly old: Row | null; readonly new: Row | null };
}

/** A fresh frame for one execution of a query with this many FROM items. */
export function newFrame(run: Run, outer: Frame | null, items: number): Frame {
  return { run, outer, rows: noRows(items), fixed: null, aggregates: [], series: [], cache: new Map() };
}

/** The rows of this many FROM items, none of which has one. */
export function noRows(items: number): Rows {
  return {
    values: new Array<Row | null>(items).fill(null),
    heaps: new Array<HeapRow | null>(items).fill(null),
    nested: new Array<Rows | null>(items).fill(null),
  };
}

export function copyRows({ values, heaps, nested }: Rows): Rows {
  return { values: [...values], heaps: [...heaps], nested: [...nested] };
}

export function loadRows({ rows }: Frame, { values, heaps, nested }: Rows): void {
  for (let at = 0; at < values.length; at++) {
    rows.values[at] = values[at] ?? null;
    rows.heaps[at] = heaps[at] ?? null;
    rows.nested[at] = nested[at] ?? null;
  }
}

/** A frame for a re-check of these rows: it shares what was computed once, and nothing else, with the original. */
export function recheckFrame(frame: Frame, rows: Rows): Frame {
  return { ...frame, rows: copyRows(rows), fixed: rows };
}

/** The frame `levels` up from here. */
export function frameAt(frame: Frame, levels: number): Frame {
  let found = frame;
  for (let up = 0; up < levels; up++) {
    if (found.outer === null) throw new Error("a column reference leads out of the query");
    found = found.outer;
  }
  return found;
}

/** What `compute` gives, computed once an execution of the frame's query. */
export function once<T>(frame: Frame, key: object, compute: () => T): T {
  if (frame.cache.has(key)) return frame.cache.get(key) as T;
  const value = compute();
  frame.cache.set(key, value);
  return value;
}

/** The frame of the outermost query. */
export function rootFrame(frame: Frame): Frame {
  let found = frame;
  while (found.outer !== null) found = found.outer;
  return found;
}
