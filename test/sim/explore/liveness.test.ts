/** Liveness: lassos are found exactly where a naive search finds one, and what the shipped protocols and the mutants say. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { answered, livelockFree } from "../../../model/liveness.ts";
import type { EventuallyProperty, LivenessProperty } from "../../../model/property.ts";
import type { Protocol } from "../../../model/protocol.ts";
import { race001 } from "../../../model/scenarios/race-001.ts";
import { twoBuffers } from "../../../model/scenarios/two-buffers.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { brokenClaim } from "../../../sim/explore/broken-claim.ts";
import { check } from "../../../sim/explore/check.ts";
import { componentsOf } from "../../../sim/explore/components.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import { KeptGraph, restingIn } from "../../../sim/explore/graph.ts";
import { type Fairness, findLasso } from "../../../sim/explore/liveness.ts";
import { loadGrammar } from "../../../sim/postgres/index.ts";
import type { ExplorableSystem } from "../../../sim/system/explorable-system.ts";
import { type Instance, livenessNamed, protocolOf, systemOf } from "../../../sim/system/from-scenario.ts";
import { FROM, TO } from "../../../sim/system/liveness-facts.ts";
import type { StateId } from "../../../sim/system/system.ts";
import { replaySimulated } from "../../../sim/trace/compare.ts";
import { readTrace, writeTrace } from "../../../sim/trace/read.ts";
import type { Trace } from "../../../sim/trace/trace.ts";
import { neverTakes, retriesNowait } from "../../model/mutants.ts";
import { faultOf, graphOf, naiveHasLasso, type PlainGraph } from "./naive-lasso.ts";

beforeAll(loadGrammar);

const plainGraph: fc.Arbitrary<PlainGraph & { readonly facts: readonly number[] }> = fc
  .record({ size: fc.integer({ min: 1, max: 7 }), clients: fc.integer({ min: 1, max: 3 }) })
  .chain(({ size, clients }) =>
    fc.record({
      size: fc.constant(size),
      clients: fc.constant(clients),
      steps: fc.array(
        fc.tuple(
          fc.integer({ min: 0, max: size - 1 }),
          fc.integer({ min: 0, max: size - 1 }),
          fc.integer({ min: 0, max: clients - 1 }),
        ),
        { maxLength: 14 },
      ),
      held: fc.uniqueArray(fc.integer({ min: 0, max: size - 1 }), { maxLength: 3 }),
      facts: fc.array(fc.constantFrom(0, 0, 0, FROM, TO, FROM | TO), { minLength: size, maxLength: size }),
    }),
  );

describe("on random graphs", () => {
  for (const fairness of ["weak", "strong"] as const) {
    for (const fromStart of [false, true]) {
      it(`a lasso is found exactly where a naive search finds one, ${fairness}, ${fromStart ? "eventually" : "leads-to"}`, () => {
        fc.assert(
          fc.property(plainGraph, (plain) => {
            const question = { facts: Uint8Array.from(plain.facts), fromStart, fairness };
            const graph = graphOf(plain);
            const lasso = findLasso(graph, question);
            expect(lasso !== null).toBe(naiveHasLasso(plain, question));
            if (lasso !== null) expect(faultOf(graph, lasso, question)).toBeNull();
          }),
          { numRuns: 1500, seed: 4 },
        );
      });
    }
  }

  it("two places are in one component exactly where each can be reached from the other", () => {
    fc.assert(
      fc.property(plainGraph, (plain) => {
        const inside = Uint8Array.from(plain.facts, (fact) => ((fact & TO) === 0 ? 1 : 0));
        const { of } = componentsOf(graphOf(plain), inside);
        const reaches = (from: number, to: number): boolean => {
          const found = new Set([from]);
          for (const place of found) for (const [a, b] of plain.steps) if (a === place && inside[b] === 1) found.add(b);
          return found.has(to);
        };
        for (let one = 0; one < plain.size; one++) {
          expect(of[one] === -1).toBe(inside[one] === 0);
          for (let other = 0; other < plain.size; other++) {
            if (inside[one] === 0 || inside[other] === 0) continue;
            expect(of[one] === of[other]).toBe(reaches(one, other) && reaches(other, one));
          }
        }
      }),
      { numRuns: 500, seed: 4 },
    );
  });

  it("a path of a hundred thousand places is no deeper than any other", () => {
    const size = 100_000;
    const graph = new KeptGraph(1, () => 0);
    for (let place = 0; place < size; place++) {
      graph.step((place + 1) % size, 0);
      graph.endPlace([]);
    }
    expect(componentsOf(graph, new Uint8Array(size).fill(1)).count).toBe(1);
  });
});

function instance(protocol: Protocol | string, over: Partial<Instance> = {}): Instance {
  const scenario = over.scenario ?? race001;
  return {
    scenario,
    protocol: typeof protocol === "string" ? protocolOf(scenario, protocol) : protocol,
    clients: 2,
    buffers: scenario.defaults.buffers,
    isolation: "read committed",
    granularity: "fine",
    ...over,
  };
}

async function verdict(protocol: Protocol | string, liveness: LivenessProperty, over: Partial<Instance> = {}) {
  const found = await explore(systemOf(instance(protocol, { ...over, liveness })), NO_BOUNDS);
  return found.verdict === "violated" ? found.violation?.message : found.verdict;
}

/** The first broken claim under the fairness that is given; the explorer itself asks for the weak one. */
function brokenUnder(system: ExplorableSystem, fairness: Fairness) {
  const states: StateId[] = [system.initial];
  const places = new Map([[system.initial, 0]]);
  const graph = new KeptGraph(system.clients.length, (code) => system.clientOf(code));
  for (const state of states) {
    const expansion = system.expand(state);
    if (expansion instanceof Promise) throw new Error("machines answer at once");
    for (const [at, next] of expansion.states.entries()) {
      if (!places.has(next)) places.set(next, states.push(next) - 1);
      graph.step(places.get(next) ?? -1, expansion.codes[at] ?? -1);
    }
    graph.endPlace(restingIn(system, state, expansion.codes));
  }
  return brokenClaim(system, graph, (place) => states[place] ?? -1, fairness);
}

