/** A schema of its own for a test file, with the table of buffers, on the server that all tests share. */
import pg from "pg";
import { inject } from "vitest";
import { migrate } from "../../src/buffers/index.ts";

export interface TestDatabase {
  /** Every connection of it works in the schema. */
  readonly pool: pg.Pool;
  /** The states of its connections as the server sees them, asked from outside of the pool. */
  connectionStates(): Promise<readonly string[]>;
  /** Takes all rows away and makes buffers 1 to `count`, which nobody owns. */
  reset(count: number): Promise<void>;
  /** Ends the connections and drops the schema. */
  drop(): Promise<void>;
}

export interface DatabaseOptions {
  readonly schema: string;
  readonly connectionsMax: number;
  /** More settings of its connections, as `name=value`. */
  readonly settings?: readonly string[];
  /** False for a schema without the table. */
  readonly migrated?: boolean;
}

export async function testDatabase({ schema, connectionsMax, ...options }: DatabaseOptions): Promise<TestDatabase> {
  const url = inject("databaseUrl");
  const settings = [`search_path=${schema}`, ...(options.settings ?? [])];
  const pool = new pg.Pool({
    connectionString: url,
    max: connectionsMax,
    application_name: schema,
    options: settings.map((setting) => `-c ${setting}`).join(" "),
  });
  // A connection that breaks while it is idle is replaced by the pool; without a listener its error would end the process.
  pool.on("error", () => {});
  await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await pool.query(`CREATE SCHEMA ${schema}`);
  if (options.migrated !== false) await migrate(url, { schema });
  return {
    pool,
    async connectionStates() {
      const observer = new pg.Client(url);
      await observer.connect();
      const seen = "SELECT DISTINCT state FROM pg_stat_activity WHERE application_name = $1";
      const { rows } = await observer.query<{ state: string }>(seen, [schema]);
      await observer.end();
      return rows.map(({ state }) => state);
    },
    async reset(count) {
      await pool.query("DELETE FROM buffers");
      await pool.query("INSERT INTO buffers (id) SELECT generate_series(1, $1)", [count]);
    },
    async drop() {
      await pool.query(`DROP SCHEMA ${schema} CASCADE`);
      await pool.end();
    },
  };
}
