/**
 * The real server's half of a fuzzed run: a set of connections that is used for one run after the other.
 *
 *     reset(setup)   roll back, drop the tables, make the new ones
 *     send(s, q)     one statement on one connection
 *     settle()       wait until every session has replied or waits for a lock
 *
 * All are at rest when one look at pg_locks, which is one moment of the lock table, shows each session that has not
 * replied waiting, and nobody waits in a circle: a circle is broken by the deadlock check, whose time-out is as short as it
 * can be. A reply counts from the server's ReadyForQuery on: the report of an error arrives before the failed
 * transaction has let go of its locks.
 *
 * Each side has a database of its own, because advisory locks belong to a database.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Query, Reply } from "../../model/protocol.ts";
import { openSession, type Session } from "../postgres/connection.ts";
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

const SESSION_SETTINGS = "SET deadlock_timeout = 1; SET log_min_messages = fatal";

/** A session neither replied nor waited for another one in time. */
export class NeverAtRest extends Error {
  constructor(sessions: readonly number[], waiting: string) {
    super(`session ${sessions.join(", ")} neither replied nor waits for another one (${waiting})`);
    this.name = "NeverAtRest";
  }
}

class Connection {
  readonly session: Session;
  reply: Reply | null = null;
  busy = false;
  used = false;
  timed = false;
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
  readonly #connections: readonly Connection[];
  #sinceVacuum = 0;
  #heard: (() => void) | null = null;
  /** Why a connection broke, or null. */
  #lost: unknown = null;

  private constructor(admin: Session, database: string, sessions: readonly [Session, ...Session[]]) {
    this.#admin = admin;
    this.#database = database;
    const [monitor, ...others] = sessions;
    this.#monitor = monitor;
    this.#connections = others.map((session) => new Connection(session));
  }

  /** Opens this many sessions in a new database of the server. */
  static async open(url: string, sessions: number): Promise<RealSide> {
    const admin = await openSession({ url, schema: null, name: "fuzz" });
    const database = `lockstep_fuzz_${randomBytes(4).toString("hex")}`;
    await admin.rows(`CREATE DATABASE ${database}`);
    const place = new URL(url);
    place.pathname = `/${database}`;
    const open = (name: string): Promise<Session> => openSession({ url: place.href, schema: "public", name });
    const monitor = await open("monitor");
    const others: Session[] = [];
    for (let at = 0; at < sessions; at++) others.push(await open(`s${at}`));
    for (const each of others) await each.rows(SESSION_SETTINGS);
    return new RealSide(admin, database, [monitor, ...others]);
  }

  /** Brings back the sessions of the last run, and makes the tables of the next. */
  async reset(setup: readonly string[]): Promise<void> {
    await this.#interrupt();
    const used = this.#connections.filter((each) => each.used);
    await Promise.all(used.map((each) => each.session.rows("ROLLBACK; SELECT pg_advisory_unlock_all()")));
    for (const each of used) {
      each.used = false;
      each.timed = false;
    }
    await this.#monitor.rows(
      ["DROP SCHEMA public CASCADE; CREATE SCHEMA public", ...setup].map((text) => `${text};`).join("\n"),
    );
    if (++this.#sinceVacuum < RUNS_BETWEEN_VACUUMS) return;
    this.#sinceVacuum = 0;
    await this.#monitor.rows("VACUUM");
  }

  /** `timed`: from now to the end of its transaction the session's waits end by themselves, and are waited for. */
  send(session: number, query: Query, timed = false): void {
    const connection = this.#at(session);
    connection.timed = timed || (connection.timed && connection.transaction !== "none");
    const heard = (): void => this.#heard?.();
    connection.send(query).then(heard, (error: unknown) => {
      this.#lost = error;
      heard();
    });
  }

  /** Waits until everybody is at rest; the replies are those of the sessions in `busy` that have replied. */
  async settle(): Promise<Observation> {
    const busy = this.#connections.filter((each) => each.busy);
    const waiting = await this.#atRest(busy);
    const replies = new Map<number, Reply>();
    for (const [at, each] of this.#connections.entries()) {
      if (busy.includes(each) && each.reply !== null && !each.busy) replies.set(at, each.reply);
    }
    return { replies, waiting, transactions: this.#connections.map((each) => each.transaction) };
  }

  /** Ends the statements that a run which differs has left behind. */
  async #interrupt(): Promise<void> {
    for (;;) {
      const busy = this.#connections.filter((each) => each.busy);
      if (busy.length === 0) return;
      const pids = busy.map((each) => each.session.pid).join(",");
      await this.#monitor.rows("SELECT pg_cancel_backend(pid) FROM unnest($1::int[]) AS pid", [`{${pids}}`]);
      await sleep(PATIENCE_MS);
    }
  }

  async close(): Promise<void> {
    await this.#monitor.rows(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    await Promise.all(this.#connections.map((each) => each.session.close().catch(() => {})));
    await this.#monitor.close();
    await this.#admin.rows(`DROP DATABASE ${this.#database}`);
    await this.#admin.close();
  }

  async #atRest(busy: readonly Connection[]): Promise<ReadonlyMap<number, Waiting>> {
    const deadline = performance.now() + SETTLE_MS_MAX;
    for (;;) {
      await this.#replyOrPatience(busy);
      if (this.#lost !== null) throw this.#lost;
      const still = busy.filter((each) => each.busy);
      if (still.length === 0) return new Map();
      const waiting = await this.#look(still);
      const all = still.every((each) => each.busy && isWaiting(waiting.get(this.#connections.indexOf(each))));
      const ends = still.some((each) => each.timed) || hasCircle(waiting);
      if (all && !ends) return waiting;
      if (performance.now() > deadline) {
        const who = still.map((each) => this.#connections.indexOf(each));
        throw new NeverAtRest(who, JSON.stringify([...waiting]));
      }
    }
  }

  /** Returns when all have replied, or after a while without a reply. */
  async #replyOrPatience(busy: readonly Connection[]): Promise<void> {
    while (busy.some((each) => each.busy)) {
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
