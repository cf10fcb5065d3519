/** The production code itself, explored over every interleaving of two clients on the simulated server. */
import { beforeAll, expect, test } from "vitest";
import { race001 } from "../../model/scenarios/race-001.ts";
import { NO_BOUNDS } from "../../sim/explore/bounds.ts";
import { explore } from "../../sim/explore/exhaustive.ts";
import type { Exploration } from "../../sim/explore/exploration.ts";
import { loadGrammar } from "../../sim/postgres/grammar.ts";
import { createServer } from "../../sim/postgres/index.ts";
import { codeProcess } from "../../sim/process/code-process.ts";
import { buildSystem } from "../../sim/system/build.ts";
import { atomicUpdate, brokenCheckThenAct, type Strategy, selectForUpdate } from "../../src/buffers/index.ts";
import { productionClient } from "./production-client.ts";

beforeAll(loadGrammar);

async function explored(strategy: Strategy, attempts: number): Promise<Exploration> {
  const clients = ["alice", "bob"];
  const processes = clients.map((client) =>
    codeProcess(productionClient({ strategy, client, buffer: 1, attempts }), { name: client, view: { owns: null } }),
  );
  const server = createServer({
    sessions: clients.length,
    setup: race001.setup(1),
    granularity: "fine",
    isolation: "read committed",
  });
  const system = buildSystem({
    server,
    clients,
    processes: await Promise.all(processes),
    properties: race001.properties,
    granularity: "fine",
  });
  return explore(system, NO_BOUNDS);
}

test.each([atomicUpdate, selectForUpdate])("$name keeps every property through two attempts each", async (strategy) => {
  const { verdict, violation, exhaustive } = await explored(strategy, 2);
  expect({ verdict, violation, exhaustive }).toEqual({ verdict: "holds", violation: null, exhaustive: true });
});

test("the broken strategy makes two owners in one attempt each", async () => {
  const { verdict, violation } = await explored(brokenCheckThenAct, 1);
  expect([verdict, violation?.message]).toEqual(["violated", "alice and bob both own buffer 1"]);
});
