/** Statements for readers: parameters filled in, cut into pieces and clauses, called by their first keyword. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clauses, filledText, sqlPieces, statementName, transactionEdge } from "../../../sim/trace/sql-text.ts";

const query = (text: string, ...values: (string | number | boolean | null)[]) => ({ text, values });

describe("a statement with its parameters filled in", () => {
  it.each([
    [
      "UPDATE buffers SET locked_by = $1 WHERE id = $2",
      ["alice", 1],
      "UPDATE buffers SET locked_by = 'alice' WHERE id = 1",
    ],
    ["SELECT $1, $2", [null, true], "SELECT null, true"],
    ["SELECT $1", ["it's"], "SELECT 'it''s'"],
    ["SELECT $1, $10, $2", ["a", "b", 3, 4, 5, 6, 7, 8, 9, "ten"], "SELECT 'a', 'ten', 'b'"],
    ["SELECT '$1', \"$1\", $1", [7], "SELECT '$1', \"$1\", 7"],
    ["SELECT $$ $1 $$, $1", [7], "SELECT $$ $1 $$, 7"],
    ["SELECT 1 -- $1\n  , $1", [7], "SELECT 1 , 7"],
    ["SELECT 1 /* $1 */ + $1", [7], "SELECT 1 + 7"],
    ["SELECT\n   1\n  FROM   t", [], "SELECT 1 FROM t"],
    ["SELECT 'two  spaces'", [], "SELECT 'two  spaces'"],
    ["SELECT $2", ["only one"], "SELECT $2"],
    ["SELECT $1", ["$2", "no"], "SELECT '$2'"],
  ] as const)("%j with %j", (text, values, expected) => {
    expect(filledText({ text, values })).toBe(expected);
  });
});

describe("the pieces of a statement", () => {
  it("are the statement when put together, whatever it is", () => {
    const sql = fc.array(
      fc.constantFrom("'", '"', "$1", "$$", "--", "/*", "*/", "\n", " ", "SELECT", "x", "1.5", "::", "é"),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          sql.map((parts) => parts.join("")),
          fc.string(),
        ),
        (text) => {
          expect(
            sqlPieces(text)
              .map((piece) => piece.text)
              .join(""),
          ).toBe(text);
        },
      ),
      { seed: 1, numRuns: 1000 },
    );
  });

  it("know keywords in any case, and no keyword inside a string or a quoted name", () => {
    const keywords = sqlPieces("select 'from' AS \"where\" From t").filter(({ kind }) => kind === "keyword");
    expect(keywords.map(({ text }) => text)).toEqual(["select", "AS", "From"]);
  });
});

describe("what a statement is called", () => {
  it.each([
    ["SELECT 1", "SELECT"],
    ["  /* why */ update t set a = 1", "UPDATE"],
    ["SELECT a FROM t WHERE b = 1 FOR UPDATE", "SELECT FOR UPDATE"],
    ["select a from t for no key update skip locked", "SELECT FOR NO KEY UPDATE"],
    ["SELECT 'FOR UPDATE'", "SELECT"],
    ["COMMIT", "COMMIT"],
  ])("%j is %s", (text, name) => {
    expect(statementName(query(text))).toBe(name);
  });
});

describe("the clauses of a statement", () => {
  it("begin at its top-level keywords, not at those of a sub-select", () => {
    const text = "UPDATE jobs SET owner = $1 WHERE id = (SELECT id FROM jobs WHERE owner IS NULL LIMIT 1) RETURNING id";
    expect(clauses(query(text, "alice"))).toEqual([
      "UPDATE jobs",
      "SET owner = 'alice'",
      "WHERE id = (SELECT id FROM jobs WHERE owner IS NULL LIMIT 1)",
      "RETURNING id",
    ]);
  });
});

describe("a transaction's edge", () => {
  it.each([
    ["BEGIN ISOLATION LEVEL SERIALIZABLE", "begins"],
    ["start transaction", "begins"],
    ["COMMIT", "ends"],
    ["ROLLBACK -- to be sure", "ends"],
    ["ROLLBACK TO SAVEPOINT a", null],
    ["rollback to a", null],
    ["SELECT 'BEGIN'", null],
  ])("%s: %s", (text, edge) => expect(transactionEdge(text)).toBe(edge));
});
