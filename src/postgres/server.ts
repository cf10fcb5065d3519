/**
 * A real server to run things on: one of the user's, or the embedded one; with schemas of our own in it.
 *
 *     openServer({ databaseUrl })   connect, drop the schemas that dead runs left
 *     openSchema()                  CREATE SCHEMA lockstep_<random>, marked as ours and as in use
 *       schema.session(name)        a connection that looks names up in this schema only
 *     schema.drop()                 end its sessions, also those that wait, and drop it
 *     close()                       drop what is left; stop the server if it is ours
 *
 * A schema is in use as long as the connection that made it holds an advisory lock on its name, so a run that was killed
 * shows by itself: its schema is ours, by its comment, and its lock is free.
 */
import { randomBytes } from "node:crypto";
import { UsageError } from "../../sim/usage-error.ts";
import { onExit } from "../process-exit.ts";
import { type Isolation, openSession, type Session, StatementFailed } from "./connection.ts";
import { type Holding, startPostgres } from "./embedded.ts";

export interface ServerOptions {
  /** A server of the user's; the embedded one is started where it is missing. */
  readonly databaseUrl?: string | undefined;
}

export interface OpenServer {
  readonly kind: "embedded" | "given";
  readonly url: string;
  /** For instance `18.4`. */
  readonly version: string;
  /** Holds sessions where they are; null on a server of the user's. */
  readonly holding: Holding | null;
  /** Makes an empty schema of our own. */
  openSchema(): Promise<Schema>;
  /** Makes an empty database where the server is ours, so that names print as they do anywhere; elsewhere a schema. */
  openDatabase(): Promise<Schema>;
  /** Drops the schemas that are left, and stops the server if it is ours. */
  close(): Promise<void>;
}

export interface Schema {
  readonly name: string;
  /** Opens a session that looks names up in this schema. */
  session(name: string, isolation?: Isolation): Promise<Session>;
  /** Ends the sessions of this schema, and drops it. */
  drop(): Promise<void>;
}

const MARK = "made by lockstep, dropped when its run ends";
/** The first key of our advisory locks: "lock" in ASCII. The second is the hash of the schema's name. */
const ADVISORY_CLASS = 0x6c6f636b;
const OLDEST_VERSION = 120000;

