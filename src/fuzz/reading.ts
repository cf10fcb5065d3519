/**
 * Random conditions and SELECTs.
 *
 * PostgreSQL promises no order without ORDER BY, and what a statement locks first depends on its plan. The conditions here
 * are those for which every plan that the planner may take on small tables meets the rows in the heap's order.
 */
import type { Features } from "./features.ts";
import { labelled, labelledWord, oneOf, type Sql, sql, value, word } from "./fragments.ts";
import { columnsOf, type Shape } from "./schema.ts";

export const LOCK_MODES = ["FOR UPDATE", "FOR NO KEY UPDATE", "FOR SHARE", "FOR KEY SHARE"] as const;

/** The ids that statements look for: mostly those of rows that are there. */
export const someId = oneOf([6, value(1, 2)], [2, value(3, 3)], [1, value(4, 5)]);

/** A WHERE clause on `t`, or nothing. */
export function whereOf(shape: Shape, features: Features): Sql {
  const many = features.has("multi-row") ? 1 : 0;
  const index = features.has("index-order") ? 1 : 0;
  const sub = features.has("sub-select") ? 1 : 0;
  const child = shape.child === "none" ? 0 : sub;
  return oneOf(
    [10, sql` WHERE id = ${someId}`],
    [3, sql` WHERE id = ${someId} AND v ${word("=", "<", ">=", "<>")} ${value(0, 2)}`],
    [shape.unique ? 3 : 0, sql` WHERE k = ${value(1, 4)}`],
    [index * 2, labelled("index-order", sql` WHERE id IN (${value(1, 2)}, ${value(2, 3)})`)],
    [index, labelled("index-order", sql` WHERE id ${word(">", "<=")} ${value(1, 3)}`)],
    [many * 3, labelled("multi-row", sql` WHERE v ${word("=", "<", ">", "<=", "<>")} ${value(0, 2)}`)],
    [many, labelled("multi-row", sql` WHERE v IS ${word("NULL", "NOT NULL")}`)],
    [many, labelled("multi-row", sql` WHERE id <> ${value(1, 3)}`)],
    [many * 2, labelled("multi-row", sql``)],
    [shape.partial ? 2 : 0, sql` WHERE g = ${word("'x'", "'y'")} AND v = ${value(0, 2)}`],
    [
      sub,
      labelled(
        "sub-select",
        sql` WHERE id = ${someId} AND v <= (SELECT ${word("max(v)", "min(v)", "count(*)")} FROM t)`,
      ),
    ],
    [sub, labelled("sub-select", sql` WHERE id = ${someId} AND EXISTS (SELECT 1 FROM t AS o WHERE o.v > t.v)`)],
    [
      child,
      labelled(
        "sub-select",
        sql` WHERE id = ${someId} AND ${word("", "NOT ")}EXISTS (SELECT 1 FROM c WHERE c.pid = t.id)`,
      ),
    ],
  );
}

/** What stands between SELECT and FROM. */
function targets(shape: Shape): Sql {
  return oneOf(
    [4, word("*")],
    [2, word("id, v")],
    [1, word("id")],
    [1, word("v + 1 AS more, id")],
    [shape.unique ? 1 : 0, word("k, id")],
  );
}

/** One of the four row locks. */
export const rowLockMode: Sql = labelledWord("", ...LOCK_MODES);

/** A locking clause, or nothing where the features have none. */
export function lockingClause(features: Features): Sql {
  if (!features.has("locking")) return word("");
  const wait = features.has("nowait")
    ? oneOf([5, word("")], [1, labelledWord("", " NOWAIT")], [1, labelledWord("", " SKIP LOCKED")])
    : word("");
  return sql` ${rowLockMode}${wait}`;
}

