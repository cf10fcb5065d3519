/** The search that takes each step once for all orders of the clients visits what the plain one visits, and finds what it finds. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Property } from "../../../model/property.ts";
import type { Scenario } from "../../../model/scenario.ts";
import { claimJobScenario as claimJob } from "../../../model/scenarios/claim-job.ts";
import { insertIfAbsentScenario as insertIfAbsent } from "../../../model/scenarios/insert-if-absent.ts";
import { race001 } from "../../../model/scenarios/race-001.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { coverageOf } from "../../../sim/explore/coverage.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import type { Exploration } from "../../../sim/explore/exploration.ts";
import { Search } from "../../../sim/explore/search.ts";
import { unfoldTables } from "../../../sim/explore/unfold.ts";
import { shareOut } from "../../../sim/explore/unfold-classes.ts";
import { UnfoldPart, type UnfoldTables } from "../../../sim/explore/unfold-part.ts";
import { loadGrammar } from "../../../sim/postgres/index.ts";
import { buildSystem } from "../../../sim/system/build.ts";
import { type Instance, protocolOf, systemOf } from "../../../sim/system/from-scenario.ts";
import { CLAIMS, partsOfTransducer, transducers } from "./random-transducer.ts";

beforeAll(loadGrammar);

function instance(scenario: Scenario, protocol: string, clients: number): Instance {
  const { buffers } = scenario.defaults;
  const about = { clients, buffers, isolation: "read committed", granularity: "fine" } as const;
  return { scenario, protocol: protocolOf(scenario, protocol), ...about };
}

const HOLDING = [
  instance(race001, "atomic-update", 4),
  instance(race001, "select-for-update", 4),
  instance(insertIfAbsent, "insert-if-absent-with-unique-index", 4),
];

const plain = (what: Instance): Promise<Exploration> =>
  new Search(systemOf(what), NO_BOUNDS, {}, { reductions: [], rows: false }).run();

function found({ verdict, violation, schedule, distinctStates, transitions, depth, witnesses, failures }: Exploration) {
  return { verdict, violation, schedule, distinctStates, transitions, depth, witnesses, failures };
}

async function tablesOf(what: Instance): Promise<UnfoldTables> {
  const { orbits, fullStates } = await explore(systemOf(what), NO_BOUNDS, {}, ["symmetry"]);
  if (orbits === null || fullStates === null) throw new Error("it goes by orbits");
  const tables = unfoldTables(orbits, what.clients, fullStates);
  if (tables === null) throw new Error("there are few orbits");
  return tables;
}

/** Runs so many parts in turns, and carries states to where they belong. */
function runParts(tables: UnfoldTables, parts: number): { states: number; transitions: number; shares: number[] } {
  const shares = shareOut(tables, parts);
  const all = Array.from({ length: parts }, (_, part) => new UnfoldPart(tables, shares, part));
  while (all.some(({ pending }) => pending > 0)) {
    for (const part of all) part.expand(20);
    for (const from of all) for (const [to, sent] of from.outboxes.entries()) all[to]?.receive(sent.take(sent.size));
  }
  const sum = (of: (part: UnfoldPart) => number): number => all.reduce((total, part) => total + of(part), 0);
  return {
    states: sum(({ states }) => states),
    transitions: sum(({ transitions }) => transitions),
    shares: all.map(({ states }) => states),
  };
}

