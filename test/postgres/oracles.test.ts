/** What an oracle objects to, and no property does, happens on a real server. */
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { claimJobScenario } from "../../model/scenarios/claim-job.ts";
import { NO_BOUNDS } from "../../sim/explore/bounds.ts";
import { check } from "../../sim/explore/check.ts";
import { loadGrammar } from "../../sim/postgres/index.ts";
import { type Oracle, protocolOf } from "../../sim/system/from-scenario.ts";
import { replayOnPostgres } from "../../src/postgres/replay.ts";
import { type OpenServer, openServer } from "../../src/postgres/server.ts";

let server: OpenServer;
beforeAll(async () => {
  await loadGrammar();
  server = await openServer({ databaseUrl: inject("databaseUrl") });
});
afterAll(() => server.close());

const ORACLES: readonly Oracle[] = [{ name: "serializable-outcome", attempts: 1 }, { name: "linearizable" }];

test.each(ORACLES)(
  "a worker is told that there is no job while one is free, which $name objects to",
  async (oracle) => {
    const { trace } = await check(
      {
        scenario: claimJobScenario,
        protocol: protocolOf(claimJobScenario, "claim-job-if-still-free"),
        clients: 2,
        buffers: 2,
        isolation: "read committed",
        granularity: "coarse",
        oracle,
      },
      NO_BOUNDS,
    );
    if (trace === null) throw new Error(`${oracle.name} objects to nothing`);
    expect(await replayOnPostgres(trace, server)).toMatchObject({ kind: "reproduced", steps: 5 });
  },
);
