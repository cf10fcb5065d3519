/**
 * What the account of the user may do on its server, and so how SQL is contained there.
 *
 *     superuser, or CREATEDB and CREATEROLE     a database of our own, and a role of our own that has rights nowhere else
 *     CREATEDB alone                            a database of our own, under this account, if it has no rights on the server itself
 *     anything else                             refused, with what to grant
 *
 * Under the user's own account SQL can still do what the account can do outside of the database: make other databases, take on other
 * roles. Statements that the simulated server models do none of that, so it is enough for those and not for any SQL.
 */
import { UsageError } from "../../sim/usage-error.ts";
import type { Session } from "./connection.ts";

export interface Rights {
  readonly account: string;
  readonly isSuperuser: boolean;
  readonly makesRoles: boolean;
  /** For instance 180004. */
  readonly versionNumber: number;
  /** For instance `18.4`. */
  readonly version: string;
}

const OLDEST_VERSION = 120000;

/** Roles that reach beyond a database: programs and files of the server, everybody's rows and sessions. Source: manual, 21.5 Predefined Roles. */
const FAR_REACHING = [
  "pg_execute_server_program",
  "pg_read_server_files",
  "pg_write_server_files",
  "pg_read_all_data",
  "pg_write_all_data",
  "pg_signal_backend",
  "pg_create_subscription",
  "pg_maintain",
  "pg_checkpoint",
];

/** Asks what the account may do; one that cannot contain SQL is a UsageError that says what to grant. */
export async function rightsOf(keeper: Session, allowAnySql: boolean): Promise<Rights> {
  const [[version, number, account, superuser, makesDatabases, makesRoles, replication, bypasses] = []] =
    await keeper.rows(
      `SELECT split_part(version(), ' ', 2), current_setting('server_version_num'), rolname::text,
              rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls
       FROM pg_roles WHERE rolname = current_user`,
    );
  const rights: Rights = {
    account: String(account),
    isSuperuser: superuser === true,
    makesRoles: makesRoles === true,
    versionNumber: Number(number),
    version: String(version),
  };
  if (rights.versionNumber < OLDEST_VERSION) {
    throw new UsageError(
      "server-too-old",
      `The server is PostgreSQL ${version}.`,
      "Lockstep needs version 12 or newer.",
    );
  }
  if (rights.isSuperuser) return rights;
  const name = keeper.client.escapeIdentifier(rights.account);
  if (makesDatabases !== true) {
    throw new UsageError(
      "no-database",
      `Lockstep works in a database of its own and ${rights.account} may not make one on this server.`,
      `Let a superuser run: ALTER ROLE ${name} CREATEDB CREATEROLE; (CREATEROLE for a role of our own that has no rights elsewhere.)`,
    );
  }
  if (rights.makesRoles) return rights;
  const reach = await keeper.rows(
    "SELECT rolname::text FROM pg_roles WHERE rolname = ANY($1) AND pg_has_role(current_user, oid, 'MEMBER') ORDER BY 1",
    [`{${FAR_REACHING.join(",")}}`],
  );
  const reaches = [
    ...(replication === true ? ["REPLICATION"] : []),
    ...(bypasses === true ? ["BYPASSRLS"] : []),
    ...reach.map(([role]) => String(role)),
  ];
  if (reaches.length > 0 || allowAnySql) throw notContained(rights.account, name, reaches);
  return rights;
}

function notContained(account: string, name: string, reaches: readonly string[]): UsageError {
  const what = reaches.length > 0 ? `${account} has ${reaches.join(", ")}` : "any SQL is allowed";
  return new UsageError(
    "no-containment",
    `SQL would run as ${account}, which may make no role for it that has no rights elsewhere; and ${what}.`,
    `Let a superuser run: ALTER ROLE ${name} CREATEROLE;${reaches.length > 0 ? "" : " Or leave out --allow-any-sql."}`,
  );
}
