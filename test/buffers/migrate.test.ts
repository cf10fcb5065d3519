/** The migrations make the table that the model claims, once, also when two of them start together. */
import { readdirSync, readFileSync } from "node:fs";
import { loadModule, parseSync } from "libpg-query";
import pg from "pg";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { SCHEMA } from "../../model/statements.ts";
import { migrate } from "../../src/buffers/index.ts";

const FOLDER = new URL("../../src/buffers/migrations/", import.meta.url);
const schema = "buffers_migrate";

let database: pg.Client;

beforeEach(async () => {
  database = new pg.Client(inject("databaseUrl"));
  await database.connect();
  await database.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema}`);
});
afterEach(async () => {
  await database.query(`DROP SCHEMA ${schema} CASCADE`);
  await database.end();
});

/** The parse tree without the places in the text. */
function treeOf(sql: string): unknown {
  const withoutPlaces = (key: string, value: unknown) => (/location|stmt_len/.test(key) ? undefined : value);
  return JSON.parse(
    JSON.stringify(
      parseSync(sql).stmts?.map(({ stmt }) => stmt),
      withoutPlaces,
    ),
  );
}

test("the migrations create the table that the model claims", async () => {
  await loadModule();
  const ups = readdirSync(FOLDER)
    .sort()
    .map((file) => readFileSync(new URL(file, FOLDER), "utf8").split("-- Down Migration")[0] ?? "");
  expect(treeOf(ups.join("\n"))).toEqual(treeOf(SCHEMA));
});

test("the table of the migrations has the columns and the key of the model's", async () => {
  await migrate(inject("databaseUrl"), { schema });
  await database.query(SCHEMA.replace("buffers", `${schema}.model_buffers`));
  const shape = async (table: string) => {
    const columns = await database.query(
      "SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position",
      [schema, table],
    );
    const keys = await database.query(
      "SELECT pg_get_constraintdef(oid) AS key FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'p'",
      [`${schema}.${table}`],
    );
    return [columns.rows, keys.rows];
  };
  expect(await shape("buffers")).toEqual(await shape("model_buffers"));
});

test("a second run finds nothing to do", async () => {
  const url = inject("databaseUrl");
  expect([await migrate(url, { schema }), await migrate(url, { schema })]).toEqual([["0001_create-buffers"], []]);
});

test("of two that start together one migrates and the other waits for it", async () => {
  const url = inject("databaseUrl");
  const done = await Promise.all([migrate(url, { schema }), migrate(url, { schema })]);
  expect(done.sort((left, right) => left.length - right.length)).toEqual([[], ["0001_create-buffers"]]);
});
