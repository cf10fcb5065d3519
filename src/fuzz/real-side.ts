/**
 * The real server's half of a fuzzed run: a set of connections that is used for one run after the other.
 *
 *     reset(setup)   roll back, drop the tables, make the new ones
 *     send(s, q)     hold those who wait; one statement on one connection
 *     settle()       wait until every session has replied or waits for a lock; let those go on whose wait is over
 *
 * One session runs at a time, as on the simulated server. Who waits is held where he is, and whose wait is over goes on when he is
 * let go: one after the other, in an order that depends on the number of statements only, so that a run is the same each time.
 *
 *     s1, s2 wait for s0, held      s0: COMMIT      both could go on      s1 is let go, locks the row      s2 is let go, waits for s1
 *
 * All are at rest when one look at pg_locks, which is one moment of the lock table, shows each session that is not held and has not
 * replied waiting, and nobody waits in a circle: a circle is broken by the deadlock check, whose time-out is as short as it
 * can be. A reply counts from the server's ReadyForQuery on: the report of an error arrives before the failed
 * transaction has let go of its locks.
 *
 * A session whose waits end by a time-out of its own is never held: it has replied before anybody else goes on.
 *
 * Each side has a database of its own, because advisory locks belong to a database.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Query, Reply } from "../../model/protocol.ts";
import { openSession, type Session } from "../postgres/connection.ts";
import type { HoldingServer, WaitingSessions } from "./holding-server.ts";
import type { Observation, TransactionStatus, Waiting } from "./observation.ts";

/** Replies usually come sooner than a look could be made. */
const PATIENCE_MS = 1;
const SETTLE_MS_MAX = 10_000;
const RUNS_BETWEEN_VACUUMS = 400;

// A DEFERRABLE transaction waits for its safe snapshot without a lock.
const LOOK = `
  SELECT p.pid, array_to_string(pg_blocking_pids(p.pid) || pg_safe_snapshot_blocking_pids(p.pid), ','),
         coalesce(l.locktype || ' ' || l.mode, 'safe snapshot')
  FROM unnest($1::int[]) AS p (pid) LEFT JOIN (SELECT * FROM pg_locks WHERE NOT granted) l ON l.pid = p.pid
  WHERE l.pid IS NOT NULL OR cardinality(pg_safe_snapshot_blocking_pids(p.pid)) > 0`;

const SAFE_SNAPSHOT = "safe snapshot";

/** A session neither replied nor waited for another one in time. */
export class NeverAtRest extends Error {
  constructor(sessions: readonly number[], waiting: string) {
    super(`session ${sessions.join(", ")} neither replied nor waits for another one (${waiting})`);
    this.name = "NeverAtRest";
  }
}

/** What takes back all that a run can do to its sessions. */
const AS_IT_WAS = [
  "ROLLBACK",
  "SELECT pg_advisory_unlock_all()",
  "DEALLOCATE ALL",
  "DISCARD TEMP",
  "SET TimeZone = 'UTC'",
  "SET DateStyle = 'ISO, MDY'",
  "SET IntervalStyle = 'postgres'",
  "SET default_transaction_isolation = 'read committed'",
  "SET default_transaction_read_only = off",
].join("; ");

class Connection {
  readonly session: Session;
  reply: Reply | null = null;
  busy = false;
  used = false;
  timed = false;
  /** It waits, or its wait is over, and is kept from going on. */
  held = false;
  #ready: () => void = () => {};

  constructor(session: Session) {
    this.session = session;
    session.client.on("drain", () => this.#ready());
  }

  get transaction(): TransactionStatus {
    const status = this.session.client.getTransactionStatus();
    return status === "E" ? "failed" : status === "T" ? "open" : "none";
  }

  async send(query: Query): Promise<void> {
    this.busy = true;
    this.used = true;
    this.reply = null;
    const ready = new Promise<void>((resolve) => {
      this.#ready = resolve;
    });
    this.reply = await this.session.run(query);
    await ready;
    this.busy = false;
  }
}

export class RealSide {
  readonly #admin: Session;
  readonly #database: string;
  readonly #monitor: Session;
  readonly #sessions: WaitingSessions;
  readonly #connections: readonly Connection[];
  readonly #runsBetweenVacuums: number;
  #sinceVacuum = 0;
  /** The statements of this run so far. */
  #sent = 0;
  /** Who waits, as it was last seen. */
  #waiting: ReadonlyMap<number, Waiting> = new Map();
  #heard: (() => void) | null = null;
  /** Why a connection broke, or null. */
  #lost: unknown = null;