/** A SELECT on `t`. */
export function selects(shape: Shape, features: Features): Sql {
  const where = whereOf(shape, features);
  const locking = features.has("locking") ? 1 : 0;
  const limited = features.has("order-limit") ? 1 : 0;
  const joined = features.has("joins") && shape.child !== "none" ? 1 : 0;
  const withCte = features.has("cte") ? 1 : 0;
  const columns = targets(shape);
  const lock = lockingClause(features);
  const order = labelled(
    "order-limit",
    sql` ORDER BY id${word("", " DESC")}${word("", " LIMIT 1", " LIMIT 1", " LIMIT 2", " LIMIT 1 OFFSET 1")}`,
  );
  return labelled(
    "SELECT",
    oneOf(
      [4, sql`SELECT ${columns} FROM t${where}`],
      [
        2,
        labelled(
          "aggregate",
          sql`SELECT ${word("count(*)", "sum(v)", "max(v), min(id)", "bool_and(v > 0)")} FROM t${where}`,
        ),
      ],
      [10 * locking, sql`SELECT ${columns} FROM t${where}${lock}`],
      [limited, sql`SELECT ${columns} FROM t${where}${order}`],
      [3 * limited * locking, sql`SELECT ${columns} FROM t${where}${order}${lock}`],
      [
        joined,
        labelled("join", sql`SELECT t.id, t.v, c.id AS cid, c.w FROM t JOIN c ON c.pid = t.id WHERE t.id = ${someId}`),
      ],
      [
        2 * joined * locking,
        labelled("join", sql`SELECT t.v, c.id, c.w FROM t JOIN c ON c.pid = t.id WHERE t.id = ${someId}${lock}`),
      ],
      [
        joined * locking,
        labelled(
          "join",
          sql`SELECT t.v, c.w FROM t JOIN c ON c.pid = t.id WHERE c.id = ${value(1, 2)} ${rowLockMode} OF ${word("t", "c")}`,
        ),
      ],
      [
        joined,
        labelled("join", sql`SELECT t.id, c.id AS cid FROM t LEFT JOIN c ON c.pid = t.id WHERE t.id = ${someId}`),
      ],
      [
        withCte * locking,
        labelled("cte", sql`WITH l AS (SELECT * FROM t${where}${lock}) SELECT count(*), sum(v) FROM l`),
      ],
      [limited * locking, labelled("sub-select", sql`SELECT count(*) FROM (SELECT id FROM t${order}${lock}) AS l`)],
    ),
  );
}

/** RETURNING, or nothing. */
export function returningOf(shape: Shape, features: Features): Sql {
  if (!features.has("returning")) return word("");
  const all = columnsOf(shape).join(", ");
  return oneOf(
    [2, word("")],
    [1, labelled("RETURNING", word(" RETURNING *", ` RETURNING ${all}`, " RETURNING id, v + 1 AS more"))],
  );
}

/** Locks and changes of the row with id 1, which all sessions want. */
export function oneRow(features: Features): Sql {
  const keys = features.has("keys") ? 1 : 0;
  return labelled(
    "one row",
    oneOf(
      [8, sql`SELECT id, v FROM t WHERE id = 1${lockingClause(features)}`],
      [2, word("UPDATE t SET v = v + 1 WHERE id = 1")],
      [keys, labelled("key update", word("UPDATE t SET id = 9 WHERE id = 1"))],
      [1, word("DELETE FROM t WHERE id = 1")],
    ),
  );
}

/**
 * Who wants the row with id 1 alone, and who wants to share it: a sharer behind a waiting FOR UPDATE waits for the place in
 * the line, not for a transaction. Nothing here makes a new version, after which there is no line.
 */
export const sharedRow: Sql = labelled(
  "one row",
  oneOf(
    [12, sql`SELECT id FROM t WHERE id = 1 ${labelledWord("", "FOR UPDATE")}`],
    [1, labelled("DELETE", word("DELETE FROM t WHERE id = 1"))],
    [8, sql`SELECT id FROM t WHERE id = 1 ${labelledWord("", "FOR SHARE", "FOR KEY SHARE")}`],
  ),
);
