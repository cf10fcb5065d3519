/** Runs an isolation test on the simulated PostgreSQL. */

import { createServer, loadGrammar } from "../postgres/index.ts";
import type { ServerOptions } from "../postgres/server.ts";
import { UsageError } from "../usage-error.ts";
import { parseSpec } from "./parse.ts";
import { type RunOptions, type RunOutcome, runSpec } from "./run.ts";
import { simulatedIsolationServer } from "./simulated-server.ts";
import type { Spec } from "./spec.ts";

export interface SimulatedRunOptions extends RunOptions {
  /** The isolation level of transactions that do not name one. */
  readonly isolation?: ServerOptions["isolation"] | undefined;
  /** What the clock shows when the test begins. */
  readonly now?: ServerOptions["now"];
}

/**
 * Runs the test whose text is given and prints what PostgreSQL's isolation tester prints. SQL that is not modelled is a
 * UsageError.
 */
export async function runIsolationOnSimulated(text: string, options: SimulatedRunOptions): Promise<RunOutcome> {
  const spec = parseSpec(text, options.file);
  await loadGrammar();
  const server = createServer({
    sessions: spec.sessions.length + 1,
    setup: [],
    now: options.now,
    granularity: "coarse",
    cells: "texts",
    addresses: true,
    keepsHistory: true,
    isolation: options.isolation ?? "read committed",
  });
  try {
    return await runSpec(spec, simulatedIsolationServer(server, spec.sessions.length), options);
  } catch (error) {
    if (error instanceof UsageError && error.code === "sql-not-supported") tellAllRefusals(spec);
    throw error;
  }
}

/** Runs the set-ups by themselves, which throws all that is refused in them at once. */
function tellAllRefusals({ setups }: Spec): void {
  createServer({ sessions: 1, setup: setups, granularity: "coarse", isolation: "read committed" });
}
