/** The library as a user's own code has it: bounds end a search by themselves, and little has to be said. */
import { expect, test } from "vitest";
import {
  buildSystem,
  type Code,
  check,
  codeProcess,
  createServer,
  explore,
  loadGrammar,
  noDeadlock,
  oneOwnerOf,
  protocolOf,
  renderText,
  scenarioNamed,
} from "../../src/index.ts";

test("check loads the grammar, takes a few bounds or none, and its trace is shown without a word more", async () => {
  const scenario = scenarioNamed("race-001");
  if (scenario === null) throw new Error("race-001 ships");
  const about = { clients: 2, buffers: 1, isolation: "read committed", granularity: "fine" } as const;
  const { exploration, trace } = await check({ scenario, protocol: protocolOf(scenario, "check-then-act"), ...about });
  expect(exploration.verdict).toBe("violated");
  expect(trace === null ? null : renderText(trace)).toContain("✗ mutual-exclusion is violated");
  const bounded = await check({ scenario, protocol: protocolOf(scenario, "atomic-update"), ...about }, { states: 5 });
  expect(bounded.exploration.stop).toEqual({ kind: "bound", bound: "5 states" });
});

test("a bound on time ends a search that has no other end", async () => {
  await loadGrammar();
  const forEver: Code = async ({ query }) => {
    for (;;) await query({ text: "UPDATE t SET v = $1 WHERE id = 2", values: [1] });
  };
  const clients = ["alice", "bob"];
  const processes = clients.map((name) => codeProcess(forEver, { name, view: {}, repliesMax: 1_000_000 }));
  const system = buildSystem({
    server: createServer({
      sessions: 2,
      setup: ["CREATE TABLE t (id integer PRIMARY KEY, v integer)", "INSERT INTO t VALUES (1, 0)"],
      granularity: "fine",
      isolation: "read committed",
    }),
    clients,
    processes: await Promise.all(processes),
    properties: [noDeadlock, oneOwnerOf("row")],
    granularity: "fine",
  });
  const { verdict, stop } = await explore(system, { seconds: 0.2 });
  expect(verdict).toBe("inconclusive");
  expect(stop).toEqual({ kind: "bound", bound: "0.2 seconds" });
});
