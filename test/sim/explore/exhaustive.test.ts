/** The exhaustive search counts what a naive one counts, ends violations with a shortest schedule, and never calls a bound a pass. */
import { beforeAll, describe, expect, it } from "vitest";
import { race001 } from "../../../model/scenarios/race-001.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import { createServer, loadGrammar } from "../../../sim/postgres/index.ts";
import type { Process } from "../../../sim/process/process.ts";
import { buildSystem } from "../../../sim/system/build.ts";
import { type Instance, partsOf, protocolOf, systemOf } from "../../../sim/system/from-scenario.ts";
import type { Granularity } from "../../../sim/system/system.ts";
import { naiveExplore } from "./naive.ts";
import { scriptedProcess } from "./scripted-process.ts";

const CLIENTS = ["alice", "bob", "carol", "dave"];

function instance(protocol: string, clients: number, granularity: Granularity): Instance {
  return {
    scenario: race001,
    protocol: protocolOf(race001, protocol),
    clients,
    buffers: 1,
    isolation: "read committed",
    granularity,
  };
}

function serverFor(sessions: number, setup: readonly string[], granularity: Granularity = "fine") {
  return createServer({ sessions, setup, granularity, isolation: "read committed" });
}

/** A system of scripted processes over a table of two rows, with no properties. */
function scripted(scripts: readonly Process[], granularity: Granularity = "fine") {
  const server = serverFor(
    scripts.length,
    ["CREATE TABLE t (id integer PRIMARY KEY, v integer)", "INSERT INTO t VALUES (1, 0), (2, 0)"],
    granularity,
  );
  return buildSystem({
    server,
    clients: CLIENTS.slice(0, scripts.length),
    processes: scripts,
    properties: [],
    claimed: true,
    granularity,
  });
}

beforeAll(loadGrammar);

describe("exhaustive search", () => {
  for (const granularity of ["fine", "coarse"] as const) {
    for (const protocol of ["check-then-act", "atomic-update", "select-for-update"]) {
      it(`counts the states of ${protocol} as a naive search does, ${granularity}`, async () => {
        for (const clients of [1, 2, 3]) {
          const what = instance(protocol, clients, granularity);
          const about = { ...what, scenario: { ...race001, properties: [] } };
          const found = await explore(systemOf(about), NO_BOUNDS);
          const { distinctStates: states, transitions, depth, exhaustive: whole } = found;
          expect({ states, transitions, depth, whole }).toEqual(await naiveExplore(partsOf(about)));
        }
      });
    }
  }

  it("finds check-then-act violated, by a shortest schedule", async () => {
    const found = await explore(systemOf(instance("check-then-act", 2, "coarse")), NO_BOUNDS);
    expect(found.verdict).toBe("violated");
    expect(found.violation?.property).toBe("mutual-exclusion");
    expect(found.violation?.message).toMatch(/alice and bob/);
    expect(found.schedule?.map(({ client, action }) => `${client}: ${action}`)).toEqual([
      "alice: acquire 1",
      "alice: next",
      "bob: acquire 1",
      "alice: commit",
      "bob: next",
      "bob: commit",
    ]);
  });

  it("proves atomic-update and select-for-update, and says that the pass is not vacuous", async () => {
    for (const protocol of ["atomic-update", "select-for-update"]) {
      const found = await explore(systemOf(instance(protocol, 3, "fine")), NO_BOUNDS);
      expect([found.verdict, found.exhaustive]).toEqual(["holds", true]);
      expect(found.witnesses["somebody-owns"]).toBeGreaterThan(0);
    }
  });

  it("counts the same in a second run", async () => {
    const counts = async () => {
      const { distinctStates, transitions, depth } = await explore(
        systemOf(instance("select-for-update", 3, "fine")),
        NO_BOUNDS,
      );
      return { distinctStates, transitions, depth };
    };
    expect(await counts()).toEqual(await counts());
  });

  it("reports a sometimes property that nothing witnesses as violated, without a trace", async () => {
    const base = scripted([scriptedProcess(["SELECT v FROM t WHERE id = 1"])]);
    const properties = [{ kind: "sometimes", name: "never", sentence: "it happens", holds: () => false }] as const;
    const server = serverFor(1, ["CREATE TABLE t (id integer PRIMARY KEY, v integer)"]);
    const system = buildSystem({
      server,
      clients: base.clients,
      processes: [scriptedProcess(["SELECT v FROM t WHERE id = 1"])],
      properties,
      granularity: "fine",
    });
    const found = await explore(system, NO_BOUNDS);
    expect([found.verdict, found.violation?.property, found.schedule]).toEqual(["violated", "never", null]);
  });

  it("ends a bounded search as inconclusive and names the bound", async () => {
    const what = instance("select-for-update", 5, "fine");
    const states = await explore(systemOf(what), { ...NO_BOUNDS, states: 3000 });
    expect([states.verdict, states.exhaustive, states.stop]).toEqual([
      "inconclusive",
      false,
      { kind: "bound", bound: "3000 states" },
    ]);
    const depth = await explore(systemOf(what), { ...NO_BOUNDS, depth: 4 });
    expect([depth.verdict, depth.stop]).toEqual(["inconclusive", { kind: "bound", bound: "depth 4" }]);
    const memory = await explore(systemOf(what), { ...NO_BOUNDS, memoryBytes: 1 });
    expect([memory.verdict, memory.stop?.kind]).toEqual(["inconclusive", "bound"]);
    let clock = 0;
    const seconds = await explore(systemOf(what), { ...NO_BOUNDS, seconds: 1 }, { now: () => (clock += 5000) });
    expect([seconds.verdict, seconds.stop]).toEqual(["inconclusive", { kind: "bound", bound: "1 seconds" }]);
  });

  it("lets no more states through than a small bound says, but those that one state leads to", async () => {
    const what = instance("atomic-update", 2, "fine");
    const met = async (states: number) => {
      const { verdict, distinctStates } = await explore(systemOf(what), { ...NO_BOUNDS, states });
      return [verdict, distinctStates];
    };
    expect([await met(5), await met(35), await met(37)]).toEqual([
      ["inconclusive", 5],
      ["inconclusive", 35],
      ["holds", 36],
    ]);
  });

  it("reports what it found so far when it is interrupted", async () => {
    const found = await explore(systemOf(instance("select-for-update", 5, "fine")), NO_BOUNDS, {
      interrupted: () => true,
    });
    expect([found.verdict, found.stop]).toEqual(["inconclusive", { kind: "interrupted" }]);
    expect(found.distinctStates).toBeGreaterThan(256);
  });

  it("hears of an interruption soon where states are slow, and lets a bound of states through as many as ever", async () => {
    const what = instance("select-for-update", 5, "fine");
    let clock = 0;
    const now = (): number => (clock += 50);
    const interrupted = await explore(systemOf(what), NO_BOUNDS, { now, interrupted: () => true });
    expect(interrupted.stop).toEqual({ kind: "interrupted" });
    expect(interrupted.distinctStates).toBeLessThan(64);
    const bounds = { ...NO_BOUNDS, states: 300 };
    const [slow, fast] = [await explore(systemOf(what), bounds, { now }), await explore(systemOf(what), bounds)];
    expect(slow.distinctStates).toBe(fast.distinctStates);
  });

  it("gives a finite space to processes that go round for ever", async () => {
    const update = ["UPDATE t SET v = 1 - v WHERE id = 1"];
    const found = await explore(scripted([scriptedProcess(update, true), scriptedProcess(update, true)]), NO_BOUNDS);
    expect([found.verdict, found.exhaustive]).toEqual(["holds", true]);
  });
});
