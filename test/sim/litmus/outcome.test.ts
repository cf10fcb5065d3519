/** What an outcome tells apart, and what it does not. */
import { describe, expect, test } from "vitest";
import {
  nearest,
  type Outcome,
  outcomeKey,
  outcomeLines,
  outcomeOf,
  replyWords,
  toldOf,
} from "../../../sim/litmus/outcome.ts";

const rows = (...values: (string | null)[][]) =>
  ({ kind: "rows", command: "SELECT", rowCount: values.length, rows: values }) as const;

describe("a reply", () => {
  test("is its command, its count and its rows", () => {
    expect(replyWords(rows(["1", null]), false)).toBe("SELECT 1: (1, null)");
    expect(replyWords({ kind: "rows", command: "INSERT", rowCount: 2, rows: [] }, false)).toBe("INSERT 2");
    expect(replyWords({ kind: "rows", command: "COMMIT", rowCount: null, rows: [] }, false)).toBe("COMMIT");
  });

  test("that failed is its SQLSTATE", () => {
    const reply = {
      kind: "failed",
      sqlstate: "40P01",
      message: "deadlock detected",
      detail: "Process 1 waits",
    } as const;
    expect(replyWords(toldOf(reply), false)).toBe("40P01");
  });

  test("has no order of rows where no ORDER BY gives it one", () => {
    expect(replyWords(rows(["2"], ["1"]), false)).toBe(replyWords(rows(["1"], ["2"]), false));
    expect(replyWords(rows(["2"], ["1"]), true)).not.toBe(replyWords(rows(["1"], ["2"]), true));
  });

  test("keeps a row that comes twice", () => {
    expect(replyWords(rows(["1"], ["1"]), false)).toBe("SELECT 2: (1) (1)");
  });
});

describe("outcomes", () => {
  const outcome = (reply: string, end: string): Outcome => ({ replies: [[reply], ["UPDATE 1"]], end: [["t", end]] });
  const seen = outcome("40P01", "(1, 1)");

  test("are equal by their keys, and read back from them", () => {
    expect(outcomeOf(outcomeKey(seen))).toEqual(seen);
    expect(outcomeKey(outcome("40P01", "(1, 1)"))).toBe(outcomeKey(seen));
    expect(outcomeKey(outcome("40P01", "(1, 2)"))).not.toBe(outcomeKey(seen));
  });

  test("that differ in the fewest places are the nearest", () => {
    const near = outcome("23505", "(1, 1)");
    const far = outcome("23505", "(1, 2)");
    expect(nearest(seen, [far, near], 1)).toEqual([near]);
  });

  test("are told with what is other than in another one marked", () => {
    expect(outcomeLines(outcome("23505", ""), seen)).toEqual(["s1: »23505«", "s2: UPDATE 1", "end: t »empty«"]);
    expect(outcomeLines(seen)).toEqual(["s1: 40P01", "s2: UPDATE 1", "end: t (1, 1)"]);
  });
});
