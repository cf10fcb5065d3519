/**
 * SQL that tries to get out of the database that it is given: on the embedded server, and on one of the user's with and without a superuser.
 *
 * Each attempt runs in a session as a replay or a test of the user's opens it, beside a database of the user's with a table in it. What is
 * refused is refused by the server's own rights; what is done is done inside, and goes with the database.
 */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import type { Reply } from "../../model/protocol.ts";
import { openSession, type Session } from "../../src/postgres/connection.ts";
import { type RunningPostgres, startPostgres } from "../../src/postgres/embedded.ts";
import { type OpenServer, type OwnDatabase, openServer } from "../../src/postgres/server.ts";

const MADE_BY_A_PROGRAM = join(tmpdir(), `lockstep-escaped-${process.pid}`);

interface World {
  readonly name: string;
  open(users: RunningPostgres): Promise<OpenServer>;
}

function as(users: RunningPostgres, account: string): string {
  const url = new URL(users.url);
  if (account !== "postgres") {
    url.username = account;
    url.password = account;
  }
  url.pathname = "/shop";
  return url.href;
}

const given = (account: string): World => ({
  name: `a server of the user's, as ${account}`,
  open: (users) => openServer({ databaseUrl: as(users, account), allowAnySql: true }),
});

const WORLDS: readonly World[] = [
  { name: "the embedded server", open: () => openServer() },
  given("postgres"),
  given("maker"),
];

/** What needs a right that the session has not, and how the server says so. */
const REFUSED: readonly (readonly [string, string])[] = [
  [`COPY (SELECT 1) TO PROGRAM 'touch ${MADE_BY_A_PROGRAM}'`, "42501"],
  [`CREATE TABLE t (a text); COPY t FROM PROGRAM 'id'`, "42501"],
  [`COPY (SELECT 1) TO '${MADE_BY_A_PROGRAM}'`, "42501"],
  ["CREATE TABLE t (a text); COPY t FROM '/etc/passwd'", "42501"],
  ["SELECT pg_read_file('postgresql.conf')", "42501"],
  ["SELECT pg_ls_dir('.')", "42501"],
  ["SELECT pg_stat_file('postgresql.conf')", "42501"],
  ["SELECT lo_import('/etc/passwd')", "42501"],
  [`SELECT lo_export(lo_from_bytea(0, 'x'), '${MADE_BY_A_PROGRAM}')`, "42501"],
  ["ALTER SYSTEM SET log_statement = 'all'", "42501"],
  ["SELECT pg_reload_conf()", "42501"],
  ["SET log_statement = 'all'", "42501"],
  ["SET session_preload_libraries = 'x'", "42501"],
  ["SET ROLE postgres", "42501"],
  ["SET SESSION AUTHORIZATION postgres", "42501"],
  ["SET LOCAL session_authorization = 'postgres'", "42501"],
  ["RESET SESSION AUTHORIZATION; SET ROLE NONE; CREATE ROLE escaped", "42501"],
  ["CREATE DATABASE escaped", "42501"],
  ["DROP DATABASE template1", "42501"],
  ["ALTER DATABASE template1 RENAME TO gone", "42501"],
  ["DO $$ BEGIN EXECUTE format('ALTER DATABASE %I IS_TEMPLATE true', current_database()); END $$", "42501"],
  [
    "DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO PUBLIC WITH GRANT OPTION', current_database()); END $$",
    "0LP01",
  ],
  ["CREATE ROLE escaped SUPERUSER", "42501"],
  ["ALTER ROLE CURRENT_USER SUPERUSER", "42501"],
  ["ALTER ROLE postgres PASSWORD 'known'", "42501"],
  ["GRANT pg_execute_server_program TO CURRENT_USER", "42501"],
  ["CREATE TABLESPACE escaped LOCATION '/tmp'", "42501"],
  ["CREATE EXTENSION dblink", "42501"],
  ["CREATE EXTENSION postgres_fdw", "42501"],
  ["CREATE EXTENSION adminpack", "0A000"],
  ["CREATE FUNCTION f(text) RETURNS int AS 'libc', 'system' LANGUAGE c", "42501"],
  ["CREATE FUNCTION f() RETURNS int LANGUAGE internal AS 'pg_backend_pid'", "42501"],
  [
    "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$; CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
    "42501",
  ],
  ["CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p", "42501"],
  ["SELECT pg_create_physical_replication_slot('escaped')", "42501"],
  ["UPDATE pg_database SET datallowconn = false", "42501"],
  ["SELECT * FROM pg_authid", "42501"],
  ["SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'lockstep keeper%'", "42501"],
  ["SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'lockstep keeper%'", "42501"],
  ["SELECT * FROM shop.public.items", "0A000"],
];