/** Opens the server to work on. */
export async function openServer(options: ServerOptions = {}): Promise<OpenServer> {
  if (options.databaseUrl !== undefined && options.databaseUrl !== "") return openGiven(options.databaseUrl);
  const postgres = await startPostgres();
  try {
    const keeper = await openSession({ url: postgres.url, schema: null, name: "keeper" });
    return {
      kind: "embedded",
      url: postgres.url,
      version: postgres.version,
      holding: postgres.holding,
      openSchema: () => createSchema(postgres.url, keeper),
      openDatabase: () => createDatabase(postgres.url, keeper),
      // Its schemas go with the server, so stopping it is all there is to do.
      close: () => postgres.stop(),
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function openGiven(url: string): Promise<OpenServer> {
  const keeper = await connectToGiven(url);
  const open = new Set<Schema>();
  const close = async (): Promise<void> => {
    forget();
    for (const schema of open) await schema.drop();
    await keeper.close();
  };
  const forget = onExit({ stop: close, stopNow: () => {} });
  try {
    const [[version, number] = []] = await keeper.rows(
      "SELECT split_part(version(), ' ', 2), current_setting('server_version_num')",
    );
    if (Number(number) < OLDEST_VERSION) {
      throw new UsageError(
        "server-too-old",
        `The server is PostgreSQL ${version}.`,
        "Lockstep needs version 12 or newer.",
      );
    }
    await sweepSchemas(keeper);
    const openSchema = async (): Promise<Schema> => {
      const schema = await createSchema(url, keeper);
      const drop = async (): Promise<void> => {
        open.delete(tracked);
        await schema.drop();
      };
      const tracked: Schema = { ...schema, drop };
      open.add(tracked);
      return tracked;
    };
    const about = { kind: "given", url, version: String(version), holding: null } as const;
    return { ...about, openSchema, openDatabase: openSchema, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function connectToGiven(url: string): Promise<Session> {
  try {
    return await openSession({ url, schema: null, name: "keeper" });
  } catch (error) {
    // A host name with several addresses gives one error for each, and an empty message for all.
    const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
    const why = errors.map((each) => (each instanceof Error ? each.message : String(each))).join("; ");
    throw new UsageError(
      "database-not-reachable",
      `The server at ${withoutPassword(url)} cannot be used: ${why}`,
      "Check --database-url (or DATABASE_URL), or leave it out to run on the embedded PostgreSQL.",
    );
  }
}

function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^:@/]*):[^@/]*@/, "$1:***@");
}

async function createDatabase(url: string, keeper: Session): Promise<Schema> {
  const name = newName();
  await keeper.rows(`CREATE DATABASE ${name} TEMPLATE template0`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  const sessions = new SessionsOf(own.href, null);
  return {
    name: "public",
    session: (client, isolation) => sessions.open(client, isolation),
    drop: async () => {
      await sessions.end(keeper);
      await keeper.rows(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

function newName(): string {
  return `lockstep_${randomBytes(6).toString("hex")}`;
}

async function createSchema(url: string, keeper: Session): Promise<Schema> {
  const name = newName();
  const sessions = new SessionsOf(url, name);
  await lockName(keeper, name);
  try {
    await keeper.rows(`CREATE SCHEMA ${name}; COMMENT ON SCHEMA ${name} IS '${MARK}'`);
  } catch (error) {
    await unlockName(keeper, name);
    const why = error instanceof StatementFailed ? error.message : String(error);
    throw new UsageError(
      "no-schema",
      `Lockstep works in a schema of its own and cannot make one: ${why}`,
      "Give a database and a role with the right to create schemas (GRANT CREATE ON DATABASE … TO …).",
    );
  }
  return {
    name,
    session: (client, isolation) => sessions.open(client, isolation),
    drop: async () => {
      await sessions.end(keeper);
      await keeper.rows(`DROP SCHEMA IF EXISTS ${name} CASCADE`);
      await unlockName(keeper, name);
    },
  };
}

/** The open sessions of one schema. */
class SessionsOf {
  readonly #url: string;
  readonly #schema: string | null;
  readonly #open = new Set<Session>();

  constructor(url: string, schema: string | null) {
    this.#url = url;
    this.#schema = schema;
  }

  async open(name: string, isolation: Isolation = "read committed"): Promise<Session> {
    const session = await openSession({ url: this.#url, schema: this.#schema, name, isolation });
    const close = async (): Promise<void> => {
      this.#open.delete(tracked);
      await session.close();
    };
    const tracked: Session = { ...session, close };
    this.#open.add(tracked);
    return tracked;
  }

  /** Ends them from outside: one that waits for a lock would not notice that its client has gone. */
  async end(keeper: Session): Promise<void> {
    const sessions = [...this.#open];
    if (sessions.length === 0) return;
    const pids = sessions.map((session) => session.pid).join(",");
    await keeper.rows(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ANY('{${pids}}') AND usename = current_user`,
    );
    await Promise.all(sessions.map((session) => session.close().catch(() => {})));
  }
}

/** Drops the schemas of runs that ended without doing so. */
async function sweepSchemas(keeper: Session): Promise<void> {
  const found = await keeper.rows(
    "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'lockstep\\_%' AND obj_description(oid, 'pg_namespace') = $1",
    [MARK],
  );
  for (const [name] of found) {
    const [[free] = []] = await keeper.rows("SELECT pg_try_advisory_lock($1, hashtext($2))", [
      ADVISORY_CLASS,
      name ?? null,
    ]);
    if (free !== true) continue;
    try {
      await keeper.rows(`DROP SCHEMA IF EXISTS ${name} CASCADE`);
    } catch {
      // It belongs to another role, whose next run drops it.
    }
    await unlockName(keeper, String(name));
  }
}

async function lockName(keeper: Session, name: string): Promise<void> {
  await keeper.rows("SELECT pg_advisory_lock($1, hashtext($2))", [ADVISORY_CLASS, name]);
}

async function unlockName(keeper: Session, name: string): Promise<void> {
  await keeper.rows("SELECT pg_advisory_unlock($1, hashtext($2))", [ADVISORY_CLASS, name]);
}
