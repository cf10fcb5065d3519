/** The report of the fuzzer on what it met, which also says what it did not meet. */
import { describe, expect, test } from "vitest";
import { cover, coverageJson, coverageLines, EXPECTED, newCoverage, shortOf } from "../../src/fuzz/coverage.ts";
import type { Executed } from "../../src/fuzz/lock-step.ts";

const failed = (sqlstate: string): Executed => ({
  send: { session: 0, query: { text: "SELECT 1 / 0", values: [] }, labels: [] },
  observation: {
    replies: new Map([[0, { kind: "failed", sqlstate, message: "division by zero", detail: null }]]),
    waiting: new Map(),
    transactions: [],
  },
  agreement: null,
});

describe("a report on coverage", () => {
  test("shows with 0 what was expected and never met", () => {
    const { statements, errors, waits } = coverageJson(newCoverage());
    expect([statements["ACCESS EXCLUSIVE"], errors["22012"], waits["tuple RowShareLock"]]).toEqual([0, 0, 0]);
  });

  test("expects a wait for each of the eight modes of table locks, named as the server names them", () => {
    expect(EXPECTED.waits.filter((name) => name.startsWith("relation "))).toEqual([
      "relation AccessShareLock",
      "relation RowShareLock",
      "relation RowExclusiveLock",
      "relation ShareUpdateExclusiveLock",
      "relation ShareLock",
      "relation ShareRowExclusiveLock",
      "relation ExclusiveLock",
      "relation AccessExclusiveLock",
    ]);
  });

  test("says of what is expected only what was met less than 20 times", () => {
    const coverage = newCoverage();
    for (let at = 0; at < 19; at++) cover(coverage, failed("22012"), new Set());
    expect(shortOf(coverage)["22012"]).toBe(19);
    cover(coverage, failed("22012"), new Set());
    expect(shortOf(coverage)).not.toHaveProperty("22012");
    expect(shortOf(coverage)).toHaveProperty("22003", 0);
  });

  test("closes with what is short, or says that nothing is", () => {
    const coverage = newCoverage();
    expect(coverageLines(coverage, 80)).toContain("met less than 20 times:");
    for (const name of EXPECTED.statements) coverage.counts.statements.set(name, 20);
    for (const name of EXPECTED.errors) coverage.counts.errors.set(name, 20);
    for (const name of EXPECTED.waits) coverage.counts.waits.set(name, 20);
    expect(coverageLines(coverage, 80).at(-1)).toBe("all that is expected was met at least 20 times");
  });
});
