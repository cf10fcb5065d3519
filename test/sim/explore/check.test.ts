/** What a check has to show: a coarse counterexample where there is one, what stands in for one that cannot be forced, errors on the way. */
import { beforeAll, describe, expect, test } from "vitest";
import type { Protocol } from "../../../model/protocol.ts";
import { twoBuffersWithRetry } from "../../../model/protocols/two-buffers-with-retry.ts";
import type { Scenario } from "../../../model/scenario.ts";
import { claimJobScenario } from "../../../model/scenarios/claim-job.ts";
import { insertIfAbsentScenario } from "../../../model/scenarios/insert-if-absent.ts";
import { leases } from "../../../model/scenarios/leases.ts";
import { race001 } from "../../../model/scenarios/race-001.ts";
import { twoBuffers } from "../../../model/scenarios/two-buffers.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { type Check, check } from "../../../sim/explore/check.ts";
import { loadGrammar } from "../../../sim/postgres/grammar.ts";
import { type Instance, protocolOf } from "../../../sim/system/from-scenario.ts";
import { setupOf } from "../../../sim/system/set-up.ts";
import { notForced } from "../../../sim/trace/forcing.ts";
import { renderText } from "../../../sim/trace/text.ts";

beforeAll(loadGrammar);

function checked(scenario: Scenario, protocol: string | Protocol, more: Partial<Instance> = {}): Promise<Check> {
  return check(
    {
      scenario,
      protocol: typeof protocol === "string" ? protocolOf(scenario, protocol) : protocol,
      clients: 2,
      buffers: scenario.defaults.buffers,
      isolation: "read committed",
      granularity: "fine",
      ...more,
    },
    NO_BOUNDS,
  );
}

describe("a race inside one statement that shows between its end and its autocommit", () => {
  test.each([
    { scenario: insertIfAbsentScenario, message: "claims has 2 rows for buffer 1", steps: 4 },
    { scenario: claimJobScenario, message: "alice and bob both own job 1", steps: 5 },
  ])("is shown by steps that can be forced: $message", async ({ scenario, message, steps }) => {
    const { trace, needsFine, spelledOut } = await checked(scenario, scenario.defaults.protocol);
    expect(trace?.verdict).toMatchObject({ kind: "violated", message, step: steps });
    expect({ needsFine, spelledOut, obstacle: notForced(trace?.steps ?? []) }).toEqual({
      needsFine: false,
      spelledOut: null,
      obstacle: null,
    });
  });
});

describe("a property that breaks inside of a statement, and between statements only after another one", () => {
  test("is shown by steps that can be forced", async () => {
    const { trace, needsFine } = await checked(leases, "lease-revived");
    expect(trace?.verdict).toMatchObject({ kind: "violated", property: "owner-is-recorded" });
    expect({ needsFine, obstacle: notForced(trace?.steps ?? []) }).toEqual({ needsFine: false, obstacle: null });
  });
});

describe("a race between two row locks of one statement", () => {
  test("comes with the same in one transaction, which can be forced", async () => {
    const { trace, needsFine, spelledOut } = await checked(twoBuffers, "two-buffers-in-one-update");
    expect(needsFine).toBe(true);
    expect(notForced(trace?.steps ?? [])?.step).toBe(3);
    expect(spelledOut?.parameters).toMatchObject({ protocol: "two-buffers-as-named", granularity: "coarse" });
    expect(spelledOut?.verdict).toMatchObject({ property: "no-deadlock" });
    expect(notForced(spelledOut?.steps ?? [])).toBeNull();
  });

  test("says in its printed trace why it cannot be forced", async () => {
    const { trace } = await checked(twoBuffers, "two-buffers-in-one-update");
    if (trace === null) throw new Error("there is a trace");
    expect(renderText(trace, { width: 400, color: null })).toContain(
      "This cannot be forced on a real server. In step 3 bob moves while alice's statement is stopped",
    );
  });

  test("has nothing to stand in for it where its protocol names none", async () => {
    const { spelledOut: _, ...alone } = protocolOf(twoBuffers, "two-buffers-in-one-update");
    const { needsFine, spelledOut } = await checked(twoBuffers, alone);
    expect({ needsFine, spelledOut }).toEqual({ needsFine: true, spelledOut: null });
  });
});

describe("where nothing breaks", () => {
  test("the shortest way to each error that a client is answered with is shown", async () => {
    const { failures } = await checked(race001, "one-transaction", { isolation: "repeatable read" });
    expect(failures.map(({ sqlstate, trace }) => [sqlstate, trace.steps.length, trace.verdict.kind])).toEqual([
      ["40001", 7, "none"],
    ]);
    expect(failures[0]?.trace.steps.at(-1)?.progress).toMatchObject({
      reply: { kind: "failed", message: "could not serialize access due to concurrent update" },
    });
  });

  test("no error is shown where none is met", async () => {
    expect((await checked(race001, "atomic-update")).failures).toEqual([]);
  });

  test("and where something breaks, that is what is shown", async () => {
    const { trace, failures } = await checked(insertIfAbsentScenario, "unique-violation-caught");
    expect([trace?.verdict.kind, failures]).toEqual(["violated", []]);
  });
});

test("a property that a protocol does not claim is not looked at, and is without that", async () => {
  expect((await checked(twoBuffers, twoBuffersWithRetry)).exploration.verdict).toBe("holds");
  const { unclaimed: _, ...claiming } = twoBuffersWithRetry;
  expect((await checked(twoBuffers, claiming)).exploration.violation?.property).toBe("no-deadlock");
});

test("what a protocol needs in the database is set up after the scenario's tables", () => {
  const protocol = protocolOf(insertIfAbsentScenario, "on-conflict-do-nothing");
  expect(setupOf({ scenario: insertIfAbsentScenario, protocol, buffers: 1 })).toEqual([
    "CREATE TABLE claims (buffer integer NOT NULL, locked_by text NOT NULL)",
    "CREATE UNIQUE INDEX claims_of_buffer ON claims (buffer)",
  ]);
});
