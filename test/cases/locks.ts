/** Locks, and the order in which they are taken: deadlocks, advisory locks, and a table that is used as one. */
import { noDeadlock } from "../../model/properties.ts";
import type { Code } from "../../sim/process/code-process.ts";
import { believers, countOf, haveEnded, never, type PublicCase, rowOf, rowsOf, transaction } from "./public-case.ts";

function sends(...statements: readonly string[]): Code {
  return async (session) => {
    await transaction(session, async () => {
      for (const statement of statements) await session.query(statement);
      return true;
    });
  };
}

const lone =
  (statement: string): Code =>
  async (session) => {
    await session.query(statement);
  };

const fromValues = (first: number, second: number): string =>
  `UPDATE runs SET revision = runs.revision + 1 FROM (VALUES (${first}), (${second})) AS v(id) WHERE runs.id = v.id`;
const fromUnnest = (first: number, second: number): string =>
  `UPDATE runs SET revision = runs.revision + 1 FROM unnest(ARRAY[${first}, ${second}]) AS v(id) WHERE runs.id = v.id`;
const LOCK_IN_ORDER = "SELECT id FROM runs WHERE id = ANY (ARRAY[1, 2]) ORDER BY id FOR UPDATE";

/** Rows are locked in the order in which the join meets them, and the text does not say which one that is. */
const bulkUpdate: PublicCase = {
  name: "two writers of the same rows do not deadlock",
  source: "aikirun/aiki#196",
  setup: ["CREATE TABLE runs (id int PRIMARY KEY, revision int NOT NULL)", "INSERT INTO runs VALUES (1, 0), (2, 0)"],
  view: {},
  claims: [noDeadlock],
  versions: {
    "FROM VALUES": {
      clients: { a: lone(fromValues(1, 2)), b: lone(fromValues(2, 1)) },
      found: { breaks: "no-deadlock", steps: 6, states: 63 },
    },
    "FROM unnest": {
      clients: { a: lone(fromUnnest(1, 2)), b: lone(fromUnnest(2, 1)) },
      found: { breaks: "no-deadlock", steps: 6, states: 63 },
    },
    "FROM unnest, after a lock in order": {
      clients: { a: sends(LOCK_IN_ORDER, fromUnnest(1, 2)), b: sends(LOCK_IN_ORDER, fromUnnest(2, 1)) },
      found: { holds: true, states: 91 },
    },
  },
};

const insert = (first: number, second: number): string => `INSERT INTO runs VALUES (${first}, 0), (${second}, 0)`;
const NOTHING = "ON CONFLICT DO NOTHING";
const UPSERT = "ON CONFLICT (id) DO UPDATE SET revision = runs.revision + 1";

/** Keys are waited for one by one: each has inserted its first one, and waits for the other's. */
const bulkInsert: PublicCase = {
  name: "two writers of the same new keys do not deadlock",
  source: "zulip/zulip#19054",
  setup: ["CREATE TABLE runs (id int PRIMARY KEY, revision int NOT NULL)"],
  view: {},
  claims: [noDeadlock],
  versions: {
    "keys in two orders": {
      clients: { a: lone(`${insert(1, 2)} ${NOTHING}`), b: lone(`${insert(2, 1)} ${NOTHING}`) },
      found: { breaks: "no-deadlock", steps: 4, states: 18 },
    },
    "upserts in two orders": {
      clients: { a: lone(`${insert(1, 2)} ${UPSERT}`), b: lone(`${insert(2, 1)} ${UPSERT}`) },
      found: { breaks: "no-deadlock", steps: 4, states: 18 },
    },
    "a statement for each key, in two orders": {
      clients: {
        a: sends("INSERT INTO runs VALUES (1, 0)", "INSERT INTO runs VALUES (2, 0)"),
        b: sends("INSERT INTO runs VALUES (2, 0)", "INSERT INTO runs VALUES (1, 0)"),
      },
      allows: ["23505"],
      found: { breaks: "no-deadlock", steps: 6, states: 27 },
      isForced: true,
    },
    "keys in one order": {
      clients: { a: lone(`${insert(1, 2)} ${NOTHING}`), b: lone(`${insert(1, 2)} ${NOTHING}`) },
      found: { holds: true, states: 19 },
    },
    "upserts in one order": {
      clients: { a: lone(`${insert(1, 2)} ${UPSERT}`), b: lone(`${insert(1, 2)} ${UPSERT}`) },
      found: { holds: true, states: 28 },
    },
  },
};

const stopAndWork = (strength: string): Readonly<Record<string, Code>> => ({
  stop: sends(
    `SELECT id FROM runs WHERE status = 'running' ORDER BY id ${strength}`,
    `SELECT id FROM jobs WHERE run_id = 1 ORDER BY id ${strength}`,
  ),
  work: sends(`SELECT id FROM jobs WHERE id = 1 ${strength}`, "INSERT INTO jobs VALUES (2, 1)"),
});

