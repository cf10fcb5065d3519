/** Random advisory locks, table locks and savepoints. */
import { labelled, labelledWord, oneOf, type Sql, sql, word } from "./fragments.ts";
import { type Shape, tablesOf } from "./schema.ts";

export const TABLE_MODES = [
  "ACCESS SHARE",
  "ROW SHARE",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
] as const;

const ADVISORY = [
  "pg_advisory_lock",
  "pg_advisory_lock",
  "pg_advisory_lock_shared",
  "pg_advisory_xact_lock",
  "pg_advisory_xact_lock",
  "pg_advisory_xact_lock_shared",
  "pg_try_advisory_lock",
  "pg_try_advisory_lock_shared",
  "pg_try_advisory_xact_lock",
  "pg_try_advisory_xact_lock_shared",
  "pg_advisory_unlock",
  "pg_advisory_unlock",
  "pg_advisory_unlock_shared",
] as const;

/** Calls of the advisory lock functions. */
export const advisoryCalls: Sql = labelled(
  "advisory",
  oneOf(
    [15, sql`SELECT ${labelledWord("", ...ADVISORY)}(${word("1", "1", "2", "1, 1")})`],
    [1, labelledWord("", "SELECT pg_advisory_unlock_all()")],
  ),
);

/** LOCK TABLE; it needs a transaction block. */
export function tableLocks(shape: Shape): Sql {
  return labelled(
    "LOCK TABLE",
    sql`LOCK TABLE ${word(...tablesOf(shape))} IN ${labelledWord("", ...TABLE_MODES)} MODE${oneOf([5, word("")], [1, labelledWord("", " NOWAIT")])}`,
  );
}

/** The lock that even a plain SELECT waits for. */
export const wholeTable: Sql = labelled(
  "LOCK TABLE",
  sql`LOCK TABLE t IN ${labelledWord("", "ACCESS EXCLUSIVE")} MODE`,
);

/** Savepoints of two names. */
export const savepoints: Sql = labelled(
  "savepoints",
  oneOf(
    [8, sql`${labelledWord("", "SAVEPOINT")} ${word("a", "a", "a", "b")}`],
    [6, sql`${labelledWord("", "ROLLBACK TO")} ${word("a", "a", "a", "b")}`],
    [2, sql`${labelledWord("", "RELEASE")} ${word("a", "a", "a", "b")}`],
  ),
);
