/** Depth first everything is seen that is seen breadth first, in whatever order and however much is forgotten on the way. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Scenario } from "../../../model/scenario.ts";
import { leases } from "../../../model/scenarios/leases.ts";
import { race001 } from "../../../model/scenarios/race-001.ts";
import { twoBuffers } from "../../../model/scenarios/two-buffers.ts";
import { twoTables } from "../../../model/scenarios/two-tables.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { check } from "../../../sim/explore/check.ts";
import { exploreDepthFirst } from "../../../sim/explore/depth-first.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import type { Exploration } from "../../../sim/explore/exploration.ts";
import { shortened } from "../../../sim/explore/shortened.ts";
import { shrinkToError } from "../../../sim/explore/shrink.ts";
import { loadGrammar } from "../../../sim/postgres/index.ts";
import { buildSystem } from "../../../sim/system/build.ts";
import type { ExplorableSystem } from "../../../sim/system/explorable-system.ts";
import { type Instance, livenessNamed, protocolOf, systemOf } from "../../../sim/system/from-scenario.ts";
import type { Choice, Taken } from "../../../sim/system/system.ts";
import { CLAIMS, partsOfTransducer, transducers } from "./random-transducer.ts";

beforeAll(loadGrammar);

/** As few as can be: nearly every step is computed again. */
const FORGETFUL = { localStepsKept: 1 };

function instance(scenario: Scenario, protocol: string, more: Partial<Instance> = {}): Instance {
  return {
    scenario,
    protocol: protocolOf(scenario, protocol),
    clients: 2,
    buffers: scenario.defaults.buffers,
    isolation: "read committed",
    granularity: "fine",
    ...more,
  };
}

/** What must not depend on the order. */
function told({ verdict, exhaustive, violation, witnesses, failures, ...counts }: Exploration) {
  const { distinctStates, transitions, fullStates } = counts;
  if (verdict === "violated" && !exhaustive) return { verdict };
  const witnessed = Object.keys(witnesses).filter((name) => witnesses[name] !== null);
  const errors = Object.keys(failures).sort();
  return { verdict, exhaustive, violation, distinctStates, transitions, fullStates, witnessed, errors };
}

async function run(system: ExplorableSystem, schedule: readonly Choice[]): Promise<readonly Taken[]> {
  const steps: Taken[] = [];
  for (const choice of schedule) steps.push(await system.take(steps.at(-1)?.state ?? system.initial, choice));
  return steps;
}

describe("a search that forgets nearly everything has the verdict and the counts of one that keeps everything", () => {
  it.each([
    instance(race001, "check-then-act"),
    instance(race001, "select-for-update"),
    instance(race001, "atomic-update", { clients: 3 }),
    instance(race001, "one-transaction", { isolation: "serializable" }),
    instance(race001, "check-then-atomic-update", { granularity: "coarse", clients: 3 }),
    instance(race001, "atomic-update", { faults: { crash: 1, "lost-commit": 1 } }),
    instance(twoBuffers, "two-buffers-sorted"),
    instance(twoTables, "check-other-table", { isolation: "repeatable read" }),
    instance(leases, "lease", { granularity: "coarse" }),
  ])("$protocol.name, $clients clients, $isolation, $granularity", async (what) => {
    const expected = told(await explore(systemOf(what), NO_BOUNDS));
    expect(told(await exploreDepthFirst(systemOf(what, FORGETFUL), NO_BOUNDS))).toEqual(expected);
  });

  it("by orbits", async () => {
    const what = instance(race001, "select-for-update", { clients: 4 });
    const expected = await explore(systemOf(what), NO_BOUNDS, {}, ["symmetry"]);
    const found = await exploreDepthFirst(systemOf(what, FORGETFUL), NO_BOUNDS, {}, ["symmetry"]);
    expect(told(found)).toEqual(told(expected));
    expect(found).toMatchObject({ distinctStates: 145, fullStates: 1941 });
  });

  it("by orbits in which interchangeable rows are exchanged as well", async () => {
    const what = instance(race001, "check-then-atomic-update", { buffers: 2 });
    const expected = await explore(systemOf(what), NO_BOUNDS, {}, ["symmetry"]);
    const found = await exploreDepthFirst(systemOf(what, FORGETFUL), NO_BOUNDS, {}, ["symmetry"]);
    expect(found.rows).toBe("exchanged");
    expect(told(found)).toEqual(told(expected));
  });

  it("for clients that run a random machine", async () => {
    const granularity = fc.constantFrom("fine" as const, "coarse" as const);
    await fc.assert(
      fc.asyncProperty(transducers, granularity, fc.constantFrom(...CLAIMS), async (transducer, points, claimed) => {
        const parts = partsOfTransducer(transducer, { clients: 2, granularity: points, claimed });
        const expected = await explore(buildSystem(parts), { ...NO_BOUNDS, states: 256 });
        fc.pre(expected.stop === null);
        expect(told(await exploreDepthFirst(buildSystem({ ...parts, ...FORGETFUL }), NO_BOUNDS))).toEqual(
          told(expected),
        );
      }),
      { seed: 9, numRuns: 15 },
    );
  });
});

