/** Time passes wherever a statement compares something with the clock, and nowhere else; nobody has to say so. */
import { beforeAll, describe, expect, test } from "vitest";
import type { AlwaysProperty } from "../../../model/property.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { check } from "../../../sim/explore/check.ts";
import { loadGrammar } from "../../../sim/postgres/grammar.ts";
import { clockComparisons } from "../../../sim/postgres/syntax/clock-comparisons.ts";
import { parseStart } from "../../../sim/start-time.ts";
import { faultsOf, type Instance, systemOf } from "../../../sim/system/from-scenario.ts";
import { replaySimulated } from "../../../sim/trace/compare.ts";
import { onlyOne, type Script, scriptInstance } from "./script-scenario.ts";

beforeAll(loadGrammar);

const NOW = parseStart("2026-05-06 07:08:09+00", "the start");
const TABLE =
  "CREATE TABLE jobs (id int PRIMARY KEY, owner text, at timestamptz, stamped timestamptz DEFAULT now(), ttl int)";

function begun(script: Script): Instance {
  return { ...scriptInstance(script), now: NOW };
}

async function checked(script: Script) {
  return check(begun(script), NO_BOUNDS);
}

/** The actions in which time passes in the counterexample. */
async function stallsOf(script: Script): Promise<readonly string[]> {
  const { exploration, trace } = await checked(script);
  expect(exploration.verdict).toBe("violated");
  return (trace?.schedule ?? []).map(({ action }) => action).filter((action) => action.startsWith("stall"));
}

/** Two clients take what is over; each takes it for ten seconds. */
const lease = (condition: string, ...setup: readonly string[]): Script => ({
  setup: [TABLE, ...setup],
  statements: [`UPDATE jobs SET owner = $me, at = now() + interval '10 seconds' WHERE id = 1 AND ${condition}`],
  properties: [onlyOne],
});

const FREE = "INSERT INTO jobs VALUES (1, NULL, now() - interval '1 hour')";

describe("a lease runs out", () => {
  test.each<[string, Script, string]>([
    ["a microsecond after its end, for <", lease("at < now()", FREE), "stall 10.000001s"],
    ["at its end, for <=", lease("at <= now()", FREE), "stall 10s"],
    ["by CURRENT_TIMESTAMP", lease("CURRENT_TIMESTAMP > at", FREE), "stall 10.000001s"],
    [
      "as long after a heartbeat as the statement says",
      {
        setup: [TABLE, FREE],
        statements: ["UPDATE jobs SET at = now() WHERE now() - at > interval '2 minutes'"],
        properties: [onlyOne],
      },
      "stall 120.000001s",
    ],
    [
      "counted in seconds",
      {
        setup: [TABLE, FREE],
        statements: ["UPDATE jobs SET at = now() WHERE extract(epoch from now() - at) >= 45"],
        properties: [onlyOne],
      },
      "stall 45s",
    ],
    [
      "after the seconds that its row has",
      {
        setup: [TABLE, "INSERT INTO jobs (id, at, ttl) VALUES (1, now() - interval '1 hour', 7)"],
        statements: ["UPDATE jobs SET at = now() WHERE at + ttl * interval '1 second' <= now()"],
        properties: [onlyOne],
      },
      "stall 7s",
    ],
    [
      "in a WITH",
      {
        setup: [TABLE, FREE],
        statements: [
          "WITH cut AS (SELECT now() - interval '1 minute' AS before) UPDATE jobs SET at = now() FROM cut WHERE at < cut.before",
        ],
        properties: [onlyOne],
      },
      "stall 60.000001s",
    ],
    [
      "in a function",
      {
        setup: [
          TABLE,
          FREE,
          "CREATE FUNCTION is_over(t timestamptz) RETURNS bool LANGUAGE sql STABLE AS $$ SELECT t <= now() $$",
        ],
        statements: ["UPDATE jobs SET at = now() + interval '5 seconds' WHERE is_over(at)"],
        properties: [onlyOne],
      },
      "stall 5s",
    ],
  ])("%s", async (_, script, stall) => {
    expect(await stallsOf(script)).toEqual([stall]);
  });

  test("also while a transaction that has not committed holds it", async () => {
    const late: AlwaysProperty = {
      kind: "always",
      name: "in-time",
      sentence: "what is committed runs",
      violation: ({ tables }) => {
        const [job, clock] = [tables["jobs"]?.[0], tables["clock"]?.[0]];
        return job?.["owner"] !== null && String(job?.["at"]) < String(clock?.["now"]) ? "it is over" : null;
      },
    };
    const [update = ""] = lease("at < now()").statements;
    const script = { setup: [TABLE, FREE], statements: ["BEGIN", update, "COMMIT"], properties: [late] };
    expect(await stallsOf(script)).toEqual(["stall 10.000001s"]);
  });

  test("and the trace is the same when it is run again", async () => {
    const instance = begun(lease("at < now()", FREE));
    const { trace } = await check(instance, NO_BOUNDS);
    expect(trace?.parameters).toMatchObject({ faults: { stall: 1 }, now: "2026-05-06 07:08:09+00" });
    const again = { ...instance, faults: trace?.parameters.faults ?? {} };
    expect(await replaySimulated(systemOf(again), trace as NonNullable<typeof trace>)).toMatchObject({
      kind: "reproduced",
    });
  });
});

