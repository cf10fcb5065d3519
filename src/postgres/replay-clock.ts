/**
 * The time of a trace on a real server, whose own clock nobody sets: now() is a function of the replay's schema, found before
 * PostgreSQL's, and it tells what the client was told when its transaction began.
 *
 *     SET search_path = lockstep_…, pg_catalog        the schema's now() is found first
 *     SET lockstep.now = '2026-01-01 12:00:31+00'     before each statement that begins a transaction; then it stands still
 *
 * CURRENT_TIMESTAMP and clock_timestamp() cannot be had like this; a trace that asks for them is refused (sim/trace/forcing.ts).
 */
import type { Query } from "../../model/protocol.ts";
import type { Session } from "./connection.ts";

const FUNCTIONS = ["now", "transaction_timestamp"];

/** Makes the functions, in the session's own schema, and sets its clock. */
export async function makeClock(session: Session, schema: string, now: string): Promise<void> {
  for (const name of FUNCTIONS) {
    await session.rows(
      `CREATE FUNCTION ${name}() RETURNS timestamptz LANGUAGE sql STABLE ` +
        "AS $$ SELECT current_setting('lockstep.now')::timestamptz $$",
    );
  }
  await followClock(session, schema, now);
}

/** Lets a session find these functions, and sets its clock. */
export async function followClock(session: Session, schema: string, now: string): Promise<void> {
  await session.rows(`SET search_path = ${session.client.escapeIdentifier(schema)}, pg_catalog`);
  await session.run(timeIs(session, now));
}

/** Sets the session's clock. */
export function timeIs(session: Session, now: string): Query {
  return { text: `SET lockstep.now = ${session.client.escapeLiteral(now)}`, values: [] };
}
