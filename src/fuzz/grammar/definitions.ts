/** DDL and what else concerns whole tables and the session: all of it also inside of transactions. */
import type { Draw } from "./draw.ts";
import { expression } from "./expressions.ts";
import { type Generation, someTable, someType, type Table, withoutQueries } from "./generation.ts";
import { literal, typeText } from "./literals.ts";
import { index } from "./worlds.ts";

/** A statement that makes, changes or drops what is in the catalog. */
export function definition(generation: Generation): string {
  const { draw, tables } = generation;
  const { name } = someTable(generation);
  const exists = (): string => draw.maybe(0.3, () => "IF NOT EXISTS ");
  return draw.one(
    [
      3,
      () =>
        `CREATE TABLE ${exists()}n (id int${draw.maybe(0.4, () => " PRIMARY KEY")}${draw.maybe(0.3, () => `, r int REFERENCES ${name}`)})`,
    ],
    [
      2,
      () =>
        `CREATE ${draw.maybe(0.3, () => "UNIQUE ")}INDEX ${exists()}i ON ${name} (${draw.pick(draw.pick(tables).columns).name})`,
    ],
    [1, () => index(draw, draw.pick(tables))],
    [2, () => `CREATE SEQUENCE ${exists()}${draw.pick(["q", "sq"])}`],
    [
      3,
      () =>
        `DROP TABLE ${draw.maybe(0.4, () => "IF EXISTS ")}${draw.pick([name, "n"])}${draw.maybe(0.2, () => " CASCADE")}`,
    ],
    [1, () => `DROP ${draw.pick(["INDEX", "INDEX IF EXISTS"])} i`],
    [1, () => `DROP SEQUENCE ${draw.maybe(0.5, () => "IF EXISTS ")}${draw.pick(["q", "sq"])}`],
    [
      3,
      () =>
        `TRUNCATE ${name}${draw.maybe(0.2, () => draw.pick([" CASCADE", " RESTART IDENTITY", `, ${draw.pick(tables).name}`]))}`,
    ],
    [8, () => `ALTER TABLE ${name} ${alteration(generation, draw.pick(tables))}`],
    [1, () => `ALTER SEQUENCE sq ${draw.pick(["RESTART", "RESTART WITH 7", "INCREMENT BY 3"])}`],
    [0.5, () => `CREATE TABLE n AS SELECT * FROM ${name}`],
    [0.3, () => `CREATE TEMP TABLE n (id int)`],
    [0.2, () => `SELECT * INTO n FROM ${name}`],
  );
}

function alteration(generation: Generation, table: Table): string {
  const { draw } = generation;
  const column = draw.pick(table.columns);
  const type = someType(generation);
  return draw.one(
    [3, () => `ADD COLUMN x ${typeText(type)}${draw.maybe(0.5, () => ` DEFAULT ${literal(draw, type)}`)}`],
    [1, () => `DROP COLUMN ${draw.maybe(0.3, () => "IF EXISTS ")}${draw.pick([column.name, "x"])}`],
    [3, () => `ALTER COLUMN ${column.name} SET DEFAULT ${expression(withoutQueries(generation), [], column.type, 0)}`],
    [1, () => `ALTER COLUMN ${column.name} DROP DEFAULT`],
    [1, () => `ALTER COLUMN ${column.name} ${draw.pick(["SET", "DROP"])} NOT NULL`],
    [1, () => `ADD CONSTRAINT k CHECK (${column.name} IS NOT NULL)${draw.maybe(0.2, () => " NOT VALID")}`],
    [1, () => `ADD CONSTRAINT u UNIQUE (${column.name})${draw.maybe(0.3, () => " DEFERRABLE")}`],
    [1, () => `ADD FOREIGN KEY (${column.name}) REFERENCES ${someTable(generation).name}`],
    [1, () => `DROP CONSTRAINT ${draw.pick(["k", "u", `${table.name}_pkey`, `${table.name}_p_fkey`])}`],
    [0.5, () => `ALTER COLUMN ${column.name} TYPE ${typeText(type)}`],
    [0.3, () => `RENAME COLUMN ${column.name} TO y`],
    [0.3, () => "ALTER COLUMN v SET STATISTICS 10"],
  );
}

/** Settings, prepared statements, constraints' modes. `statement` makes what is to be prepared. */
export function command(generation: Generation, statement: () => string): string {
  const { draw } = generation;
  const local = (): string => draw.maybe(0.4, () => "LOCAL ");
  return draw.one(
    [2, () => `SET ${local()}TimeZone = '${draw.pick(["PST8PDT", "UTC", "Europe/Berlin"])}'`],
    [1, () => `SET ${local()}DateStyle = '${draw.pick(["Postgres, MDY", "ISO, DMY", "SQL, DMY", "German", "ISO"])}'`],
    [
      1,
      () =>
        `SET ${local()}IntervalStyle = '${draw.pick(["postgres_verbose", "iso_8601", "sql_standard", "postgres"])}'`,
    ],
    [2, () => prepare(draw, statement)],
    [3, () => `EXECUTE ${draw.pick(["p1", "p2"])}${draw.maybe(0.5, () => `(${draw.int(1, 2)})`)}`],
    [0.5, () => `DEALLOCATE ${draw.pick(["p1", "p2", "ALL"])}`],
    [1, () => `SET CONSTRAINTS ALL ${draw.pick(["DEFERRED", "IMMEDIATE"])}`],
    [0.7, () => `SET TRANSACTION ${draw.pick(["ISOLATION LEVEL REPEATABLE READ", "READ ONLY", "READ WRITE"])}`],
    [0.3, () => draw.pick(["SHOW TimeZone", "SHOW transaction_isolation", "RESET TimeZone", "SHOW DateStyle"])],
    [
      0.3,
      () => `SET default_transaction_isolation = '${draw.pick(["repeatable read", "serializable", "read committed"])}'`,
    ],
    [
      0.3,
      () =>
        draw.pick(["ANALYZE nowhere", "COMMENT ON TABLE t IS 'x'", "DISCARD PLANS", "LISTEN x", "CHECKPOINT nothing"]),
    ],
  );
}

function prepare(draw: Draw, statement: () => string): string {
  const name = draw.pick(["p1", "p2"]);
  if (draw.often(0.3))
    return `PREPARE ${name}(int) AS ${draw.pick(["SELECT * FROM t WHERE v = $1", "UPDATE t SET v = $1", "SELECT $1 + 1 AS n"])}`;
  return `PREPARE ${name} AS ${statement()}`;
}
