/** Runs an isolation test on a real PostgreSQL, in a database that is dropped afterwards. */
import { basename } from "node:path";
import { parseSpec } from "../../sim/isolation/parse.ts";
import { type RunOptions, type RunOutcome, runSpec } from "../../sim/isolation/run.ts";
import type { Isolation } from "../postgres/connection.ts";
import type { OpenServer } from "../postgres/server.ts";
import { isolationServer } from "./real-server.ts";

export interface IsolationRunOptions extends RunOptions {
  /** The isolation level of transactions that do not name one. */
  readonly isolation?: Isolation;
}

/** Runs the test whose text is given and prints what PostgreSQL's isolation tester prints. */
export async function runIsolationOnPostgres(
  text: string,
  server: OpenServer,
  options: IsolationRunOptions,
): Promise<RunOutcome> {
  const spec = parseSpec(text, options.file);
  const database = await server.openDatabase();
  try {
    return await runSpec(
      spec,
      await isolationServer(spec, database, { name: basename(options.file, ".spec"), isolation: options.isolation }),
      options,
    );
  } finally {
    await database.drop();
  }
}
