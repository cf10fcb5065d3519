/**
 * Statements that are a matter of their own session only: partial-order reduction rests on them (sim/explore/partial-order.ts).
 *
 *     BEGIN, SET, SHOW                       in a session that holds nothing that others can come upon
 *     COMMIT, ROLLBACK                       of a transaction that has changed no row, locks none, and has no snapshot
 *
 * Such a statement reads and writes the private part of its session, and nothing of what is shared is marked with its session: no row
 * version, no lock, no queue, no snapshot, no dependency of SERIALIZABLE. So it does the same whatever others have done before it,
 * and others do the same whether it has been sent or not. It never waits, and is over in one step.
 *
 * But for locks on tables: whoever reads and writes rows has some, of modes that do not conflict with each other. They are in nobody's way
 * as long as nobody locks a table against them (`locksTables`).
 *
 * What a step does for everybody at its end (waking, sweeping, forgetting) looks at what is shared and at statements that are running;
 * neither is changed here, and it has been done once already.
 *
 * Not among them: SAVEPOINT and what belongs to it, because RELEASE looks at those who wait; statements with several parts.
 */
import type { Query } from "../../../model/protocol.ts";
import type { ParsedStatement, StatementKind } from "../grammar.ts";
import type { Holding } from "../locks/lock-object.ts";
import type { TableLockMode } from "../locks/table-lock-mode.ts";
import type { SessionId } from "../server.ts";
import { SqlError } from "../sql-error.ts";
import type { Version } from "../versions/heap.ts";
import { cachedStatements } from "./prepared-cache.ts";
import type { State } from "./state.ts";
import { allHeaps, sessionOf } from "./state.ts";

/** Whether the statement, sent now, neither sees what others do nor changes what others see, who may lock tables or do not. */
export function actsAlone(state: State, session: SessionId, query: Query, othersLockTables: boolean): boolean {
  return isPrivate(query) && holdsNothing(state, session, othersLockTables);
}

/** The modes of those who read and write rows: no two of them conflict. */
const OF_ROWS: readonly TableLockMode[] = ["access share", "row share", "row exclusive"];

const IN_MODES_OF_ROWS: readonly StatementKind[] = [
  "query",
  "execute",
  "transaction",
  "set",
  "show",
  "prepare",
  "deallocate",
];

/** Whether the text may lock a table in a mode that is in the way of those who read and write rows. */
export function locksTables(sql: string): boolean {
  return statementsOf({ text: sql, values: [] }).some(({ kind }) => !IN_MODES_OF_ROWS.includes(kind));
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
function holdsNothing(state: State, session: SessionId, othersLockTables: boolean): boolean {
  const { transaction, snapshot, running } = sessionOf(state, session);
  if (snapshot || running !== null) return false;
  if (transaction === null) return true;
  if (transaction.catalog !== null || transaction.undo.length > 0 || transaction.deferred.length > 0) return false;
  const isHeld = ({ session: holder, depth, mode }: Holding): boolean =>
    holder === session && depth >= 0 && (othersLockTables || !OF_ROWS.includes(mode));
  return (
    !Object.values(state.locks).some(({ holders }) => holders.some(isHeld)) &&
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