describe("a schedule that was found depth first", () => {
  const what = instance(race001, "check-then-act", { clients: 3, buffers: 2 });

  it("ends in the violation and in none before", async () => {
    const system = systemOf(what, FORGETFUL);
    const { schedule, violation } = await exploreDepthFirst(system, NO_BOUNDS);
    const broken = (await run(system, schedule ?? [])).map(({ state }) => system.judge(state).violations[0]?.property);
    expect(broken.findIndex((property) => property !== undefined)).toBe(broken.length - 1);
    expect(broken.at(-1)).toBe(violation?.property);
  });

  it("is replaced by a shortest one where that is near", async () => {
    const { exploration, trace } = await check(what, NO_BOUNDS, {}, { search: "depth-first" });
    const { schedule } = await explore(systemOf(what), NO_BOUNDS);
    expect(exploration.depthFirst).toEqual({ isShortest: true });
    expect(exploration.schedule).toEqual(schedule);
    expect(trace?.verdict).toMatchObject({ kind: "violated", property: "mutual-exclusion" });
  });

  it("is made small, and not called a shortest one, where that cannot be known", async () => {
    const found = await exploreDepthFirst(systemOf(what), NO_BOUNDS);
    const system = systemOf(what);
    const small = await shortened(system, found, { ...NO_BOUNDS, states: 1 }, {});
    expect(small.depthFirst).toEqual({ isShortest: false });
    expect(small.schedule?.length).toBeLessThan(found.schedule?.length ?? 0);
    const end = (await run(system, small.schedule ?? [])).at(-1)?.state ?? system.initial;
    expect(system.judge(end).violations[0]?.property).toBe(found.violation?.property);
  });

  it("leads to an error as well, and is no longer than that of a breadth-first search where that is near", async () => {
    const serial = instance(race001, "one-transaction", { isolation: "serializable" });
    const expected = await check(serial, NO_BOUNDS);
    const { failures } = await check(serial, NO_BOUNDS, {}, { search: "depth-first" });
    expect(failures.map(({ sqlstate, trace }) => [sqlstate, trace.steps.length])).toEqual(
      expected.failures.map(({ sqlstate, trace }) => [sqlstate, trace.steps.length]),
    );
  });

  it("still leads to that error when it was made small", async () => {
    const system = systemOf(instance(race001, "one-transaction", { isolation: "serializable" }));
    const { failures } = await exploreDepthFirst(system, NO_BOUNDS);
    const { schedule } = await shrinkToError(system, failures["40001"] ?? [], "40001");
    expect(schedule.length).toBeLessThan(failures["40001"]?.length ?? 0);
    expect((await run(system, schedule)).at(-1)?.progress).toMatchObject({ reply: { sqlstate: "40001" } });
  });
});

describe("memory", () => {
  it("grows with the states by no more than their rows: clients' steps are kept up to a bound", async () => {
    const what = instance(race001, "select-for-update", { clients: 3, buffers: 1 });
    const [kept, forgetful] = [systemOf(what), systemOf(what, { localStepsKept: 20 })];
    await explore(kept, NO_BOUNDS);
    await exploreDepthFirst(forgetful, NO_BOUNDS);
    expect(kept.size().localSteps).toBeGreaterThan(400);
    expect(forgetful.size().localSteps).toBeLessThanOrEqual(40);
    expect(forgetful.size()).toMatchObject({ states: kept.size().states, databases: kept.size().databases });
  });
});

describe("a depth-first search that ends before its end", () => {
  const what = instance(race001, "select-for-update", { clients: 3 });

  it("is inconclusive at a bound of depth, whose paths it followed that far", async () => {
    const { verdict, depth, stop } = await exploreDepthFirst(systemOf(what), { ...NO_BOUNDS, depth: 9 });
    expect({ verdict, depth, stop }).toEqual({
      verdict: "inconclusive",
      depth: 9,
      stop: { kind: "bound", bound: "depth 9" },
    });
  });

  it("is inconclusive at a bound of states", async () => {
    const { stop, exhaustive, distinctStates } = await exploreDepthFirst(systemOf(what), { ...NO_BOUNDS, states: 100 });
    expect({ stop, exhaustive }).toEqual({ stop: { kind: "bound", bound: "100 states" }, exhaustive: false });
    expect(distinctStates).toBeLessThan(100 + 3);
  });

  it("is inconclusive when it is interrupted", async () => {
    const { verdict, stop } = await exploreDepthFirst(systemOf(what), NO_BOUNDS, { interrupted: () => true });
    expect({ verdict, stop }).toEqual({ verdict: "inconclusive", stop: { kind: "interrupted" } });
  });
});

describe("refused depth first", () => {
  it("is liveness, which needs the graph of all steps", async () => {
    const what = instance(race001, "select-for-update", { liveness: livenessNamed(race001, "answered") });
    await expect(check(what, NO_BOUNDS, {}, { search: "depth-first" })).rejects.toThrow(/graph of all steps/);
  });

  it("is a partial order, which must not put anybody off for ever", async () => {
    const how = { search: "depth-first", reductions: ["partial-order"] } as const;
    await expect(check(instance(race001, "select-for-update"), NO_BOUNDS, {}, how)).rejects.toThrow(/put off for ever/);
  });

  it("is an oracle, which keeps tables of its own", async () => {
    const what = instance(race001, "atomic-update", { oracle: { name: "linearizable" } });
    await expect(check(what, NO_BOUNDS, {}, { search: "depth-first" })).rejects.toThrow(/remembers each run/);
  });
});
