/**
 * Outcomes of litmus programs that only points inside of statements make possible: a real server shows each in some of thousands of
 * runs, so each must be among those that the simulated server reaches.
 */
import { beforeAll, expect, test } from "vitest";
import { outcomeOf } from "../../../sim/litmus/outcome.ts";
import { statement } from "../../../sim/litmus/program.ts";
import { reachable } from "../../../sim/litmus/reachable.ts";
import { loadGrammar } from "../../../sim/postgres/index.ts";

beforeAll(() => loadGrammar());

interface Known {
  readonly about: string;
  readonly schema: readonly string[];
  readonly rows: readonly string[];
  /** What each session sends, and what it was answered. */
  readonly sessions: readonly (readonly (readonly [sent: string, answered: string])[])[];
}

const KEYED = ["CREATE TABLE t (id int PRIMARY KEY, v int)"];
const TWO_KEYS = ["CREATE TABLE t (id int PRIMARY KEY, v int UNIQUE)"];
const NUMBERED = ["CREATE TABLE t (id serial PRIMARY KEY, v int)"];
const TWO_ROWS = ["INSERT INTO t VALUES (1, 0), (2, 0)"];
const CLAIM = `WITH c AS (SELECT id FROM t ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
  INSERT INTO k SELECT 7 FROM c ON CONFLICT DO NOTHING RETURNING (SELECT id FROM c)`;
const TAKE = "SELECT id FROM t WHERE pg_try_advisory_lock(id) ORDER BY id LIMIT 1";

const KNOWN: readonly Known[] = [
  {
    about: "two INSERTs of the same keys in other orders deadlock",
    schema: KEYED,
    rows: [],
    sessions: [
      [["INSERT INTO t VALUES (1, 1), (2, 1)", "40P01"]],
      [["INSERT INTO t VALUES (2, 2), (1, 2)", "INSERT 2"]],
    ],
  },
  {
    about: "two upserts of the same keys in other orders deadlock",
    schema: KEYED,
    rows: [],
    sessions: [
      [["INSERT INTO t VALUES (1, 1), (2, 1) ON CONFLICT (id) DO UPDATE SET v = excluded.v", "40P01"]],
      [["INSERT INTO t VALUES (2, 2), (1, 2) ON CONFLICT (id) DO UPDATE SET v = excluded.v", "INSERT 2"]],
    ],
  },
  {
    about: "an INSERT and one that does nothing on a conflict deadlock",
    schema: KEYED,
    rows: [],
    sessions: [
      [["INSERT INTO t VALUES (2, 1), (1, 1), (3, 1)", "INSERT 3"]],
      [["INSERT INTO t VALUES (3, 2), (2, 2) ON CONFLICT DO NOTHING", "40P01"]],
    ],
  },
  {
    about: "who has locked the second row is the first to write what both write",
    schema: [...KEYED, "CREATE TABLE k (id int PRIMARY KEY)"],
    rows: TWO_ROWS,
    sessions: [[[CLAIM, "INSERT 0"]], [[CLAIM, "INSERT 1: (2)"]]],
  },
  {
    about: "a job that is gone is taken: the snapshot is older than the advisory lock",
    schema: KEYED,
    rows: TWO_ROWS,
    sessions: [
      [
        [TAKE, "SELECT 1: (1)"],
        ["DELETE FROM t WHERE id = 1", "DELETE 1"],
        ["SELECT pg_advisory_unlock(1)", "SELECT 1: (t)"],
      ],
      [
        [TAKE, "SELECT 1: (1)"],
        ["DELETE FROM t WHERE id = 1", "DELETE 0"],
        ["SELECT pg_advisory_unlock(1)", "SELECT 1: (t)"],
      ],
    ],
  },
  {
    about: "updates by lists of keys take them in the order of the lists, and deadlock",
    schema: KEYED,
    rows: TWO_ROWS,
    sessions: [
      [["UPDATE t SET v = 1 FROM unnest(ARRAY[2, 1]) AS a(id) WHERE t.id = a.id", "40P01"]],
      [["UPDATE t SET v = 2 FROM unnest(ARRAY[1, 2]) AS a(id) WHERE t.id = a.id", "UPDATE 2"]],
    ],
  },
  {
    about: "the numbers of two INSERTs of two rows come in turns",
    schema: NUMBERED,
    rows: [],
    sessions: [
      [["INSERT INTO t (v) VALUES (1), (1) RETURNING id", "INSERT 2: (1) (3)"]],
      [["INSERT INTO t (v) VALUES (2), (2) RETURNING id", "INSERT 2: (2) (4)"]],
    ],
  },
  {
    about: "a unique key that is not ON CONFLICT's is taken between the look and its entry (seed 2, program 79)",
    schema: TWO_KEYS,
    rows: ["INSERT INTO t VALUES (4, 4)"],
    sessions: [
      [["INSERT INTO t VALUES (3, 1)", "INSERT 1"]],
      [
        ["UPDATE t SET v = 3 WHERE id = 3", "UPDATE 0"],
        ["INSERT INTO t VALUES (3, 1) ON CONFLICT (id) DO UPDATE SET v = excluded.v RETURNING v", "23505"],
      ],
      [
        ["BEGIN", "BEGIN"],
        ["INSERT INTO t VALUES (1, 3)", "INSERT 1"],
        ["COMMIT", "COMMIT"],
      ],
    ],
  },
];

test.each(KNOWN)("$about", async ({ schema, rows, sessions }) => {
  const reach = await reachable(
    {
      schema,
      rows,
      tables: ["t"],
      sequences: [],
      sessions: sessions.map((each) => each.map(([sent]) => statement(sent))),
      teardown: null,
    },
    { statesMax: 20_000 },
  );
  expect(reach.complete).toBe(true);
  const replies = [...reach.outcomes].map((key) => outcomeOf(key).replies);
  expect(replies).toContainEqual(sessions.map((each) => each.map(([, answered]) => answered)));
});
