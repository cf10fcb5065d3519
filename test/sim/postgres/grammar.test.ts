/** Texts become statements by PostgreSQL's own grammar; what is not modelled is refused with its place. */
import { beforeAll, describe, expect, it } from "vitest";
import { loadGrammar, parseStatements } from "../../../sim/postgres/grammar.ts";
import { UsageError } from "../../../sim/usage-error.ts";
import { failure } from "./fake-access.ts";

beforeAll(loadGrammar);

function refusal(sql: string): string {
  try {
    parseStatements(sql);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "taken";
}

describe("a text", () => {
  it("is split into statements with their kinds", () => {
    const kinds = parseStatements(
      "begin; select 1; insert into t values (1); create table t (id int); set x = 1; show x; lock table t; truncate t; commit",
    ).map(({ kind }) => kind);
    expect(kinds).toEqual(["transaction", "query", "query", "ddl", "set", "show", "lock table", "ddl", "transaction"]);
  });

  it("gives each statement its own text and its place in characters", () => {
    const statements = parseStatements("SELECT 'é';\n  SELECT 2 ");
    expect(statements.map(({ text, offset }) => ({ text, offset }))).toEqual([
      { text: "SELECT 'é'", offset: 0 },
      { text: "SELECT 2", offset: 14 },
    ]);
  });

  it("may hold nothing", () => {
    expect(parseStatements(" ; \n")).toEqual([]);
    expect(parseStatements("")).toEqual([]);
    expect(parseStatements("-- a comment")).toEqual([]);
  });
});

describe("a syntax error", () => {
  it("is PostgreSQL's own", () => {
    expect(failure(() => parseStatements("SELEC 1"))).toBe('42601 syntax error at or near "SELEC"');
    expect(failure(() => parseStatements("SELECT (1"))).toBe("42601 syntax error at end of input");
  });
});

describe("what is not modelled", () => {
  it("is refused by name, with line, column and a caret under its place", () => {
    expect(refusal("SELECT a\nFROM t\nGROUP BY ROLLUP (a)")).toBe(
      "GROUP BY ROLLUP is not modelled\nline 3, column 10\n  GROUP BY ROLLUP (a)\n           ^",
    );
  });

  it("is placed in characters, also behind characters of several bytes", () => {
    expect(refusal("SELECT 'éé😀', sum(x) OVER () FROM t")).toContain("line 1, column 27\n");
  });

  it("hints at what is supported", () => {
    try {
      parseStatements("COPY t FROM stdin");
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "sql-not-supported", hint: expect.stringContaining("supported: SELECT") });
    }
  });

  it.each([
    ["MERGE INTO t USING u ON true WHEN MATCHED THEN DO NOTHING", "MERGE"],
    ["SELECT * FROM t TABLESAMPLE system (10)", "TABLESAMPLE"],
    ["SELECT 1 INTO x", "SELECT INTO"],
    ["SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY y) FROM t", "WITHIN GROUP"],
    ["CREATE TABLE t (id int) PARTITION BY LIST (id)", "PARTITION BY"],
    ['CREATE TABLE t (a text COLLATE "C")', "COLLATE"],
    ["SELECT a[1:2] FROM t", "an array slice"],
    ["CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", "CREATE INDEX CONCURRENTLY"],
    ["DECLARE c CURSOR FOR SELECT 1", "DECLARE CURSOR"],
    ["SELECT * FROM (a JOIN b ON true) AS j", "an alias for a join"],
    ["ALTER TABLE t RENAME TO u", "ALTER … RENAME"],
  ])("%s", (sql, words) => {
    expect(refusal(sql)).toMatch(new RegExp(`^${words.replace(/[()]/g, "\\$&")} is not modelled\n`));
  });
});
