/** Random INSERTs, UPDATEs and DELETEs. */
import type { Features } from "./features.ts";
import { labelled, oneOf, type Sql, sql, value, word } from "./fragments.ts";
import { lockingClause, returningOf, someId, whereOf } from "./reading.ts";
import { columnsOf, type Shape } from "./schema.ts";

/** Any statement that changes rows of `t` or `c`. */
export function writes(shape: Shape, features: Features): Sql {
  const child = shape.child === "none" ? 0 : 1;
  return oneOf(
    [8, updates(shape, features)],
    [3, deletes(shape, features)],
    [5, inserts(shape, features)],
    [7 * child, childWrites(features)],
  );
}

function updates(shape: Shape, features: Features): Sql {
  const where = whereOf(shape, features);
  const returning = returningOf(shape, features);
  const sub = features.has("sub-select") ? 1 : 0;
  const limited = features.has("order-limit") ? sub : 0;
  const joined = features.has("joins") && shape.child !== "none" ? 1 : 0;
  const set = assignments(shape, features);
  const simple = oneOf([2, sql`v = t.v + 1`], [1, sql`v = ${value(0, 3)}`]);
  const first = sql`SELECT id FROM t WHERE v = ${value(0, 1)} ORDER BY id LIMIT 1`;
  return labelled(
    "UPDATE",
    oneOf(
      [14, sql`UPDATE t SET ${set}${where}${returning}`],
      [
        limited,
        labelled(
          "sub-select",
          sql`UPDATE t SET ${set} WHERE id = (${first}${oneOf([1, word("")], [3, lockingClause(features)])})${returning}`,
        ),
      ],
      [
        joined,
        labelled(
          "join",
          sql`UPDATE t SET v = c.w + ${value(0, 2)} FROM c WHERE c.pid = t.id AND c.id = ${value(1, 2)}`,
        ),
      ],
      [joined, labelled("join", sql`UPDATE c SET w = t.v FROM t WHERE t.id = c.pid AND t.id = ${someId}`)],
      [
        features.has("cte") && features.has("locking") ? 1 : 0,
        labelled(
          "cte",
          sql`WITH l AS (SELECT id FROM t WHERE id = ${someId}${lockingClause(features)}) UPDATE t SET ${simple} FROM l WHERE t.id = l.id`,
        ),
      ],
    ),
  );
}

function assignments(shape: Shape, features: Features): Sql {
  const keys = features.has("keys") ? 1 : 0;
  const sub = features.has("sub-select") ? 1 : 0;
  return oneOf(
    [6, sql`v = v + 1`],
    [5, sql`v = ${value(0, 3)}`],
    [1, word("v = NULL", "v = v", "v = CASE WHEN v > 1 THEN 0 ELSE v + 1 END", "v = coalesce(v, 0) + 10")],
    [keys, labelled("key update", sql`id = ${value(1, 5)}`)],
    [keys, labelled("key update", sql`id = id + ${value(1, 4)}`)],
    [keys, sql`id = id, v = v + 1`],
    [shape.unique ? 3 * keys : 0, labelled("key update", sql`k = ${value(1, 4)}`)],
    [shape.unique ? keys : 0, labelled("key update", word("k = NULL", "k = k + 1", "k = v"))],
    [shape.partial ? 3 : 0, labelled("partial index", sql`g = ${word("'x'", "'y'")}`)],
    [
      sub,
      labelled(
        "sub-select",
        word(
          "v = (SELECT max(v) FROM t) + 1",
          "v = (SELECT count(*) FROM t)",
          "v = (SELECT o.v FROM t AS o WHERE o.id = t.id) + 1",
        ),
      ),
    ],
  );
}

function deletes(shape: Shape, features: Features): Sql {
  const joined = features.has("joins") && shape.child !== "none" ? 1 : 0;
  return labelled(
    "DELETE",
    oneOf(
      [5, sql`DELETE FROM t${whereOf(shape, features)}${returningOf(shape, features)}`],
      [joined, labelled("join", sql`DELETE FROM c USING t WHERE t.id = c.pid AND t.id = ${someId}`)],
    ),
  );
}

const newId = oneOf([2, value(1, 3)], [5, value(4, 5)]);