/** What is done, and stays inside. */
const INSIDE: readonly string[] = [
  "CREATE TABLE public.items (v integer); INSERT INTO public.items VALUES (99); DROP TABLE public.items",
  "CREATE SCHEMA shop; SET search_path = shop, pg_catalog; CREATE TABLE items (v integer)",
  "DROP TABLE IF EXISTS public.items",
  "SELECT lo_unlink(oid) FROM pg_largeobject_metadata",
  "SELECT lo_create(4711)",
  "SELECT pg_advisory_lock(1), pg_try_advisory_lock(2)",
  "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; SELECT f()",
  "CREATE TEMPORARY TABLE items (v integer)",
  "DO $$ BEGIN EXECUTE 'ALTER ROLE CURRENT_USER SET work_mem = ''1MB'''; END $$",
  "LISTEN shop; NOTIFY shop, 'hello'",
  "REASSIGN OWNED BY CURRENT_USER TO CURRENT_USER; DROP OWNED BY CURRENT_USER",
];

describe.each(WORLDS)("on $name", ({ name, open }) => {
  let users: RunningPostgres;
  let owner: Session;
  let server: OpenServer;
  let database: OwnDatabase | null = null;
  let session: Session;

  beforeAll(async () => {
    users = await startPostgres({ settings: { max_prepared_transactions: "5" } });
    const admin = await openSession({ url: users.url, schema: null, name: "admin" });
    await admin.rows("CREATE DATABASE shop");
    await admin.rows("CREATE ROLE maker LOGIN CREATEDB CREATEROLE PASSWORD 'maker'");
    await admin.close();
    owner = await openSession({ url: as(users, "postgres"), schema: null, name: "owner" });
    await owner.rows("CREATE TABLE items (id integer, v integer); INSERT INTO items VALUES (1, 1)");
    await owner.rows("SELECT lo_from_bytea(4711, 'kept'), pg_advisory_lock(1)");
    server = await open(users);
  });
  afterAll(async () => {
    await server.close();
    expect(await madeByUs()).toEqual([]);
    await owner.close();
    await users.stop();
    expect(existsSync(MADE_BY_A_PROGRAM)).toBe(false);
  });
  beforeEach(async () => {
    database ??= await server.openDatabase();
    session = await database.session("mallory");
  });
  afterEach(async () => {
    await session.close();
    expect(await outside()).toEqual(UNTOUCHED);
  });

  async function drop(): Promise<void> {
    await database?.drop();
    database = null;
  }

  const run = (text: string): Promise<Reply> => session.run({ text, values: [] });

  const UNTOUCHED = {
    items: [[1, 1]],
    objects: [["\\x6b657074"]],
    databases: ["postgres", "shop", "template0", "template1"],
    accounts: ["maker", "postgres"],
    settings: [],
    slots: [],
  };

  async function outside(): Promise<Record<string, unknown>> {
    const column = async (text: string) => (await owner.rows(text)).map(([cell]) => cell);
    return {
      items: await owner.rows("SELECT * FROM items"),
      objects: await owner.rows("SELECT lo_get(oid) FROM pg_largeobject_metadata"),
      databases: await column("SELECT datname::text FROM pg_database WHERE datname !~ '^lockstep_' ORDER BY 1"),
      accounts: await column("SELECT rolname::text FROM pg_roles WHERE rolname !~ '^(pg|lockstep)_' ORDER BY 1"),
      settings: await column("SELECT name FROM pg_file_settings WHERE sourcefile LIKE '%auto.conf'"),
      slots: await column("SELECT slot_name FROM pg_replication_slots"),
    };
  }

  async function madeByUs(): Promise<readonly unknown[]> {
    const kept = name === "the embedded server" ? [] : undefined;
    return (
      kept ??
      (await owner.rows(
        "SELECT datname::text FROM pg_database WHERE datname ~ '^lockstep_' UNION ALL SELECT rolname::text FROM pg_roles WHERE rolname ~ '^lockstep_'",
      ))
    );
  }

  test("a session is no superuser, has no other role, and owns no database", async () => {
    const text = `SELECT session_user = current_user, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls,
      (SELECT count(*) FROM pg_auth_members WHERE member = r.oid), (SELECT count(*) FROM pg_database WHERE datdba = r.oid)
      FROM pg_roles r WHERE rolname = current_user`;
    expect(await session.rows(text)).toEqual([[true, false, false, false, false, false, "0", "0"]]);
  });

  test.each(REFUSED)("%s is refused", async (text, sqlstate) => {
    expect(await run(text)).toMatchObject({ kind: "failed", sqlstate });
  });

  test.each(INSIDE)("%s stays inside", async (text) => {
    expect(await run(text)).toMatchObject({ kind: "rows" });
  });

  test("a table of the user's is not there to be changed", async () => {
    expect(await run("UPDATE public.items SET v = 2")).toMatchObject({ sqlstate: "42P01" });
  });

  test("a function that sleeps for ever ends with its database", async () => {
    await run(
      "CREATE FUNCTION for_ever() RETURNS void LANGUAGE plpgsql AS $$ BEGIN LOOP PERFORM pg_sleep(1000); END LOOP; END $$",
    );
    await run("SET statement_timeout = 0; SET client_connection_check_interval = 0");
    const sleeping = run("SELECT for_ever()").catch(() => null);
    await drop();
    await sleeping;
  });

  test("a transaction that was prepared goes with its database", async () => {
    const reply = await run(
      "CREATE TABLE prepared (a int); BEGIN; INSERT INTO prepared VALUES (1); PREPARE TRANSACTION 'mine'",
    );
    // The embedded server has no room for any.
    expect(reply.kind).toBe(name === "the embedded server" ? "failed" : "rows");
    await drop();
    expect(await owner.rows("SELECT gid FROM pg_prepared_xacts")).toEqual([]);
  });
});

