/** Counterexamples exported as isolation tests: recorded outputs, the same to the byte on the real and the simulated server. */
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { scenarioNamed } from "../../model/scenarios/index.ts";
import { check, loadGrammar, NO_BOUNDS, protocolOf, type Trace } from "../../sim/index.ts";
import { runIsolationOnSimulated } from "../../sim/isolation/run-on-simulated.ts";
import { renderIsolationSpec } from "../../sim/trace/isolation-spec.ts";
import { runIsolationOnPostgres } from "../../src/isolation/run-on-postgres.ts";
import { type OpenServer, openServer } from "../../src/postgres/server.ts";
import { BEFORE_THE_AUTOCOMMIT, deadlock, WAIT_AND_WAKE } from "./traces.ts";

let server: OpenServer;
beforeAll(async () => {
  await loadGrammar();
  server = await openServer({ databaseUrl: inject("databaseUrl") });
});
afterAll(() => server.close());

async function counterexample(name: string, protocol: string): Promise<Trace> {
  const scenario = scenarioNamed(name);
  if (scenario === null) throw new Error(`there is no scenario ${name}`);
  const { clients, buffers } = scenario.defaults;
  const about = { scenario, clients, buffers, isolation: "read committed", granularity: "coarse" } as const;
  const { trace } = await check({ ...about, protocol: protocolOf(scenario, protocol) }, NO_BOUNDS);
  if (trace === null) throw new Error(`${protocol} was not violated`);
  return trace;
}

/** What the exported test prints on both servers. */
async function outputs(trace: Trace): Promise<{ readonly real: string; readonly simulated: string }> {
  const text = renderIsolationSpec(trace);
  const printed = { real: "", simulated: "" };
  const options = (side: keyof typeof printed) => ({
    file: "exported.spec",
    stepSecondsMax: 10,
    print: (piece: string) => {
      printed[side] += piece;
    },
  });
  await runIsolationOnPostgres(text, server, options("real"));
  await runIsolationOnSimulated(text, options("simulated"));
  return printed;
}

test.each([
  ["race-001", "check-then-act"],
  ["race-001", "one-transaction"],
  ["two-buffers", "two-buffers-as-named"],
])("the counterexample of %s, %s prints what was recorded, on both servers", async (scenario, protocol) => {
  const { real, simulated } = await outputs(await counterexample(scenario, protocol));
  await expect(real).toMatchFileSnapshot(`exports/${protocol}.out`);
  expect(simulated).toBe(real);
});

test.each([
  ["a wait and its end", WAIT_AND_WAKE],
  ["a statement that others meet before its autocommit", BEFORE_THE_AUTOCOMMIT],
  ["a deadlock whose victim waits last", deadlock("bob")],
])("%s prints the same on both servers", async (_, trace) => {
  const { real, simulated } = await outputs(trace);
  expect(real).toContain("<... completed>");
  expect(real).not.toContain("failed to complete");
  expect(simulated).toBe(real);
});