  private constructor(
    place: {
      readonly admin: Session;
      readonly database: string;
      readonly sessions: WaitingSessions;
      readonly runsBetweenVacuums: number;
    },
    sessions: readonly [Session, ...Session[]],
  ) {
    this.#admin = place.admin;
    this.#database = place.database;
    this.#sessions = place.sessions;
    this.#runsBetweenVacuums = place.runsBetweenVacuums;
    const [monitor, ...others] = sessions;
    this.#monitor = monitor;
    this.#connections = others.map((session) => new Connection(session));
  }

  /** Opens this many sessions in a new database of the server. */
  static async open(
    server: HoldingServer,
    sessions: number,
    runsBetweenVacuums = RUNS_BETWEEN_VACUUMS,
  ): Promise<RealSide> {
    const admin = await openSession({ url: server.url, schema: null, name: "fuzz" });
    const database = `lockstep_fuzz_${randomBytes(4).toString("hex")}`;
    await admin.rows(`CREATE DATABASE ${database}`);
    const place = new URL(server.url);
    place.pathname = `/${database}`;
    const open = (name: string): Promise<Session> => openSession({ url: place.href, schema: "public", name });
    const monitor = await open("monitor");
    const others: Session[] = [];
    for (let at = 0; at < sessions; at++) others.push(await open(`s${at}`));
    return new RealSide({ admin, database, sessions: server.sessions, runsBetweenVacuums }, [monitor, ...others]);
  }

  /** Brings back the sessions of the last run, and makes the tables of the next. */
  async reset(setup: readonly string[]): Promise<void> {
    await this.#interrupt();
    this.#sent = 0;
    const used = this.#connections.filter((each) => each.used);
    await Promise.all(used.map((each) => each.session.rows(AS_IT_WAS)));
    for (const each of used) {
      each.used = false;
      each.timed = false;
    }
    await this.#vacuumNowAndThen();
    await this.#monitor.rows(
      ["DROP SCHEMA public CASCADE; CREATE SCHEMA public", ...setup].map((text) => `${text};`).join("\n"),
    );
  }

  /**
   * The catalogs are to stay small. It must not be done once the run's own tables are there: a planner that knows that they are one page long
   * reads them from end to end, and SERIALIZABLE locks all of it, where one that knows nothing of them takes the index.
   */
  async #vacuumNowAndThen(): Promise<void> {
    if (++this.#sinceVacuum < this.#runsBetweenVacuums) return;
    this.#sinceVacuum = 0;
    await this.#monitor.rows("VACUUM");
  }

  /** `timed`: from now to the end of its transaction the session's waits end by themselves, and are waited for. */
  async send(session: number, query: Query, timed = false): Promise<void> {
    await this.#hold();
    this.#sent += 1;
    const connection = this.#at(session);
    this.#sessions.begins(connection.session.pid);
    connection.timed = timed || (connection.timed && connection.transaction !== "none");
    const heard = (): void => this.#heard?.();
    connection.send(query).then(heard, (error: unknown) => {
      this.#lost = error;
      heard();
    });
  }

  /** Waits until everybody is at rest and nobody could go on; the replies are those that have arrived since the statement was sent. */
  async settle(): Promise<Observation> {
    const busy = this.#connections.filter((each) => each.busy);
    const deadline = performance.now() + SETTLE_MS_MAX;
    await this.#allAtRest(busy, deadline);
    const replies = new Map<number, Reply>();
    for (const [at, each] of this.#connections.entries()) {
      if (busy.includes(each) && each.reply !== null && !each.busy) replies.set(at, each.reply);
    }
    return { replies, waiting: this.#waiting, transactions: this.#connections.map((each) => each.transaction) };
  }

  async #allAtRest(busy: readonly Connection[], deadline: number): Promise<void> {
    for (;;) {
      this.#waiting = await this.#atRest(busy, deadline);
      const free = busy.filter((each) => each.held && !this.#waits(each));
      const next = free[this.#sent % free.length];
      if (next === undefined) return;
      await this.#hold();
      this.#letGo([next]);
    }
  }

  /** Holds all who wait; they are at rest. */
  async #hold(): Promise<void> {
    for (const [at, each] of this.#connections.entries()) {
      if (!each.busy || each.held) continue;
      const { pid } = each.session;
      await (this.#waiting.get(at)?.what === SAFE_SNAPSHOT ? this.#sessions.holdAtOnce(pid) : this.#sessions.hold(pid));
      each.held = true;
    }
  }

  #waits(connection: Connection): boolean {
    return isWaiting(this.#waiting.get(this.#connections.indexOf(connection)));
  }

  #letGo(connections: readonly Connection[]): void {
    for (const each of connections) {
      each.held = false;
      this.#sessions.letGo(each.session.pid);
    }
  }

  /** Ends the statements that a run which differs has left behind. */
  async #interrupt(): Promise<void> {
    this.#letGo(this.#connections);
    for (;;) {
      const busy = this.#connections.filter((each) => each.busy);
      if (busy.length === 0) return;
      const pids = busy.map((each) => each.session.pid).join(",");
      await this.#monitor.rows("SELECT pg_cancel_backend(pid) FROM unnest($1::int[]) AS pid", [`{${pids}}`]);
      await sleep(PATIENCE_MS);
    }
  }

