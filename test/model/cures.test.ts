/** What is said to cure a protocol does, at every level at which the protocol breaks. */
import { beforeAll, describe, expect, test } from "vitest";
import { ISOLATION_LEVELS, type IsolationLevel } from "../../model/protocol.ts";
import { scenarios } from "../../model/scenarios/index.ts";
import { isAsClaimed, judgeCell, rowOf } from "../../sim/explore/matrix.ts";
import { loadGrammar } from "../../sim/postgres/grammar.ts";
import { protocolOf } from "../../sim/system/from-scenario.ts";

beforeAll(loadGrammar);

const pairs = scenarios.flatMap((scenario) =>
  scenario.protocols.flatMap((protocol) => (protocol.curedBy ?? []).map((cure) => ({ scenario, protocol, cure }))),
);

test("every protocol that is broken, or breaks at some level where it once held, names a cure of its own scenario", () => {
  for (const scenario of scenarios) {
    const names = scenario.protocols.map(({ name }) => name);
    for (const { name, claims, curedBy } of scenario.protocols) {
      const breaks = ISOLATION_LEVELS.some((level) => claims?.[level] !== "holds");
      expect([name, breaks]).toEqual([name, curedBy !== undefined]);
      expect(names).toEqual(expect.arrayContaining([...(curedBy ?? [])]));
    }
  }
});

describe.each(pairs)("$cure cures $protocol.name", ({ scenario, protocol, cure }) => {
  const broken = ISOLATION_LEVELS.filter((level) => protocol.claims?.[level] !== "holds");
  test.each(broken)("at %s", (level) => {
    // That the claims are what an exploration says is another test's matter (verdicts.test.ts).
    expect(protocolOf(scenario, cure).claims?.[level]).toBe("holds");
  });
});

describe("a row of the matrix", () => {
  const scenario = scenarios[0];
  if (scenario === undefined) throw new Error("there is a scenario");
  const protocol = protocolOf(scenario, "one-transaction");

  test("says whether each cell is as claimed, and does not take a missing one for a verdict", async () => {
    const about = { scenario, protocol, clients: 2, buffers: 1, granularity: "fine" } as const;
    const { cell } = await judgeCell({ ...about, isolation: "repeatable read" }, 10_000);
    const named = { ...cell, scenario: scenario.name, protocol: protocol.name, trace: null };
    expect(isAsClaimed(protocol, { ...named, isolation: "repeatable read" })).toBe(true);
    expect(isAsClaimed(protocol, { ...named, isolation: "read committed" })).toBe(false);
    const broken = { ...named, verdict: "violated", property: "no-deadlock" } as const;
    const underOtherFaults = (isolation: IsolationLevel) => isAsClaimed(protocol, { ...broken, isolation }, false);
    expect([underOtherFaults("repeatable read"), underOtherFaults("read committed")]).toEqual([false, null]);
    const row = rowOf(protocol, ISOLATION_LEVELS, (_, level) =>
      level === "repeatable read" ? { ...named, isolation: level } : null,
    );
    expect(row).toMatchObject({ weakest: "repeatable read", cures: [] });
    expect(isAsClaimed(protocol, row.cells[0] ?? null)).toBe(null);
  });

  test("does not call a cure what has no verdict where it is needed", async () => {
    const about = { scenario, protocol, clients: 2, buffers: 1, granularity: "fine" } as const;
    const { cell } = await judgeCell({ ...about, isolation: "read committed" }, 10_000);
    const broken = {
      ...cell,
      scenario: scenario.name,
      protocol: protocol.name,
      isolation: ISOLATION_LEVELS[0] ?? "serializable",
      trace: null,
    };
    const row = rowOf(protocol, ISOLATION_LEVELS, (name) => (name === protocol.name ? broken : null));
    expect(row.cures.map(({ holds }) => holds)).toEqual([null, null]);
  });

  test("says of a cure that it was judged between statements only", () => {
    const cell = {
      scenario: scenario.name,
      property: null,
      traceLength: null,
      distinctStates: 1,
      fullStates: 1,
    } as const;
    const more = { reductions: [], vacuous: [], bound: null, trace: null } as const;
    const row = rowOf(protocol, ["read committed"], (name, isolation) => {
      const isBroken = name === protocol.name;
      const verdict = isBroken ? "violated" : "holds";
      return { ...cell, ...more, protocol: name, isolation, verdict, granularity: isBroken ? "fine" : "coarse" };
    });
    expect(row.cures).toContainEqual({ protocol: "select-for-update", holds: true, granularity: "coarse" });
  });
});
