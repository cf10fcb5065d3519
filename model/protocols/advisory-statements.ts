/** The SQL of advisory locks: one lock a buffer, named by the buffer's number. */
import type { Query } from "../protocol.ts";

/** Waits for the lock and keeps it to the end of the transaction. */
export function advisoryXactLock(buffer: number): Query {
  return { text: "SELECT pg_advisory_xact_lock($1)", values: [buffer] };
}

/** Waits for the lock and keeps it until it is given back, or the session ends. */
export function advisoryLock(buffer: number): Query {
  return { text: "SELECT pg_advisory_lock($1)", values: [buffer] };
}

/** Gives the session's lock back. */
export function advisoryUnlock(buffer: number): Query {
  return { text: "SELECT pg_advisory_unlock($1)", values: [buffer] };
}
