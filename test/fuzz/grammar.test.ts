/** Cases that are made from the grammar: what they hold, and that chance alone decides of them. */
import { describe, expect, test } from "vitest";
import { parseSpec } from "../../sim/isolation/parse.ts";
import { createServer, loadGrammar } from "../../sim/postgres/index.ts";
import { type FuzzCase, planOf } from "../../src/fuzz/case.ts";
import { parseFeatures, USUAL_FEATURES } from "../../src/fuzz/features.ts";
import { KeptCases } from "../../src/fuzz/grammar/mutation.ts";
import { grammarCase } from "../../src/fuzz/grammar/sessions.ts";
import { AGGREGATES, signaturesOf, TYPES } from "../../src/fuzz/grammar/signatures.ts";
import { specText } from "../../src/fuzz/spec-text.ts";
import { runnable } from "../../src/fuzz/tester/runnable.ts";

const many = Array.from({ length: 600 }, (_, seed) => grammarCase(seed, USUAL_FEATURES));

function texts({ prelude = [], sessions }: FuzzCase): readonly string[] {
  return [...prelude, ...sessions.flat()].map(({ query }) => query.text);
}

describe("a case from the grammar", () => {
  test("is given by its seed", () => {
    expect(grammarCase(7, USUAL_FEATURES)).toEqual(grammarCase(7, USUAL_FEATURES));
    expect(grammarCase(7, USUAL_FEATURES)).not.toEqual(grammarCase(8, USUAL_FEATURES));
  });

  test.each([
    ["a join of each kind", [/ JOIN /, / LEFT JOIN /, / RIGHT JOIN /, / FULL JOIN /, / CROSS JOIN /, / USING \(/]],
    ["a derived table with an order and a limit", [/FROM \(SELECT \* FROM \w+ ORDER BY .* LIMIT \d\) s/]],
    [
      "WITH that reads, locks and changes",
      [/^WITH w AS \(SELECT/, /^WITH w AS \(DELETE/, /^WITH w AS \(UPDATE/, /^WITH w AS \(INSERT/],
    ],
    [
      "a sub-select of each kind",
      [/EXISTS \(SELECT/, / IN \(SELECT/, /\) = \(SELECT/, /\(SELECT max\(/, /> ALL \(SELECT/],
    ],
    ["an aggregate with DISTINCT and with an order", [/\w+\(DISTINCT /, /array_agg\(.* ORDER BY /]],
    ["a set operation", [/ UNION /, / INTERSECT /, / EXCEPT /]],
    [
      "a reference with each action",
      [/ON DELETE CASCADE/, /SET NULL/, /SET DEFAULT/, /RESTRICT/, /NO ACTION/, /INITIALLY DEFERRED/],
    ],
    ["an index of each kind", [/CREATE UNIQUE INDEX ON/, /INDEX ON \w+ \(lower\(/, /INDEX .* WHERE /]],
    [
      "an upsert, UPDATE FROM, DELETE USING, and the old row in RETURNING",
      [/DO UPDATE/, /^UPDATE \w+ SET .* FROM/, /USING/, /RETURNING .*\bold\./],
    ],
    ["a definition within a transaction", [/^ALTER TABLE/, /^DROP TABLE/, /^TRUNCATE/, /^CREATE SEQUENCE/]],
    [
      "a prepared statement and a setting",
      [/^PREPARE p/, /^EXECUTE p/, /^SET (LOCAL )?TimeZone/, /^SET (LOCAL )?DateStyle/],
    ],
    [
      "every isolation level, and transactions that only read",
      [/REPEATABLE READ/, /SERIALIZABLE/, /READ ONLY/, /READ ONLY DEFERRABLE/],
    ],
    ["several statements in one message", [/^LOCK TABLE \w+; /]],
  ])("of many there is one with %s", (_, patterns) => {
    const all = many.flatMap(texts);
    for (const pattern of patterns) expect(all.some((text) => pattern.test(text))).toBe(true);
  });

  test("uses no feature that is off", () => {
    const off = parseFeatures("grammar");
    const all = Array.from({ length: 200 }, (_, seed) => grammarCase(seed, off)).flatMap(texts);
    expect(
      all.filter((text) => /SERIALIZABLE|REPEATABLE|^LOCK|advisory|^SAVEPOINT|^DROP|READ ONLY/.test(text)),
    ).toEqual([]);
  });
});

describe("the signatures", () => {
  test("give a value of every type", () => {
    for (const type of TYPES) expect(signaturesOf(type).length).toBeGreaterThan(0);
  });

  test("name only types that columns can have", () => {
    const known = new Set<string>(TYPES);
    const all = [...TYPES.flatMap(signaturesOf), ...AGGREGATES];
    for (const { parameters, result } of all)
      expect([...parameters, result].filter((type) => !known.has(type))).toEqual([]);
  });
});

test("a kept case that is changed has the same world", () => {
  const kept = new KeptCases();
  expect(kept.changed(1)).toBeNull();
  for (const one of many.slice(0, 20)) kept.keep(one);
  const changed = kept.changed(3);
  expect(many.slice(0, 20).map(({ prelude }) => prelude)).toContainEqual(changed?.prelude);
  expect(kept.changed(3)).toEqual(changed);
});

test("a case is a script that the isolation tester can run", async () => {
  await loadGrammar();
  const script = runnable(grammarCase(2, USUAL_FEATURES), () => {});
  const spec = parseSpec(specText(script, "a comment", "SET deadlock_timeout = '100ms'"), "fuzz.spec");
  expect(spec.permutations).toHaveLength(1);
  expect(spec.setups.length).toBeGreaterThan(0);
});

test("the definitions of a case come before anything else", () => {
  const { prelude = [], ...rest } = many[0] ?? grammarCase(0, USUAL_FEATURES);
  const plan = planOf({ ...rest, prelude });
  expect(prelude.map(() => plan([0, 1])?.query.text)).toEqual(prelude.map(({ query }) => query.text));
});

test("most statements are what the simulated server knows", async () => {
  await loadGrammar();
  const server = createServer({ sessions: 1, setup: [], granularity: "coarse", isolation: "read committed" });
  let refused = 0;
  const all = many.slice(0, 100).flatMap(texts);
  for (const text of all) {
    try {
      server.step(server.initial, 0, { kind: "send", query: { text, values: [] } });
    } catch {
      refused += 1;
    }
  }
  expect(refused / all.length).toBeLessThan(0.15);
});
