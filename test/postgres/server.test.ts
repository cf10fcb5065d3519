/**
 * Databases of our own on a server of the user's, also when a run is killed, and what a session makes of values and errors.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openSession, type Session } from "../../src/postgres/connection.ts";
import { openServer } from "../../src/postgres/server.ts";

let outside: Session;
beforeAll(async () => {
  outside = await openSession({ url: inject("databaseUrl"), schema: null, name: "outside" });
});
afterAll(() => outside.close());

async function exists(database: string): Promise<boolean> {
  return (await outside.rows("SELECT 1 FROM pg_database WHERE datname = $1", [database])).length === 1;
}

describe("on a server of the user's", () => {
  test("a database of our own is made, and dropped", async () => {
    const server = await openServer({ databaseUrl: inject("databaseUrl") });
    const database = await server.openDatabase();
    const session = await database.session("alice");
    await session.rows("CREATE TABLE t (a integer)");
    const where = "SELECT current_database()::text, schemaname::text FROM pg_tables WHERE tablename = 't'";
    expect(await session.rows(where)).toEqual([[database.name, "public"]]);
    await database.drop();
    expect(await exists(database.name)).toBe(false);
    await server.close();
  });

  test("closing drops what is left, also below a session that waits for a lock", async () => {
    const server = await openServer({ databaseUrl: inject("databaseUrl") });
    const database = await server.openDatabase();
    const [alice, bob] = [await database.session("alice"), await database.session("bob")];
    await alice.rows("CREATE TABLE t (a integer)");
    await alice.rows("BEGIN");
    await alice.rows("LOCK TABLE t");
    // Whether its client learns of the server's word or of the lost connection first is left to the network.
    const waiting = bob.run({ text: "SELECT * FROM t", values: [] }).catch(() => {});
    await server.close();
    await waiting;
    expect(await exists(database.name)).toBe(false);
    await expect.poll(() => outside.rows("SELECT 1 FROM pg_stat_activity WHERE pid = $1", [bob.pid])).toEqual([]);
  });

  test("what a killed run left is dropped by the next run, also below a statement that never ends, and what is in use is not", async () => {
    const killed = fork(fileURLToPath(new URL("open-database.ts", import.meta.url)), [inject("databaseUrl")], {
      execArgv: ["--import", "tsx"],
    });
    const [left] = (await once(killed, "message")) as [string];
    const living = await openServer({ databaseUrl: inject("databaseUrl") });
    const inUse = await living.openDatabase();
    killed.kill("SIGKILL");
    await once(killed, "exit");
    // From here on any run on this server may drop it, also one of another test.
    const keeper = `lockstep keeper ${left.split("_")[1]}`;
    await expect
      .poll(() => outside.rows("SELECT 1 FROM pg_stat_activity WHERE application_name = $1", [keeper]))
      .toEqual([]);
    await (await openServer({ databaseUrl: inject("databaseUrl") })).close();
    expect(await exists(left)).toBe(false);
    expect(await outside.rows("SELECT 1 FROM pg_roles WHERE rolname = $1", [left.replace(/_\d+$/, "")])).toEqual([]);
    expect(await exists(inUse.name)).toBe(true);
    await living.close();
  });

  test("an account that may not make databases is told what to grant", async () => {
    await outside.rows("CREATE ROLE guest LOGIN PASSWORD 'guest'");
    const url = new URL(inject("databaseUrl"));
    url.username = "guest";
    url.password = "guest";
    await expect(openServer({ databaseUrl: url.href })).rejects.toMatchObject({
      code: "no-database",
      message: "Lockstep works in a database of its own and guest may not make one on this server.",
      hint: expect.stringContaining('ALTER ROLE "guest" CREATEDB CREATEROLE;'),
    });
    await outside.rows("DROP ROLE guest");
  });
});

describe("a session's values are cells", () => {
  test.each([
    ["true", true],
    ["1::smallint", 1],
    ["2147483647", 2147483647],
    ["9223372036854775807", "9223372036854775807"],
    ["1.50::numeric", "1.50"],
    ["0.5::float8", 0.5],
    ["NULL::text", null],
    ["timestamptz '2026-01-02 03:04:05.678+00'", "2026-01-02 03:04:05.678+00"],
    ["date '2026-01-02'", "2026-01-02"],
    ["interval '1 day 2 hours'", "1 day 02:00:00"],
    ["ARRAY[1,NULL,3]", "{1,NULL,3}"],
    [`'{"b": 1, "a": [true]}'::jsonb`, '{"a": [true], "b": 1}'],
    ["'\\x00ff'::bytea", "\\x00ff"],
  ])("SELECT %s", async (expression, cell) => {
    expect(await outside.rows(`SELECT ${expression}`)).toEqual([[cell]]);
  });

  test("a failed statement is a reply with PostgreSQL's own code and text", async () => {
    expect(await outside.run({ text: "SELECT 1 / 0", values: [] })).toEqual({
      kind: "failed",
      sqlstate: "22012",
      message: "division by zero",
      detail: null,
    });
  });

  test("the reply to several statements in one message is that to the last one", async () => {
    expect(await outside.run({ text: "BEGIN; SELECT 1 AS one; COMMIT", values: [] })).toMatchObject({
      command: "COMMIT",
      rowCount: null,
    });
  });
});
