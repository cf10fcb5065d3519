/** What an exploration has seen of the machines, of the orders of steps, and how many interleavings its states stand for. */
import { beforeAll, describe, expect, it } from "vitest";
import { scenarios } from "../../../model/scenarios/index.ts";
import { race001 } from "../../../model/scenarios/race-001.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { type Coverage, coverageOf } from "../../../sim/explore/coverage.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import type { Reduction } from "../../../sim/explore/exploration.ts";
import { transitionKinds, transitionsTaken } from "../../../sim/explore/machine-graph.ts";
import { countText } from "../../../sim/explore/scaled-count.ts";
import { createServer, loadGrammar } from "../../../sim/postgres/index.ts";
import { buildSystem } from "../../../sim/system/build.ts";
import type { ExplorableSystem } from "../../../sim/system/explorable-system.ts";
import { protocolOf, systemOf } from "../../../sim/system/from-scenario.ts";
import { movesOf } from "../../../src/docs/walk.ts";
import { COMBINATIONS } from "./compared.ts";
import { scriptedProcess } from "./scripted-process.ts";

beforeAll(loadGrammar);

function instanceOf(protocol: string, clients: number) {
  return {
    scenario: race001,
    protocol: protocolOf(race001, protocol),
    clients,
    buffers: 1,
    isolation: "read committed",
    granularity: "coarse",
  } as const;
}

async function covered(protocol: string, clients: number, states: number | null = null): Promise<Coverage> {
  const system = systemOf(instanceOf(protocol, clients));
  return coverageOf(system, await explore(system, { ...NO_BOUNDS, states }));
}

/** The transitions that a search by these reductions takes. */
async function taken(protocol: string, clients: number, reductions: readonly Reduction[] = []) {
  const instance = instanceOf(protocol, clients);
  const system = systemOf(instance);
  await explore(system, NO_BOUNDS, {}, reductions);
  return transitionsTaken(system, { protocol: instance.protocol, buffers: [1] });
}

function scripts(...texts: readonly (readonly string[])[]): ExplorableSystem {
  return buildSystem({
    server: createServer({
      sessions: texts.length,
      setup: ["CREATE TABLE t (id integer PRIMARY KEY)", "CREATE TABLE u (id integer PRIMARY KEY)"],
      granularity: "coarse",
      isolation: "read committed",
    }),
    clients: ["alice", "bob", "carol"].slice(0, texts.length),
    processes: texts.map((each) => scriptedProcess(each)),
    properties: [],
    granularity: "coarse",
  });
}

const T = "SELECT id FROM t";
const U = "SELECT id FROM u";

/** All schedules of at most so many steps, counted one by one. */
async function countedOneByOne(system: ExplorableSystem, steps: number, state = system.initial): Promise<number> {
  const { states } = await system.expand(state);
  if (steps === 0 || states.length === 0) return 1;
  let sum = 0;
  for (const next of states) sum += await countedOneByOne(system, steps - 1, next);
  return sum;
}

describe("the transitions of a machine", () => {
  it("are those that a walk of @xstate/graph meets, for every protocol", () => {
    for (const protocol of scenarios.flatMap((scenario) => scenario.protocols)) {
      const buffers = [1, 2];
      const stateOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
      const walked = movesOf(protocol, buffers).map(
        ({ from, event, to }) => `${stateOf(from.value)} -${event.type}-> ${stateOf(to.value)}`,
      );
      expect([...transitionKinds(protocol, buffers)].sort(), protocol.name).toEqual([...new Set(walked)].sort());
    }
  });

  it("are told apart into those that were taken and those that were never", async () => {
    expect(await taken("atomic-update", 2)).toEqual({
      taken: [
        "idle -acquire-> taking",
        "taking -rows-> owning",
        "taking -rows-> idle",
        "owning -release-> releasing",
        "releasing -rows-> idle",
      ],
      never: ["taking -failed-> idle", "releasing -failed-> idle"],
      threw: [],
    });
  });

  it("are fewer for a client that is alone", async () => {
    const [alone, together] = [await taken("atomic-update", 1), await taken("atomic-update", 2)];
    expect(together.taken.filter((kind) => !alone.taken.includes(kind))).toEqual(["taking -rows-> idle"]);
  });

  it("are the same with each combination of reductions", async () => {
    for (const reductions of COMBINATIONS) {
      expect(await taken("select-for-update", 3, reductions)).toEqual(await taken("select-for-update", 3));
    }
  });
});

describe("pairs of steps", () => {
  it("were seen in both orders where clients are free to interleave", async () => {
    const system = scripts([T], [U]);
    const { pairs } = await coverageOf(system, await explore(system, NO_BOUNDS));
    expect(pairs).toEqual({ seen: 1, bothOrders: 1, oneOrder: [] });
  });

  it("are told in their order where the other was never seen", async () => {
    const system = scripts([T], [U]);
    // Only the first state is expanded, and one of those after it.
    const { pairs } = await coverageOf(system, { exhaustive: false, transitions: 3 });
    expect(pairs).toEqual({ seen: 1, bothOrders: 0, oneOrder: [{ first: T, second: U }] });
  });

  it("are none for one client", async () => {
    expect((await covered("select-for-update", 1)).pairs).toEqual({ seen: 0, bothOrders: 0, oneOrder: [] });
  });
});

describe("interleavings", () => {
  it("are all there are where schedules end", async () => {
    const system = scripts([T, T], [U, U, U], [T]);
    const { interleavings } = await coverageOf(system, await explore(system, NO_BOUNDS));
    // 6! / (2! 3! 1!)
    expect([countText(interleavings.count), interleavings.steps, interleavings.all]).toEqual(["60", 6, true]);
  });

  it("are those as long as the exploration is deep where clients go round for ever", async () => {
    const instance = { scenario: race001, protocol: protocolOf(race001, "select-for-update"), clients: 2 } as const;
    const system = systemOf({ ...instance, buffers: 1, isolation: "read committed", granularity: "coarse" });
    const exploration = await explore(system, NO_BOUNDS);
    const { interleavings } = await coverageOf(system, exploration);
    expect([interleavings.steps, interleavings.all]).toEqual([exploration.depth, false]);
    expect(interleavings.count.mantissa).toBe(await countedOneByOne(system, exploration.depth));
  });

  it("are as long as the last whole depth where a bound was reached", async () => {
    const { interleavings, complete, states } = await covered("atomic-update", 4, 300);
    expect(complete).toBe(true);
    expect(states).toBeLessThan(300);
    const depth = (await covered("atomic-update", 4)).interleavings.steps;
    expect(interleavings.steps).toBeLessThan(depth);
    expect(interleavings.steps).toBeGreaterThan(2);
  });
});

it("coverage of a part of the states says that it is one", async () => {
  const system = scripts([T, T, T], [U, U, U]);
  const exploration = await explore(system, NO_BOUNDS);
  const coverage = await coverageOf(system, exploration, 5);
  expect([coverage.states, coverage.complete]).toEqual([5, false]);
});
