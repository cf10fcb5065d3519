/**
 * The seam between SQL and concurrency: what a statement asks of the server while it runs.
 *
 * `execution/` (names, plans, expressions) knows nothing of versions, locks or sessions; it calls these functions.
 * `session/` implements them over `versions/` and `locks/`.
 *
 * A call may suspend the statement (it must wait, or the scheduler stops it there): the call then throws, the statement
 * unwinds, and later it is run again from its start. Every call but `scan` is answered once and its answer is
 * remembered, so the second run gets the same answers up to where the first one stopped, and goes on from there. That
 * is why a suspended statement is plain data: the list of the answers it has had. It also means that a statement must be
 * deterministic: same snapshot and same answers, same next call.
 */
import type { Catalog, Table } from "../catalog/catalog.ts";
import type { Value } from "../values/value.ts";
import type { IndexRange } from "./index-range.ts";

/** Which row version; only the implementation looks inside. */
export interface RowRef {
  readonly table: string;
  readonly version: number;
}

/** A row version that the statement has in its hands. `values` has one value a column, in the table's order. */
export interface HeapRow {
  readonly ref: RowRef;
  readonly values: readonly Value[];
  /** Its place on the page, where the server counts them. */
  readonly address?: number;
}

export type RowLockMode = "key share" | "share" | "no key update" | "update";
export type LockWait = "wait" | "nowait" | "skip locked";

/**
 * What a row is locked for: by a clause that says how to wait; to be changed (`change`); or because ON CONFLICT DO UPDATE has met it
 * (`conflict`), where a row that was changed meanwhile is `gone` and looked for again, and the snapshot must show what was locked.
 */
export type LockPurpose = LockWait | "change" | "conflict";

/** How a scan reaches its rows: it decides what SERIALIZABLE remembers of the read, never which rows are returned. */
export type ScanPath =
  | { readonly kind: "sequential" }
  /** Equality on all columns of an index (by name), with these keys. */
  | { readonly kind: "index"; readonly index: string; readonly keys: readonly (readonly Value[])[] }
  /** What lies in any of these parts of indexes. */
  | { readonly kind: "ranges"; readonly ranges: readonly IndexRange[] };

/** A part of an index, read entry by entry in its order. */
export interface OrderedPath {
  readonly range: IndexRange;
  readonly descending: boolean;
}

/** What became of a row that was to be locked. */
export type Locked =
  /** Locked, and it is the version that was asked for. */
  | { readonly kind: "same" }
  /** Locked, but somebody committed an update of it meanwhile: this is the newest version (the condition must be evaluated again). */
  | { readonly kind: "newer"; readonly row: HeapRow }
  /** Deleted meanwhile. */
  | { readonly kind: "gone" }
  /** SKIP LOCKED, and it was locked. */
  | { readonly kind: "skipped" };

export type Inserted =
  | { readonly kind: "inserted"; readonly row: HeapRow }
  /** ON CONFLICT: a live row has the same key. `row` is that row's newest version. */
  | { readonly kind: "conflict"; readonly row: HeapRow };

/** ON CONFLICT's arbiter: the unique indexes whose duplicates are a conflict and no error. */
export interface Arbiter {
  readonly action: "nothing" | "update";
  readonly indexes: readonly string[];
}

/** What may come next in an order that the text leaves to the planner: a row, words for another kind of choice, or one that has no name (null). */
export type Candidate = HeapRow | string | null;

export interface Access {
  readonly catalog: Catalog;
  /** The rows of the table that the statement's snapshot sees, in heap order. */
  scan(table: Table, path: ScanPath): readonly HeapRow[];
  /** The same rows in the order of an index. A row that is not asked for has not been looked at. */
  scanInOrder(table: Table, path: OrderedPath): Iterable<HeapRow>;
  /**
   * Locks a row of the snapshot, waiting as PostgreSQL does, and follows it to its newest version. REPEATABLE READ and
   * SERIALIZABLE raise 40001 here instead of `newer` and `gone`.
   */
  lockRow(row: HeapRow, mode: RowLockMode, purpose: LockPurpose): Locked;
  /** Writes a new version of a row that `lockRow` answered (the row asked for, or the `newer` one). */
  update(row: HeapRow, values: readonly Value[]): HeapRow;
  /** Deletes a row that `lockRow` answered. */
  delete(row: HeapRow): void;
  /** Adds a row; waits for and reports duplicate keys. */
  insert(table: Table, values: readonly Value[], arbiter: Arbiter | null): Inserted;
  /**
   * Sequence functions: nextval, currval, setval, lastval; `argument` is the value for setval. Its columns as a relation:
   * last_value, and is_called as 0 or 1.
   */
  sequence(
    name: string,
    call: "nextval" | "currval" | "setval" | "lastval" | "last_value" | "is_called",
    argument: number | null,
    isCalled: boolean,
  ): number;
  /** Advisory lock functions by their PostgreSQL names; `key` is [bigint] or [int, int] as decimal strings. */
  advisory(name: string, key: readonly string[]): boolean | null;
  /**
   * Runs a statement of a VOLATILE function that this one has called: it sees what this one has done so far, and at READ
   * COMMITTED what others have committed by now. What it does, this one does not see. `reads` are the tables of which it takes a snapshot
   * before it begins.
   */
  nested<T>(statement: { command: string; reads: readonly string[] }, work: (access: Access) => T): T;
  /** Which candidate comes next where the text of the statement does not say so; 0 where the plan is fixed (session/plan-choice.ts). */
  pick(candidates: readonly Candidate[]): number;
  /** Whether `pick` has a choice; where it has none, rows come as they are found. */
  readonly plansAreOpen: boolean;
  /** What the virtual clock shows, in microseconds since 2000-01-01 UTC. */
  clock(which: "transaction" | "statement" | "clock"): number;
  /** A setting, for `current_setting()` and SHOW. */
  setting(name: string): string;
  /** pg_backend_pid() and the like are the session's number, from 1. */
  readonly sessionNumber: number;
}
