/**
 * Forgets of old row versions what nobody will ask for.
 *
 * A READ COMMITTED statement that has stopped before a row lock, or waits for one, still has its snapshot. Of a row that was
 * updated since, it needs no more than that it had chosen the row: after the lock it reads the newest version.
 *
 *     s1: SELECT … WHERE id = 1 FOR UPDATE, waits        #0 (1,'alice') shown {s1}   ->   #0 (1,null) shown {s1}
 *
 * So the columns that its choice does not depend on are blanked (execution/reads-before-lock.ts), and of tables that the
 * statement does not read at all it needs nothing. And where the newest version would be chosen just as the old one was,
 * the statement may as well have started after the change: it forgets that it did not. Histories that differ only in that
 * become one state.
 *
 *     s1: SELECT … WHERE id = 1 FOR UPDATE, stopped      #0 (1,'alice') shown {s1} -> #1 (1,null) hidden {s1}
 *                                                   ->   #0 (1,null)
 *
 * Sessions above READ COMMITTED keep their snapshot for later statements, and statements of any other form need all of it.
 */
import type { ReadsBeforeLock } from "../execution/reads-before-lock.ts";
import type { SessionId } from "../server.ts";
import type { Heap, Version } from "../versions/heap.ts";
import { sees } from "../versions/heap.ts";
import { forgetSnapshot } from "../versions/snapshot.ts";
import { cachedPrepare, cachedStatements } from "./prepared-cache.ts";
import type { Answer, Session, State } from "./state.ts";
import { catalogOf, keepsSnapshot, ownSession, sessionOf } from "./state.ts";

/** Blanks and forgets in every table what the statements under way cannot ask for any more; whether there are such statements. */
export function forgetUnread(state: State): boolean {
  const isMarked = ({ hiddenFrom, shownTo }: Version): boolean => hiddenFrom.length + shownTo.length > 0;
  if (!Object.values(state.heaps).some((heap) => heap.some(isMarked))) return false;
  const needs = new Map<SessionId, ReadsBeforeLock>();
  for (const id of state.sessions.keys()) {
    const need = needOf(state, id);
    if (need !== null) needs.set(id, need);
  }
  if (needs.size === 0) return false;
  for (const [table, heap] of Object.entries(state.heaps)) {
    for (const [id, need] of needs) if (need.table !== table) forgetSnapshot([heap], id);
    blank(heap, needs);
    for (const [id, need] of needs) {
      const newest = need.table === table ? mayCatchUp(state, id) : null;
      if (newest !== null) {
        const follow = followPicked(state, id, table);
        catchUp(heap, { id, columns: need.columns, newest, follow });
      }
    }
  }
  return true;
}

/**
 * Whether the session may see newer versions than it does, with no row version in its hands: it has stopped before a lock (`any`), or
 * it waits for the version of this number, as it would had it come later.
 */
function mayCatchUp(state: State, id: SessionId): "any" | number | null {
  const { running } = sessionOf(state, id);
  if (running === null || running.pending !== null) return null;
  const { wait } = running;
  if (wait === null) return running.stopped ? "any" : null;
  return wait.kind === "row" && (wait.way === "line" || wait.way === "holder") ? wait.version : null;
}

/** The planner has picked the row, whichever version of it the statement is shown. */
function followPicked(state: State, id: SessionId, table: string): CatchUp["follow"] {
  return (from, to) => {
    const isIt = (answer: Answer): boolean =>
      answer.kind === "version" && answer.what === "picked" && answer.table === table && answer.version === from;
    if (sessionOf(state, id).running?.answers.some(isIt) !== true) return;
    for (const answer of ownSession(state, id).running?.answers ?? [])
      if (answer.kind === "version" && isIt(answer)) answer.version = to;
  };
}

interface CatchUp {
  /** Called where the session is shown a newer version in the place of another. */
  readonly follow: (from: number, to: number) => void;
  readonly id: SessionId;
  readonly columns: readonly number[];
  readonly newest: "any" | number;
}

/** Shows the session the newest committed version of a row, where it chose an old one and would choose this one alike. */
function catchUp(heap: Heap, { id, columns, newest: wanted, follow }: CatchUp): void {
  for (const [at, old] of heap.entries()) {
    const next = old.removed?.next ?? null;
    if (!isOld(old) || !old.shownTo.includes(id) || next === null || (wanted !== "any" && wanted !== next)) continue;
    const newest = heap[next];
    if (newest === undefined || newest.inserted !== null || newest.writer !== null || newest.removed?.by === null)
      continue;
    const isAlike = columns.every(
      (column) => JSON.stringify(old.values[column]) === JSON.stringify(newest.values[column]),
    );
    const between = heap.slice(at + 1, next).some((version) => sees(id, version));
    if (!isAlike || between || !newest.hiddenFrom.includes(id)) continue;
    follow(at, next);
    old.shownTo = old.shownTo.filter((session) => session !== id);
    newest.hiddenFrom = newest.hiddenFrom.filter((session) => session !== id);
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
  for (const [place, version] of heap.entries()) {
    if (!isSettled(version) || version.shownTo.length === 0) continue;
    const read = new Set<number>();
    let isKnown = true;
    for (const id of [...version.shownTo, ...inLine(version)]) {
      const need = needs.get(id);
      if (need === undefined) isKnown = false;
      for (const at of need?.columns ?? []) read.add(at);
    }
    if (!isKnown) continue;
    version.values = version.values.map((value, at) => (read.has(at) ? value : null));
    // Only FOR KEY SHARE, which needs all of the row, tells the two kinds of change apart, and it may come here from an older version.
    const isLedTo = heap.some(({ removed }) => removed?.next === place);
    if (version.removed !== null && !isLedTo) version.removed.mode = "update";
  }
}

function inLine({ line }: Version): readonly SessionId[] {
  return line === null ? [] : [...line.holders, ...line.queue].map(({ session }) => session);
}

/** As `isSettled`, and nobody stands in line for it. */
function isOld(version: Version): boolean {
  return version.line === null && isSettled(version);
}

/** Replaced by a version that whoever locks the row goes on to, and committed. */
function isSettled({ inserted, removed, lockers, writer }: Version): boolean {
  if (inserted !== null || writer !== null || lockers.length > 0) return false;
  return removed !== null && removed.by === null && removed.writer === null;
}
