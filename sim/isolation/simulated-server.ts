/**
 * The simulated PostgreSQL behind the interface of the isolation tests' runner.
 *
 * The server is a pure function that is told what happens next; here it is driven as a real one behaves when nothing
 * disturbs it: after a message everybody who can go on goes on, the likeliest first, until each session is idle or waits. What
 * ends a wait besides other sessions is a timer, and time passes only while the tester looks:
 *
 *     send   UPDATE … waits for s1            deadlock check in 1000 ms, lock timeout in 10 ms
 *     look   10 ms pass                       blocked
 *     look   the lock timeout runs out        done: canceling statement due to lock timeout
 *
 * Each wait has one deadlock check, `deadlock_timeout` after it began, and one lock timeout; a statement has one statement
 * timeout. Session 0 is the control session.
 *
 * Not modelled: NOTIFY, and time that statements need.
 */

import type { Database, OwnMove, Server, ServerMove, ServerOutcome, SessionId } from "../postgres/server.ts";
import { milliseconds } from "../postgres/session/settings.ts";
import type { Answer, IsolationServer, IsolationSession, Message, Progress } from "./server.ts";
import { answerOf } from "./simulated-answer.ts";
import { type Timer, VirtualClock } from "./virtual-clock.ts";

/** How PostgreSQL's test driver (pg_regress) has dates and intervals printed; its expected outputs count on it. */
const SETTINGS = "SET DateStyle = 'Postgres, MDY'; SET TimeZone = 'PST8PDT'; SET IntervalStyle = 'postgres_verbose'";

/** PostgreSQL's tester looks that often. */
const LOOK_EVERY_MS = 10;

/** One session as the tester has it. */
interface Connection {
  answers: Answer[];
  notices: Message[];
  isDone: boolean;
  /** Why the connection is gone, to be told at its next use. */
  lost: Message | null;
}

/** Puts a server made by `createServer`, with one session more than the test has, behind the tester's interface. */
export function simulatedIsolationServer(server: Server, sessions: number): IsolationServer {
  const simulation = new Simulation(server, sessions + 1);
  return {
    control: simulation.session(0),
    sessions: Array.from({ length: sessions }, (_, at) => simulation.session(at + 1)),
    nowMs: () => simulation.nowMs,
  };
}

class Simulation {
  readonly #server: Server;
  #database: Database;
  readonly #clock = new VirtualClock();
  readonly #connections: readonly Connection[];
  /** What each session waited for when it was last looked at. */
  readonly #waits: (string | null)[];
  /** Each move takes a microsecond, so that two messages have two times. */
  #moves = 0;

