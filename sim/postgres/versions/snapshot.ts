/**
 * Snapshots as an undo overlay: a snapshot is not a list of transactions, it is the marks that later commits leave.
 *
 * A session that takes a snapshot writes nothing down; it only says that it has one. When another transaction commits,
 * each version that it inserted is marked `hiddenFrom` that session and each that it removed `shownTo` it.
 *
 *     s1: snapshot ------------------------------- gives it up
 *     s0:            UPDATE #0 -> #2, COMMIT
 *     #0                        shownTo {s1}       pruned
 *     #2                        hiddenFrom {s1}    seen by all
 *
 * So two histories that a session cannot tell apart are the same value: a snapshot after which nothing was committed
 * costs nothing, and when it is given up nothing of it is left. READ COMMITTED has one for each statement, the higher
 * levels one for each transaction (session/life.ts takes and releases them).
 *
 * Invariant: only sessions that have a snapshot are in a mark.
 */
import type { SessionId } from "../server.ts";
import type { Author, Heap, RowLock, Version } from "./heap.ts";

/** Settles every change of the session, marks it for those who have a snapshot at this moment, and frees its row locks. */
export function settle(heaps: Iterable<Heap>, session: SessionId, commit: Commit): void {
  for (const heap of heaps) {
    for (const version of heap) settleVersion(version, session, commit);
  }
}

export interface Commit {
  /** The sessions that have a snapshot. */
  readonly holders: readonly SessionId[];
  /** The transaction's place among the dependencies of SERIALIZABLE, or null. */
  readonly writer: number | null;
}

function settleVersion(version: Version, session: SessionId, { holders, writer }: Commit): void {
  const { inserted, removed } = version;
  const wasInserted = inserted?.session === session;
  const wasRemoved = removed?.by?.session === session;
  if (version.lockers.length > 0) version.lockers = version.lockers.filter((lock) => lock.session !== session);
  if (wasInserted) {
    version.inserted = null;
    version.writer = writer;
    // Of one that is gone again nothing is left to be hidden, but SERIALIZABLE is told who wrote it.
    if (!wasRemoved || writer !== null) version.hiddenFrom = [...holders];
  }
  if (wasRemoved && removed) {
    removed.by = null;
    removed.writer = writer;
    version.shownTo = wasInserted ? [] : holders.filter((holder) => !version.hiddenFrom.includes(holder));
  }
}

/** Gives up the session's snapshot: it no longer tells versions apart. */
export function forgetSnapshot(heaps: Iterable<Heap>, session: SessionId): void {
  for (const heap of heaps) {
    for (const version of heap) {
      if (version.hiddenFrom.includes(session)) version.hiddenFrom = version.hiddenFrom.filter((s) => s !== session);
      if (version.shownTo.includes(session)) version.shownTo = version.shownTo.filter((s) => s !== session);
    }
  }
}

/** Takes back what the session did at this depth of savepoints and deeper; depth 0 is the whole transaction. */
export function takeBack(heaps: Iterable<Heap>, session: SessionId, depth: number): void {
  for (const heap of heaps) {
    for (const version of heap) {
      const { inserted, removed } = version;
      if (inserted?.session === session && inserted.depth >= depth) version.dead = true;
      if (removed?.by?.session === session && removed.by.depth >= depth) version.removed = null;
      if (version.lockers.length === 0) continue;
      version.lockers = version.lockers.filter((lock) => lock.session !== session || lock.depth < depth);
    }
  }
}

/** RELEASE SAVEPOINT: what was done at this depth and deeper belongs to the level around it from now on. */
export function lift(heaps: Iterable<Heap>, session: SessionId, depth: number): void {
  for (const heap of heaps) {
    for (const { inserted, removed, lockers } of heap) {
      for (const mark of [inserted, removed?.by ?? null, ...lockers]) {
        if (mark !== null && mark.session === session && mark.depth >= depth) liftMark(mark, depth - 1);
      }
    }
  }
}

/** At depth 0 it makes no difference any more that there was a savepoint. */
function liftMark(mark: Author | RowLock, depth: number): void {
  mark.depth = depth;
  if (depth > 0) mark.released = true;
  else delete mark.released;
}

/** The statement is over: the session's next one sees what it did. */
export function endStatement(heaps: Iterable<Heap>, session: SessionId): void {
  for (const heap of heaps) {
    for (const { inserted, removed } of heap) {
      for (const author of [inserted, removed?.by ?? null]) {
        if (author?.session !== session) continue;
        author.fresh = false;
        delete author.nested;
      }
    }
  }
}
