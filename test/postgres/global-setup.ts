/**
 * One PostgreSQL server for all tests that need a real one; each test makes a schema of its own in it.
 *
 * A test gets the address by `inject("databaseUrl")`. DATABASE_URL names a server to use where the platform has no
 * embedded one.
 */
import type { TestProject } from "vitest/node";
import { startPostgres } from "../../src/postgres/embedded.ts";

declare module "vitest" {
  export interface ProvidedContext {
    databaseUrl: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["DATABASE_URL"];
  if (given !== undefined && given !== "") {
    project.provide("databaseUrl", given);
    return async () => {};
  }
  const server = await startPostgres();
  project.provide("databaseUrl", server.url);
  return () => server.stop();
}
