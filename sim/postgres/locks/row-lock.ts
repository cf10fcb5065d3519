/**
 * Row locks: who holds a row, how a session gets it, and what it does when the row has moved on meanwhile.
 *
 * A row lock lives in the row version: it is the uncommitted change of another session, or an entry in `lockers`. To lock
 * a row is to examine its versions, from the one that the statement's snapshot shows to the newest:
 *
 *     look at a version
 *       somebody's change or lock is in the way  -> wait for that transaction, then look again from the start
 *       replaced or deleted, and committed       -> READ COMMITTED: go on to the version that replaced it
 *                                                   above: 40001
 *       nothing in the way                       -> lock it
 *
 *     s1: UPDATE … WHERE id = 1      #0 removed by s0      waits for s0
 *     s0: COMMIT                     #0 --> #2             looks again: #0 is gone, #2 is free, locks #2; answer `newer`
 *
 * Who finds something in the way stands in the line for that version (row-line.ts). Who comes to a newer version after a committed
 * change and meets there a transaction that is replacing it waits for that one in no line (`chase`): when it ends all such
 * wake, and any of them may win.
 *
 * A locking clause (SELECT FOR …) first goes along the newer versions and locks them one by one, up to one that is in its way:
 *
 *     #0 --s0--> #1 --s2--> #2      s1: FOR KEY SHARE of #0      goes with both changes: locks #1, #2 and #0, returns #0
 *     #2 locked by s3 FOR UPDATE                                 has locked #1, waits for s3 in no line (`ahead`)
 *
 * FOR KEY SHARE does so before it locks a version that was updated, as it goes with a change that leaves the key alone. The others do
 * so when they have waited for a change, and keep their place in the line for the old version meanwhile; a second change on the
 * way ends that. An UPDATE and a DELETE never do.
 *
 * Sources: postgres-semantics, sections 2, 3, 4 and 6; src/backend/access/heap/README.tuplock, heapam.c heap_lock_tuple.
 */
import type { LockWait, RowLockMode } from "../execution/access.ts";
import type { SessionId } from "../server.ts";
import { SqlError } from "../sql-error.ts";
import type { Author, Heap, Removal, RowLock, Version } from "../versions/heap.ts";
import { own } from "../versions/heap.ts";
import { isAtHead, leaveLine, standInLine, staysInLine } from "./row-line.ts";
import { rowLockCovers, rowLocksConflict } from "./row-lock-mode.ts";

export interface RowLockRequest {
  readonly session: SessionId;
  readonly depth: number;
  readonly table: string;
  readonly mode: RowLockMode;
  readonly wait: LockWait;
  /** What becomes of a committed change: READ COMMITTED follows it, the higher levels fail with 40001, ON CONFLICT looks for its row again. */
  readonly atChange: "follow" | "fail" | "leave";
  /** A locking clause, which locks what has replaced the version as well; others are about to change the row. */
  readonly locksOnly: boolean;
  /** Coarse granularity has lines. */
  readonly hasLines: boolean;
  /** How the message of 40001 calls a row that was deleted: SELECT FOR … says `update` also then. */
  readonly deleteCalled: "update" | "delete";
  /** The command that is about to change the row; null where it only locks it, or is a statement inside of a function. */
  readonly change: string | null;
}

export type RowLockResult =
  | { readonly kind: "locked"; readonly version: number }
  | { readonly kind: "gone" }
  | { readonly kind: "skipped" }
  | { readonly kind: "wait"; readonly version: number; readonly way: RowWay };

/**
 * What the wait for a row version is for. `line`: those ahead in its line; `holder`: who has it; `ahead`: who has it, on the way along
 * what replaced another version; `chase`: who is replacing it.
 */
export type RowWay = "line" | "holder" | "ahead" | "chase";

/** Tries to lock the row whose version `start` the statement has in its hands. */
export function lockRow(heap: Heap, start: number, request: RowLockRequest): RowLockResult {
  for (let at = start, chasing = false; ; chasing = true) {
    const version = versionAt(heap, at);
    const by = version.removed?.by ?? null;
    if (by?.session === request.session) {
      mustNotBeNested(heap, version, request, chasing);
      return { kind: "gone" };
    }
    if (chasing && by !== null && !isAtHead(version, request.session)) return chase(version, at, request);
    if (rowHolders(version, request, false).length > 0) return queueUp(version, at, request);
    const change = committedChange(version, request.mode);
    const ahead = goesAlong(version, change, request) ? lockAhead(heap, version, request) : "ok";
    if (typeof ahead === "number") return { kind: "wait", version: ahead, way: "ahead" };
    if (change === null && ahead === "ok") {
      addLocker(own(heap, at), request);
      leaveLine(version, request.session);
      return { kind: "locked", version: at };
    }
    leaveLine(version, request.session);
    const { next, replaced } = change ?? version.removed ?? { next: null, replaced: true };
    if (request.atChange === "fail") throw notSerializable(replaced, request.deleteCalled);
    if (next === null || ahead === "deleted" || request.atChange === "leave") return { kind: "gone" };
    at = next;
  }
}

/** Whether what replaced the version is locked before it is left: FOR KEY SHARE goes with a change, others have waited for it. */
function goesAlong(version: Version, change: Removal | null, request: RowLockRequest): boolean {
  if (version.removed === null || !request.locksOnly) return false;
  return change === null || staysInLine(version, request.session);
}

/**
 * Locks the versions that replaced this one, up to the newest, and leaves these locks where it cannot go on: the number of a version
 * that is held against us, or how one came to its end that is in the way.
 */
