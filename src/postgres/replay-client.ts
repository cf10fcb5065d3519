/** A client of a trace on a real server: its session, and the statement that it sent last. */
import type { Query, Reply } from "../../model/protocol.ts";
import type { Session } from "./connection.ts";
import type { Holding } from "./embedded.ts";
import type { Watched } from "./monitor.ts";

/** Longer than any replay: a session with this deadlock_timeout never is a deadlock's victim. */
const NEVER_MS = 100_000;

export class ReplayClient implements Watched {
  readonly session: Session;
  /** The last statement's reply, once it has arrived. */
  #reply: Reply | null = null;
  #underWay = false;
  #lost: unknown = null;
  /** True while a transaction of ours stands in for the autocommit of a statement. */
  #standsIn = false;
  /** True where the session's time-out may still be that of a victim. */
  #short = false;
  readonly #choosesVictims: boolean;
  readonly #holding: Holding | null;
  #held = false;

  private constructor(session: Session, choosesVictims: boolean, holding: Holding | null) {
    this.session = session;
    this.#choosesVictims = choosesVictims;
    this.#holding = holding;
  }

  /** Makes a client of a new session, and keeps it from being a deadlock's victim where the server allows that. */
  static async on(session: Session, holding: Holding | null): Promise<ReplayClient> {
    const set = await session.run(deadlockTimeout(NEVER_MS));
    return new ReplayClient(session, set.kind === "rows", holding);
  }

  /** False where the server does not let us choose the victim of a deadlock. */
  get choosesVictims(): boolean {
    return this.#choosesVictims;
  }

  busy(): boolean {
    return this.#underWay;
  }

  held(): boolean {
    return this.#held;
  }

  /** Keeps the session, which waits, from going on when its wait is over. */
  async hold(): Promise<void> {
    await this.#holding?.hold(this.session.pid);
    this.#held = this.#holding !== null;
  }

  letGo(): void {
    this.#holding?.letGo(this.session.pid);
    this.#held = false;
  }

  /** The reply that has arrived, or null. Throws when the connection was lost. */
  reply(): Reply | null {
    if (this.#lost !== null) throw this.#lost;
    return this.#reply;
  }

  /** Sends a statement and does not wait for its reply. `victimMs`: it is to fail this long after its wait began. */
  async send(query: Query, how: { readonly begin: boolean; readonly victimMs: number | null }): Promise<void> {
    await this.#setTimeout(how.victimMs);
    if (how.begin) {
      await this.session.rows("BEGIN");
      this.#standsIn = true;
    }
    this.#await(query);
  }

  /** Ends the transaction that stood in for an autocommit; the reply is that of the COMMIT. */
  commit(): void {
    this.#standsIn = false;
    this.#await({ text: "COMMIT", values: [] });
  }

  #await(query: Query): void {
    this.#reply = null;
    this.#underWay = true;
    void this.#finish(query);
  }

  async #finish(query: Query): Promise<void> {
    try {
      const reply = await this.session.run(query);
      if (reply.kind === "failed" && this.#standsIn) {
        this.#standsIn = false;
        await this.session.rows("ROLLBACK");
      }
      this.#reply = reply;
    } catch (error) {
      this.#lost = error;
    } finally {
      this.#underWay = false;
    }
  }

  async #setTimeout(victimMs: number | null): Promise<void> {
    if (!this.#choosesVictims || (victimMs === null && !this.#short)) return;
    const set = await this.session.run(deadlockTimeout(victimMs ?? NEVER_MS));
    // In a failed transaction it cannot be set, and no statement of it waits; the next one sets it.
    this.#short = victimMs !== null || set.kind === "failed";
  }
}

function deadlockTimeout(ms: number): Query {
  return { text: `SET deadlock_timeout = ${ms}`, values: [] };
}
