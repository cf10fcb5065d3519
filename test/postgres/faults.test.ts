/** What goes wrong on the simulated server is brought about on a real one, and does the same there. */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { FaultBudget } from "../../model/fault.ts";
import { leases } from "../../model/scenarios/leases.ts";
import { race001 } from "../../model/scenarios/race-001.ts";
import { parametersOf } from "../../sim/explore/check.ts";
import { loadGrammar } from "../../sim/postgres/index.ts";
import { protocolOf, systemOf } from "../../sim/system/from-scenario.ts";
import { setupOf } from "../../sim/system/set-up.ts";
import { cannotForce } from "../../sim/trace/forcing.ts";
import { recordTrace } from "../../sim/trace/record.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { replayOnPostgres } from "../../src/postgres/replay.ts";
import { type OpenServer, openServer } from "../../src/postgres/server.ts";

let server: OpenServer;
beforeAll(async () => {
  await loadGrammar();
  server = await openServer({ databaseUrl: inject("databaseUrl") });
});
afterAll(() => server.close());

/** The trace of a schedule, its steps written `alice: acquire 1`. */
async function traced(name: string, faults: FaultBudget, steps: readonly string[]): Promise<Trace> {
  const scenario = name.startsWith("lease") ? leases : race001;
  const protocol = protocolOf(scenario, name);
  const world = { isolation: "read committed", granularity: "coarse" } as const;
  const instance = { scenario, protocol, clients: 2, buffers: 1, faults, ...world };
  const system = systemOf(instance);
  const schedule = steps.map((step) => {
    const [client = "", action = ""] = step.split(": ");
    return { client, action };
  });
  const about = { parameters: parametersOf(instance, system.clients, null), setup: setupOf(instance) };
  return recordTrace(system, schedule, about);
}

async function replayed(name: string, faults: FaultBudget, steps: readonly string[]) {
  const trace = await traced(name, faults, steps);
  expect(cannotForce(trace)).toBe(null);
  return replayOnPostgres(trace, server);
}

/** Alice has the row lock, and bob waits for it. */
const BOB_WAITS = ["alice: acquire 1", "alice: next", "bob: acquire 1", "bob: next"];
const TO_THE_COMMIT = ["alice: acquire 1", "alice: next", "alice: next"];

describe("a fault is reproduced", () => {
  test.each<[string, string, FaultBudget, readonly string[]]>([
    [
      "a crash takes the transaction back and wakes who waits for it, and the client begins anew",
      "select-for-update",
      { crash: 1 },
      [...BOB_WAITS, "alice: next", "alice: crash", "bob: resume", "bob: next", "bob: next", "alice: acquire 1"],
    ],
    [
      "a crash ends a statement that waits",
      "select-for-update",
      { crash: 1 },
      [...BOB_WAITS, "bob: crash", "alice: next", "alice: next", "bob: acquire 1", "bob: next"],
    ],
    [
      "a crash takes back an autocommit statement that is not committed",
      "atomic-update",
      { crash: 1 },
      ["alice: acquire 1", "alice: crash", "bob: acquire 1", "bob: commit"],
    ],
    [
      "a lost connection is noticed with the next statement",
      "select-for-update",
      { disconnect: 1 },
      [...TO_THE_COMMIT, "alice: disconnect", "bob: acquire 1", "bob: next", "alice: next", "alice: next"],
    ],
    [
      "a lost connection answers the statement that waits",
      "select-for-update",
      { disconnect: 1 },
      [...BOB_WAITS, "bob: disconnect", "bob: next", "alice: next"],
    ],
    [
      "a COMMIT whose answer is lost is done",
      "select-for-update",
      { "lost-commit": 1 },
      [...TO_THE_COMMIT, "alice: lost-commit done", "bob: acquire 1", "bob: next"],
    ],
    [
      "a COMMIT that is lost itself is not",
      "select-for-update",
      { "lost-commit": 1 },
      [...TO_THE_COMMIT, "alice: lost-commit undone", "bob: acquire 1", "bob: next"],
    ],
    [
      "an autocommit whose answer is lost is done",
      "atomic-update",
      { "lost-commit": 1 },
      ["alice: acquire 1", "alice: lost-commit done", "bob: acquire 1"],
    ],
    [
      "an autocommit that is lost itself is not",
      "atomic-update",
      { "lost-commit": 1 },
      ["alice: acquire 1", "alice: lost-commit undone", "bob: acquire 1", "bob: commit"],
    ],
    [
      "a lock_timeout ends a wait",
      "select-for-update",
      { "lock-timeout": 1 },
      [...BOB_WAITS, "alice: next", "bob: lock-timeout", "bob: next", "alice: next"],
    ],
    [
      "a pooler hands the session that holds an advisory lock to somebody else",
      "advisory-lock-kept",
      { pooler: 1 },
      ["alice: acquire 1", "alice: pooler with bob", "bob: acquire 1"],
    ],
    [
      "time passes, and a lease with it",
      "lease",
      { stall: 1 },
      ["alice: acquire 1", "alice: commit", "bob: stall", "bob: acquire 1", "bob: commit"],
    ],
  ])("%s", async (_, protocol, faults, steps) => {
    expect(await replayed(protocol, faults, steps)).toMatchObject({ kind: "reproduced", steps: steps.length });
  });
});

test("a server that does not take the transaction back differs", async () => {
  const trace = await traced("atomic-update", { "lost-commit": 1 }, ["alice: acquire 1", "alice: lost-commit undone"]);
  const wrong = { buffers: [{ id: 1, locked_by: "alice" }] };
  const steps = trace.steps.map((step) => (step.n === 2 ? { ...step, tables: wrong } : step));
  expect(await replayOnPostgres({ ...trace, steps }, server)).toMatchObject({ kind: "differs", step: 2 });
});
