/**
 * What can go wrong with buffer ownership, as types: a caller switches on `kind` and never reads a message.
 *
 *     buffer-not-found        no such row                                   answer 404
 *     not-owner               released by a client that did not own it      answer 409
 *     contended               lost against another transaction              try again at once
 *     database-unavailable    no connection, or it went away                try again later; nothing is known to have happened
 *     transaction-left-open   ROLLBACK failed, too                          destroy the connection
 *     schema-missing          the table is not there                        run the migrations
 *     unexpected              anything else: a bug, here or in the set-up
 *
 * That somebody else owns the buffer is no error: `acquire` says so in its result.
 *
 * After any error of `acquire` the client does not own the buffer as far as it may believe. After `database-unavailable` the
 * row may name it all the same, when the connection broke between the commit and its answer.
 *
 * Sources: PostgreSQL's documentation, appendix A (SQLSTATE classes and codes); Node's and node-postgres' own errors have
 * no SQLSTATE.
 */

/** The base of all errors of this folder. */
export abstract class BufferError extends Error {
  abstract readonly kind: BufferErrorKind;
}

export type BufferErrorKind =
  | "buffer-not-found"
  | "not-owner"
  | "contended"
  | "database-unavailable"
  | "transaction-left-open"
  | "schema-missing"
  | "unexpected";

export class BufferNotFound extends BufferError {
  override readonly name = "BufferNotFound";
  readonly kind = "buffer-not-found";
  readonly buffer: number;
  constructor(buffer: number) {
    super(`there is no buffer ${buffer}`);
    this.buffer = buffer;
  }
}

export class NotOwner extends BufferError {
  override readonly name = "NotOwner";
  readonly kind = "not-owner";
  readonly buffer: number;
  readonly client: string;
  constructor(buffer: number, client: string) {
    super(`${client} does not own buffer ${buffer}`);
    this.buffer = buffer;
    this.client = client;
  }
}

/** The database gave up this attempt in favour of another; trying again is safe. */
export class Contended extends BufferError {
  override readonly name = "Contended";
  readonly kind = "contended";
}

export class DatabaseUnavailable extends BufferError {
  override readonly name = "DatabaseUnavailable";
  readonly kind = "database-unavailable";
}

/** ROLLBACK failed: the connection may still hold a transaction and its locks, and must not be used again. */
export class TransactionLeftOpen extends BufferError {
  override readonly name = "TransactionLeftOpen";
  readonly kind = "transaction-left-open";
}

export class SchemaMissing extends BufferError {
  override readonly name = "SchemaMissing";
  readonly kind = "schema-missing";
}

export class UnexpectedDatabaseError extends BufferError {
  override readonly name = "UnexpectedDatabaseError";
  readonly kind = "unexpected";
}

type DatabaseErrorKind = "contended" | "database-unavailable" | "schema-missing" | "unexpected";

/** By SQLSTATE, or by its class where two characters are given. */
const KINDS: Readonly<Record<string, DatabaseErrorKind>> = {
  "40001": "contended", // serialization_failure
  "40P01": "contended", // deadlock_detected
  "55P03": "contended", // lock_not_available: NOWAIT or lock_timeout
  "57014": "contended", // query_canceled: statement_timeout
  "08": "database-unavailable", // connection exceptions
  "53": "database-unavailable", // insufficient resources, for instance too_many_connections
  "57P01": "database-unavailable", // admin_shutdown
  "57P02": "database-unavailable", // crash_shutdown
  "57P03": "database-unavailable", // cannot_connect_now
  "57P05": "database-unavailable", // idle_session_timeout
  "25P03": "database-unavailable", // idle_in_transaction_session_timeout: the server has closed the connection
  "42P01": "schema-missing", // undefined_table
  "3F000": "schema-missing", // invalid_schema_name
};

/** The typed error for what the driver threw, which becomes its cause. */
export function databaseError(cause: unknown): BufferError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const sqlstate = sqlstateOf(cause);
  // Without a SQLSTATE no server has spoken: the connection could not be made or has gone.
  const kind = sqlstate === null ? "database-unavailable" : kindOf(sqlstate);
  switch (kind) {
    case "contended":
      return new Contended(`lost against another transaction (${sqlstate}): ${message}`, { cause });
    case "database-unavailable":
      return new DatabaseUnavailable(`the database is not available: ${message}`, { cause });
    case "schema-missing":
      return new SchemaMissing(`the database has no table for buffers; run the migrations (${message})`, { cause });
    case "unexpected":
      return new UnexpectedDatabaseError(`unexpected error of the database (${sqlstate}): ${message}`, { cause });
  }
}

function kindOf(sqlstate: string): DatabaseErrorKind {
  return KINDS[sqlstate] ?? KINDS[sqlstate.slice(0, 2)] ?? "unexpected";
}

/** The five characters of a SQLSTATE, or null: Node's own codes, such as ECONNREFUSED, look different. */
function sqlstateOf(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  return typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : null;
}
