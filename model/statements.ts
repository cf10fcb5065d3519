/** The SQL of buffer ownership, written once: production sends these texts and the simulator executes the same ones. */
import type { Query } from "./protocol.ts";

/** One row a buffer; `locked_by` is the name of the client that owns it, NULL while it is free. */
export const SCHEMA = "CREATE TABLE buffers (id integer PRIMARY KEY, locked_by text)";

/** Reads who owns the buffer. It locks nothing: the answer may be old before it arrives. */
export function checkAvailable(buffer: number): Query {
  return { text: "SELECT locked_by FROM buffers WHERE id = $1", values: [buffer] };
}

/** Writes the client as the owner, whoever was there before. */
export function take(client: string, buffer: number): Query {
  return { text: "UPDATE buffers SET locked_by = $1 WHERE id = $2", values: [client, buffer] };
}

/** Checks and takes in one statement: PostgreSQL evaluates the condition on the row version that it locks. */
export function takeIfFree(client: string, buffer: number): Query {
  return {
    text: "UPDATE buffers SET locked_by = $1 WHERE id = $2 AND locked_by IS NULL RETURNING id",
    values: [client, buffer],
  };
}

/** Reads who owns the buffer and locks its row until the transaction ends. */
export function lockRow(buffer: number): Query {
  return { text: "SELECT locked_by FROM buffers WHERE id = $1 FOR UPDATE", values: [buffer] };
}

/** Frees the buffer, but only where this client is recorded as its owner. */
export function release(client: string, buffer: number): Query {
  return { text: "UPDATE buffers SET locked_by = NULL WHERE id = $1 AND locked_by = $2", values: [buffer, client] };
}

export const BEGIN: Query = { text: "BEGIN", values: [] };
export const COMMIT: Query = { text: "COMMIT", values: [] };
export const ROLLBACK: Query = { text: "ROLLBACK", values: [] };
