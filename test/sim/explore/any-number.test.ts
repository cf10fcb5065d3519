/** A verdict for every number of clients: proved where clients can be counted, a concrete trace where it breaks, and else none. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Property, World } from "../../../model/property.ts";
import { scenarioNamed } from "../../../model/scenarios/index.ts";
import { race001 } from "../../../model/scenarios/race-001.ts";
import { checkAnyNumber } from "../../../sim/explore/any-number.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { CountedSearch } from "../../../sim/explore/counted-search.ts";
import { CutStates } from "../../../sim/explore/cut-states.ts";
import { createServer, loadGrammar } from "../../../sim/postgres/index.ts";
import { machineProcess } from "../../../sim/process/machine-process.ts";
import type { Process } from "../../../sim/process/process.ts";
import { buildSystem } from "../../../sim/system/build.ts";
import { type Instance, protocolOf, systemOf } from "../../../sim/system/from-scenario.ts";

beforeAll(loadGrammar);

function instanceOf(protocol: string, other: Partial<Instance> = {}): Instance {
  const scenario = other.scenario ?? race001;
  return {
    scenario,
    protocol: protocolOf(scenario, protocol),
    clients: 1,
    buffers: scenario.defaults.buffers,
    isolation: "read committed",
    granularity: "fine",
    ...other,
  };
}

/** race-001 with this property and no other. */
function claiming(property: Property): Instance {
  return instanceOf("atomic-update", { scenario: { ...race001, properties: [property] } });
}

/** At most so many clients wait at the same time; it says that it counts clients that are alike to `countsAlikeTo`. */
function atMostWait(most: number, countsAlikeTo?: number): Property {
  const waiting = ({ clients }: World): number => clients.filter(({ waitsFor }) => waitsFor.length > 0).length;
  return {
    kind: "always",
    name: "short-line",
    sentence: "few clients wait",
    symmetric: true,
    ...(countsAlikeTo === undefined ? {} : { countsAlikeTo }),
    violation: (world) => (waiting(world) > most ? "many wait" : null),
  };
}

describe("a protocol holds for any number of clients", () => {
  it.each([
    ["atomic-update", 9, 197],
    ["select-for-update", 11, 674],
  ])("%s, where %i clients show all there is to see, in %i abstract states", async (name, clients, states) => {
    const found = await checkAnyNumber(instanceOf(name), NO_BOUNDS);
    const { verdict, exhaustive } = found.check.exploration;
    expect([verdict, exhaustive, found.alikeTo, found.uncountable]).toEqual(["holds", true, 2, null]);
    expect([found.seenUpTo, found.cutStates]).toEqual([clients, states]);
  });

  it("and one client more than was needed shows nothing new", async () => {
    const [cuts, statements] = [new CutStates(2), new Map<string, number>()];
    const sizes: number[] = [];
    for (let clients = 1; clients <= 10; clients++) {
      const search = new CountedSearch(systemOf({ ...instanceOf("atomic-update"), clients }), cuts, statements);
      while (search.frontier > 0) await search.expandNext();
      expect([search.broken, search.uncountable]).toEqual([false, null]);
      sizes.push(cuts.size);
      expect(search.isProof()).toBe(clients >= 9);
    }
    expect(sizes.slice(-3)).toEqual([197, 197, 197]);
  });
});

describe("a protocol is violated with the fewest clients that break it", () => {
  it.each([
    ["check-then-act", "mutual-exclusion"],
    ["one-transaction", "mutual-exclusion"],
    ["check-act-check", "owner-is-recorded"],
    ["for-update-in-autocommit", "mutual-exclusion"],
    ["advisory-lock-kept", "no-deadlock"],
  ])("%s, by a concrete trace of two", async (name, property) => {
    const { check, seenUpTo } = await checkAnyNumber(instanceOf(name), NO_BOUNDS);
    expect([check.exploration.verdict, check.exploration.violation?.property]).toEqual(["violated", property]);
    expect([seenUpTo, check.instance.clients, check.trace?.parameters.clients.length]).toEqual([1, 2, 2]);
    expect(check.trace?.verdict).toMatchObject({ kind: "violated", property });
  });

  it("four, where one may hold the row and two may wait", async () => {
    const { check, seenUpTo } = await checkAnyNumber(claiming(atMostWait(2, 3)), NO_BOUNDS);
    expect([check.exploration.verdict, seenUpTo, check.instance.clients]).toEqual(["violated", 3, 4]);
  });

  it("one, where a state that has to be seen never is", async () => {
    const never = {
      ...{ kind: "sometimes", name: "never", sentence: "it happens" },
      ...{ symmetric: true, countsAlikeTo: 1, holds: () => false },
    };
    const { check } = await checkAnyNumber(claiming(never as Property), NO_BOUNDS);
    expect([check.exploration.verdict, check.instance.clients, check.trace]).toEqual(["violated", 1, null]);
  });
});