/** The foreign key of the worker's INSERT takes FOR KEY SHARE on the run, which FOR UPDATE keeps from it. */
const stopper: PublicCase = {
  name: "a run is stopped while a worker adds a job to it",
  source: "dstackai/dstack#2843",
  setup: [
    "CREATE TABLE runs (id int PRIMARY KEY, status text NOT NULL)",
    "CREATE TABLE jobs (id int PRIMARY KEY, run_id int NOT NULL REFERENCES runs ON DELETE CASCADE)",
    "INSERT INTO runs VALUES (1, 'running')",
    "INSERT INTO jobs VALUES (1, 1)",
  ],
  view: {},
  claims: [noDeadlock],
  versions: {
    "FOR UPDATE": {
      clients: stopAndWork("FOR UPDATE"),
      found: { breaks: "no-deadlock", steps: 11, states: 55 },
      isForced: true,
    },
    "FOR NO KEY UPDATE": { clients: stopAndWork("FOR NO KEY UPDATE"), found: { holds: true, states: 62 } },
  },
};

function migrator(addsLock: string): Code {
  return async (session) => {
    if ((await countOf(session, "SELECT is_locked FROM migrations_lock")) === 0) await session.query(addsLock);
    const take = "UPDATE migrations_lock SET is_locked = 1 WHERE is_locked = 0";
    if ((await countOf(session, take)) !== 1) return;
    session.believe({ migrates: true });
    session.believe({ migrates: false });
    await session.query("UPDATE migrations_lock SET is_locked = 0");
  };
}

const migrators = (addsLock: string): Readonly<Record<string, Code>> => ({
  a: migrator(addsLock),
  b: migrator(addsLock),
});
const TWO_ROWS = "the lock has two rows, and nobody gets it any more";

/** Both find no row and insert one each; the fix that was merged looks inside of the INSERT, where it sees no more. */
const migrationLock: PublicCase = {
  name: "the lock of migrations has one row",
  source: "knex/knex#3538, and the merged fix knex/knex#4694",
  setup: ["CREATE TABLE migrations_lock (index serial PRIMARY KEY, is_locked int)"],
  view: { migrates: false },
  claims: [
    never(TWO_ROWS, (world) => rowsOf(world, "migrations_lock").length > 1),
    never("two migrate", (world) => believers(world, "migrates") > 1),
  ],
  versions: {
    "inserts a row": {
      clients: migrators("INSERT INTO migrations_lock (is_locked) VALUES (0)"),
      found: { breaks: TWO_ROWS, steps: 8, states: 78 },
      isForced: true,
    },
    "inserts where none exists": {
      clients: migrators(
        "INSERT INTO migrations_lock (is_locked) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM migrations_lock)",
      ),
      found: { breaks: TWO_ROWS, steps: 10, states: 125 },
    },
    "a fixed key": {
      clients: migrators("INSERT INTO migrations_lock VALUES (1, 0) ON CONFLICT (index) DO NOTHING"),
      found: { holds: true, states: 358 },
    },
  },
};

function uniqueJob(lock: string, commits: boolean): Code {
  return async (session) => {
    const isInserted = await transaction(session, async () => {
      const locked = await rowOf(session, `SELECT ${lock}(42) AS got`);
      const same =
        "SELECT id FROM jobs WHERE state = ANY ('{available,executing}') AND args @> '{\"to\": \"x\"}' LIMIT 1";
      if (locked?.["got"] === false || (await countOf(session, same)) > 0) {
        session.believe({ told: "there is one" });
        return false;
      }
      await session.query("INSERT INTO jobs (args) VALUES ($1)", ['{"to": "x"}']);
      return commits;
    });
    if (isInserted) session.believe({ told: "inserted" });
  };
}

const oneOf = (lock: string, commits: boolean): Readonly<Record<string, Code>> => ({
  a: uniqueJob(lock, commits),
  b: uniqueJob(lock, true),
});
const NONE = "who was told that there is a job cannot rely on it";

/** The winner of the lock is taken back by its caller; and under REPEATABLE READ the snapshot is older than the lock. */
const uniqueInsert: PublicCase = {
  name: "a job that is unique is there, once",
  source: "oban-bg/oban#1087 and #1093",
  setup: ["CREATE TABLE jobs (id serial PRIMARY KEY, state text NOT NULL DEFAULT 'available', args jsonb NOT NULL)"],
  view: { told: "" },
  claims: [
    never(NONE, (world) => {
      return haveEnded(world) && believers(world, "told", "there is one") > 0 && rowsOf(world, "jobs").length === 0;
    }),
    never("there are two", (world) => rowsOf(world, "jobs").length > 1),
  ],
  versions: {
    "tries the lock, one is taken back": {
      clients: oneOf("pg_try_advisory_xact_lock", false),
      found: { breaks: NONE, steps: 9, states: 46 },
      isForced: true,
    },
    "waits, one is taken back": { clients: oneOf("pg_advisory_xact_lock", false), found: { holds: true, states: 42 } },
    "waits, read committed": { clients: oneOf("pg_advisory_xact_lock", true), found: { holds: true, states: 40 } },
    "waits, repeatable read": {
      clients: oneOf("pg_advisory_xact_lock", true),
      isolation: "repeatable read",
      found: { breaks: "there are two", steps: 14, states: 66 },
      isForced: true,
    },
    "waits, serializable": {
      clients: oneOf("pg_advisory_xact_lock", true),
      isolation: "serializable",
      allows: ["40001"],
      found: { holds: true, states: 65 },
    },
  },
};

export const locks: readonly PublicCase[] = [bulkUpdate, bulkInsert, stopper, migrationLock, uniqueInsert];
