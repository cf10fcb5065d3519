/** What the ways to acquire a buffer have in common. */
import type { Session } from "./session.ts";

/** `refused`: somebody is recorded as the owner (or, where the strategy cannot tell, there is no such buffer). */
export type Attempt = "acquired" | "refused";

/** One way to acquire a buffer. Each is compared, statement by statement, with the protocol machine of the same name. */
export interface Strategy {
  readonly name: string;
  /** Tries once. The session must be outside of a transaction, and is so again afterwards, also after an error. */
  acquire(session: Session, buffer: number, client: string): Promise<Attempt>;
}
