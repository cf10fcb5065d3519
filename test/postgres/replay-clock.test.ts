/** A real server tells the time of the trace, however it is asked, and whenever the trace was made. */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { FaultBudget } from "../../model/fault.ts";
import { parametersOf } from "../../sim/explore/check.ts";
import { loadGrammar } from "../../sim/postgres/index.ts";
import { parseStart } from "../../sim/start-time.ts";
import { systemOf } from "../../sim/system/from-scenario.ts";
import { setupOf } from "../../sim/system/set-up.ts";
import { recordTrace } from "../../sim/trace/record.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { replayOnPostgres } from "../../src/postgres/replay.ts";
import { type OpenServer, openServer } from "../../src/postgres/server.ts";
import { type Script, scriptInstance } from "../sim/time/script-scenario.ts";

let server: OpenServer;
beforeAll(async () => {
  await loadGrammar();
  server = await openServer({ databaseUrl: inject("databaseUrl") });
});
afterAll(() => server.close());

const LAST_YEAR = "2025-12-01 10:20:30+00";

interface Run extends Script {
  /** Steps after alice's first one; the rest of hers follows. */
  readonly steps?: readonly string[];
  readonly faults?: FaultBudget;
}

/** The trace of alice sending all of her statements, begun last year. */
async function traced({ steps, faults = {}, ...script }: Run): Promise<Trace> {
  const instance = { ...scriptInstance(script), faults, now: parseStart(LAST_YEAR, "the start") };
  const system = systemOf(instance);
  const schedule: { client: string; action: string }[] = [];
  let state = system.initial;
  const wishes = [...(steps ?? [])];
  for (;;) {
    const enabled = system.choices(state).filter(({ client }) => client === "alice");
    const wish = schedule.length === 0 ? "go" : wishes.shift();
    const own = enabled.find(({ action }) => ["next", "commit"].includes(action));
    const choice = wish === undefined ? own : enabled.find(({ action }) => action === wish);
    if (choice === undefined) break;
    schedule.push(choice);
    state = (await system.take(state, choice)).state;
  }
  const about = { parameters: parametersOf(instance, system.clients, null), setup: setupOf(instance) };
  return recordTrace(system, schedule, about);
}

const replayed = async (run: Run) => replayOnPostgres(await traced(run), server);

const TABLE = "CREATE TABLE t (id int PRIMARY KEY, at timestamptz DEFAULT now(), local timestamp, day date)";

describe("the trace's time is told", () => {
  test.each<[string, Run]>([
    [
      "in rows of the set-up that have a default",
      { setup: [TABLE, "INSERT INTO t (id) VALUES (1)"], statements: ["SELECT 1"] },
    ],
    [
      "by every default that tells the time",
      {
        setup: [
          `CREATE TABLE d (id int, a timestamptz DEFAULT CURRENT_TIMESTAMP, b timestamptz DEFAULT clock_timestamp(),
             c timestamptz DEFAULT statement_timestamp(), d timestamptz DEFAULT transaction_timestamp(),
             e date DEFAULT CURRENT_DATE, f timestamp DEFAULT LOCALTIMESTAMP, g timestamptz DEFAULT now() + interval '30 seconds')`,
          "INSERT INTO d (id) VALUES (1)",
        ],
        statements: ["INSERT INTO d (id) VALUES (2) RETURNING *"],
      },
    ],
    [
      "by statements, with the names that columns have",
      {
        setup: [TABLE],
        statements: [
          "SELECT now(), CURRENT_TIMESTAMP, LOCALTIMESTAMP, current_date, clock_timestamp(), statement_timestamp() AS s",
          "INSERT INTO t SELECT 2, pg_catalog . now ( ), localtimestamp, current_date + 1 RETURNING id, at, local, day",
          "UPDATE t SET at = now() - interval '1 hour' WHERE at <= CURRENT_TIMESTAMP RETURNING at",
        ],
      },
    ],
    [
      "and no string, comment or name is changed",
      {
        setup: [TABLE, "CREATE TABLE u (id int, now text DEFAULT 'now()')"],
        statements: [
          "INSERT INTO u (id) VALUES (1) RETURNING now /* now() */",
          "SELECT 'é now() CURRENT_TIMESTAMP' AS now, u.now, $$now()$$, now() IS NULL FROM u -- now()",
        ],
      },
    ],
    [
      "by functions of the set-up",
      {
        setup: [TABLE, "CREATE FUNCTION stamp() RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT now() $$"],
        statements: ["SELECT stamp()"],
      },
    ],
    [
      "in a prepared statement",
      { setup: [TABLE], statements: ["PREPARE p AS SELECT now() > '2025-01-01', now()", "EXECUTE p"] },
    ],
  ])("%s", async (_, run) => {
    expect(await replayed(run)).toMatchObject({ kind: "reproduced" });
  });

  test("as it passes: a transaction keeps the time of its begin, its statements have their own", async () => {
    const result = await replayed({
      setup: [TABLE],
      statements: [
        "SELECT clock_timestamp()",
        "BEGIN",
        "SELECT now(), statement_timestamp(), clock_timestamp()",
        "INSERT INTO t (id, at) VALUES (1, statement_timestamp()) RETURNING at > now()",
        "COMMIT",
        "INSERT INTO t (id) VALUES (2) RETURNING at",
      ],
      steps: ["commit", "next", "next", "stall"],
      faults: { stall: 1 },
      about: { clock: true },
    });
    expect(result).toMatchObject({ kind: "reproduced" });
    expect(result.notes).toEqual([
      `now() and its like are functions of the replay's own: the run began at ${LAST_YEAR}`,
    ]);
  });
});

describe("what tells the server's own time", () => {
  test("keeps a trace from being forced, and does not make it differ", async () => {
    const result = await replayed({ setup: [TABLE], statements: ["INSERT INTO t (id, day) VALUES (1, 'today')"] });
    expect(result).toMatchObject({
      kind: "cannot-force",
      step: 1,
      why: "'today' tells the time of the server, not of the trace",
    });
  });

  test("does no harm where nothing comes of it", async () => {
    const run = { setup: [TABLE], statements: ["SELECT 1 WHERE 'now'::timestamptz > '2025-01-01'"] };
    expect(await replayed(run)).toMatchObject({ kind: "reproduced" });
  });
});

test("a trace that does not say when it begins began in 2000", async () => {
  const { parameters, ...trace } = await traced({
    setup: [TABLE, "INSERT INTO t (id) VALUES (1)"],
    statements: ["SELECT 1"],
  });
  const start = { ...trace.start, tables: { t: [{ id: 1, at: "2000-01-01 00:00:00+00", local: null, day: null }] } };
  const { now: _, ...old } = parameters;
  expect(await replayOnPostgres({ ...trace, start, parameters: old }, server)).toMatchObject({ kind: "reproduced" });
});