  /** The server must have been made with `cells: "texts"`. */
  constructor(server: Server, sessions: number) {
    this.#server = server;
    this.#database = server.initial;
    this.#connections = Array.from({ length: sessions }, () => ({
      answers: [],
      notices: [],
      isDone: true,
      lost: null,
    }));
    this.#waits = this.#connections.map(() => null);
    for (const id of this.#connections.keys()) this.#send(id, SETTINGS);
  }

  get nowMs(): number {
    return this.#clock.nowMs;
  }

  session(id: SessionId): IsolationSession {
    const connection = this.#connection(id);
    return {
      send: (sql) => this.#send(id, sql),
      look: async (mayBlock) => this.#look(id, mayBlock),
      answers: () => connection.answers,
      takeNotices: () => connection.notices.splice(0),
      takeNotifications: () => [],
      cancel: async () => {
        if (this.#server.status(this.#database, id).kind === "waiting") this.#move(id, { kind: "cancel" });
        this.#settle();
      },
    };
  }

  #connection(id: SessionId): Connection {
    const connection = this.#connections[id];
    if (connection === undefined) throw new RangeError(`there is no session ${id}`);
    return connection;
  }

  #send(id: SessionId, sql: string): void {
    const connection = this.#connection(id);
    connection.answers = [];
    this.#clock.clear(id, "idle in transaction");
    if (connection.lost !== null) {
      connection.answers = [{ kind: "failed", ...connection.lost }, { kind: "lost" }];
      return;
    }
    connection.isDone = false;
    this.#startStatement(id);
    this.#move(id, { kind: "send", query: { text: sql, values: [] } });
    this.#settle();
  }

  #look(id: SessionId, mayBlock: boolean): Progress {
    const connection = this.#connection(id);
    if (connection.isDone) return "done";
    this.#pass(LOOK_EVERY_MS, id);
    if (connection.isDone) return "done";
    return mayBlock ? "blocked" : "running";
  }

  /** Lets time pass until the session is done, this long at most. */
  #pass(durationMs: number, id: SessionId): void {
    const end = this.#clock.nowMs + durationMs;
    while (!this.#connection(id).isDone) {
      const timer = this.#clock.advance(end);
      if (timer === null) return;
      this.#runOut(timer);
      this.#settle();
    }
  }

  #runOut({ session, kind }: Timer): void {
    switch (kind) {
      case "idle in transaction":
        this.#terminate(session);
        return;
      case "deadlock check": {
        const found = this.#own(session, ["deadlock", "reorder"]);
        if (found) this.#move(session, { kind: found.kind });
        return;
      }
      case "lock timeout":
      case "statement timeout":
        if (this.#own(session, [kind])) this.#move(session, { kind });
        return;
    }
  }

  /** The session's move of one of these kinds, if the server has it now. */
  #own(session: SessionId, kinds: readonly OwnMove["kind"][]): OwnMove | undefined {
    return this.#server.moves(this.#database).find((move) => move.session === session && kinds.includes(move.kind));
  }

  /** Everybody goes on as far as can be, the likeliest first. Then timers are set for those who have begun to wait. */
  #settle(): void {
    for (;;) {
      const next = this.#server.moves(this.#database).find(({ kind }) => kind === "resume" || kind === "commit");
      if (next === undefined) break;
      this.#move(next.session, { kind: next.kind });
    }
    for (const id of this.#connections.keys()) this.#setTimers(id);
  }

  #move(id: SessionId, move: ServerMove): void {
    this.#moves += 1;
    const elapsedUs = this.#clock.nowMs * 1000 + this.#moves;
    const outcome = this.#server.step(this.#database, id, move, elapsedUs);
    this.#database = outcome.database;
    const connection = this.#connection(id);
    const notices = outcome.notes.flatMap(noticeOf);
    if (connection.answers.length === 0) connection.notices.push(...notices);
    else connection.answers.push(...notices.map((notice) => ({ kind: "notice", ...notice }) as const));
    if (move.kind !== "reorder") this.#waits[id] = null;
    this.#take(id, connection, outcome);
  }

  #take(id: SessionId, connection: Connection, { progress }: ServerOutcome): void {
    switch (progress.kind) {
      case "waits":
      case "finished":
        return;
      case "stopped":
        if (progress.reply === undefined) return;
        connection.answers.push(answerOf(progress.reply));
        this.#startStatement(id);
        return;
      case "replied":
        connection.answers.push(answerOf(progress.reply));
        connection.isDone = true;
        this.#clock.clear(id, "statement timeout");
        this.#startIdling(id);
        return;
    }
  }

  #startStatement(id: SessionId): void {
    this.#clock.set(id, "statement timeout", this.#duration(id, "statement_timeout"));
  }

  #startIdling(id: SessionId): void {
    const status = this.#server.status(this.#database, id);
    if (status.kind !== "idle" || status.transaction === "none") return;
    this.#clock.set(id, "idle in transaction", this.#duration(id, "idle_in_transaction_session_timeout"));
  }

  #setTimers(id: SessionId): void {
    const status = this.#server.status(this.#database, id);
    const wait = status.kind === "waiting" ? `${status.place} ${status.what}` : null;
    if (wait === this.#waits[id]) return;
    this.#waits[id] = wait;
    this.#clock.clear(id, "deadlock check", "lock timeout");
    if (wait === null) return;
    this.#clock.set(id, "deadlock check", this.#duration(id, "deadlock_timeout"));
    this.#clock.set(id, "lock timeout", this.#duration(id, "lock_timeout"));
  }

  #duration(id: SessionId, setting: string): number {
    return milliseconds(setting, this.#server.setting(this.#database, id, setting));
  }

  /** The connection ends: its transaction is rolled back, and what it held is let go. */
  #terminate(id: SessionId): void {
    for (const text of ["ROLLBACK", "SELECT pg_advisory_unlock_all()"]) {
      this.#move(id, { kind: "send", query: { text, values: [] } });
      this.#settle();
    }
    const connection = this.#connection(id);
    connection.answers = [];
    connection.lost = {
      severity: "FATAL",
      message: "terminating connection due to idle-in-transaction timeout",
      detail: null,
      hint: null,
    };
  }
}

/** Notes that begin so are what the server sends to the client. */
function noticeOf(note: string): readonly Message[] {
  const [, severity, message] = /^(NOTICE|WARNING): (.*)$/s.exec(note) ?? [];
  if (severity === undefined || message === undefined) return [];
  const [text = "", detail = null] = message.split("\nDETAIL:  ");
  return [{ severity, message: text, detail, hint: null }];
}
