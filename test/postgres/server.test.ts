/**
 * Schemas of our own on a server of the user's, also when a run is killed, and what a session makes of values and errors.
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

async function exists(schema: string): Promise<boolean> {
  return (await outside.rows("SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema])).length === 1;
}

describe("on a server of the user's", () => {
  test("names are looked up in a schema of our own, which is dropped", async () => {
    const server = await openServer({ databaseUrl: inject("databaseUrl") });
    const schema = await server.openSchema();
    const session = await schema.session("alice");
    await session.rows("CREATE TABLE t (a integer)");
    expect(
      await session.rows("SELECT schemaname FROM pg_tables WHERE tablename = 't' AND schemaname = $1", [schema.name]),
    ).toEqual([[schema.name]]);
    await schema.drop();
    expect(await exists(schema.name)).toBe(false);
    await server.close();
  });

  test("closing drops what is left, also below a session that waits for a lock", async () => {
    const server = await openServer({ databaseUrl: inject("databaseUrl") });
    const schema = await server.openSchema();
    const [alice, bob] = [await schema.session("alice"), await schema.session("bob")];
    await alice.rows("CREATE TABLE t (a integer)");
    await alice.rows("BEGIN");
    await alice.rows("LOCK TABLE t");
    // Whether its client learns of the server's word or of the lost connection first is left to the network.
    const waiting = bob.run({ text: "SELECT * FROM t", values: [] }).catch(() => {});
    await server.close();
    await waiting;
    expect(await exists(schema.name)).toBe(false);
    await expect.poll(() => outside.rows("SELECT 1 FROM pg_stat_activity WHERE pid = $1", [bob.pid])).toEqual([]);
  });

  test("a schema that a killed run left is dropped by the next run, and one in use is not", async () => {
    const killed = fork(fileURLToPath(new URL("open-schema.ts", import.meta.url)), [inject("databaseUrl")], {
      execArgv: ["--import", "tsx"],
    });
    const [left] = await once(killed, "message");
    const living = await openServer({ databaseUrl: inject("databaseUrl") });
    const inUse = await living.openSchema();
    killed.kill("SIGKILL");
    await once(killed, "exit");
    expect(await exists(String(left))).toBe(true);
    await expect
      .poll(() => outside.rows("SELECT 1 FROM pg_stat_activity WHERE application_name = 'lockstep killed'"))
      .toEqual([]);
    await (await openServer({ databaseUrl: inject("databaseUrl") })).close();
    expect(await exists(String(left))).toBe(false);
    expect(await exists(inUse.name)).toBe(true);
    await living.close();
  });

  test("a role that may not create schemas is told so", async () => {
    await outside.rows("CREATE ROLE guest LOGIN PASSWORD 'guest'");
    const url = new URL(inject("databaseUrl"));
    url.username = "guest";
    url.password = "guest";
    const server = await openServer({ databaseUrl: url.href });
    await expect(server.openSchema()).rejects.toMatchObject({
      code: "no-schema",
      message: expect.stringContaining("permission denied"),
    });
    await server.close();
    await outside.rows("DROP ROLE guest");
  });

  test("one that cannot be reached is named without its password", async () => {
    const opening = openServer({ databaseUrl: "postgres://me:secret@127.0.0.1:1/none" });
    await expect(opening).rejects.toMatchObject({
      code: "database-not-reachable",
      message: expect.stringMatching(
        /^The server at postgres:\/\/me:\*\*\*@127\.0\.0\.1:1\/none cannot be used: .*ECONNREFUSED/,
      ),
    });
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
