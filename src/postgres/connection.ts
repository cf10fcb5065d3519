/**
 * One connection to a real server as a session of Lockstep: values as `Cell`s, results as `Reply`s, settings that make
 * two servers answer alike.
 *
 * node-postgres turns timestamps, intervals, arrays and JSON into objects of JavaScript. Here they stay text, as the
 * simulated server has them; booleans and the numbers that a JavaScript number holds exactly become themselves.
 */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Cell, Query, Reply, Rows } from "../../model/protocol.ts";
import { UsageError } from "../../sim/usage-error.ts";
import type { Address } from "./address.ts";

export type Isolation = "read committed" | "repeatable read" | "serializable";

export interface SessionOptions {
  readonly url: Address;
  /** The schema in which names are looked up; null for PostgreSQL's own default. */
  readonly schema: string | null;
  /** How the session is called in pg_stat_activity. */
  readonly name: string;
  /** The isolation level of transactions that do not name one. */
  readonly isolation?: Isolation;
}

/** One open session. Statements sent at the same time queue, as on any connection. */
export interface Session {
  readonly name: string;
  /** The server process that serves it. */
  readonly pid: number;
  /** The connection itself, for who reads the server's messages in a way of its own. */
  readonly client: pg.Client;
  /** Sends one statement and gives the server's answer; throws only when the connection is lost. */
  run(query: Query): Promise<Reply>;
  /** Runs a statement that must succeed, and gives its rows. */
  rows(text: string, values?: readonly Cell[]): Promise<readonly (readonly Cell[])[]>;
  close(): Promise<void>;
}

const BOOL = 16;
const NUMBERS = new Set([21 /* int2 */, 23 /* int4 */, 26 /* oid */, 700 /* float4 */, 701 /* float8 */]);

/** How the text of a value becomes a cell, by the id of its type. */
function cellParser(type: number): (text: string) => Cell {
  if (type === BOOL) return (text) => text === "t";
  if (NUMBERS.has(type)) return Number;
  return (text) => text;
}

/** Settings that every session has; a server of the user's may have others by default. */
const SETTINGS: Readonly<Record<string, string>> = {
  TimeZone: "UTC",
  DateStyle: "ISO, MDY",
  IntervalStyle: "postgres",
  extra_float_digits: "1",
  bytea_output: "hex",
  standard_conforming_strings: "on",
  client_min_messages: "notice",
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  default_transaction_read_only: "off",
  default_transaction_deferrable: "off",
};

async function connect(options: SessionOptions): Promise<pg.Client> {
  const client = new pg.Client({
    ...(typeof options.url === "string" ? { connectionString: options.url } : options.url),
    application_name: `lockstep ${options.name}`,
    types: { getTypeParser: (type: number) => cellParser(type) } as pg.CustomTypesConfig,
  });
  // A connection that the server ends reports it as an event, which without a listener would end this process. The
  // statement that is under way, or the next one, fails with the same error.
  client.on("error", () => {});
  await client.connect();
  const settings = { ...SETTINGS, default_transaction_isolation: options.isolation ?? "read committed" };
  const assignments = Object.entries(settings).map(([name, value]) => `SET ${name} = '${value}'`);
  const path = options.schema === null ? '"$user", public' : client.escapeIdentifier(options.schema);
  assignments.push(`SET search_path = ${path}`);
  await client.query(assignments.join("; "));
  return client;
}

/** Opens a session. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const client = await connect(options);
  const { rows } = await client.query<[number]>({ text: "SELECT pg_backend_pid()", rowMode: "array" });
  const pid = rows[0]?.[0] ?? 0;
  const run = async (query: Query): Promise<Reply> => {
    try {
      return replyOf(await client.query({ text: query.text, values: [...query.values], rowMode: "array" }));
    } catch (error) {
      if (error instanceof pg.DatabaseError) return failureOf(error);
      throw connectionLost(options.name, error);
    }
  };
  return {
    name: options.name,
    pid,
    client,
    run,
    rows: async (text, values = []) => {
      const reply = await run({ text, values });
      if (reply.kind === "failed") throw new StatementFailed(text, reply.sqlstate, reply.message);
      return reply.rows;
    },
    close: () => client.end(),
  };
}

/** The value, or null where it is not there in time; what goes on is ended with its session. */
export async function within<T>(msMax: number, value: Promise<T>): Promise<T | null> {
  const late = new AbortController();
  value.catch(() => {});
  try {
    return await Promise.race([value, sleep(msMax, null, { signal: late.signal })]);
  } finally {
    late.abort();
  }
}

function connectionLost(name: string, error: unknown): UsageError {
  return new UsageError(
    "connection-lost",
    `the connection of ${name} was lost: ${error instanceof Error ? error.message : String(error)}`,
    "The server was stopped, or SQL that was run on it has ended the session.",
  );
}

/** A statement of our own, which must succeed, failed. */
export class StatementFailed extends Error {
  readonly sqlstate: string;
  constructor(text: string, sqlstate: string, message: string) {
    super(`${message} (${sqlstate}) in: ${text}`);
    this.name = "StatementFailed";
    this.sqlstate = sqlstate;
  }
}

/** node-postgres gives an array where one simple query had several statements: the last one is the reply. */
function replyOf(result: pg.QueryArrayResult | readonly pg.QueryArrayResult[]): Rows {
  const last = Array.isArray(result) ? result.at(-1) : (result as pg.QueryArrayResult);
  return {
    kind: "rows",
    command: last?.command ?? "",
    rowCount: last?.rowCount ?? null,
    fields: last?.fields.map((field: pg.FieldDef) => field.name) ?? [],
    rows: (last?.rows ?? []) as readonly (readonly Cell[])[],
  };
}

function failureOf(error: pg.DatabaseError): Reply {
  return {
    kind: "failed",
    sqlstate: error.code ?? "XX000",
    message: error.message,
    detail: error.detail ?? null,
  };
}
