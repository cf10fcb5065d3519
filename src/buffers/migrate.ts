/** Brings a database to the schema of buffer ownership. */
import { fileURLToPath } from "node:url";
import { runner } from "node-pg-migrate";

const MIGRATIONS = fileURLToPath(new URL("./migrations", import.meta.url));

/** Where the table goes, and who hears of the progress. */
export interface MigrateOptions {
  /** `public` unless told; it is created when it does not exist. */
  readonly schema?: string;
  readonly log?: (line: string) => void;
}

/**
 * Runs the migrations that have not run yet and returns their names. Of several callers at once, for instance the
 * instances of a service which start together, one migrates and the others wait for it.
 */
export async function migrate(databaseUrl: string, options: MigrateOptions = {}): Promise<readonly string[]> {
  const done = await runner({
    databaseUrl,
    dir: MIGRATIONS,
    direction: "up",
    migrationsTable: "lockstep_migrations",
    schema: options.schema ?? "public",
    createSchema: options.schema !== undefined,
    advisoryLockMode: "wait",
    log: options.log ?? (() => {}),
  });
  return done.map(({ name }) => name);
}