  async close(): Promise<void> {
    this.#letGo(this.#connections);
    await this.#monitor.rows(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    await Promise.all(this.#connections.map((each) => each.session.close().catch(() => {})));
    await this.#monitor.close();
    await this.#admin.rows(`DROP DATABASE ${this.#database}`);
    await this.#admin.close();
  }

  /** Waits until all who are not held have replied or wait; by number, those who wait. */
  async #atRest(busy: readonly Connection[], deadline: number): Promise<ReadonlyMap<number, Waiting>> {
    for (;;) {
      await this.#replyOrPatience(busy);
      if (this.#lost !== null) throw this.#lost;
      const still = busy.filter((each) => each.busy);
      if (still.length === 0) return new Map();
      const waiting = await this.#look(still);
      const awake = still.filter((each) => !each.held);
      const all = awake.every((each) => each.busy && isWaiting(waiting.get(this.#connections.indexOf(each))));
      const ends = awake.some((each) => each.timed) || hasCircle(waiting);
      if (all && !ends) return waiting;
      if (performance.now() > deadline) {
        const who = still.map((each) => this.#connections.indexOf(each));
        throw new NeverAtRest(who, JSON.stringify([...waiting]));
      }
    }
  }

  /** Returns when all who are not held have replied, or after a while without a reply. */
  async #replyOrPatience(busy: readonly Connection[]): Promise<void> {
    while (busy.some((each) => each.busy && !each.held)) {
      const heard = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), PATIENCE_MS);
        this.#heard = () => {
          clearTimeout(timer);
          resolve(true);
        };
      });
      this.#heard = null;
      if (!heard) return;
    }
  }

  async #look(busy: readonly Connection[]): Promise<ReadonlyMap<number, Waiting>> {
    const numbers = new Map(this.#connections.map((each, at) => [each.session.pid, at]));
    const rows = await this.#monitor.rows(LOOK, [`{${busy.map((each) => each.session.pid).join(",")}}`]);
    return new Map(
      rows.map(([pid, blockers, what]) => {
        const found = String(blockers ?? "")
          .split(",")
          .flatMap((blocker) => numbers.get(Number(blocker)) ?? []);
        const waiting = { blockers: [...new Set(found)].sort((a, b) => a - b), what: String(what) };
        return [numbers.get(Number(pid)) ?? -1, waiting];
      }),
    );
  }

  #at(session: number): Connection {
    const connection = this.#connections[session];
    if (connection === undefined) throw new RangeError(`there is no session ${session}`);
    return connection;
  }
}

/** A wait that ended while it was looked at has no blockers any more. */
function isWaiting(waiting: Waiting | undefined): boolean {
  return waiting !== undefined && (waiting.blockers.length > 0 || waiting.what === SAFE_SNAPSHOT);
}

function hasCircle(waiting: ReadonlyMap<number, Waiting>): boolean {
  return [...waiting.keys()].some((start) => {
    const seen = new Set<number>();
    if (waiting.get(start)?.what === SAFE_SNAPSHOT) return false;
    const open = [...(waiting.get(start)?.blockers ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next === start) return true;
      // No deadlock check knows of the wait for a safe snapshot: such a circle stays.
      if (seen.has(next) || waiting.get(next)?.what === SAFE_SNAPSHOT) continue;
      seen.add(next);
      open.push(...(waiting.get(next)?.blockers ?? []));
    }
    return false;
  });
}
