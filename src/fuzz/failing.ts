/**
 * Random statements that fail, or would if they met a row: each kind of error releases locks and ends transactions in its own place.
 *
 * They are for tables with the CHECK (v < 12) and NOT NULL on v. Whether a bad constant fails without a row depends on the planner.
 */
import type { Features } from "./features.ts";
import { labelled, oneOf, type Sql, sql, value, word } from "./fragments.ts";
import { rowLockMode, someId } from "./reading.ts";

/** Any statement that is to fail. */
export function failing(features: Features): Sql {
  const one = sql` WHERE id = ${someId}`;
  const where = features.has("multi-row") ? oneOf([3, one], [1, word("")]) : one;
  const newId = value(2, 5);
  return labelled(
    "failing",
    oneOf(
      [3, sql`UPDATE t SET v = v + ${value(12, 13)}${where}`],
      [1, sql`INSERT INTO t (id, v) VALUES (${newId}, ${value(11, 13)})`],
      [1, sql`INSERT INTO t (id, v) VALUES (${newId}, NULL)`],
      [1, sql`UPDATE t SET v = NULL${where}`],
      [features.has("locking") ? 3 : 0, unlockable()],
      [1, sql`SELECT id, ${value(1, 3)} / v AS part FROM t${where}`],
      [1, sql`UPDATE t SET v = ${value(1, 3)} / (v - v)${where}`],
      [2, sql`UPDATE t SET v = (v + 2) * 2147483647${where}`],
      [1, word("SELECT * FROM nowhere", "UPDATE nowhere SET v = 1", "DELETE FROM nowhere")],
      [1, word("SELECT missing FROM t", "UPDATE t SET missing = 1", "DELETE FROM t WHERE missing = 1")],
      [features.has("sub-select") ? 1 : 0, sql`UPDATE t SET v = (SELECT o.v FROM t AS o)${where}`],
      [features.has("on-conflict") ? 2 : 0, twice(newId)],
    ),
  );
}

/** A row lock where a row of the result is no row of the table. */
function unlockable(): Sql {
  const query = word(
    "SELECT DISTINCT v FROM t",
    "SELECT v FROM t GROUP BY v",
    "SELECT count(*) FROM t",
    "SELECT max(v) FROM t HAVING max(v) > 0",
  );
  return sql`${query} ${rowLockMode}`;
}

/** One command that would change a row twice, if both are for the same one. */
function twice(newId: Sql): Sql {
  const rows = oneOf([4, word("(4, 0), (4, 1)")], [1, sql`(${newId}, 0), (${newId}, 1)`]);
  return labelled("DO UPDATE", sql`INSERT INTO t (id, v) VALUES ${rows} ON CONFLICT (id) DO UPDATE SET v = t.v + 1`);
}
