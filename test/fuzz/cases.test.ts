/** What the fuzzer generates: cases, the plans that run them, and the features that switch parts on and off. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { caseSource, isRare, shapeSource } from "../../src/fuzz/campaign.ts";
import { planOf, planOfSends } from "../../src/fuzz/case.ts";
import { parseFeatures, USUAL_FEATURES } from "../../src/fuzz/features.ts";

describe("a case", () => {
  test("is given by seed and number, in whatever order cases are drawn", () => {
    const [one, other] = [caseSource(5, USUAL_FEATURES), caseSource(5, USUAL_FEATURES)];
    const there = [0, 1, 60].map(one);
    expect([60, 1, 0].map(other).reverse()).toEqual(there);
    expect(there[0]).not.toEqual(there[1]);
  });

  test("of the shapes is the same in every version, but for the tenth run of ten", () => {
    const hash = createHash("sha256");
    const source = shapeSource(1, USUAL_FEATURES);
    for (let run = 0; run < 200; run++) if (!isRare(run)) hash.update(JSON.stringify(source(run)));
    expect(hash.digest("hex").slice(0, 16)).toBe("6c701f85b3b13930");
    expect(source(0).sessions.map((all) => all.map(({ query }) => query.text))).toEqual([
      [
        "BEGIN",
        "SET LOCAL lock_timeout = 10",
        "SELECT * FROM t WHERE id = $1 FOR UPDATE",
        "SELECT id, v FROM t WHERE k = 1 ORDER BY id DESC LIMIT 1 OFFSET 1",
        "SELECT id, v FROM t WHERE id = 1 AND v <= (SELECT max(v) FROM t)",
        "SELECT * FROM t WHERE id = 2",
        "COMMIT",
        "UPDATE t SET v = 1 RETURNING *",
      ],
      [
        "UPDATE t SET v = v + 1 WHERE k = 1 RETURNING id, v, k",
        "BEGIN READ ONLY",
        "WITH d AS (DELETE FROM t WHERE id = 1 RETURNING id, v) INSERT INTO t (id, v) SELECT id + 0, v FROM d",
        "COMMIT",
      ],
      [
        "BEGIN",
        "SELECT id, v FROM t WHERE v IS NOT NULL FOR UPDATE",
        "SELECT * FROM t WHERE k = 3 FOR NO KEY UPDATE",
        "COMMIT",
        "BEGIN",
        "UPDATE t SET v = (SELECT count(*) FROM t) WHERE id = 2 AND v >= 0",
        "SELECT id FROM t WHERE id = 2 FOR SHARE",
        "COMMIT",
      ],
    ]);
  });

  test("of a tenth run of the shapes fails, shares one row or locks whole tables", () => {
    const source = shapeSource(1, USUAL_FEATURES);
    const about = Array.from({ length: 100 }, (_, at) => {
      const labels = source(10 * at + 9).sessions.flatMap((all) => all.flatMap((one) => one.labels));
      return ["failing", "one row", "LOCK TABLE"].filter((label) => labels.includes(label));
    });
    expect(about.filter((found) => found.length === 0).length).toBeLessThan(10);
    expect(new Set(about.flat()).size).toBe(3);
  });

  test("is not to fail where errors are off", () => {
    const source = shapeSource(1, parseFeatures("usual,-errors"));
    const labels = Array.from({ length: 200 }, (_, run) => source(run).sessions.flat()).flatMap((all) =>
      all.flatMap((one) => one.labels),
    );
    expect(labels).not.toContain("failing");
  });

  test("uses only the features that it may use", () => {
    const source = caseSource(1, parseFeatures("none"));
    const texts = Array.from({ length: 200 }, (_, run) => source(run).sessions.flat()).flat();
    expect(texts.filter(({ query }) => /FOR |LOCK|advisory|RETURNING|ISOLATION|\$1/.test(query.text))).toEqual([]);
  });

  test("of all features has statements of every kind", () => {
    const source = shapeSource(1, USUAL_FEATURES);
    const labels = new Set(
      Array.from({ length: 400 }, (_, run) => source(run).sessions.flat()).flatMap((all) =>
        all.flatMap((one) => one.labels),
      ),
    );
    expect([...labels]).toEqual(
      expect.arrayContaining([
        "FOR KEY SHARE",
        " SKIP LOCKED",
        "ACCESS EXCLUSIVE",
        "DO UPDATE",
        "key update",
        "cte",
        "join",
        "lock_timeout",
      ]),
    );
  });

  test("passes over who waits or has nothing left, and ends with what is left in turn", () => {
    const say = (text: string) => ({ query: { text, values: [] }, labels: [] });
    const plan = planOf({ setup: [], tables: [], sessions: [[say("a1"), say("a2")], [say("b1")]], picks: [1, 1, 0] });
    const sent = (idle: readonly number[]): string | undefined => plan(idle)?.query.text;
    expect([sent([0, 1]), sent([1]), sent([0, 1]), sent([0, 1]), sent([0, 1])]).toEqual([
      "b1",
      undefined,
      "a1",
      "a2",
      undefined,
    ]);
  });

  test("that was run before leaves out what cannot be sent", () => {
    const send = (session: number) => ({ session, query: { text: `${session}`, values: [] }, labels: [] });
    const plan = planOfSends([send(0), send(1), send(0)]);
    expect([plan([0, 1])?.session, plan([0])?.session, plan([0])]).toEqual([0, 0, null]);
  });
});

describe("a list of features", () => {
  test("adds and takes away in order", () => {
    expect([...parseFeatures("locking,keys,-locking")]).toEqual(["keys"]);
    expect(parseFeatures("usual").has("index-order")).toBe(false);
    expect(parseFeatures("all").has("index-order")).toBe(true);
  });

  test("with a name that is none says which there are", () => {
    expect(() => parseFeatures("lockin")).toThrow(/no feature lockin/);
  });
});