function newRow(shape: Shape): Sql {
  const unique = shape.unique ? sql`, ${oneOf([4, value(1, 5)], [1, word("NULL")])}` : word("");
  const partial = shape.partial ? sql`, ${word("'x'", "'x'", "'y'")}` : word("");
  return sql`${newId}, ${value(0, 2)}${unique}${partial}`;
}

function inserts(shape: Shape, features: Features): Sql {
  const into = `INSERT INTO t (${columnsOf(shape).join(", ")})`;
  const row = newRow(shape);
  const rows = features.has("multi-row")
    ? oneOf([4, sql`(${row})`], [1, labelled("multi-row", sql`(${row}), (${row})`)])
    : sql`(${row})`;
  const returning = returningOf(shape, features);
  const conflict = features.has("on-conflict") ? 1 : 0;
  const select = features.has("insert-select") ? 1 : 0;
  const fromOther = `INSERT INTO t (id, v)`;
  return labelled(
    "INSERT",
    oneOf(
      [5, sql`${into} VALUES ${rows}${returning}`],
      [5 * conflict, sql`${into} VALUES ${rows}${onConflict(shape, features)}${returning}`],
      [
        2 * select,
        labelled(
          "insert-select",
          sql`${fromOther} SELECT ${newId}, ${value(0, 2)} WHERE NOT EXISTS (SELECT 1 FROM t WHERE ${oneOf([1, sql`id = ${value(1, 5)}`], [1, sql`v = ${value(0, 2)}`])})${returning}`,
        ),
      ],
      [
        select,
        labelled(
          "insert-select",
          sql`${fromOther} SELECT id + ${value(3, 5)}, v FROM t WHERE id = ${someId}${returning}`,
        ),
      ],
      [
        select * conflict,
        labelled("insert-select", sql`${fromOther} SELECT id + ${value(0, 3)}, v FROM t ON CONFLICT DO NOTHING`),
      ],
      [
        features.has("cte") ? 1 : 0,
        labelled(
          "cte",
          sql`WITH d AS (DELETE FROM t WHERE id = ${someId} RETURNING id, v) ${fromOther} SELECT id + ${value(0, 4)}, v FROM d`,
        ),
      ],
    ),
  );
}

function onConflict(shape: Shape, features: Features): Sql {
  const nothing = oneOf(
    [2, word(" ON CONFLICT DO NOTHING")],
    [1, word(" ON CONFLICT (id) DO NOTHING")],
    [shape.unique ? 1 : 0, word(" ON CONFLICT (k) DO NOTHING")],
  );
  const target = oneOf([3, word("(id)")], [shape.unique ? 2 : 0, word("(k)")]);
  const set = oneOf(
    [3, word("v = t.v + 1")],
    [2, word("v = excluded.v")],
    [features.has("keys") ? 1 : 0, sql`id = ${value(1, 5)}`],
    [shape.unique ? 1 : 0, word("k = excluded.k")],
  );
  const guard = oneOf([4, word("")], [1, sql` WHERE t.v < ${value(0, 3)}`]);
  return oneOf(
    [1, labelled("DO NOTHING", nothing)],
    [2, labelled("DO UPDATE", sql` ON CONFLICT ${target} DO UPDATE SET ${set}${guard}`)],
  );
}

function childWrites(features: Features): Sql {
  const parent = oneOf([5, someId], [1, word("NULL")]);
  const conflict = features.has("on-conflict")
    ? oneOf([4, word("")], [1, labelled("DO NOTHING", word(" ON CONFLICT DO NOTHING"))])
    : word("");
  const where = oneOf([4, sql` WHERE id = ${value(1, 3)}`], [1, sql` WHERE pid = ${someId}`]);
  return labelled(
    "foreign-key",
    oneOf(
      [4, labelled("INSERT", sql`INSERT INTO c VALUES (${value(1, 4)}, ${parent}, ${value(0, 2)})${conflict}`)],
      [2, labelled("UPDATE", sql`UPDATE c SET pid = ${parent}${where}`)],
      [2, labelled("UPDATE", sql`UPDATE c SET w = w + 1${where}`)],
      [2, labelled("DELETE", sql`DELETE FROM c${where}`)],
      [1, labelled("SELECT", word("SELECT * FROM c"))],
    ),
  );
}
