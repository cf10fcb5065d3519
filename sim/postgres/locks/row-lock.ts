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
 * The line. The first who waits for a version stands at the head of its line and waits for the transaction; those who
 * come later stand behind him (those who would not conflict, beside him). When he has gone on the next one does: also after
 * a committed change, which each of them goes after in his turn. Who meets there a transaction that is replacing the new
 * version waits for it (`chase`) in no line: when it ends all such wake, and any of them may win. The line orders only those
 * who wait: a newcomer looks at the row and not at the line. A locking clause (SELECT FOR …) that waits for a change keeps its
 * place until it has the newest version: it waits for that without a line, and those behind it wait for it.
 *
 * At fine granularity there are no lines. Every statement stops before each of its row locks, so the one who is second
 * in line could as well have come first; whoever finds the row free takes it, and states that differ only in the order of
 * arrival are one. That any of them may stand at the head, for whom the others then wait, counts when a
 * deadlock is looked for (deadlock.ts).
 *
 * FOR KEY SHARE goes with a change that leaves the key alone: it locks the version in hand and its successors, and returns
 * the old row.
 *
 * Sources: postgres-semantics, sections 2, 3, 4 and 6; src/backend/access/heap/README.tuplock, heapam.c heap_lock_tuple.
 */
import type { LockWait, RowLockMode } from "../execution/access.ts";
import type { SessionId } from "../server.ts";
import { SqlError } from "../sql-error.ts";
import type { Author, Heap, Line, RowLock, Version } from "../versions/heap.ts";
import { own } from "../versions/heap.ts";
import { rowLockCovers, rowLocksConflict } from "./row-lock-mode.ts";

