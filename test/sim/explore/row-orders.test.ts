/** Interchangeable rows are exchanged as clients are, and the sizes of the orbits say that nothing was lost. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { AlwaysProperty, World } from "../../../model/property.ts";
import type { Scenario } from "../../../model/scenario.ts";
import { insertIfAbsentScenario } from "../../../model/scenarios/insert-if-absent.ts";
import { race001 } from "../../../model/scenarios/race-001.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import type { Exploration } from "../../../sim/explore/exploration.ts";
import { loadGrammar } from "../../../sim/postgres/index.ts";
import { buildSystem } from "../../../sim/system/build.ts";
import { type Instance, partsOf, protocolOf, systemOf } from "../../../sim/system/from-scenario.ts";
import { compared } from "./compared.ts";
import { naiveExplore } from "./naive.ts";
import { CLAIMS, keyedTransducers, partsOfKeyed } from "./random-transducer.ts";

beforeAll(loadGrammar);

function instance(scenario: Scenario, protocol: string, about: Partial<Instance> = {}): Instance {
  return {
    // Without properties nothing ends the search before everything was seen.
    scenario: { ...scenario, properties: [] },
    protocol: protocolOf(scenario, protocol),
    clients: 2,
    buffers: 2,
    isolation: "read committed",
    granularity: "fine",
    ...about,
  };
}

const bySymmetry = (what: Instance): Promise<Exploration> => explore(systemOf(what), NO_BOUNDS, {}, ["symmetry"]);

const withoutRows = (what: Instance): Promise<Exploration> =>
  bySymmetry({ ...what, scenario: { ...what.scenario, interchangeable: false } });

const TWO_CLIENTS: readonly Instance[] = [
  instance(race001, "atomic-update"),
  instance(race001, "select-for-update"),
  instance(race001, "check-then-act", { granularity: "coarse", isolation: "repeatable read" }),
  instance(race001, "one-transaction", { granularity: "coarse" }),
  ...insertIfAbsentScenario.protocols.map(({ name }) => instance(insertIfAbsentScenario, name)),
];

describe("symmetry with interchangeable rows", () => {
  it("counts the states of a naive search, with half as many orbits", async () => {
    for (const what of TWO_CLIENTS) {
      const naive = await naiveExplore(partsOf(what));
      const found = await bySymmetry(what);
      const clientsOnly = await withoutRows(what);
      expect([what.protocol.name, found.rows, found.fullStates]).toEqual([
        what.protocol.name,
        "exchanged",
        naive.states,
      ]);
      // A state may be its own image, so there can be a few more than half.
      expect(found.distinctStates * 2 - clientsOnly.distinctStates).toBeGreaterThanOrEqual(0);
      expect(found.distinctStates).toBeLessThan(clientsOnly.distinctStates * 0.6);
    }
  });

  it("sees 17,160 states of two clients and three rows as 1,432 orbits, a sixth of those of clients", async () => {
    const what = instance(race001, "atomic-update", { buffers: 3 });
    const found = await bySymmetry(what);
    expect([found.distinctStates, found.fullStates]).toEqual([1432, 17_160]);
    expect((await withoutRows(what)).distinctStates).toBe(6 * 1432);
  });

  it("tries the orders of keys that no row holds", async () => {
    const found = await bySymmetry(instance(insertIfAbsentScenario, "on-conflict-do-nothing", { buffers: 4 }));
    expect([found.distinctStates, found.fullStates]).toEqual([88, 1977]);
  });

  it("finds the same orbits by sections and by trying orders of clients", async () => {
    const what = instance(race001, "select-for-update", { granularity: "coarse" });
    const tried = systemOf(what);
    tried.sections = () => null;
    const found = await bySymmetry(what);
    const again = await explore(tried, NO_BOUNDS, {}, ["symmetry"]);
    expect([found.distinctStates, found.fullStates]).toEqual([again.distinctStates, again.fullStates]);
  });

  it("finds a shortest counterexample", async () => {
    const what = { ...instance(race001, "check-then-act"), scenario: race001 };
    const found = await bySymmetry(what);
    const full = await explore(systemOf(what), NO_BOUNDS);
    expect([found.rows, found.verdict, found.schedule?.length]).toEqual([
      "exchanged",
      "violated",
      full.schedule?.length,
    ]);
  });
});

describe("of random machines", () => {
  it("each combination of reductions tells what the full search tells", async () => {
    const exchanged = { all: 0, counted: 0 };
    const around = fc.record({
      clients: fc.constant(2),
      inserted: fc.constantFrom(true, false, false),
      granularity: fc.constantFrom("fine" as const, "coarse" as const),
      claimed: fc.constantFrom(null, ...CLAIMS),
    });
    await fc.assert(
      fc.asyncProperty(keyedTransducers, around, async (transducer, about) => {
        const result = await compared(() => buildSystem(partsOfKeyed(transducer, about)), 400);
        fc.pre(result !== null);
        for (const { reductions, reduced, expected, rows } of result?.pairs ?? []) {
          if (rows !== "exchanged") {
            expect([reductions, reduced]).toEqual([reductions, expected]);
            continue;
          }
          // An orbit has the depth of its nearest state. Where rows never change their order, states are not counted.
          const { fullStates, depth: _, ...same } = { fullStates: null, depth: 0, ...reduced };
          expect([reductions, { ...expected, ...same }]).toEqual([reductions, expected]);
          exchanged.all++;
          if (fullStates === null) continue;
          expect(fullStates).toBe({ fullStates: 0, ...expected }.fullStates);
          exchanged.counted++;
        }
      }),
      { seed: 9, numRuns: 40 },
    );
    expect(exchanged.all).toBeGreaterThan(20);
    expect(exchanged.counted).toBeGreaterThan(5);
  });
});

describe("rows are not exchanged", () => {
  const why = async (what: Instance): Promise<string> => {
    const { rows } = await bySymmetry(what);
    return rows !== null && rows !== "exchanged" ? rows.notExchanged : `${rows}`;
  };

  it("where a process computes with numbers", async () => {
    expect(await why(instance(race001, "version-column"))).toMatch(/a number is more than a row's key/);
  });

  it("where a statement does more with numbers than to compare them", async () => {
    expect(await why(instance(race001, "advisory-lock"))).toMatch(/does more with numbers than to compare them/);
  });

  it("where SERIALIZABLE remembers what was read", async () => {
    expect(await why(instance(race001, "atomic-update", { isolation: "serializable" }))).toMatch(/SERIALIZABLE/);
  });

  it("where a property tells one from another", async () => {
    const firstIsFree: AlwaysProperty = {
      kind: "always",
      name: "first-is-free",
      sentence: "nobody owns the first row",
      violation: ({ clients }: World) => (clients.some(({ view }) => view["owns"] === 1) ? "it is owned" : null),
    };
    const what = instance(race001, "atomic-update");
    expect(await why({ ...what, scenario: { ...race001, properties: [firstIsFree] } })).toMatch(
      /the property first-is-free tells them apart/,
    );
  });

  it("where a property goes by the order in which rows are told", async () => {
    const firstComeFirst: AlwaysProperty = {
      kind: "always",
      symmetric: true,
      name: "first-come-first",
      sentence: "the first row is never free while the second is owned",
      violation: ({ tables }: World) => {
        const [first, second] = tables["buffers"] ?? [];
        return first?.["locked_by"] === null && second?.["locked_by"] !== null ? "only the second is owned" : null;
      },
    };
    const what = instance(race001, "atomic-update");
    expect(await why({ ...what, scenario: { ...race001, properties: [firstComeFirst] } })).toMatch(
      /the property first-come-first tells them apart/,
    );
  });

  it("where a text has a number in it", async () => {
    const named = {
      ...race001,
      properties: [],
      setup: (buffers: number) => [...race001.setup(buffers), "UPDATE buffers SET locked_by = 'user 1'"],
    };
    expect(await why({ ...instance(race001, "atomic-update"), scenario: named })).toMatch(
      /the number 1 is part of a text/,
    );
  });

  it("where the scenario does not call them interchangeable", async () => {
    expect((await withoutRows(instance(race001, "atomic-update"))).rows).toBeNull();
  });
});

describe("how many states there are is not told", () => {
  it("where rows never come into another order by themselves", async () => {
    const frozen = {
      ...insertIfAbsentScenario,
      setup: () => [
        ...insertIfAbsentScenario.setup(2),
        "CREATE TABLE names (buffer integer)",
        "INSERT INTO names VALUES (1), (2)",
      ],
    };
    const found = await bySymmetry(instance(frozen, "on-conflict-do-nothing"));
    expect([found.exhaustive, found.rows, found.fullStates]).toEqual([true, "exchanged", null]);
  });
});