describe("there is no verdict", () => {
  it("where each client has a row of its own, and the abstract states never end", async () => {
    const scenario = scenarioNamed("insert-if-absent");
    if (scenario === null) throw new Error("the scenario is there");
    const about = instanceOf("insert-if-absent-with-unique-index", { scenario });
    const { check, seenUpTo } = await checkAnyNumber(about, { ...NO_BOUNDS, states: 300 });
    expect([check.exploration.verdict, check.exploration.exhaustive, seenUpTo]).toEqual(["inconclusive", false, 3]);
    expect(check.exploration.stop).toEqual({ kind: "bound", bound: "300 states" });
  });

  it("where the depth is bounded", async () => {
    const { check, seenUpTo } = await checkAnyNumber(instanceOf("atomic-update"), { ...NO_BOUNDS, depth: 3 });
    expect([check.exploration.verdict, seenUpTo]).toEqual(["inconclusive", 0]);
  });

  it("after an interruption", async () => {
    let looks = 0;
    const watch = { interrupted: () => ++looks > 3 };
    const { check, seenUpTo } = await checkAnyNumber(instanceOf("atomic-update"), NO_BOUNDS, watch);
    expect([check.exploration.stop, seenUpTo]).toEqual([{ kind: "interrupted" }, 3]);
  });
});

describe("what a client can do must not depend on", () => {
  /** Clients of atomic-update, of whom each may be another process. */
  function searchOf(
    clients: readonly string[],
    cuts: CutStates,
    processOf: (client: string) => Process,
  ): CountedSearch {
    const server = createServer({
      sessions: clients.length,
      setup: race001.setup(1),
      granularity: "fine",
      isolation: "read committed",
    });
    const system = buildSystem({
      server,
      clients,
      processes: clients.map(processOf),
      properties: [],
      granularity: "fine",
    });
    return new CountedSearch(system, cuts, new Map());
  }

  const honest = (client: string): Process =>
    machineProcess(protocolOf(race001, "atomic-update"), { client, buffers: [1] });

  const lazy = (client: string): Process => {
    const process = honest(client);
    return { ...process, requests: (node) => (node === process.initial ? [] : process.requests(node)) };
  };

  it("how many there are", async () => {
    const cuts = new CutStates(2);
    for (const clients of [
      ["alice", "bob", "carol"],
      ["alice", "bob", "carol", "dave"],
    ]) {
      const search = searchOf(clients, cuts, clients.length > 3 ? lazy : honest);
      while (search.frontier > 0) await search.expandNext();
      expect(search.uncountable).toBe(
        clients.length > 3 ? "what a client can do depends on how many others are alike" : null,
      );
    }
  });

  it("what it is called", async () => {
    const search = searchOf(["alice", "bob"], new CutStates(2), (name) => (name === "bob" ? lazy : honest)(name));
    await expect(search.expandNext()).rejects.toThrow(/a name is more than a name/);
  });
});

const notBob: Property = {
  kind: "always",
  name: "not-bob",
  sentence: "bob never owns",
  countsAlikeTo: 1,
  violation: ({ clients }) =>
    clients.some(({ name, view }) => name === "bob" && view["owns"] !== null) ? "bob owns" : null,
};

describe("a verdict for any number of clients is refused", () => {
  const leases = scenarioNamed("leases") ?? race001;
  const refused: readonly (readonly [string, Instance, RegExp])[] = [
    ["at coarse granularity", instanceOf("atomic-update", { granularity: "coarse" }), /stand in line/],
    ["under SERIALIZABLE", instanceOf("atomic-update", { isolation: "serializable" }), /one by one/],
    ["with faults", instanceOf("atomic-update", { faults: { crash: 1 } }), /faults/],
    ["where time passes", instanceOf("lease", { scenario: leases, faults: {} }), /time/],
    ["for liveness", instanceOf("atomic-update", { liveness: race001.liveness?.[0] ?? null }), /liveness/],
    ["with an oracle", instanceOf("atomic-update", { oracle: { name: "linearizable" } }), /who did what/],
    ["for a property that does not say how far it counts", claiming(atMostWait(2)), /does not say how far/],
    ["for one that counts further than it says", claiming(atMostWait(4, 2)), /counts further/],
    ["for one that does not say that it knows no client", claiming({ ...notBob }), /knows no client by name/],
    ["for one that says so and tells clients apart", claiming({ ...notBob, symmetric: true }), /tells clients apart/],
  ];

  it.each(refused)("%s", async (_, instance, why) => {
    await expect(checkAnyNumber(instance, NO_BOUNDS)).rejects.toThrow(why);
  });
});
