/** What counts as a branch of a script, and how the report tells of those that no run has reached. */
import { describe, expect, test } from "vitest";
import { branchPoints } from "../../src/fuzz/branches/branch-points.ts";
import { branchLines } from "../../src/fuzz/branches/report.ts";

function kinds(text: string): readonly string[] {
  return branchPoints(text).points.map(({ kind, offset }) => `${kind} ${text.slice(offset, offset + 3)}`);
}

describe("a branch", () => {
  test.each([
    ["if (a) one(); else two();", ["if one", "if two"]],
    ["x = a ? one : two;", ["? one", "? two"]],
    ["x = a && one || two;", ["&& one", "|| two"]],
    ["x = a ?? one;", ["?? one"]],
    ["switch (a) { case 1: one(); break; default: two(); }", ["case one", "case two"]],
    ["function f() { one(); }", ["function { o"]],
    ["x = () => one;", ["function one"]],
    ["class A { m() { one(); } }", ["function { o"]],
    ["x = 'é…'; if (a) one();", ["if one"]],
    ["try { one(); } catch { two(); }", ["catch { t"]],
  ])("is a part that may be run or not: %s", (text, found) => expect(kinds(text)).toEqual(found));

  test.each([
    "if (a) throw new RangeError('no');",
    "if (a) { throw new Error('assertion failed'); }",
    "x = a ?? 0;",
    "x = a ?? [];",
  ])("is none that no run is to reach: %s", (text) =>
    expect(branchPoints(text)).toMatchObject({ points: [], leftOut: 1 }),
  );

  test("belongs to the innermost function around it", () => {
    const text = "function f() { return () => { if (a) one(); }; }";
    const inner = branchPoints(text).points.find(({ kind }) => kind === "if");
    expect(text.slice(inner?.body.start, inner?.body.end)).toBe("{ if (a) one(); }");
  });
});

test("a report says how many branches no run has reached, where they are, and which are not counted", () => {
  const lines = branchLines({
    branches: 200,
    unreached: 3,
    leftOut: 5,
    places: ["sim/a.ts:1", "sim/a.ts:7", "sim/b.ts:2"],
  });
  expect(lines[0]).toBe("branches of sim/postgres that no run has reached: 3 of 200 (1.5 %)");
  expect(lines.slice(1, 3)).toEqual(["  sim/a.ts:1,7", "  sim/b.ts:2"]);
  expect(lines[3]).toContain("5 more");
});
