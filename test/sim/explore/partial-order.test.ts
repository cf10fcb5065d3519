/** Partial order leaves out orders that make no difference: the verdict, the properties and the errors met are those of the full search. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { WholeGraph } from "../../../bench/whole-graph.ts";
import type { Property } from "../../../model/property.ts";
import { scenarios } from "../../../model/scenarios/index.ts";
import { race001 } from "../../../model/scenarios/race-001.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import type { Exploration, Reduction } from "../../../sim/explore/exploration.ts";
import { createServer, loadGrammar } from "../../../sim/postgres/index.ts";
import { type Process, request } from "../../../sim/process/process.ts";
import { buildSystem } from "../../../sim/system/build.ts";
import type { ExplorableSystem } from "../../../sim/system/explorable-system.ts";
import { type Instance, protocolOf, systemOf } from "../../../sim/system/from-scenario.ts";
import type { Granularity } from "../../../sim/system/system.ts";
import { UsageError } from "../../../sim/usage-error.ts";
import { COMBINATIONS } from "./compared.ts";
import { scriptedProcess } from "./scripted-process.ts";

/** Where the full space is larger than this, nothing is compared. */
const FULL_STATES_MAX: Readonly<Record<number, number>> = { 2: 250, 3: 80 };

function instances(clients: number): readonly Instance[] {
  return scenarios.flatMap((scenario) =>
    scenario.protocols.flatMap((protocol) =>
      (["fine", "coarse"] as const).map(
        (granularity): Instance => ({
          scenario,
          protocol,
          clients,
          buffers: scenario.defaults.buffers,
          isolation: "read committed",
          granularity,
        }),
      ),
    ),
  );
}

/** How often somebody acts alone in these states; fails where that would lose something, by what the whole graph knows. */
async function mustBePersistent(system: ExplorableSystem, graph: WholeGraph): Promise<number> {
  let alone = 0;
  for (const state of graph.states) {
    for (const client of system.clients.keys()) {
      const { states } = await system.expand(state, [client]);
      if (states.length === 0 || !system.actsAlone(state, client)) continue;
      expect(graph.isPersistent(state, client)).toBe(true);
      alone++;
    }
  }
  return alone;
}

/** Symmetry is refused where names are more than names. */
async function exploreUnlessRefused(instance: Instance, reductions: readonly Reduction[]): Promise<Exploration | null> {
  try {
    return await explore(systemOf(instance), NO_BOUNDS, {}, reductions);
  } catch (error) {
    if (error instanceof UsageError && error.code === "symmetry-refused") return null;
    throw error;
  }
}

function told({ verdict, violation, schedule }: Exploration): readonly unknown[] {
  return [verdict, violation?.property, schedule?.length];
}

/** What a search sees that is not ended by a violation: the errors that clients are answered with, and what is witnessed. */
function seen({ failures, witnesses }: Exploration): readonly unknown[] {
  const witnessed = Object.entries(witnesses).filter(([, depth]) => depth !== null);
  return [Object.keys(failures).sort(), witnessed.map(([name]) => name)];
}

/** Statements of two tables' worth of trouble, with transactions that do something and transactions that do nothing. */
const STATEMENTS = [
  "BEGIN",
  "BEGIN ISOLATION LEVEL REPEATABLE READ",
  "BEGIN ISOLATION LEVEL SERIALIZABLE",
  "COMMIT",
  "ROLLBACK",
  "SET lock_timeout = '1s'",
  "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
  "SHOW transaction_isolation",
  "SELECT v FROM t WHERE id = 1",
  "SELECT v FROM t WHERE id = 1 FOR UPDATE",
  "UPDATE t SET v = v + 1 WHERE id = 1 AND v < 3",
  "UPDATE t SET v = 0 WHERE id = 2",
  "SELECT pg_advisory_xact_lock(1)",
  "SELECT pg_advisory_lock(2)",
  "SELECT 1 / 0",
  "SAVEPOINT a",
  "LOCK TABLE t IN SHARE MODE",
  "LOCK TABLE t NOWAIT",
];

