/**
 * A case as a script that the isolation tester can run: who is sent what and when, as the simulated server lets them.
 *
 * The tester sends a step only when its session is idle. So the case is played on the simulated server first, where
 * everybody goes on as soon as can be. What is refused is left out; so is a definition that fails, since a failed setup ends a run.
 * In the end every transaction is rolled back, so that nobody waits for ever.
 */
import { createServer } from "../../../sim/postgres/index.ts";
import type { Database, Server } from "../../../sim/postgres/server.ts";
import { UsageError } from "../../../sim/usage-error.ts";
import { DEFINING, type FuzzCase, planOf, type Send } from "../case.ts";
import type { Script } from "../shrink.ts";

/** The script of a case; `onRefused` is told what was left out. */
export function runnable(fuzzCase: FuzzCase, onRefused: (why: string) => void): Script {
  const { setup, tables, sessions } = fuzzCase;
  const play = new Play(setup, sessions.length, onRefused);
  const plan = planOf(fuzzCase);
  for (let send = plan(play.idle()); send !== null; send = plan(play.idle())) play.send(send);
  for (const session of play.idle()) play.send({ session, query: { text: "ROLLBACK", values: [] }, labels: [] });
  for (let session = 0; session < sessions.length; session++) {
    if (play.idle().length === sessions.length) break;
    for (const text of ["ROLLBACK", "SELECT pg_advisory_unlock_all()"]) {
      if (play.idle().includes(session)) play.send({ session, query: { text, values: [] }, labels: [] });
    }
  }
  return { world: { setup, tables, sessions: sessions.length }, sends: play.sends };
}

/** What happens by itself: who can go on goes on, and a circle of waits is broken. */
const ENDING: ReadonlySet<string> = new Set(["resume", "commit", "deadlock"]);

class Play {
  readonly sends: Send[] = [];
  readonly #server: Server;
  readonly #sessions: number;
  readonly #onRefused: (why: string) => void;
  #database: Database;

  constructor(setup: readonly string[], sessions: number, onRefused: (why: string) => void) {
    this.#server = createServer({
      sessions,
      setup,
      granularity: "coarse",
      isolation: "read committed",
      addresses: true,
    });
    this.#sessions = sessions;
    this.#onRefused = onRefused;
    this.#database = this.#server.initial;
  }

  idle(): readonly number[] {
    return Array.from({ length: this.#sessions }, (_, session) => session).filter((session) =>
      this.#server.canSend(this.#database, session),
    );
  }

  send(send: Send): void {
    // The tester's notation ends a step's text at the first brace.
    if (send.query.text.includes("}")) return;
    const before = this.#database;
    try {
      const failed = this.#step(send);
      if (failed && send.labels.includes(DEFINING)) this.#database = before;
      else this.sends.push(send);
    } catch (error) {
      this.#database = before;
      // What breaks the simulator is left to the tester's run.
      if (error instanceof UsageError) this.#onRefused(error.message);
      else this.sends.push(send);
    }
  }

  /** Whether the statement fails at once. */
  #step({ session, query }: Send): boolean {
    const outcome = this.#server.step(this.#database, session, { kind: "send", query });
    this.#database = outcome.database;
    for (;;) {
      const move = this.#server.moves(this.#database).find(({ kind }) => ENDING.has(kind));
      if (move === undefined) break;
      this.#database = this.#server.step(this.#database, move.session, { kind: move.kind }).database;
    }
    return outcome.progress.kind === "replied" && outcome.progress.reply.kind === "failed";
  }
}