describe("an account that may make databases and no roles", () => {
  const url = (): string => {
    const address = new URL(inject("databaseUrl"));
    address.username = "plain";
    address.password = "plain";
    return address.href;
  };
  let admin: Session;
  beforeAll(async () => {
    admin = await openSession({ url: inject("databaseUrl"), schema: null, name: "admin" });
    await admin.rows("CREATE ROLE plain LOGIN CREATEDB PASSWORD 'plain'");
  });
  afterAll(async () => {
    await admin.rows("DROP ROLE plain");
    await admin.close();
  });

  test("works under itself, in a database of our own", async () => {
    const server = await openServer({ databaseUrl: url() });
    const database = await server.openDatabase();
    const session = await database.session("alice");
    await session.rows("CREATE TABLE public.items (v integer)");
    expect(await session.rows("SELECT current_user::text, current_database()::text")).toEqual([
      ["plain", database.name],
    ]);
    await server.close();
    expect(await admin.rows("SELECT 1 FROM pg_database WHERE datname = $1", [database.name])).toEqual([]);
  });

  test("is refused for any SQL", async () => {
    await expect(openServer({ databaseUrl: url(), allowAnySql: true })).rejects.toMatchObject({
      code: "no-containment",
      hint: 'Let a superuser run: ALTER ROLE "plain" CREATEROLE; Or leave out --allow-any-sql.',
    });
  });

  test("is refused where it has rights on the server itself", async () => {
    await admin.rows("GRANT pg_execute_server_program TO plain");
    await expect(openServer({ databaseUrl: url() })).rejects.toMatchObject({
      code: "no-containment",
      message: expect.stringContaining("plain has pg_execute_server_program"),
      hint: 'Let a superuser run: ALTER ROLE "plain" CREATEROLE;',
    });
    await admin.rows("REVOKE pg_execute_server_program FROM plain");
  });
});