/** Clients that send random statements, and of whom nothing is seen but whom they wait for; each committed value of row 1 and each of row 2 is asked for by a property of its own. */
function scripted(
  scripts: readonly (readonly string[])[],
  cyclic: boolean,
  granularity: Granularity,
): ExplorableSystem {
  const properties = [0, 1, 2, 3].map(
    (value): Property => ({
      kind: "sometimes",
      name: `row 1 is ${value}`,
      sentence: "it comes to that",
      holds: ({ tables, clients }) =>
        tables["t"]?.[0]?.["v"] === value && clients.some(({ waitsFor }) => waitsFor.length > 0) === (value % 2 === 0),
    }),
  );
  return buildSystem({
    server: createServer({
      sessions: scripts.length,
      setup: ["CREATE TABLE t (id integer PRIMARY KEY, v integer)", "INSERT INTO t VALUES (1, 0), (2, 0)"],
      granularity,
      isolation: "read committed",
    }),
    clients: ["alice", "bob", "carol"].slice(0, scripts.length),
    processes: scripts.map((texts) => ({ ...scriptedProcess(texts, cyclic), view: () => ({}) })),
    properties,
    granularity,
  });
}

beforeAll(loadGrammar);

describe("partial order", () => {
  for (const clients of [2, 3]) {
    it(`comes to the same verdict, property and length of the trace, ${clients} clients, every protocol`, async () => {
      let compared = 0;
      for (const instance of instances(clients)) {
        const full = await explore(systemOf(instance), { ...NO_BOUNDS, states: FULL_STATES_MAX[clients] ?? 0 });
        if (full.verdict === "inconclusive") continue;
        const name = `${instance.scenario.name} ${instance.protocol.name} ${instance.granularity}`;
        for (const reductions of COMBINATIONS) {
          const reduced = await exploreUnlessRefused(instance, reductions);
          if (reduced === null) continue;
          expect([name, reductions, ...told(reduced)]).toEqual([name, reductions, ...told(full)]);
          if (full.verdict === "holds") expect([name, ...seen(reduced)]).toEqual([name, ...seen(full)]);
        }
        compared++;
      }
      expect(compared).toBeGreaterThan(10);
    });
  }

  it("sees what the full search sees, of random statements", async () => {
    const script = fc.array(fc.constantFrom(...STATEMENTS), { minLength: 1, maxLength: 5 });
    let smaller = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(script, { minLength: 2, maxLength: 3 }),
        fc.boolean(),
        fc.constantFrom("fine" as const, "coarse" as const),
        async (scripts, cyclic, granularity) => {
          const bounds = { ...NO_BOUNDS, states: 1200 };
          const full = await explore(scripted(scripts, cyclic, granularity), bounds);
          fc.pre(full.exhaustive);
          const reduced = await explore(scripted(scripts, cyclic, granularity), NO_BOUNDS, {}, ["partial-order"]);
          expect(reduced.exhaustive).toBe(true);
          expect([reduced.verdict, ...seen(reduced)]).toEqual([full.verdict, ...seen(full)]);
          expect(reduced.distinctStates).toBeLessThanOrEqual(full.distinctStates);
          if (reduced.transitions < full.transitions) smaller++;
        },
      ),
      { seed: 4, numRuns: 300 },
    );
    expect(smaller).toBeGreaterThan(50);
  });

  it("lets act alone whose steps make no difference to anybody, until it moves: every protocol", async () => {
    let alone = 0;
    for (const instance of [...instances(2), ...instances(3)]) {
      const system = systemOf(instance);
      const graph = await WholeGraph.of(system, 1000);
      if (graph !== null) alone += await mustBePersistent(system, graph);
    }
    expect(alone).toBeGreaterThan(1000);
  });

  it("lets act alone whose steps make no difference to anybody, until it moves: random statements", async () => {
    const script = fc.array(fc.constantFrom(...STATEMENTS), { minLength: 1, maxLength: 5 });
    let alone = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(script, { minLength: 2, maxLength: 3 }),
        fc.boolean(),
        fc.constantFrom("fine" as const, "coarse" as const),
        async (scripts, cyclic, granularity) => {
          const system = scripted(scripts, cyclic, granularity);
          const graph = await WholeGraph.of(system, 400);
          if (graph !== null) alone += await mustBePersistent(system, graph);
        },
      ),
      { seed: 5, numRuns: 300 },
    );
    expect(alone).toBeGreaterThan(1000);
  });

  it("leaves out nearly all that perfect knowledge would", async () => {
    const instance = instances(3).find(
      ({ protocol, granularity }) => protocol.name === "select-for-update" && granularity === "fine",
    );
    const graph = instance && (await WholeGraph.of(systemOf(instance), 400));
    expect(graph?.counts).toEqual({ states: 348, transitions: 924 });
    expect(graph?.withPersistentSets()).toEqual({ states: 232, transitions: 494 });
    expect(graph?.withSleepSets()).toEqual({ states: 348, transitions: 624 });
    const found = await explore(systemOf(instance as Instance), NO_BOUNDS, {}, ["partial-order"]);
    expect([found.distinctStates, found.transitions]).toEqual([247, 545]);
  });

  it("sees 87 orbits of four clients where symmetry alone sees 145", async () => {
    const instance: Instance = {
      scenario: race001,
      protocol: protocolOf(race001, "select-for-update"),
      clients: 4,
      buffers: 1,
      isolation: "read committed",
      granularity: "fine",
    };
    const counts = async (reductions: readonly Reduction[]): Promise<readonly unknown[]> => {
      const found = await explore(systemOf(instance), NO_BOUNDS, {}, reductions);
      return [found.verdict, found.distinctStates, found.fullStates];
    };
    expect(await counts(["symmetry"])).toEqual(["holds", 145, 1941]);
    expect(await counts(["symmetry", "partial-order"])).toEqual(["holds", 87, null]);
  });

  it("takes the end of a transaction that has only read for everybody's matter once somebody locks its table", async () => {
    const taken = "SELECT pg_advisory_lock(5)";
    const reads = [
      taken,
      "BEGIN",
      "SELECT v FROM t WHERE id = 1",
      "SELECT pg_advisory_unlock(5)",
      "COMMIT",
      "SELECT 1",
    ];
    const among = async (others: readonly string[], by: readonly Reduction[]) =>
      explore(scripted([reads, others], false, "fine"), NO_BOUNDS, {}, by);
    // Nobody locks it before the reader has gone alone to her end; in between there was time for it.
    const locks = [taken, "UPDATE t SET v = 1 WHERE id = 2", "BEGIN", "LOCK TABLE t NOWAIT"];
    const [full, reduced] = [await among(locks, []), await among(locks, ["partial-order"])];
    expect(Object.keys(full.failures)).toContain("55P03");
    expect(Object.keys(reduced.failures)).toEqual(Object.keys(full.failures));
    const writes = locks.with(3, "COMMIT");
    const steps = async (by: readonly Reduction[]) => (await among(writes, by)).transitions;
    expect([await steps([]), await steps(["partial-order"])]).toEqual([66, 48]);
  });

  it("lets nobody be put off by a client that goes round alone", async () => {
    const idle = ["BEGIN", "ROLLBACK"];
    const system = scripted([idle, ["UPDATE t SET v = 1 WHERE id = 1"]], true, "fine");
    const found = await explore(system, NO_BOUNDS, {}, ["partial-order"]);
    expect(found.witnesses["row 1 is 1"]).toBeGreaterThan(0);
  });

  describe("where a client goes on alone for ever, through ever new states", () => {
    const endless: Process = {
      initial: 0,
      requests: (node) => [request("next", null, node + 1)],
      advance: (node) => node,
      view: () => ({}),
      describe: (node) => `at ${node}`,
    };
    const beside = (text: string): ExplorableSystem => {
      const stays: Property = {
        kind: "always",
        name: "stays",
        sentence: "row 1 stays 0",
        symmetric: true,
        violation: ({ tables }) => (tables["t"]?.[0]?.["v"] === 0 ? null : "row 1 is another"),
      };
      const setup = ["CREATE TABLE t (id integer PRIMARY KEY, v integer)", "INSERT INTO t VALUES (1, 0)"];
      const about = { granularity: "fine", isolation: "read committed" } as const;
      return buildSystem({
        server: createServer({ sessions: 2, setup, ...about }),
        clients: ["alice", "bob"],
        processes: [endless, scriptedProcess([text])],
        properties: [stays],
        granularity: "fine",
      });
    };

    it("comes to others, too", async () => {
      const [full, reduced] = await Promise.all(
        [[], ["partial-order"] as const].map((by) =>
          explore(beside("UPDATE t SET v = 1 WHERE id = 1"), NO_BOUNDS, {}, by),
        ),
      );
      expect(full?.verdict).toBe("violated");
      expect([reduced?.verdict, reduced?.schedule?.length]).toEqual(["violated", full?.schedule?.length]);
    });

    it("ends at a bound", async () => {
      const search = (states: number) =>
        explore(beside("UPDATE t SET v = 0 WHERE id = 1"), { ...NO_BOUNDS, states }, {}, ["partial-order"]);
      const [few, many] = [await search(50), await search(5000)];
      expect([few.verdict, few.stop, few.distinctStates]).toEqual([
        "inconclusive",
        { kind: "bound", bound: "50 states" },
        50,
      ]);
      expect([many.verdict, many.distinctStates]).toEqual(["inconclusive", 5000]);
    });
  });
});