describe("the unfolding", () => {
  for (const what of HOLDING) {
    it(`of ${what.protocol.name} finds what the plain search finds, to the count and to the step`, async () => {
      const unfolded = await explore(systemOf(what), NO_BOUNDS);
      expect(unfolded.unfolded).toBe(true);
      expect(unfolded.reductions).toEqual([]);
      expect(found(unfolded)).toEqual(found(await plain(what)));
    });
  }

  it("of a random machine finds what the plain search finds", async () => {
    let unfolded = 0;
    const granularity = fc.constantFrom("fine" as const, "coarse" as const);
    await fc.assert(
      fc.asyncProperty(transducers, granularity, fc.constantFrom(...CLAIMS), async (transducer, each, claimed) => {
        const build = () => {
          const parts = partsOfTransducer(transducer, { clients: 4, granularity: each, claimed });
          return buildSystem({ ...parts, properties: parts.properties.map((one) => ({ ...one, symmetric: true })) });
        };
        const bounds = { ...NO_BOUNDS, states: 500 };
        const plainly = await new Search(build(), bounds, {}, { reductions: [], rows: false }).run();
        fc.pre(plainly.stop === null);
        const explored = await explore(build(), NO_BOUNDS);
        expect(found(explored)).toEqual(found(plainly));
        if (explored.unfolded) unfolded++;
      }),
      { seed: 6, numRuns: 30 },
    );
    expect(unfolded).toBeGreaterThan(5);
  });

  it("leaves a violation to the plain search", async () => {
    const what = instance(race001, "check-then-act", 4);
    const explored = await explore(systemOf(what), NO_BOUNDS);
    expect(explored.unfolded).toBe(false);
    expect(found(explored)).toEqual(found(await plain(what)));
  });

  it("has the coverage of the plain search", async () => {
    const what = instance(race001, "atomic-update", 4);
    const [one, other] = [systemOf(what), systemOf(what)];
    const unfolded = await coverageOf(one, await explore(one, NO_BOUNDS));
    const walked = await coverageOf(other, { ...(await plain(what)), orbits: null });
    expect(other).not.toBe(one);
    expect(unfolded).toEqual(walked);
  });

  it("is not made where a property does not say that it knows no client by name", async () => {
    const property: Property = {
      kind: "always",
      name: "dave-never-owns",
      sentence: "dave never owns a buffer",
      violation: ({ clients }) => (clients[3]?.view["owns"] == null ? null : "dave owns a buffer"),
    };
    const what = instance({ ...race001, properties: [property] }, "atomic-update", 4);
    const explored = await explore(systemOf(what), NO_BOUNDS);
    expect([explored.verdict, explored.unfolded, explored.violation?.message]).toEqual([
      "violated",
      false,
      "dave owns a buffer",
    ]);
  });

  it("is not made where symmetry is refused", async () => {
    const what = instance(claimJob, "claim-job-skip-locked", 2);
    expect((await explore(systemOf(what), NO_BOUNDS)).unfolded).toBe(false);
  });

  it("stops at a bound of memory, and is inconclusive", async () => {
    const what = instance(race001, "select-for-update", 5);
    const { verdict, exhaustive, stop } = await explore(systemOf(what), { ...NO_BOUNDS, memoryBytes: 1 });
    expect([verdict, exhaustive, stop]).toEqual(["inconclusive", false, { kind: "bound", bound: "0 MB of memory" }]);
  });

  it("stops when it is interrupted, and is inconclusive", async () => {
    const what = instance(race001, "select-for-update", 5);
    const found = await explore(systemOf(what), NO_BOUNDS, { interrupted: () => true });
    expect([found.verdict, found.unfolded, found.stop]).toEqual(["inconclusive", true, { kind: "interrupted" }]);
    expect(found.distinctStates).toBeGreaterThan(1000);
  });

  it("leaves the first so many states to the plain search", async () => {
    const what = instance(race001, "atomic-update", 4);
    const states = await explore(systemOf(what), { ...NO_BOUNDS, states: 300 });
    expect([states.verdict, states.unfolded]).toEqual(["inconclusive", false]);
  });
});

describe("the parts of an unfolding", () => {
  it("visit the same states and steps, however many they are, and share them", async () => {
    const tables = await tablesOf(instance(race001, "select-for-update", 5));
    const alone = runParts(tables, 1);
    expect(alone.states).toBe(tables.states);
    for (const parts of [2, 3, 7]) {
      const { states, transitions, shares } = runParts(tables, parts);
      expect([states, transitions]).toEqual([alone.states, alone.transitions]);
      expect(shares).toEqual(shareOut(tables, parts).states);
    }
    const [one = 0, other = 0] = shareOut(tables, 2).states;
    expect(Math.min(one, other)).toBeGreaterThan(alone.states * 0.4);
  });

  it("have room for clients of both words", async () => {
    const tables = await tablesOf(instance(race001, "atomic-update", 9));
    expect(runParts(tables, 2).states).toBe(tables.states);
  });
});
