/**
 * Statements that are a matter of their own session only: partial-order reduction rests on them (sim/explore/partial-order.ts).
 *
 *     BEGIN, SET, SHOW                       in a session that holds nothing that others can come upon
 *     COMMIT, ROLLBACK                       of a transaction that has not looked yet, has changed nothing, and locks nothing
 *
 * Such a statement reads and writes the private part of its session, and nothing of what is shared is marked with its session: no row
 * version, no lock, no queue, no snapshot, no dependency of SERIALIZABLE. So it does the same whatever others have done before it,
 * and others do the same whether it has been sent or not. It never waits, and is over in one step.
 *
 * What a step does for everybody at its end (waking, sweeping, forgetting) looks at what is shared and at statements that are running;
 * neither is changed here, and it has been done once already.
 *
 * Not among them: SAVEPOINT and what belongs to it, because RELEASE looks at those who wait; statements with several parts.
 */
import type { Query } from "../../../model/protocol.ts";
import type { ParsedStatement } from "../grammar.ts";
import type { SessionId } from "../server.ts";
import { SqlError } from "../sql-error.ts";
import type { Version } from "../versions/heap.ts";
import { cachedStatements } from "./prepared-cache.ts";
import type { State } from "./state.ts";
import { allHeaps, sessionOf } from "./state.ts";

/** Whether the statement, sent now, neither sees what others do nor changes what others see. */
export function actsAlone(state: State, session: SessionId, query: Query): boolean {
  return isPrivate(query) && holdsNothing(state, session);
}

const OF_TRANSACTIONS = ["TRANS_STMT_BEGIN", "TRANS_STMT_START", "TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK"];

function isPrivate(query: Query): boolean {
  const [statement, ...more] = statementsOf(query);
  if (statement === undefined || more.length > 0) return false;
  if (statement.kind !== "transaction") return statement.kind === "set" || statement.kind === "show";
  const { kind } = (statement.node as { readonly TransactionStmt: { readonly kind: string } }).TransactionStmt;
  return OF_TRANSACTIONS.includes(kind);
}

function statementsOf(query: Query): readonly ParsedStatement[] {
  try {
    return cachedStatements(query);
  } catch (error) {
    if (error instanceof SqlError) return [];
    throw error;
  }
}

/** Locks of the session itself (advisory ones) outlive its transactions: these statements leave them alone. */
function holdsNothing(state: State, session: SessionId): boolean {
  const { transaction, snapshot, running } = sessionOf(state, session);
  if (snapshot || running !== null) return false;
  if (transaction === null) return true;
  if (transaction.catalog !== null || transaction.undo.length > 0 || transaction.deferred.length > 0) return false;
  const locks = Object.values(state.locks);
  return (
    !locks.some(({ holders }) => holders.some((held) => held.session === session && held.depth >= 0)) &&
    !allHeaps(state).some((heap) => heap.some((version) => isMarked(version, session))) &&
    state.serial.active[session] === undefined &&
    !state.sessions.some(({ running: other }) => other?.wait != null && waitsForEnd(other.wait, session))
  );
}

function isMarked({ inserted, removed, lockers, hiddenFrom, shownTo }: Version, session: SessionId): boolean {
  if (inserted?.session === session || removed?.by?.session === session) return true;
  return lockers.some((lock) => lock.session === session) || hiddenFrom.includes(session) || shownTo.includes(session);
}

function waitsForEnd(wait: { readonly untilEndOf?: readonly SessionId[] } | object, session: SessionId): boolean {
  return "untilEndOf" in wait && (wait.untilEndOf?.includes(session) ?? false);
}
