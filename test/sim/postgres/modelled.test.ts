/** Which SQL is taken for harmless in a database of one's own: what is modelled, and nothing else. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { parseSpec } from "../../../sim/isolation/parse.ts";
import { loadGrammar } from "../../../sim/postgres/index.ts";
import { checkModelled, functionsMadeBy } from "../../../sim/postgres/modelled.ts";
import { goldenScripts } from "../../../src/isolation/golden-scripts.ts";

beforeAll(loadGrammar);

const NONE: ReadonlySet<string> = new Set();

describe("refused by its name", () => {
  test.each([
    ["COPY t TO PROGRAM 'x'", "COPY"],
    ["DO $$ BEGIN END $$", "DO"],
    ["ALTER SYSTEM SET work_mem = 1", "ALTER SYSTEM"],
    ["CREATE DATABASE d", "CREATEDB"],
    ["CREATE EXTENSION dblink", "CREATE EXTENSION"],
    ["PREPARE TRANSACTION 'x'", "GID in TRANSACTION"],
    ["SET ROLE postgres", "SET ROLE"],
    ["SET LOCAL role = postgres", "SET ROLE"],
    ["RESET ROLE", "SET ROLE"],
    ["SET SESSION AUTHORIZATION postgres", "SET SESSION AUTHORIZATION"],
    ["SELECT pg_read_file('x')", "the function pg_read_file"],
    ["SELECT set_config('role', 'postgres', false)", "the function set_config"],
    ["SELECT lo_import('x')", "the function lo_import"],
    ["SELECT * FROM dblink('x') AS t (a int)", "a column definition list"],
    ["SELECT 1 WHERE EXISTS (SELECT pg_terminate_backend(1))", "the function pg_terminate_backend"],
    ["CREATE TABLE t (a int DEFAULT pg_sleep_for('1 s'))", "the function pg_sleep_for"],
    ["PREPARE p AS SELECT lo_import('x')", "the function lo_import"],
    ["UPDATE shop.items SET v = 1", "a name in the schema shop"],
    ["SELECT shop.f()", "a name in the schema shop"],
    ["SELECT 1 OPERATOR(shop.+) 2", "a name in the schema shop"],
    ["CREATE TABLE t (a shop.kind)", "a name in the schema shop"],
    ["CREATE TABLE t (a int REFERENCES shop.items)", "a name in the schema shop"],
    ["DROP TABLE shop.items", "a name in the schema shop"],
    ["TRUNCATE t, shop.items", "a name in the schema shop"],
    ["DROP SCHEMA public", "DROP SCHEMA"],
    ["SELECT * FROM pg_authid", "the system catalog pg_authid"],
    ["SELECT 1; COPY t FROM '/etc/passwd'", "COPY"],
    ["CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS ''", "a function in LANGUAGE plpgsql"],
    ["CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT pg_read_file('x') $$", "the function pg_read_file"],
    ["SELECT f()", "the function f"],
  ])("%s", (sql, what) => {
    const named = new RegExp(`^${what.replace(/[()]/g, "\\$&")}`, "i");
    expect(() => checkModelled(sql, NONE)).toThrow(named);
  });
});

describe("let through", () => {
  test.each([
    'UPDATE "public"."items" SET v = v + 1 WHERE id = 1 RETURNING pg_catalog.lower(name)',
    "DROP TABLE public.users",
    "SELECT concat(1, 'a'), jsonb_build_object('a', 1), extract(epoch FROM now()), count(*) FROM generate_series(1, 2)",
    "SET lock_timeout = '1s'; BEGIN; COMMIT",
    "this is no SQL",
  ])("%s", (sql) => {
    expect(() => checkModelled(sql, NONE)).not.toThrow();
  });

  test("a function that the same SQL makes", () => {
    const made = "CREATE FUNCTION f(k int) RETURNS int LANGUAGE sql AS 'SELECT k + 1'";
    expect(() => checkModelled("SELECT f(1)", functionsMadeBy(made))).not.toThrow();
  });

  test.each(goldenScripts().map(({ spec }) => spec))("%s", (file) => {
    const { setups, teardown, sessions } = parseSpec(readFileSync(file, "utf8"), file);
    const texts = [
      ...setups,
      ...sessions.flatMap((session) => [session.setup, session.teardown, ...session.steps.map(({ sql }) => sql)]),
      teardown,
    ].flatMap((sql) => sql ?? []);
    const functions = new Set(texts.flatMap((sql) => [...functionsMadeBy(sql)]));
    for (const sql of texts) expect(() => checkModelled(sql, functions)).not.toThrow();
  });
});
