/** Litmus programs come from a seed and a number, and are such as can be run again and again. */
import { beforeAll, describe, expect, test } from "vitest";
import { parseSpec } from "../../../sim/isolation/parse.ts";
import { programOf } from "../../../sim/litmus/generate.ts";
import { closed, finalQueries, programOfSpec, specOf, statement } from "../../../sim/litmus/program.ts";
import { SUBJECTS } from "../../../sim/litmus/subjects.ts";
import { createServer, loadGrammar } from "../../../sim/postgres/index.ts";

beforeAll(() => loadGrammar());

const NUMBERS = Array.from({ length: 300 }, (_, number) => number);

describe("a generated program", () => {
  test("is the same for the same seed and number, whatever was made before", () => {
    const first = programOf(1, 0);
    for (const number of NUMBERS) programOf(1, number);
    expect(programOf(1, 0)).toEqual(first);
  });

  test("number 0 of seed 1 stays what it is", () => {
    const { subject, program } = programOf(1, 0);
    expect(subject).toBe("queue");
    expect(program.sessions.map((statements) => statements.map(({ text }) => text))).toMatchInlineSnapshot(`
      [
        [
          "UPDATE t SET v = (SELECT count(*) FROM k) WHERE id = 3 RETURNING v",
          "UPDATE t SET v = (SELECT count(*) FROM k) WHERE id = 2 RETURNING v",
        ],
        [
          "BEGIN ISOLATION LEVEL REPEATABLE READ",
          "WITH c AS (SELECT id FROM t ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED) INSERT INTO k SELECT id FROM c ON CONFLICT DO NOTHING RETURNING (SELECT min(id) FROM c)",
          "WITH d AS (DELETE FROM t WHERE id = (SELECT id FROM t ORDER BY id LIMIT 1 FOR UPDATE) RETURNING id) INSERT INTO k SELECT id, 1 FROM d RETURNING id",
          "COMMIT",
        ],
      ]
    `);
  });

  test("differs from the others of its seed and from those of another seed", () => {
    const texts = [...NUMBERS.map((number) => programOf(1, number)), ...NUMBERS.map((number) => programOf(2, number))];
    expect(new Set(texts.map(({ program }) => JSON.stringify(program))).size).toBeGreaterThan(550);
  });

  test("has two to four sessions, and ends each of them with no transaction open", () => {
    for (const number of NUMBERS) {
      const { sessions } = programOf(1, number).program;
      expect(sessions.length).toBeGreaterThanOrEqual(2);
      expect(sessions.length).toBeLessThanOrEqual(4);
      for (const statements of sessions) expect(closed(statements)).toEqual(statements);
    }
  });

  test("comes from every subject", () => {
    const met = new Set(NUMBERS.map((number) => programOf(1, number).subject));
    expect([...met].sort()).toEqual(SUBJECTS.map(([, { name }]) => name).sort());
  });

  test("is at READ COMMITTED mostly, and at every level at times", () => {
    const begins = NUMBERS.flatMap((number) => programOf(1, number).program.sessions)
      .flat()
      .filter(({ text }) => text.startsWith("BEGIN"))
      .map(({ text }) => text);
    const plain = begins.filter((text) => text === "BEGIN").length;
    expect(plain).toBeGreaterThan(begins.length / 2);
    expect(new Set(begins).size).toBe(3);
  });

  test("is SQL that the simulated server models", () => {
    for (const [, { schema, rows }] of SUBJECTS) {
      createServer({ sessions: 1, setup: [...schema, ...rows], granularity: "fine", isolation: "read committed" });
    }
  });
});

describe("a session", () => {
  const texts = (...sent: string[]): readonly string[] =>
    closed(sent.map((text) => statement(text))).map(({ text }) => text);

  test("that leaves its transaction open is rolled back", () => {
    expect(texts("BEGIN", "SELECT 1")).toEqual(["BEGIN", "SELECT 1", "ROLLBACK"]);
    expect(texts("BEGIN", "SAVEPOINT a", "ROLLBACK TO a")).toHaveLength(4);
    expect(texts("BEGIN", "COMMIT")).toHaveLength(2);
  });

  test("that holds advisory locks of its own lets go of them", () => {
    expect(texts("SELECT pg_try_advisory_lock(1)").at(-1)).toBe("SELECT pg_advisory_unlock_all()");
    expect(texts("SELECT pg_try_advisory_xact_lock(1)")).toHaveLength(1);
  });
});

describe("the notation of isolation tests", () => {
  test("keeps a program: what is written down reads as the same sessions, tables and rows", () => {
    for (const number of NUMBERS.slice(0, 60)) {
      const { program } = programOf(3, number);
      const read = programOfSpec(parseSpec(specOf(program, ["why it is there"]), "litmus.spec"));
      const { teardown, ...same } = read;
      expect(teardown).toContain("DROP");
      expect(JSON.stringify(same.sessions.map((each) => each.map(({ text }) => text)))).toBe(
        JSON.stringify(program.sessions.map((each) => each.map(({ text }) => text))),
      );
      expect({ schema: same.schema, rows: same.rows, ends: finalQueries(read) }).toEqual({
        schema: program.schema,
        rows: program.rows,
        ends: finalQueries(program),
      });
    }
  });

  test("gives no rows to bring back where the set-up does more than to make tables and rows", () => {
    const spec = (setup: string): ReturnType<typeof programOfSpec> =>
      programOfSpec(
        parseSpec(`setup { ${setup} }\nteardown { DROP TABLE t; }\nsession a\nstep x { SELECT 1; }`, "x.spec"),
      );
    expect(spec("CREATE TABLE t (a int); INSERT INTO t VALUES (1);").rows).toEqual(["INSERT INTO t VALUES (1)"]);
    expect(spec("CREATE TABLE t (a serial);").rows).toBeNull();
    expect(spec("CREATE TABLE t (a int); UPDATE t SET a = 1;").rows).toBeNull();
  });
});