const named = (name: string): LivenessProperty => livenessNamed(race001, name);

describe("select-for-update", () => {
  it("starves a client that waits: newcomers may lock the row before it is looked at again", async () => {
    const { exploration, trace } = await check(instance("select-for-update", { liveness: answered }), NO_BOUNDS);
    expect(exploration.violation?.message).toBe("alice asks once and is never answered");
    expect(exploration.schedule?.map(({ client, action }) => `${client}: ${action}`)).toEqual([
      "alice: acquire 1",
      "alice: next",
      "bob: acquire 1",
      "bob: next",
      "bob: resume",
      "alice: resume",
      "bob: next",
      "bob: next",
      "bob: release",
      "bob: next",
      "bob: resume",
      "bob: commit",
    ]);
    expect([exploration.stem, trace?.repeatsFrom]).toEqual([2, 3]);
  });

  it("starves it under strong fairness as well: it is woken and looks, and the row is locked each time", () => {
    const system = systemOf(instance("select-for-update", { liveness: answered }));
    const broken = brokenUnder(system, "strong");
    const actions = (codes: readonly number[] = []) => codes.map((code) => system.choiceOf(code));
    expect(actions(broken?.loop)).toContainEqual({ client: "alice", action: "resume" });
    expect(broken?.violation.property).toBe("answered");
  });

  it("answers each of two clients where those who wait have their turn before newcomers (coarse)", async () => {
    expect(await verdict("select-for-update", answered, { granularity: "coarse" })).toBe("holds");
  });

  it("starves a client all the same that is told each time that the buffer is taken", async () => {
    const message = "alice asks for ever and never owns a buffer";
    expect(await verdict("select-for-update", named("starvation-free"), { granularity: "coarse" })).toBe(message);
  });

  it("keeps an owner from releasing, where others lock the row for ever just to look", async () => {
    const message = "clients ask for ever, and none of them ever owns a buffer";
    expect(await verdict("select-for-update", livelockFree("buffer"))).toBe(message);
  });

  it("does not count the turn of woken clients as a rest of the others", async () => {
    const over = { clients: 3, granularity: "coarse" } as const;
    expect(await verdict("select-for-update", livelockFree("buffer"), over)).toBe("holds");
  });
});

describe("other protocols", () => {
  it("atomic-update has no livelock", async () => {
    expect(await verdict("atomic-update", livelockFree("buffer"), { clients: 3 })).toBe("holds");
  });

  it("advisory-lock answers everybody: its pg_try_advisory_xact_lock does not wait", async () => {
    expect(await verdict("advisory-lock", answered)).toBe("holds");
  });

  it("two-buffers-in-one-update can give one buffer to each of two clients for ever", async () => {
    const over = { scenario: twoBuffers, granularity: "coarse" } as const;
    const message = "clients ask for ever, and none of them ever owns a buffer";
    expect(await verdict("two-buffers-in-one-update", livelockFree("buffer"), over)).toBe(message);
  });

  it("two-buffers-with-retry has a victim that retries for ever, and where newcomers may be first a livelock", async () => {
    const over = { scenario: twoBuffers };
    expect(await verdict("two-buffers-with-retry", answered, { ...over, granularity: "coarse" })).toBe(
      "alice asks once and is never answered",
    );
    expect(await verdict("two-buffers-with-retry", livelockFree("buffer"), { ...over, granularity: "coarse" })).toBe(
      "holds",
    );
    expect(await verdict("two-buffers-with-retry", livelockFree("buffer"), over)).not.toBe("holds");
  });
});

