/**
 * A database of our own on a server, and the role that SQL runs as in it.
 *
 *     keeper       the account that we were given; its session is called "lockstep keeper 0f3a…"
 *     role         lockstep_0f3a…       may log in, is a member of nothing, and owns nothing but what its SQL makes
 *     databases    lockstep_0f3a…_1     UTF8, sorted by bytes; nobody else may connect, and it belongs to the keeper
 *
 * Containment. A session's database cannot be left by SQL, and names, large objects and advisory locks end at its border. What does reach
 * over it (files and programs of the server, other databases, roles, settings of the server, other sessions, dblink, which only a
 * superuser may install) takes rights that the role has not. It logs in as itself, so there is no other role to go back to.
 *
 * In use is what has a keeper whose session is there. A run that was killed has none, and the next one sweeps what it left.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Reply } from "../../model/protocol.ts";
import { UsageError } from "../../sim/usage-error.ts";
import type { Address } from "./address.ts";
import { openSession, type Session, StatementFailed } from "./connection.ts";
import type { Rights } from "./rights.ts";

/** How the keeper's session begins to be called in pg_stat_activity, whose application_name everybody may read. */
const KEEPER = "keeper";
const DATABASE_PATTERN = "^lockstep_[0-9a-f]{12}_[0-9]+$";
const ROLE_PATTERN = "^lockstep_[0-9a-f]{12}$";
/** The twelve digits stand after "lockstep_". */
const IN_USE = (column: string): string =>
  `EXISTS (SELECT 1 FROM pg_stat_activity WHERE application_name = 'lockstep ${KEEPER} ' || substr(${column}, 10, 12))`;

const LOOK_EVERY_MS = 5;
const END_MS_MAX = 10_000;
const CHANGES_MAX = 50;
/** "tuple concurrently updated" has no SQLSTATE of its own (heapam.c, simple_heap_update). */
const CONCURRENTLY_UPDATED = "XX000";

/** The names of what one run makes. */
export interface Names {
  readonly keeper: string;
  readonly role: string;
  database(n: number): string;
}

/** Names that no other run has. */
export function newNames(): Names {
  const token = randomBytes(6).toString("hex");
  return {
    keeper: `${KEEPER} ${token}`,
    role: `lockstep_${token}`,
    database: (n) => `lockstep_${token}_${n}`,
  };
}

/** A role of our own and its password. */
export interface OwnRole {
  readonly name: string;
  readonly password: string;
}

/** Makes the role. The keeper becomes a member, so that it may end its sessions; that gives the role nothing. */
export async function makeRole(keeper: Session, name: string, rights: Rights): Promise<OwnRole> {
  const password = randomBytes(16).toString("hex");
  await keeper.rows(
    `CREATE ROLE ${name} LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD '${password}'`,
  );
  if (!rights.isSuperuser) {
    await keeper.rows(`GRANT ${name} TO CURRENT_USER${rights.versionNumber >= 160000 ? " WITH INHERIT TRUE" : ""}`);
  }
  // A replay chooses the victim of a deadlock by this. Where it may not be granted the server chooses, and the replay says so.
  if (rights.versionNumber >= 150000) {
    await untilAlone(() => keeper.run({ text: `GRANT SET ON PARAMETER deadlock_timeout TO ${name}`, values: [] }));
  }
  return { name, password };
}

/** The rights on a parameter are one row for all roles: of two runs that change it at the same time one fails, and tries again. */
async function untilAlone(change: () => Promise<Reply>): Promise<void> {
  for (let attempt = 0; attempt < CHANGES_MAX; attempt++) {
    const reply = await change();
    if (reply.kind === "rows" || reply.sqlstate !== CONCURRENTLY_UPDATED) return;
    await sleep(LOOK_EVERY_MS * attempt);
  }
}

/** Takes the role away, after its databases. */
export async function dropRole(keeper: Session, name: string): Promise<void> {
  // Fails where nothing was granted, or where there are no such grants yet.
  await untilAlone(() => keeper.run({ text: `REVOKE SET ON PARAMETER deadlock_timeout FROM ${name}`, values: [] }));
  await keeper.rows(`DROP ROLE IF EXISTS ${name}`);
}

/** How to connect to a database of the server. */
export type Connect = (database: string) => Address;

