/**
 * Waiting for what a released savepoint has changed or locked.
 *
 * PostgreSQL waits for the subtransaction that holds the row. RELEASE lets go of that one's number: who waits for it wakes, sees
 * that its work is not settled, and from then on waits for the whole transaction, even when ROLLBACK TO frees the row.
 *
 *     s1: SAVEPOINT a; SAVEPOINT b; UPDATE #0     s2: UPDATE #0, waits for what b did
 *     s1: RELEASE b                               s2: waits until the end of s1
 *     s1: ROLLBACK TO a                           #0 is free: s3 gets it, s2 goes on waiting
 *     s1: COMMIT                                  s2 goes on
 *
 * Not modelled: of several holders PostgreSQL waits for one after the other; here for all at the same time.
 * Source: src/backend/storage/lmgr/lmgr.c, XactLockTableWait.
 */
import type { SessionId } from "../server.ts";
import type { State, Wait } from "../session/state.ts";
import { ownSession, sessionOf } from "../session/state.ts";
import { marksOfWait } from "./marks-in-the-way.ts";

/** A session that waits for what a released savepoint did waits for the whole transaction. */
export function waitForReleased(state: State, session: SessionId): void {
  const wait = sessionOf(state, session).running?.wait ?? null;
  if (wait === null || (wait.kind !== "row" && wait.kind !== "key")) return;
  const released = marksOfWait(state, session, wait).filter((mark) => mark.released);
  if (released.length === 0) return;
  const whole = new Set([...(wait.untilEndOf ?? []), ...released.map((mark) => mark.session)]);
  putWait(state, session, { ...wait, untilEndOf: [...whole].sort((a, b) => a - b) });
}

/** The transaction of the session is over. */
export function endUntilEndOf(state: State, session: SessionId): void {
  for (const [id, { running }] of state.sessions.entries()) {
    const wait = running?.wait ?? null;
    if (wait === null || !("untilEndOf" in wait)) continue;
    const { untilEndOf = [], ...rest } = wait;
    const left = untilEndOf.filter((other) => other !== session);
    putWait(state, id, left.length === 0 ? rest : { ...rest, untilEndOf: left });
  }
}

function putWait(state: State, id: SessionId, wait: Wait): void {
  const { running } = ownSession(state, id);
  if (running !== null) running.wait = wait;
}
