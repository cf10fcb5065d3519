/** A client of a trace on a real server: its connection, which may be lost or exchanged, and the statement that it sent last. */
import type { Query, Reply } from "../../model/protocol.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { type Session, within } from "./connection.ts";
import type { Holding } from "./embedded.ts";
import { tellToEnd, untilGone, type Watched } from "./monitor.ts";
import type { ReplayClock } from "./replay-clock.ts";
import type { Timer } from "./replay-plan.ts";

/** Longer than any replay: a session with this deadlock_timeout never is a deadlock's victim. */
const NEVER_MS = 100_000;
/** How long the server may take to end a session. */
const END_MS_MAX = 10_000;

/** What a driver says when its connection is lost, which no server has told it: it has no SQLSTATE, so it gets the one there is. */
const LOST: Reply = {
  kind: "failed",
  sqlstate: "08006",
  message: "the connection to the server was lost",
  detail: null,
};

/** A connection, and what was set on it. */
interface Connection {
  readonly session: Session;
  /** False where the server does not let us choose the victim of a deadlock. */
  readonly choosesVictims: boolean;
  /** The timers that a statement before was given. */
  readonly set: Set<Timer>;
}

/** How a client gets a connection, and what its server lets us do. */
export interface Access {
  open(): Promise<Session>;
  readonly holding: Holding | null;
  readonly monitor: Session;
  readonly clock: ReplayClock;
}

/** How a statement is sent. */
export interface Sending {
  readonly begin: boolean;
  /** The timer that is to end its wait, and after how long. */
  readonly expires: { readonly timer: Timer; readonly ms: number } | null;
  /** What the trace's clock shows; null where it shows none. */
  readonly now: string | null;
}

export class ReplayClient implements Watched {
  readonly name: string;
  readonly #access: Access;
  #connection: Connection;
  /** The last statement's reply, once it has arrived. */
  #reply: Reply | null = null;
  #underWay = false;
  #lost: unknown = null;
  /** True while a transaction of ours stands in for the autocommit of a statement. */
  #standsIn = false;
  /** True where the connection is closed and the client does not know. */
  #isCut = false;
  #held = false;

  private constructor(name: string, access: Access, connection: Connection) {
    this.name = name;
    this.#access = access;
    this.#connection = connection;
  }

  /** Opens the client's connection. */
  static async open(name: string, access: Access): Promise<ReplayClient> {
    return new ReplayClient(name, access, await connected(access));
  }

  get session(): Session {
    return this.#connection.session;
  }

  /** False where the server does not let us choose the victim of a deadlock. */
  get choosesVictims(): boolean {
    return this.#connection.choosesVictims;
  }

  busy(): boolean {
    return this.#underWay;
  }

  held(): boolean {
    return this.#held;
  }

  /** Keeps the session, which waits, from going on when its wait is over. */
  async hold(): Promise<void> {
    const { holding } = this.#access;
    await holding?.hold(this.session.pid);
    this.#held = holding !== null;
  }

  letGo(): void {
    this.#access.holding?.letGo(this.session.pid);
    this.#held = false;
  }

  /** The reply that has arrived, or null. Throws when the connection was lost. */
  reply(): Reply | null {
    if (this.#lost !== null) throw this.#lost;
    return this.#reply;
  }

  /** Sends a statement and does not wait for its reply. */
  async send(query: Query, { begin, expires, now }: Sending): Promise<void> {
    if (this.#isCut) {
      await this.#meetTheCut(query);
      return;
    }
    await this.#setTimers(expires);
    await this.#access.clock.set(this.session, now);
    if (begin) {
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

  /** Closes the connection, after `first` was done; a client that does not notice at once does with its next statement. */
  async cut(first: Query | null, notices: boolean): Promise<void> {
    if (first !== null) {
      const told = { ...first, text: this.#access.clock.told(first.text) };
      await within(END_MS_MAX, this.session.run(told));
    }
    this.#standsIn = false;
    const { session } = this;
    const { monitor } = this.#access;
    const ended = new Promise<void>((resolve) => session.client.once("end", () => resolve()));
    await tellToEnd(monitor, session.pid);
    // One that is held dies of the signal when it is let go, before it goes on.
    this.letGo();
    await untilGone(monitor, session.pid, { msMax: END_MS_MAX });
    await ended;
    await session.close().catch(() => {});
    if (notices) this.#connection = await connected(this.#access);
    else this.#isCut = true;
  }

  /** Exchanges the connections of two clients, neither of which has a statement under way. */
  exchange(other: ReplayClient): void {
    [this.#connection, other.#connection] = [other.#connection, this.#connection];
  }

  /** The driver refuses the statement, and the client learns that it needs a new connection. */
  async #meetTheCut(query: Query): Promise<void> {
    this.#reply = await this.session.run(query).catch(() => LOST);
    this.#isCut = false;
    this.#connection = await connected(this.#access);
  }

  #await(query: Query): void {
    this.#reply = null;
    this.#underWay = true;
    void this.#finish(query);
  }

  async #finish(query: Query): Promise<void> {
    try {
      const reply = await this.session.run({ ...query, text: this.#access.clock.told(query.text) });
      if (reply.kind === "failed" && this.#standsIn) {
        this.#standsIn = false;
        await this.session.rows("ROLLBACK");
      }
      this.#reply = reply;
    } catch (error) {
      if (error instanceof UsageError) this.#reply = LOST;
      else this.#lost = error;
    } finally {
      this.#underWay = false;
    }
  }

  async #setTimers(expires: Sending["expires"]): Promise<void> {
    const { set, choosesVictims, session } = this.#connection;
    const wanted = expires?.timer === "deadlock" && !choosesVictims ? null : expires;
    for (const timer of TIMERS) {
      const isWanted = wanted?.timer === timer;
      if (!isWanted && !set.has(timer)) continue;
      const done = await session.run(setting(timer, isWanted ? wanted.ms : UNSET_MS[timer]));
      // In a failed transaction it cannot be set, and no statement of it waits; the next one sets it.
      if (isWanted || done.kind === "failed") set.add(timer);
      else set.delete(timer);
    }
  }
}

const TIMERS: readonly Timer[] = ["deadlock", "lock"];
/** Longer than any replay, so that nobody is a deadlock's victim; and no time-out at all. */
const UNSET_MS: Readonly<Record<Timer, number>> = { deadlock: NEVER_MS, lock: 0 };

/** A new connection of a client, kept from being a deadlock's victim where the server allows that. */
async function connected({ open }: Access): Promise<Connection> {
  const session = await open();
  const done = await session.run(setting("deadlock", UNSET_MS.deadlock));
  return { session, choosesVictims: done.kind === "rows", set: new Set() };
}

function setting(timer: Timer, ms: number): Query {
  return { text: `SET ${timer}_timeout = ${ms}`, values: [] };
}
