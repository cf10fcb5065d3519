/** What both servers show when everybody is at rest after a statement was sent. */
import type { Reply } from "../../model/protocol.ts";

export type TransactionStatus = "none" | "open" | "failed";

/** How a session waits: for whom, and (on the real server) by which kind of lock. */
export interface Waiting {
  readonly blockers: readonly number[];
  readonly what: string;
}

export interface Observation {
  /** The replies that have arrived since the statement was sent, by session. */
  readonly replies: ReadonlyMap<number, Reply>;
  /** The sessions that wait. */
  readonly waiting: ReadonlyMap<number, Waiting>;
  /** By session; of sessions that wait, what it was when they sent their statement. */
  readonly transactions: readonly TransactionStatus[];
}