export interface RowLockRequest {
  readonly session: SessionId;
  readonly depth: number;
  readonly table: string;
  readonly mode: RowLockMode;
  readonly wait: LockWait;
  /** READ COMMITTED follows a committed change; the higher levels fail with 40001. */
  readonly followsUpdates: boolean;
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
  | { readonly kind: "wait"; readonly version: number; readonly way: "line" | "holder" | "chase" };

/** Tries to lock the row whose version `start` the statement has in its hands. */
export function lockRow(heap: Heap, start: number, request: RowLockRequest): RowLockResult {
  for (let at = start, chasing = false; ; chasing = true) {
    const version = versionAt(heap, at);
    if (version.removed?.by?.session === request.session) {
      mustNotBeNested(heap, version, request, chasing);
      return { kind: "gone" };
    }
    if (rowHolders(version, request, chasing).length > 0) return queueUp(version, at, request, chasing);
    const change = committedChange(heap, version, request.mode);
    if (change === null) {
      const ahead = lockChain(heap, at, request);
      leaveLine(version, request.session);
      return ahead === null ? { kind: "locked", version: at } : { kind: "wait", version: ahead, way: "chase" };
    }
    const ahead = staysInLine(version, request.session) ? heldAhead(heap, version, request) : null;
    if (ahead !== null) return { kind: "wait", version: ahead, way: "chase" };
    leaveLine(version, request.session);
    if (!request.followsUpdates) throw notSerializable(change, request.deleteCalled);
    if (change.next === null) return { kind: "gone" };
    at = change.next;
  }
}

/** The sessions whose changes or locks on this version are in the way of the mode, lowest number first. */
export function rowHolders(
  version: Version,
  wanted: { readonly session: SessionId; readonly mode: RowLockMode },
  chasing: boolean,
): readonly SessionId[] {
  const holders = new Set(rowMarks(version, wanted, chasing).map((mark) => mark.session));
  return [...holders].sort((a, b) => a - b);
}

/** The changes and locks on this version that are in the way of the mode. */
export function rowMarks(
  version: Version,
  wanted: { readonly session: SessionId; readonly mode: RowLockMode },
  chasing: boolean,
): readonly (Author | RowLock)[] {
  const { removed, lockers } = version;
  const inTheWay = lockers.filter(
    (lock) => lock.session !== wanted.session && rowLocksConflict(lock.mode, wanted.mode),
  );
  if (removed === null || removed.by === null || removed.by.session === wanted.session) return inTheWay;
  return chasing || rowLocksConflict(removed.mode, wanted.mode) ? [removed.by, ...inTheWay] : inTheWay;
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

/** The committed change that stands in the way of the mode: on this version, or for KEY SHARE on one that replaced it. */
function committedChange(heap: Heap, version: Version, mode: RowLockMode): Version["removed"] {
  for (let at: Version | null = version; at !== null; ) {
    const removed: Version["removed"] = at.removed;
    if (removed === null) return null;
    if (removed.by === null && rowLocksConflict(removed.mode, mode)) return version.removed;
    at = removed.next === null ? null : versionAt(heap, removed.next);
  }
  return null;
}

/** Locks the version and those that replaced it. Where one of these is held against us: its number, and nothing is locked. */
function lockChain(heap: Heap, start: number, request: RowLockRequest): number | null {
  const chain = [start];
  for (let next = versionAt(heap, start).removed?.next ?? null; next !== null; ) {
    const newer = versionAt(heap, next);
    if (rowHolders(newer, request, false).length > 0) return next;
    chain.push(next);
    next = newer.removed?.next ?? null;
  }
  for (const at of chain) addLocker(own(heap, at), request);
  return null;
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

function queueUp(version: Version, at: number, request: RowLockRequest, chasing: boolean): RowLockResult {
  if (request.wait === "skip locked") return { kind: "skipped" };
  if (request.wait === "nowait") {
    throw new SqlError("55P03", `could not obtain lock on row in relation "${request.table}"`);
  }
  if (!request.hasLines) return { kind: "wait", version: at, way: "holder" };
  if (chasing && version.removed !== null) return { kind: "wait", version: at, way: "chase" };
  // Who holds a lock on the row itself asks for more and stands in no line: it would wait there for those who wait for it.
  if (version.lockers.some((lock) => lock.session === request.session)) {
    return { kind: "wait", version: at, way: "holder" };
  }
  return { kind: "wait", version: at, way: standInLine(version, request) };
}

/** The first of the versions that replaced this one which is held against us, or null. */
function heldAhead(heap: Heap, version: Version, request: RowLockRequest): number | null {
  for (let next = version.removed?.next ?? null; next !== null; ) {
    const newer = versionAt(heap, next);
    if (rowHolders(newer, request, false).length > 0) return next;
    next = newer.removed?.next ?? null;
  }
  return null;
}

function staysInLine({ line }: Version, session: SessionId): boolean {
  return line?.holders.some((holder) => holder.session === session && holder.stays) === true;
}

function standInLine(version: Version, { session, mode, deleteCalled }: RowLockRequest): "line" | "holder" {
  version.line ??= { holders: [], queue: [] };
  const { line } = version;
  if (line.holders.some((holder) => holder.session === session)) return "holder";
  if (line.queue.some((waiter) => waiter.session === session)) return "line";
  const behind = [...line.holders, ...line.queue].some((other) => rowLocksConflict(other.mode, mode));
  // Who only locks goes after a change that it has waited for with the line still behind it; who changes lets it go first.
  const stays = deleteCalled === "update" && version.removed !== null;
  (behind ? line.queue : line.holders).push({ session, mode, stays });
  return behind ? "line" : "holder";
}

/** The session no longer waits for this version. Those behind it move up by `moveUp`. */
export function leaveLine(version: Version, session: SessionId): void {
  const { line } = version;
  if (line === null) return;
  line.holders = line.holders.filter((holder) => holder.session !== session);
  line.queue = line.queue.filter((waiter) => waiter.session !== session);
  if (line.holders.length + line.queue.length === 0) version.line = null;
}

/** Lets those to the head of the line who can stand there now; returns them in their order. */
export function moveUp(line: Line): readonly SessionId[] {
  const moved: SessionId[] = [];
  const staying: Line["queue"] = [];
  for (const waiter of line.queue) {
    if ([...line.holders, ...staying].some((other) => rowLocksConflict(other.mode, waiter.mode))) staying.push(waiter);
    else {
      line.holders.push(waiter);
      moved.push(waiter.session);
    }
  }
  line.queue = staying;
  return moved;
}

/** Those at the head have begun: the others come there too, up to the first who stays in line. Returns them in their order. */
export function breakUp(line: Line): readonly SessionId[] {
  const moved: SessionId[] = [];
  while (!line.holders.some((holder) => holder.stays)) {
    const next = line.queue.shift();
    if (next === undefined) break;
    line.holders.push(next);
    moved.push(next.session);
  }
  return moved;
}

/** Those who are in the way of a session that stands in line: at its head, and ahead in the queue. */
export function lineAhead(line: Line, session: SessionId): { readonly head: SessionId[]; readonly ahead: SessionId[] } {
  const at = line.queue.findIndex((waiter) => waiter.session === session);
  const mine = line.queue[at];
  if (mine === undefined) return { head: [], ahead: [] };
  const inTheWay = (other: { mode: RowLockMode }): boolean => rowLocksConflict(other.mode, mine.mode);
  return {
    head: line.holders.filter(inTheWay).map((holder) => holder.session),
    ahead: line.queue
      .slice(0, at)
      .filter(inTheWay)
      .map((waiter) => waiter.session),
  };
}

function notSerializable(change: { readonly replaced: boolean }, deleteCalled: "update" | "delete"): SqlError {
  const what = change.replaced ? "update" : deleteCalled;
  return new SqlError("40001", `could not serialize access due to concurrent ${what}`);
}
