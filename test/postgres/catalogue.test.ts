/**
 * The catalogue on a real server: what breaks a protocol on the simulated one breaks it there, step by step.
 *
 * Each violated cell of the protocols' claims is explored, and its counterexample forced on PostgreSQL, its faults with it. One that needs a move inside a
 * statement cannot be forced and says so; then the same, spelled out in one transaction, is. Where a protocol holds because the
 * loser is answered with 40001, that error is forced, too.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { IsolationLevel } from "../../model/protocol.ts";
import { scenarios } from "../../model/scenarios/index.ts";
import { twoBuffers } from "../../model/scenarios/two-buffers.ts";
import { NO_BOUNDS } from "../../sim/explore/bounds.ts";
import { type Check, check, parametersOf } from "../../sim/explore/check.ts";
import { loadGrammar } from "../../sim/postgres/index.ts";
import { protocolOf, systemOf } from "../../sim/system/from-scenario.ts";
import { setupOf } from "../../sim/system/set-up.ts";
import { notForced } from "../../sim/trace/forcing.ts";
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

interface Cell {
  readonly scenario: string;
  readonly protocol: string;
  readonly isolation: IsolationLevel;
}

const LEVELS: readonly IsolationLevel[] = ["read committed", "repeatable read", "serializable"];

const cells: readonly Cell[] = scenarios.flatMap((scenario) =>
  scenario.protocols.flatMap(({ name: protocol }) =>
    LEVELS.map((isolation) => ({ scenario: scenario.name, protocol, isolation })),
  ),
);

function claimOf({ scenario, protocol, isolation }: Cell): string {
  const found = scenarios.find(({ name }) => name === scenario)?.protocols.find(({ name }) => name === protocol);
  const claim = found?.claims?.[isolation];
  return claim === undefined || claim === "holds" ? "holds" : claim.violates;
}

function checked(cell: Cell, granularity: "fine" | "coarse" = "fine"): Promise<Check> {
  const scenario = scenarios.find(({ name }) => name === cell.scenario);
  if (scenario === undefined) throw new Error(`no scenario ${cell.scenario}`);
  const instance = {
    scenario,
    protocol: protocolOf(scenario, cell.protocol),
    clients: 2,
    buffers: scenario.defaults.buffers,
    isolation: cell.isolation,
    granularity,
  };
  return check(instance, NO_BOUNDS);
}

async function replayed(trace: Trace | null): Promise<unknown> {
  if (trace === null) return "nothing to replay";
  const { kind, ...rest } = await replayOnPostgres(trace, server);
  return kind === "reproduced" ? kind : { kind, ...rest };
}

const violated = cells.filter((cell) => claimOf(cell) !== "holds");

describe("a counterexample is reproduced", () => {
  test.each(violated)("$scenario, $protocol, $isolation", async (cell) => {
    const { trace, needsFine, spelledOut } = await checked(cell);
    expect(trace?.verdict).toMatchObject({ kind: "violated", property: claimOf(cell) });
    // What breaks a property first inside of a statement may break another one between statements.
    const forced = needsFine ? (spelledOut ?? (await checked(cell, "coarse")).trace) : trace;
    expect(await replayed(forced)).toBe("reproduced");
  });
});

test("the one that needs a move inside a statement says why it cannot be forced", async () => {
  const { trace, needsFine } = await checked({
    scenario: "two-buffers",
    protocol: "two-buffers-in-one-update",
    isolation: "read committed",
  });
  expect(needsFine).toBe(true);
  expect(notForced(trace?.steps ?? [])).toEqual({
    step: 3,
    why:
      "bob moves while alice's statement is stopped before the lock on buffers (id = 2): " +
      "from outside a statement cannot be stopped there",
  });
});

test("one UPDATE goes through a list in the list's order, which is what its deadlock needs", async () => {
  const instance = {
    scenario: twoBuffers,
    protocol: protocolOf(twoBuffers, "two-buffers-in-one-update"),
    clients: 1,
    buffers: 2,
    isolation: "read committed" as const,
    granularity: "coarse" as const,
  };
  const system = systemOf(instance);
  const schedule = ["acquire 2 1", "commit"].map((action) => ({ client: "alice", action }));
  const trace = await recordTrace(system, schedule, {
    parameters: parametersOf(instance, system.clients, null),
    setup: setupOf(instance),
  });
  expect(trace.steps[0]?.progress).toMatchObject({ reply: { rows: [[2], [1]] } });
  expect(await replayed(trace)).toBe("reproduced");
});

describe("where a protocol holds because the loser is refused, the refusal is reproduced", () => {
  test.each([
    { protocol: "one-transaction", isolation: "repeatable read" },
    { protocol: "one-transaction", isolation: "serializable" },
    { protocol: "one-transaction-with-retry", isolation: "repeatable read" },
    { protocol: "one-transaction-with-retry", isolation: "serializable" },
  ] as const)("$protocol, $isolation", async (cell) => {
    const { exploration, failures } = await checked({ scenario: "race-001", ...cell });
    expect(exploration).toMatchObject({ verdict: "holds", exhaustive: true });
    expect(failures.map(({ sqlstate }) => sqlstate)).toEqual(["40001"]);
    const [failure] = failures;
    const last = failure?.trace.steps.at(-1);
    expect(last?.progress).toMatchObject({ kind: "replied", reply: { kind: "failed", sqlstate: "40001" } });
    expect(await replayed(failure?.trace ?? null)).toBe("reproduced");
  });
});