/** Makes an empty database that only the keeper and `role` may connect to; without a role it is for the keeper's own account. */
export async function makeDatabase(
  keeper: Session,
  name: string,
  { role, rights, connect }: { readonly role: OwnRole | null; readonly rights: Rights; readonly connect: Connect },
): Promise<void> {
  const provider = rights.versionNumber >= 150000 ? " LOCALE_PROVIDER libc" : "";
  try {
    await keeper.rows(
      `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'${provider}`,
    );
    await keeper.rows(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
    if (role === null) return;
    await keeper.rows(`GRANT CONNECT, CREATE, TEMPORARY ON DATABASE ${name} TO ${role.name}`);
    await inside(connect(name), (session) => session.rows(`GRANT ALL ON SCHEMA public TO ${role.name}`));
  } catch (error) {
    await dropDatabase(keeper, name, connect).catch(() => {});
    if (!(error instanceof StatementFailed)) throw notAdmitted(error, name);
    throw new UsageError(
      "no-database",
      `Lockstep works in a database of its own and cannot make one: ${error.message}`,
      `Let a superuser run: ALTER ROLE ${keeper.client.escapeIdentifier(rights.account)} CREATEDB CREATEROLE;`,
    );
  }
}

/** The server does not let an account connect to a database that it has just made. */
export function notAdmitted(error: unknown, database: string): unknown {
  if (error instanceof UsageError) return error;
  return new UsageError(
    "not-admitted",
    `Lockstep cannot connect to ${database}, the database that it has made for itself: ${error instanceof Error ? error.message : String(error)}`,
    "Admit this account and roles called lockstep_… to databases called lockstep_… in pg_hba.conf (with passwords: scram-sha-256).",
  );
}

async function inside(address: Address, work: (session: Session) => Promise<unknown>): Promise<void> {
  const session = await openSession({ url: address, schema: null, name: "owner" });
  try {
    await work(session);
  } finally {
    await session.close();
  }
}

/** Ends the sessions of a database, whatever they are at, and drops it. */
export async function dropDatabase(keeper: Session, name: string, connect: Connect): Promise<void> {
  await endSessions(keeper, name);
  const prepared = await keeper.rows("SELECT gid, owner::text FROM pg_prepared_xacts WHERE database = $1", [name]);
  if (prepared.length > 0) {
    await inside(connect(name), async (session) => {
      for (const [gid, owner] of prepared) {
        await session.rows(`SET ROLE ${session.client.escapeIdentifier(String(owner))}`);
        await session.rows(`ROLLBACK PREPARED ${session.client.escapeLiteral(String(gid))}`);
      }
    });
  }
  await untilEmpty(keeper, name);
  await keeper.rows(`DROP DATABASE IF EXISTS ${name}`);
}

async function endSessions(keeper: Session, name: string): Promise<void> {
  await keeper.rows(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = $1 AND (usename = current_user OR usename ~ '${ROLE_PATTERN}')`,
    [name],
  );
}

/** A session that was told to end takes a moment, in which the database cannot be dropped. */
async function untilEmpty(keeper: Session, name: string): Promise<void> {
  const deadline = performance.now() + END_MS_MAX;
  for (;;) {
    const left = await keeper.rows("SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND usename IS NOT NULL", [name]);
    if (left.length === 0 || performance.now() > deadline) return;
    await sleep(LOOK_EVERY_MS);
    await endSessions(keeper, name);
  }
}

/** Drops the databases and roles of runs that ended without doing so. */
export async function sweepStale(keeper: Session, connect: Connect): Promise<void> {
  const databases = await keeper.rows(
    `SELECT datname::text FROM pg_database WHERE datname ~ '${DATABASE_PATTERN}' AND NOT ${IN_USE("pg_database.datname")}`,
  );
  const roles = await keeper.rows(
    `SELECT rolname::text FROM pg_roles WHERE rolname ~ '${ROLE_PATTERN}' AND NOT ${IN_USE("pg_roles.rolname")}`,
  );
  const attempts = [
    ...databases.map(
      ([name]) =>
        () =>
          dropDatabase(keeper, String(name), connect),
    ),
    ...roles.map(
      ([name]) =>
        () =>
          dropRole(keeper, String(name)),
    ),
  ];
  for (const attempt of attempts) {
    try {
      await attempt();
    } catch {
      // It belongs to another account, whose next run drops it; or somebody else sweeps at the same time.
    }
  }
}
