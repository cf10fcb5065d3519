/** Traces of the real system: the incident found, explained, printed, written and replayed on the simulated server. */
import { beforeAll, describe, expect, it } from "vitest";
import { race001 } from "../../../model/scenarios/race-001.ts";
import {
  check,
  type Instance,
  loadGrammar,
  NO_BOUNDS,
  parametersOf,
  protocolOf,
  randomSchedule,
  readTrace,
  recordTrace,
  renderText,
  replaySimulated,
  setupOf,
  systemOf,
  type Trace,
  writeTrace,
} from "../../../sim/index.ts";

beforeAll(loadGrammar);

function instance(protocol: string, clients = 2): Instance {
  return {
    scenario: race001,
    protocol: protocolOf(race001, protocol),
    clients,
    buffers: 1,
    isolation: "read committed",
    granularity: "fine",
  };
}

async function counterexample(): Promise<Trace> {
  const { trace } = await check(instance("check-then-act"), NO_BOUNDS);
  if (trace === null) throw new Error("check-then-act was not violated");
  return trace;
}

describe("the counterexample of race-001", () => {
  it("is marked by one client's SELECT that runs before the other's UPDATE is committed", async () => {
    const { races, steps } = await counterexample();
    const [race] = races;
    const [read, write] = [steps[(race?.first ?? 0) - 1], steps[(race?.second ?? 0) - 1]];
    expect(read?.statement?.text).toMatch(/^SELECT/);
    expect(write?.statement?.text).toMatch(/^UPDATE/);
    expect(write?.committed).toBe(true);
    expect(read?.client).not.toBe(write?.client);
    expect(race?.sentence).toMatch(/ answers locked_by '\w+' instead of locked_by null, and mutual-exclusion holds\.$/);
  });

  it("is reproduced from its file on a system made anew", async () => {
    const trace = readTrace(writeTrace(await counterexample()), "race.json");
    const anew = systemOf({ ...instance("check-then-act"), granularity: trace.parameters.granularity });
    expect(await replaySimulated(anew, trace)).toMatchObject({ kind: "reproduced", steps: trace.steps.length });
  });

  it("reads so", async () => {
    expect(renderText(await counterexample(), { width: 100, color: null })).toMatchInlineSnapshot(`
      "race-001 · check-then-act · 2 clients · read committed
        claim  mutual-exclusion: at most one client believes that it owns a buffer
        steps  6, taken at statements, waits and commits (coarse)
        start  buffers: id 1, locked_by null
               alice and bob believe: owns nothing

        step │ alice                                        │ bob
      ───────┼──────────────────────────────────────────────┼─────────────────────────────────────────────
           1 │ acquire 1                                    │
             │ SELECT locked_by FROM buffers WHERE id = 1   │
             │ → locked_by null                             │
             │                                              │
      ┏    2 │                                              │ acquire 1
      ┃      │                                              │ SELECT locked_by FROM buffers WHERE id = 1
      ┃      │                                              │ → locked_by null
      ┃      │                                              │
      ┗  3-4 │ UPDATE buffers SET locked_by = 'alice'       │
             │   WHERE id = 1                               │
             │ · takes the row lock on buffers (id = 1)     │
             │ → 1 row updated, committed                   │
             │ = buffers id 1: locked_by null → 'alice'     │
             │ ● alice believes: owns 1                     │
             │                                              │
         5-6 │                                              │ UPDATE buffers SET locked_by = 'bob'
             │                                              │   WHERE id = 1
             │                                              │ · takes the row lock on buffers (id = 1)
             │                                              │ → 1 row updated, committed
             │                                              │ = buffers id 1: locked_by 'alice' → 'bob'
             │                                              │ ● bob believes: owns 1
             │                                              │ ✗ mutual-exclusion breaks here
             │                                              │ ✗ owner-is-recorded breaks here

        end  buffers: id 1, locked_by 'bob'
             alice and bob believe: owns 1

      ✗ mutual-exclusion is violated: alice and bob both own buffer 1

      ┃ The race is the order of steps 2 and 4: bob's SELECT runs (step 2) before alice's UPDATE is
      ┃ committed (step 4). In the other order bob's SELECT answers locked_by 'alice' instead of locked_by
      ┃ null, and mutual-exclusion holds.
      "
    `);
  });
});

describe("random schedules of every protocol", () => {
  it.each(race001.protocols.map(({ name }) => name))("of %s are reproduced, and fit the width", async (protocol) => {
    const made = { ...instance(protocol, 3), buffers: 2 };
    for (let seed = 1; seed <= 20; seed += 1) {
      const system = systemOf(made);
      const { schedule } = await randomSchedule(system, { seed, steps: 60 });
      const about = { parameters: parametersOf(made, system.clients, seed), setup: setupOf(made) };
      const trace = await recordTrace(system, schedule, about);
      expect(await replaySimulated(systemOf(made), trace)).toMatchObject({ kind: "reproduced" });
      const lines = renderText(trace, { width: 100, color: null }).split("\n");
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    }
  });
});