describe("time stands still", () => {
  const stored: Script = {
    setup: [TABLE, "INSERT INTO jobs (id) VALUES (1)"],
    statements: [
      "UPDATE jobs SET stamped = now(), at = date_trunc('second', now() + interval '1 hour') WHERE id = 1 RETURNING stamped",
      "INSERT INTO jobs (id, at) VALUES (2, CURRENT_TIMESTAMP) ON CONFLICT (id) DO UPDATE SET at = now()",
    ],
  };

  test("where it is only stored: no choice and no state more than without it", async () => {
    const instance = begun(stored);
    expect(faultsOf(instance)).toEqual({});
    const plain = stored.statements.map((text) =>
      text.replaceAll(/now\(\)|CURRENT_TIMESTAMP/g, "'2026-05-06'::timestamptz"),
    );
    const { exploration } = await check(instance, NO_BOUNDS);
    const without = await check(begun({ ...stored, statements: plain }), NO_BOUNDS);
    expect(exploration.distinctStates).toBe(without.exploration.distinctStates);
  });

  test("where nothing is allowed to go wrong", async () => {
    const { exploration } = await check({ ...begun(lease("at < now()", FREE)), faults: {} }, NO_BOUNDS);
    expect(exploration.verdict).toBe("holds");
  });

  test("where the scenario has a clock of its own and says nothing of stalls", async () => {
    const { exploration } = await checked({ ...lease("at < now()", FREE), about: { clock: true } });
    expect(exploration.verdict).toBe("holds");
  });
});

test("what a statement compares is known, though no listed reply leads to it", async () => {
  const script = lease("at < now()", FREE);
  const [update = ""] = script.statements;
  const instance = begun({ ...script, statements: ["SELECT id FROM jobs", update] });
  const protocol = { ...instance.protocol, replies: [] };
  const { exploration } = await check({ ...instance, protocol }, NO_BOUNDS);
  expect(exploration.verdict).toBe("violated");
});

describe("compared with the clock", () => {
  test.each<[string, readonly string[] | "all" | null]>([
    ["INSERT INTO t VALUES (now())", null],
    ["CREATE TABLE t (at timestamptz DEFAULT now() + interval '1 day')", null],
    ["UPDATE t SET at = now() + (SELECT delay FROM p), b = COALESCE(b, now()) WHERE id = 1", null],
    ["SELECT 'now()' FROM t -- at < now()", null],
    ["CREATE TABLE t (at timestamptz CHECK (at > now()))", ["at"]],
    ["INSERT INTO t VALUES (now()) ON CONFLICT (id) DO UPDATE SET at = now() WHERE t.at < now()", ["at"]],
    ["SELECT id, CASE WHEN at < now() THEN 1 END FROM t", ["at"]],
    ["DELETE FROM t WHERE id = 1 AND at BETWEEN now() AND now() + interval '5 s'", ["at"]],
    ["SELECT x FROM (SELECT at AS x FROM t) AS s WHERE x < now()", "all"],
    ["SELECT now()", "all"],
  ])("in %s: %j", (text, columns) => {
    const found = clockComparisons(text, []).map((each) => (each.columns === "all" ? "all" : [...each.columns]));
    expect(found[0] ?? null).toEqual(columns);
  });
});
