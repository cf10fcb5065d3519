/**
 * What the protocols of the scenario insert-if-absent have in common: a client owns a buffer by having a row in `claims`.
 *
 *     claims                          no row: the buffer is free
 *     buffer | locked_by
 *          1 | alice                  alice owns buffer 1; she frees it by deleting the row
 *
 * There is no row to lock before there is one, and that is the difficulty of all of them.
 */
import type { Query } from "../protocol.ts";
import { bufferClient, wanted } from "./buffer-client.ts";

/** Reads who has a row for the buffer. */
export function claimOf(buffer: number): Query {
  return { text: "SELECT locked_by FROM claims WHERE buffer = $1", values: [buffer] };
}

/** Reads who has a row for the buffer and locks that row, where there is one. */
export function lockClaimOf(buffer: number): Query {
  return { text: "SELECT locked_by FROM claims WHERE buffer = $1 FOR UPDATE", values: [buffer] };
}

/** Adds the client's row, whoever else has one. */
export function claim(client: string, buffer: number): Query {
  return { text: "INSERT INTO claims (buffer, locked_by) VALUES ($1, $2)", values: [buffer, client] };
}

/** Adds the client's row where the statement's snapshot shows none. */
export function claimIfAbsent(client: string, buffer: number): Query {
  return {
    text:
      "INSERT INTO claims (buffer, locked_by) SELECT $1::integer, $2::text " +
      "WHERE NOT EXISTS (SELECT FROM claims WHERE buffer = $1::integer)",
    values: [buffer, client],
  };
}

/** Adds the client's row unless the unique index has one; the row count says which. */
export function claimOnConflict(client: string, buffer: number): Query {
  return {
    text: "INSERT INTO claims (buffer, locked_by) VALUES ($1, $2) ON CONFLICT (buffer) DO NOTHING RETURNING buffer",
    values: [buffer, client],
  };
}

/** Deletes the client's own row. */
function abandon(client: string, buffer: number): Query {
  return { text: "DELETE FROM claims WHERE buffer = $1 AND locked_by = $2", values: [buffer, client] };
}

/** What makes a second row impossible. */
export const UNIQUE_INDEX = "CREATE UNIQUE INDEX claims_of_buffer ON claims (buffer)";

/** Frees the buffer, believing nothing any more. */
export const abandoning = bufferClient.createStateConfig({
  entry: { type: "query", params: ({ context }) => abandon(context.client, wanted(context)) },
  on: { rows: "idle", failed: "idle" },
});
