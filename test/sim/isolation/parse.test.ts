/** The notation of isolation tests: what is read, which orders are run, and how mistakes are told. */
import { describe, expect, test } from "vitest";
import { permutationsOf, unusedSteps } from "../../../sim/isolation/interleavings.ts";
import { parseSpec } from "../../../sim/isolation/parse.ts";
import type { Spec } from "../../../sim/isolation/spec.ts";

const TWO_SESSIONS = `
session s1 step a { A } step b { B }
session s2 step c { C } step d { D }
`;

function orders(spec: Spec): readonly string[] {
  return [...permutationsOf(spec)].map((permutation) => permutation.map(({ step }) => step.name).join(" "));
}

describe("a test in isolation-test notation", () => {
  test("holds setups, teardowns, sessions and steps", () => {
    const spec = parseSpec(
      `setup { ONE } setup { TWO } teardown { GONE }
       session "s 1" setup { BEGIN; } step a { A } teardown { COMMIT; }
       session s2 step b { B }`,
      "test.spec",
    );
    expect(spec).toEqual({
      setups: ["ONE", "TWO"],
      teardown: "GONE",
      sessions: [
        { name: "s 1", setup: "BEGIN;", steps: [{ name: "a", sql: "A", session: 0 }], teardown: "COMMIT;" },
        { name: "s2", setup: null, steps: [{ name: "b", sql: "B", session: 1 }], teardown: null },
      ],
      permutations: [],
    });
  });

  test("keeps line ends in SQL and trims spaces at its ends only", () => {
    const { sessions } = parseSpec("session s step a {  \n  SELECT 1;\n  } step b { x\ty }", "test.spec");
    expect(sessions[0]?.steps.map(({ sql }) => sql)).toEqual(["\n  SELECT 1;\n", "x\ty"]);
  });

  test("takes a name as it is written, with or without quotes, and a keyword in quotes", () => {
    const { sessions } = parseSpec(`session S step "step" {} step "a""b" {} step Aé$1 {}`, "test.spec");
    expect(sessions[0]?.steps.map(({ name }) => name)).toEqual(["step", 'a"b', "Aé$1"]);
  });

  test("ignores comments outside of SQL", () => {
    const spec = parseSpec("# setup { no }\nsession s # one\nstep a { # not a comment }", "test.spec");
    expect(spec.setups).toEqual([]);
    expect(spec.sessions[0]?.steps[0]?.sql).toBe("# not a comment");
  });

  test("marks steps of a permutation that wait once, for another step, or for notices", () => {
    const spec = parseSpec(`${TWO_SESSIONS} permutation a(*) b(c, d notices 2) c d`, "test.spec");
    expect(spec.permutations[0]?.map(({ step, markers }) => [step.name, markers])).toEqual([
      ["a", [{ kind: "once" }]],
      [
        "b",
        [
          { kind: "after", step: { name: "c", sql: "C", session: 1 } },
          { kind: "notices", step: { name: "d", sql: "D", session: 1 }, count: 2 },
        ],
      ],
      ["c", []],
      ["d", []],
    ]);
  });
});

describe("the orders that a test runs", () => {
  test("are all interleavings when it names none, first session first", () => {
    expect(orders(parseSpec(TWO_SESSIONS, "test.spec"))).toEqual([
      "a b c d",
      "a c b d",
      "a c d b",
      "c a b d",
      "c a d b",
      "c d a b",
    ]);
  });

  test("are those that it names, which may repeat or leave out steps", () => {
    const spec = parseSpec(`${TWO_SESSIONS} permutation a a c permutation b`, "test.spec");
    expect(orders(spec)).toEqual(["a a c", "b"]);
    expect(unusedSteps(spec)).toEqual(["d"]);
  });
});

describe("a mistake is told with its place", () => {
  test.each([
    ["session s\nstep a { SELECT 1;", "test.spec:2:8: this block of SQL has no closing brace"],
    ['session "s', "test.spec:1:9: this quoted name does not end on its line"],
    ["session s step a {} ;", 'test.spec:1:21: unexpected character ";"'],
    ["session s step a { SELECT '{a,b}'; }", "test.spec:1:32: the block of SQL ended at this brace"],
    ["session s step a { SELECT $${1} x; }", "test.spec:1:31: the block of SQL ended at this brace"],
    ["session s\nstep a {\n  SELECT '{}';\n}", "test.spec:3:12: the block of SQL ended at this brace"],
    ["setup { A }\nstep a {}", 'test.spec:2:1: expected "session", found "step"'],
    ["session s", 'test.spec:1:10: expected "step", found the end of the file'],
    ["session s step { A }", "test.spec:1:16: expected the step's name, found a block of SQL"],
    ["session s step a {} step a {}", "test.spec:1:26: a second step is named a"],
    ["session s step a {} permutation b", "test.spec:1:33: no step is named b"],
    [
      "session s step a {} permutation a(",
      "test.spec:1:35: expected a marker: *, a step's name, or a step's name with notices and a number, found the end of the file",
    ],
    [`${TWO_SESSIONS}permutation a(c) b`, "test.spec:4:15: c is not in this permutation"],
    [`${TWO_SESSIONS}permutation a(b) b`, "test.spec:4:15: a and b are steps of one session"],
    ["session s step a {} setup {}", 'test.spec:1:21: expected a "session" or a "permutation", found "setup"'],
  ])("%j", (text, message) => {
    expect(() => parseSpec(text, "test.spec")).toThrow(expect.objectContaining({ code: "isolation-spec", message }));
  });
});
