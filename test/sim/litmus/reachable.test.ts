/** The outcomes that the simulated server reaches, of programs whose outcomes are known. */
import { beforeAll, describe, expect, test } from "vitest";
import { outcomeOf } from "../../../sim/litmus/outcome.ts";
import { type LitmusProgram, statement } from "../../../sim/litmus/program.ts";
import { type ReachOptions, reachable } from "../../../sim/litmus/reachable.ts";
import { loadGrammar } from "../../../sim/postgres/index.ts";
import { UsageError } from "../../../sim/usage-error.ts";

beforeAll(() => loadGrammar());

function program(...sessions: readonly (readonly string[])[]): LitmusProgram {
  return {
    schema: ["CREATE TABLE t (id int PRIMARY KEY, v int)"],
    rows: ["INSERT INTO t VALUES (1, 0), (2, 0)"],
    tables: ["t"],
    sequences: [],
    sessions: sessions.map((texts) => texts.map((text) => statement(text))),
    teardown: null,
  };
}

/** The replies of each outcome, a line each. */
async function replies(of: LitmusProgram, options: Partial<ReachOptions> = {}): Promise<readonly string[]> {
  const reach = await reachable(of, { statesMax: 10_000, ...options });
  expect(reach.complete).toBe(true);
  return [...reach.outcomes]
    .map((key) =>
      outcomeOf(key)
        .replies.map((each) => each.join(" · "))
        .join(" | "),
    )
    .sort();
}

const LOST_UPDATE = program(
  ["SELECT v FROM t WHERE id = 1", "UPDATE t SET v = 1 WHERE id = 1 AND v = 0"],
  ["UPDATE t SET v = 2 WHERE id = 1 AND v = 0"],
);
const ROWS_CROSSWISE = program(
  ["SELECT id FROM t ORDER BY id FOR UPDATE"],
  ["SELECT id FROM t ORDER BY id DESC FOR UPDATE"],
);

describe("reachable outcomes", () => {
  test("are those of every order in which two sessions can meet", async () => {
    expect(await replies(LOST_UPDATE)).toEqual([
      "SELECT 1: (0) · UPDATE 0 | UPDATE 1",
      "SELECT 1: (0) · UPDATE 1 | UPDATE 0",
      "SELECT 1: (2) · UPDATE 0 | UPDATE 1",
    ]);
  });

  test("hold the rows in the end, and the next number of each sequence", async () => {
    const counted = { ...program(["SELECT nextval('q')", "DELETE FROM t"]), sequences: ["q"] };
    const { outcomes } = await reachable(
      { ...counted, schema: [...counted.schema, "CREATE SEQUENCE q"] },
      { statesMax: 100 },
    );
    expect([...outcomes].map((key) => outcomeOf(key).end)).toEqual([
      [
        ["t", ""],
        ["q", "(2)"],
      ],
    ]);
  });

  test("have either of two sessions for the victim of a deadlock", async () => {
    const locked = "SELECT 2: (1) (2)";
    expect(await replies(ROWS_CROSSWISE)).toEqual([`40P01 | ${locked}`, `${locked} | 40P01`, `${locked} | ${locked}`]);
  });

  test("are fewer where nobody steps in between a statement's row locks", async () => {
    expect(await replies(ROWS_CROSSWISE, { granularity: "coarse" })).toHaveLength(1);
  });

  test("go on after an error as a script does", async () => {
    expect(await replies(program(["BEGIN", "SELECT 1/0", "SELECT 1", "COMMIT"]))).toEqual([
      "BEGIN · 22012 · 25P02 · ROLLBACK",
    ]);
  });

  test("are the same whether who acts alone goes first or not", async () => {
    const begins = program(
      ["BEGIN", "UPDATE t SET v = v + 1", "COMMIT"],
      [
        "BEGIN ISOLATION LEVEL REPEATABLE READ",
        "SELECT sum(v) FROM t",
        "UPDATE t SET v = v + 1 WHERE id = 1",
        "COMMIT",
      ],
    );
    // A statement that locks tables switches the reduction off; this one locks a table of nobody's.
    const without = program(...begins.sessions.map((each) => each.map(({ text }) => text)), ["LOCK TABLE z"]);
    const all = await replies({ ...without, schema: [...without.schema, "CREATE TABLE z (a int)"] });
    expect(all.map((line) => line.split(" | ").slice(0, 2).join(" | "))).toEqual(await replies(begins));
  });

  test("name the points at which others may move", async () => {
    const { points } = await reachable(ROWS_CROSSWISE, { statesMax: 1000 });
    expect([...points.keys()]).toEqual(expect.arrayContaining(["statement boundary", "before a row lock", "wait"]));
  });
});

describe("a search", () => {
  test("for one outcome follows only what leads to it", async () => {
    const all = await reachable(LOST_UPDATE, { statesMax: 1000 });
    for (const key of all.outcomes) {
      const one = await reachable(LOST_UPDATE, { statesMax: 1000, only: [outcomeOf(key)] });
      expect([...one.outcomes]).toEqual([key]);
      expect(one.states).toBeLessThan(all.states);
    }
  });

  test("for an outcome that cannot be finds none, and is complete", async () => {
    const [key = ""] = (await reachable(LOST_UPDATE, { statesMax: 1000 })).outcomes;
    const impossible = { ...outcomeOf(key), replies: [["SELECT 1: (7)", "UPDATE 1"], ["UPDATE 1"]] };
    const found = await reachable(LOST_UPDATE, { statesMax: 1000, only: [impossible] });
    expect(found).toMatchObject({ complete: true, outcomes: new Set() });
  });

  test("that reaches its bound is not complete", async () => {
    expect(await reachable(LOST_UPDATE, { statesMax: 3 })).toMatchObject({ complete: false });
  });

  test("sees a session that would wait for ever for one that has ended", async () => {
    const held = program(["SELECT pg_advisory_lock(1)"], ["SELECT pg_advisory_xact_lock(1)"]);
    expect(await reachable(held, { statesMax: 1000 })).toMatchObject({ complete: true, stuck: true });
  });

  test("refuses SQL that is not modelled, with its place", async () => {
    await expect(reachable(program(["COPY t TO '/tmp/x'"]), { statesMax: 10 })).rejects.toThrow(UsageError);
  });
});
