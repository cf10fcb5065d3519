/** Runs without end, on a real server: the loop is run twice, and does the same the second time. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { answered, livelockFree } from "../../model/liveness.ts";
import type { LivenessProperty } from "../../model/property.ts";
import { race001 } from "../../model/scenarios/race-001.ts";
import { twoBuffers } from "../../model/scenarios/two-buffers.ts";
import { NO_BOUNDS } from "../../sim/explore/bounds.ts";
import { check, parametersOf } from "../../sim/explore/check.ts";
import { loadGrammar } from "../../sim/postgres/index.ts";
import { type Instance, protocolOf, systemOf } from "../../sim/system/from-scenario.ts";
import { setupOf } from "../../sim/system/set-up.ts";
import type { Choice } from "../../sim/system/system.ts";
import { recordTrace } from "../../sim/trace/record.ts";
import { replayOnPostgres } from "../../src/postgres/replay.ts";
import { type OpenServer, openServer } from "../../src/postgres/server.ts";
import { retriesNowait } from "../model/mutants.ts";

let server: OpenServer;
beforeAll(async () => {
  await loadGrammar();
  // One of our own: only there can a client be held that was woken.
  server = await openServer({});
});
afterAll(() => server.close());

function instance(over: Pick<Instance, "scenario" | "protocol"> & Partial<Instance>): Instance {
  return { clients: 2, buffers: 2, isolation: "read committed", granularity: "fine", ...over };
}

async function lassoOf(what: Instance, liveness: LivenessProperty) {
  const { trace } = await check({ ...what, liveness }, NO_BOUNDS);
  if (trace?.repeatsFrom === undefined) throw new Error("no lasso was found");
  const loop = trace.steps.length - trace.repeatsFrom + 1;
  return { trace, steps: trace.steps.length + loop };
}

test("the livelock mutant fails and retries on a real server as it does on the simulated one", async () => {
  const what = instance({ scenario: race001, protocol: retriesNowait });
  const { trace, steps } = await lassoOf(what, livelockFree("buffer"));
  expect(await replayOnPostgres(trace, server)).toMatchObject({ kind: "reproduced", steps });
});

test("two clients keep each other from both buffers for ever, with one UPDATE each", async () => {
  const protocol = protocolOf(twoBuffers, "two-buffers-in-one-update");
  const what = instance({ scenario: twoBuffers, protocol, granularity: "coarse" });
  const { trace, steps } = await lassoOf(what, livelockFree("buffer"));
  const result = await replayOnPostgres(trace, server);
  expect(result).toMatchObject({ kind: "reproduced", steps });
  expect(result.notes[0]).toMatch(/repeat for ever; they were run 2 times/);
});

test("a client that was woken is overtaken by a newcomer, twice, and waits on", async () => {
  const what = instance({ scenario: race001, protocol: protocolOf(race001, "select-for-update"), buffers: 1 });
  const schedule = [
    // Bob holds the row, alice waits for him.
    ...["bob: acquire 1", "bob: next", "bob: resume", "alice: acquire 1", "alice: next", "alice: resume"],
    // He takes the buffer, which wakes her; he releases it, and locks the row again before she has looked.
    ...["bob: next", "bob: next", "bob: release", "bob: next", "bob: resume", "bob: commit"],
    ...["bob: acquire 1", "bob: next", "bob: resume", "alice: resume"],
  ].map((text): Choice => ({ client: text.split(": ")[0] ?? "", action: text.split(": ")[1] ?? "" }));
  const { name: property, sentence } = answered;
  const system = systemOf(what);
  const trace = await recordTrace(system, schedule, {
    parameters: parametersOf(what, system.clients, null),
    setup: setupOf(what),
    lasso: { stem: 6, broken: { property, sentence, message: answered.violation("alice") } },
  });
  expect(await replayOnPostgres(trace, server)).toMatchObject({ kind: "reproduced", steps: 26 });
});
