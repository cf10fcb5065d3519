/**
 * Buffer ownership over a pool of connections.
 *
 *     const locks = new BufferLocks(pool, atomicUpdate);
 *     const outcome = await locks.acquire(1, "alice");
 *     if (outcome.kind === "already-owned") …             // by outcome.by
 *     …
 *     await locks.release(1, "alice");
 *
 * Each operation checks out a connection and gives it back in every case. A connection that may still hold a transaction, or
 * that broke, is destroyed: given back, it would lend its open transaction and its row locks to the next caller.
 *
 * Not here: retries (an attempt that is `contended` is the caller's to repeat) and leases (a client that dies goes on owning).
 */
import type { Pool, PoolClient } from "pg";
import { BufferError, DatabaseUnavailable, databaseError, TransactionLeftOpen } from "./errors.ts";
import { recordedOwner, releaseBuffer } from "./release.ts";
import type { Session } from "./session.ts";
import type { Strategy } from "./strategy.ts";

/** What became of an attempt to acquire a buffer. */
export type Acquisition =
  | { readonly kind: "acquired" }
  /** `by` is who was recorded just after the attempt; null when it had been released by then. It may be the caller itself. */
  | { readonly kind: "already-owned"; readonly by: string | null };

/** Acquires and releases buffers by one strategy. The pool is the caller's: it ends it, and listens to its `error` events. */
export class BufferLocks {
  readonly #pool: Pool;
  readonly #strategy: Strategy;

  constructor(pool: Pool, strategy: Strategy) {
    this.#pool = pool;
    this.#strategy = strategy;
  }

  /** Tries once to make the client the owner. */
  acquire(buffer: number, client: string): Promise<Acquisition> {
    return this.#withSession(async (session) => {
      const attempt = await this.#strategy.acquire(session, buffer, client);
      if (attempt === "acquired") return { kind: "acquired" };
      return { kind: "already-owned", by: await recordedOwner(session, buffer) };
    });
  }

  /** Frees a buffer of this client; throws `NotOwner` where it is not its own. */
  release(buffer: number, client: string): Promise<void> {
    return this.#withSession((session) => releaseBuffer(session, buffer, client));
  }

  /** Who is recorded as the owner, for people to see. */
  ownerOf(buffer: number): Promise<string | null> {
    return this.#withSession((session) => recordedOwner(session, buffer));
  }

  async #withSession<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    const client = await this.#checkOut();
    let usable = true;
    // A connection that is checked out reports its death as an event, which ends the process where nobody listens.
    const onError = () => {
      usable = false;
    };
    client.on("error", onError);
    try {
      return await work(client);
    } catch (error) {
      if (error instanceof TransactionLeftOpen || error instanceof DatabaseUnavailable) usable = false;
      if (!(error instanceof BufferError)) usable = false;
      throw error;
    } finally {
      client.off("error", onError);
      client.release(!usable);
    }
  }

  async #checkOut(): Promise<PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw databaseError(error);
    }
  }
}