async function livelock(): Promise<{ readonly trace: Trace; readonly system: ExplorableSystem }> {
  const what = instance(retriesNowait, { buffers: 2, liveness: livelockFree("buffer") });
  const { exploration, trace, needsFine } = await check(what, NO_BOUNDS);
  expect([exploration.verdict, exploration.violation?.property, needsFine]).toEqual([
    "violated",
    "livelock-free",
    false,
  ]);
  if (trace === null) throw new Error("there is no trace");
  return { trace, system: systemOf({ ...what, granularity: trace.parameters.granularity }) };
}

describe("a livelock mutant", () => {
  it("is caught by its lasso: both lock one row, fail at the other one, and begin again", async () => {
    const { trace } = await livelock();
    const loop = trace.steps.slice((trace.repeatsFrom ?? 0) - 1);
    const failures = loop.filter(({ progress }) => progress.kind === "replied" && progress.reply.kind === "failed");
    expect(new Set(failures.map(({ client }) => client))).toEqual(new Set(["alice", "bob"]));
  });

  it("is replayed on the simulated server, and its loop returns to the state in which it began", async () => {
    const { trace, system } = await livelock();
    const result = await replaySimulated(system, readTrace(writeTrace(trace), "livelock.json"));
    expect(result).toMatchObject({ kind: "reproduced", steps: trace.steps.length });
    expect(result.kind === "reproduced" ? result.notes : []).toEqual([
      `after step ${trace.steps.length} everything is as it was before step ${trace.repeatsFrom}: the steps between repeat for ever`,
    ]);
  });

  it("is told to differ where the loop is said to begin at another step", async () => {
    const { trace, system } = await livelock();
    const moved = { ...trace, repeatsFrom: (trace.repeatsFrom ?? 0) + 1 };
    expect(await replaySimulated(system, moved)).toMatchObject({ kind: "differs", step: trace.steps.length });
  });

  it("is no longer one where somebody waits instead", async () => {
    expect(await verdict("two-buffers-sorted", livelockFree("buffer"), { scenario: twoBuffers })).toBe("holds");
  });
});

describe("verdicts", () => {
  const aliceOwns: EventuallyProperty = {
    kind: "eventually",
    name: "alice-owns",
    sentence: "alice owns in the end",
    goal: ({ clients }) => clients[0]?.view["owns"] === 1,
    violation: () => "alice never owns",
  };

  it("eventually is owed from the first state on", async () => {
    const over = { scenario: { ...race001, properties: [] } };
    expect(await verdict(neverTakes, aliceOwns, over)).toBe("alice never owns");
    expect(await verdict("atomic-update", aliceOwns, { ...over, clients: 1 })).toBe("holds");
  });

  it("a bound makes liveness inconclusive, whatever the states seen so far say", async () => {
    const system = systemOf(instance("select-for-update", { liveness: answered }));
    const found = await explore(system, { ...NO_BOUNDS, depth: 10 });
    expect([found.verdict, found.exhaustive, found.stem]).toEqual(["inconclusive", false, null]);
  });

  it("what breaks in a state is reported first", async () => {
    const found = await explore(systemOf(instance("check-then-act", { liveness: answered })), NO_BOUNDS);
    expect([found.violation?.property, found.stem]).toEqual(["mutual-exclusion", null]);
  });

  it("the graph is kept only where somebody asks for it", async () => {
    const bytes = async (liveness: LivenessProperty | null) =>
      (await explore(systemOf(instance("atomic-update", { liveness })), NO_BOUNDS)).size.bytes;
    expect(await bytes(answered)).toBeGreaterThan(await bytes(null));
  });

  it("a reduction is refused, since it keeps what is true of states and not of runs", async () => {
    const system = systemOf(instance("select-for-update", { liveness: answered }));
    await expect(explore(system, NO_BOUNDS, {}, ["symmetry"])).rejects.toThrow(/answered is about runs without end/);
  });

  it("an unknown liveness property is refused with those that are known", () => {
    expect(() => livenessNamed(race001, "fair")).toThrow(
      expect.objectContaining({ hint: "Its liveness properties: livelock-free, answered, starvation-free." }),
    );
  });
});
