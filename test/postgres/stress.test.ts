/** What holds survives a stress run on a real server, at each level; and a stress run finds what is broken. */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { ISOLATION_LEVELS } from "../../model/protocol.ts";
import { scenarios } from "../../model/scenarios/index.ts";
import { race001 } from "../../model/scenarios/race-001.ts";
import { twoBuffers } from "../../model/scenarios/two-buffers.ts";
import { protocolOf } from "../../sim/system/from-scenario.ts";
import { type OpenServer, openServer } from "../../src/postgres/server.ts";
import { stress } from "../../src/postgres/stress.ts";

let server: OpenServer;
beforeAll(async () => {
  server = await openServer({ databaseUrl: inject("databaseUrl") });
});
afterAll(() => server.close());

const holding = scenarios.flatMap((scenario) =>
  scenario.protocols.flatMap((protocol) =>
    ISOLATION_LEVELS.filter((level) => protocol.claims?.[level] === "holds").map((isolation) => ({
      scenario,
      protocol,
      isolation,
    })),
  ),
);

describe.each(scenarios)("what holds in $name survives, or was tried too little", ({ name }) => {
  test.concurrent.each(holding.filter(({ scenario }) => scenario.name === name))(
    "$protocol.name, $isolation",
    async ({ scenario, protocol, isolation }) => {
      const about = { scenario, protocol, isolation, clients: 3, buffers: scenario.defaults.buffers };
      const { kind, broken, looks, attempts, unseen } = await stress(about, server, {
        attempts: 6,
        seed: 1,
        pauseMsMax: 2,
      });
      // A client that can wish no more (its lease is over, its version stale) has not been tried as often as was asked.
      const lacking = 3 * 6 - attempts;
      expect({ kind, broken }).toEqual({ kind: lacking === 0 ? "survived" : "unseen", broken: null });
      if (lacking > 0) expect(unseen).toContain(`${lacking} of 18 wishes`);
      expect(looks).toBeGreaterThan(0);
    },
  );
});

describe("what is broken is caught", () => {
  const about = { isolation: "read committed", clients: 4 } as const;
  const options = { attempts: 500, seed: 1, pauseMsMax: 4 };

  test("check-then-act, with the beliefs and the statements that broke it", async () => {
    const protocol = protocolOf(race001, "check-then-act");
    const found = await stress({ ...about, scenario: race001, protocol, buffers: 1 }, server, options);
    expect(found).toMatchObject({ kind: "violated", broken: { property: "mutual-exclusion" } });
    expect(found.broken?.message).toMatch(/own buffer 1$/);
    expect(found.lately.filter((line) => line.includes("UPDATE buffers SET locked_by = ")).length).toBeGreaterThan(1);
  });

  test("a deadlock, by its error", async () => {
    const protocol = protocolOf(twoBuffers, "two-buffers-as-named");
    const found = await stress({ ...about, scenario: twoBuffers, protocol, buffers: 2 }, server, options);
    expect(found).toMatchObject({ kind: "violated", broken: { property: "no-deadlock" }, errors: { "40P01": 1 } });
  });
});

test("a run in which nobody came to own has shown nothing", async () => {
  const protocol = protocolOf(race001, "atomic-update");
  const about = { scenario: race001, protocol, isolation: "read committed", clients: 2, buffers: 1 } as const;
  const found = await stress({ ...about, clients: 0 }, server, { attempts: 1, seed: 1, pauseMsMax: 0 });
  expect(found).toMatchObject({ kind: "unseen", unseen: ["somebody-owns"] });
});

test("an interrupted run tells what it has done, and leaves nothing", async () => {
  const protocol = protocolOf(race001, "select-for-update");
  const about = { scenario: race001, protocol, isolation: "read committed", clients: 3, buffers: 1 } as const;
  const controller = new AbortController();
  const found = await stress(about, server, {
    attempts: 1_000_000,
    seed: 1,
    pauseMsMax: 1,
    signal: controller.signal,
    onAttempt: (attempts) => attempts === 20 && controller.abort(),
  });
  expect(found).toMatchObject({ kind: "interrupted", broken: null, attempts: 20 });
  const database = await server.openDatabase();
  const session = await database.session("look");
  expect(
    await session.rows(
      "SELECT count(*) FROM pg_stat_activity WHERE application_name IN ('lockstep carol', 'lockstep bob')",
    ),
  ).toEqual([["0"]]);
  await database.drop();
});
