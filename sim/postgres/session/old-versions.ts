/**
 * Forgets of old row versions what nobody will ask for.
 *
 * A READ COMMITTED statement that has stopped before a row lock, or waits for one, still has its snapshot. Of a row that was
 * updated since, it needs no more than that it had chosen the row: after the lock it reads the newest version.
 *
 *     s1: SELECT … WHERE id = 1 FOR UPDATE, waits        #0 (1,'alice') shown {s1}   ->   #0 (1,null) shown {s1}
 *
 * So the columns that its choice does not depend on are blanked (execution/reads-before-lock.ts), and of tables that the
 * statement does not read at all it needs nothing. Histories that differ only in that become one state.
 *
 * Sessions above READ COMMITTED keep their snapshot for later statements, and statements of any other form need all of it.
 */
import type { ReadsBeforeLock } from "../execution/reads-before-lock.ts";
import type { SessionId } from "../server.ts";
import { forgetSnapshot } from "../versions/snapshot.ts";
import type { Heap, Version } from "../versions/heap.ts";
import { cachedPrepare, cachedStatements } from "./prepared-cache.ts";
import type { Session, State } from "./state.ts";
import { catalogOf, keepsSnapshot, sessionOf } from "./state.ts";

/** Blanks and forgets in every table what the statements under way cannot ask for any more. */
export function forgetUnread(state: State): void {
  const needs = new Map<SessionId, ReadsBeforeLock>();
  for (const id of state.sessions.keys()) {
    const need = needOf(state, id);
    if (need !== null) needs.set(id, need);
  }
  if (needs.size === 0) return;
  for (const [table, heap] of Object.entries(state.heaps)) {
    for (const [id, need] of needs) if (need.table !== table) forgetSnapshot([heap], id);
    blank(heap, needs);
  }
}

/** What the session's snapshot is still needed for, where that is known to be little. */
function needOf(state: State, id: SessionId): ReadsBeforeLock | null {
  const session: Session = sessionOf(state, id);
  const { running, transaction, snapshot } = session;
  if (!snapshot || running === null || running.ending !== null || transaction === null) return null;
  if (keepsSnapshot(transaction.isolation)) return null;
  const statement = cachedStatements(running.query)[running.part];
  if (statement === undefined || statement.kind !== "query") return null;
  return cachedPrepare(statement, catalogOf(state, id)).readsBeforeLock;
}

function blank(heap: Heap, needs: ReadonlyMap<SessionId, ReadsBeforeLock>): void {
  for (const version of heap) {
    if (!isOld(version)) continue;
    const read = new Set<number>();
    let isKnown = version.shownTo.length > 0;
    for (const id of version.shownTo) {
      const need = needs.get(id);
      if (need === undefined) isKnown = false;
      for (const at of need?.columns ?? []) read.add(at);
    }
    if (isKnown) version.values = version.values.map((value, at) => (read.has(at) ? value : null));
  }
}

/** Replaced by a version that whoever locks the row goes on to, and settled. */
function isOld({ inserted, removed, lockers, line, writer }: Version): boolean {
  if (inserted !== null || writer !== null || lockers.length > 0 || line !== null) return false;
  return removed !== null && removed.by === null && removed.writer === null;
}