function lockAhead(heap: Heap, version: Version, request: RowLockRequest): number | "ok" | "replaced" | "deleted" {
  for (let removed = version.removed; removed !== null && removed.next !== null; ) {
    // Versions that were forgotten: with these, too, only FOR KEY SHARE can go.
    if (removed.through !== undefined && rowLocksConflict(removed.through, request.mode)) return "replaced";
    const at = removed.next;
    const newer = versionAt(heap, at);
    if (rowHolders(newer, request, false).length > 0) return at;
    const change = committedChange(newer, request.mode);
    if (change !== null) return change.replaced ? "replaced" : "deleted";
    if (newer.removed?.by?.session !== request.session) addLocker(own(heap, at), request);
    removed = newer.removed;
  }
  return "ok";
}

/** The sessions whose changes or locks on this version are in the way of the mode, lowest number first. */
export function rowHolders(version: Version, wanted: Wanted, chasing: boolean): readonly SessionId[] {
  const holders = new Set(rowMarks(version, wanted, chasing).map((mark) => mark.session));
  return [...holders].sort((a, b) => a - b);
}

interface Wanted {
  readonly session: SessionId;
  readonly mode: RowLockMode;
}

/** The changes and locks on this version that are in the way of the mode; for who chases, that somebody is replacing it. */
export function rowMarks(version: Version, wanted: Wanted, chasing: boolean): readonly (Author | RowLock)[] {
  const by = version.removed?.by ?? null;
  const change = by === null || by.session === wanted.session ? null : version.removed;
  if (chasing) return change === null || by === null ? [] : [by];
  const inTheWay = version.lockers.filter(
    (lock) => lock.session !== wanted.session && rowLocksConflict(lock.mode, wanted.mode),
  );
  return change !== null && by !== null && rowLocksConflict(change.mode, wanted.mode) ? [by, ...inTheWay] : inTheWay;
}

/**
 * The session has changed the row itself. That the running statement did it is no news to it; that a function did which it has
 * called is an error. PostgreSQL looks at who has ended this version, and behind another's change at who has made the newest one.
 */
function mustNotBeNested(heap: Heap, version: Version, request: RowLockRequest, chasing: boolean): void {
  if (request.change === null) return;
  let author = version.removed?.by ?? null;
  if (chasing) {
    for (let next = version.removed?.next ?? null; next !== null; ) {
      const newer = versionAt(heap, next);
      author = newer.inserted;
      next = newer.removed?.next ?? null;
    }
  }
  if (author?.nested !== true) return;
  const words = request.change === "DELETE" ? "deleted" : "updated";
  throw new SqlError(
    "27000",
    `tuple to be ${words} was already modified by an operation triggered by the current command`,
  );
}

function versionAt(heap: Heap, at: number): Version {
  const version = heap[at];
  if (version === undefined) throw new RangeError(`there is no row version ${at}`);
  return version;
}

/** The committed change of this version that stands in the way of the mode. */
function committedChange({ removed }: Version, mode: RowLockMode): Removal | null {
  return removed !== null && removed.by === null && rowLocksConflict(removed.mode, mode) ? removed : null;
}

/** Writes the lock down, unless a lock or change that the session has there already says as much. */
function addLocker(version: Version, { session, depth, mode }: RowLockRequest): void {
  const covered = version.lockers.some(
    (lock) => lock.session === session && lock.depth <= depth && rowLockCovers(lock.mode, mode),
  );
  if (covered) return;
  version.lockers = version.lockers.filter(
    (lock) => lock.session !== session || lock.depth < depth || !rowLockCovers(mode, lock.mode),
  );
  version.lockers.push({ session, mode, depth });
  version.lockers.sort((a, b) => a.session - b.session || a.depth - b.depth);
}

/** Whether the session holds the newest version of a row in this mode already: nothing can have come in between. */
export function holdsLock(version: Version, session: SessionId, mode: RowLockMode): boolean {
  if (version.removed !== null) return false;
  return version.lockers.some((lock) => lock.session === session && rowLockCovers(lock.mode, mode));
}

/** Drops the locks of the session that its change of the version makes superfluous. */
export function absorbLockers(version: Version): void {
  const { removed } = version;
  const by = removed?.by;
  if (!removed || !by) return;
  version.lockers = version.lockers.filter(
    (lock) => lock.session !== by.session || lock.depth < by.depth || !rowLockCovers(removed.mode, lock.mode),
  );
}

/** Waits for who is in the way on this version, in its line. Who has locked it and asks for more would wait there for those who wait for it. */
function queueUp(version: Version, at: number, request: RowLockRequest): RowLockResult {
  const { session, mode, locksOnly } = request;
  const isMember = version.lockers.some((lock) => lock.session === session);
  const hasLine = request.hasLines && !isMember && request.wait === "wait";
  const stays = locksOnly && version.removed !== null;
  return waitFor(at, hasLine ? standInLine(version, { session, mode, stays }) : "holder", request);
}

/** Waits for who is replacing the version, in no line. At fine granularity all who can wait for it as holders do. */
function chase(version: Version, at: number, request: RowLockRequest): RowLockResult {
  const inTheWay = rowHolders(version, request, false).length > 0;
  return waitFor(at, request.hasLines || !inTheWay ? "chase" : "holder", request);
}

function waitFor(version: number, way: RowWay, { wait, table }: RowLockRequest): RowLockResult {
  if (wait === "skip locked") return { kind: "skipped" };
  if (wait === "nowait") throw new SqlError("55P03", `could not obtain lock on row in relation "${table}"`);
  return { kind: "wait", version, way };
}

function notSerializable(replaced: boolean, deleteCalled: "update" | "delete"): SqlError {
  const what = replaced ? "update" : deleteCalled;
  return new SqlError("40001", `could not serialize access due to concurrent ${what}`);
}
