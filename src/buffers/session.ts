/** The little that buffer ownership asks of a database connection; a node-postgres client satisfies it. */
import type { Cell, Query } from "../../model/protocol.ts";
import { databaseError } from "./errors.ts";

/** What a statement answers, as far as it is read here. */
export interface SessionResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly rowCount: number | null;
}

/** One connection to the database. It runs one statement after the other. */
export interface Session {
  query(text: string, values: Cell[]): Promise<SessionResult>;
}

/** Sends a statement; whatever goes wrong comes out as one of the typed errors, with the driver's error as its cause. */
export async function send(session: Session, query: Query): Promise<SessionResult> {
  try {
    return await session.query(query.text, [...query.values]);
  } catch (error) {
    throw databaseError(error);
  }
}
