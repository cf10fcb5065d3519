/**
 * A lane: a place of its own on the real server in which one program after the other is run, each many times.
 *
 *     prepare(program)   empty the place, make the tables
 *     run(jitter)        all sessions are sent everything they have to say, as nearly at once as one process can write to
 *                        their connections; when all have answered, the ends are read and the rows brought back
 *
 * What is sent to a session is one write, with empty queries between its statements, which take the server some microseconds each:
 * so the sessions meet at other places each time (`Jitter`). On a server of our own a session's process may also be stopped for a moment,
 * wherever in its statements it is: the others then pass it (`Stopping` of src/postgres/embedded.ts).
 *
 * Rows are brought back by DELETE and INSERT, and now and then by TRUNCATE: so dead versions never fill a page, and rows lie in
 * the order in which they were inserted, as they do on the simulated server.
 */
import { type Outcome, replyWords, rowsWords, type Told } from "../../sim/litmus/outcome.ts";
import { finalQueries, type LitmusProgram } from "../../sim/litmus/program.ts";
import type { Session } from "../postgres/connection.ts";
import type { Stopping } from "../postgres/embedded.ts";
import { type Answers, Pipeline, simpleQuery } from "./pipeline.ts";

/** How one run is disturbed. */
export interface Jitter {
  /** The sessions in the order in which they are sent. */
  readonly order: readonly number[];
  /** By session: the empty queries before each of its statements. */
  readonly empty: readonly (readonly number[])[];
  /**
   * The session that is stopped: when this part of its usual time has gone by, and for so much of the usual time of a run. The others
   * are sent what they have to say when it is stopped, or have been before. Null for none.
   */
  readonly stop: { readonly session: number; readonly after: number; readonly length: number } | null;
}

export interface LanePlace {
  readonly monitor: Session;
  readonly sessions: readonly Session[];
  /** Stops a session's process and lets it go on; null where the server is not ours. */
  readonly stopping: Stopping | null;
}

const RUNS_BETWEEN_TRUNCATES = 20;
/** The usual time is one that a run in five keeps: a mean would be that of the few runs in which others had the processor. */
const FASTER = 0.9;
const SLOWER = 1.03;
const STOP_MS_MAX = 8;
const EMPTY = simpleQuery("");

export class Lane {
  readonly #monitor: Pipeline;
  readonly #sessions: readonly Pipeline[];
  readonly #stopping: LanePlace["stopping"];
  #program: LitmusProgram | null = null;
  #messages: readonly (readonly Buffer[])[] = [];
  #end: readonly Buffer[] = [];
  #back: Buffer = EMPTY;
  #backAnew: Buffer = EMPTY;
  #runs = 0;
  /** What a run usually takes, in milliseconds: on a busy machine it is many times what it is elsewhere. */
  #usualMs = 1;

  constructor(place: LanePlace) {
    this.#monitor = new Pipeline(place.monitor);
    this.#sessions = place.sessions.map((session) => new Pipeline(session));
    this.#stopping = place.stopping;
  }

  /** Drops what the last program has left and makes the tables of this one. */
  async prepare(program: LitmusProgram): Promise<void> {
    await this.#dropLast();
    this.#program = program;
    this.#runs = 0;
    this.#messages = program.sessions.map((statements) => statements.map(({ text }) => simpleQuery(text)));
    this.#end = finalQueries(program).map(({ text }) => simpleQuery(text));
    const { schema, rows, tables, sequences } = program;
    const backwards = [...tables].reverse();
    const restart = sequences.map((sequence) => `ALTER SEQUENCE ${sequence} RESTART`);
    const insert = rows ?? [];
    const deletes = backwards.map((table) => `DELETE FROM ${table}`);
    const truncate = tables.length === 0 ? [] : [`TRUNCATE ${tables.join(", ")}`];
    this.#back = simpleQuery(
      [...deletes, ...sequences.map((sequence) => `SELECT setval('${sequence}', 1, false)`), ...insert].join("; "),
    );
    this.#backAnew = simpleQuery([...truncate, ...restart, ...insert].join("; "));
    await this.#succeed([...schema, ...insert]);
  }

  /** One run: the outcome. */
  async run(jitter: Jitter): Promise<Outcome> {
    const program = this.#program;
    if (program === null) throw new Error("assertion failed: a lane runs what it has prepared");
    const answers = await this.#release(jitter);
    const reset = this.#reset();
    const end = await this.#monitor.send([...this.#end, ...reset]);
    if (reset.length > 0) mustHaveSucceeded(end.at(-1), "the statements that bring the rows back");
    await this.#resetAll(program);
    return {
      replies: program.sessions.map((statements, session) =>
        statements.map(({ ordered }, at) => {
          const told = answers[session]?.[at]?.at(-1);
          return told === undefined ? "no answer" : replyWords(told, ordered);
        }),
      ),
      end: finalQueries(program).map(({ of }, at): readonly [string, string] => [of, shownIn(end[at])]),
    };
  }

  /** Sends all sessions what they have to say, and gives what each statement was answered. */
  async #release({ order, empty, stop }: Jitter): Promise<readonly (readonly Answers[])[]> {
    const running: Promise<readonly Answers[]>[] = [];
    let stopped: (() => void) | null = null;
    const all = this.#messages.map((messages, session) =>
      messages.flatMap((message, at) => [...Array<Buffer>(empty[session]?.[at] ?? 0).fill(EMPTY), message]),
    );
    const sentAt = performance.now();
    try {
      for (const session of order) {
        const connection = this.#sessions[session];
        if (connection === undefined) throw new Error("assertion failed: a lane has enough sessions");
        running.push(connection.send(all[session] ?? []).then((answers) => answers.filter((each) => each.length > 0)));
        if (stop?.session === session) stopped = this.#stopAfter(connection.pid, stop.after * this.#usualMs);
      }
      if (stopped !== null && stop !== null) {
        await Promise.race([Promise.all(running), pause(Math.min(stop.length * this.#usualMs, STOP_MS_MAX))]);
        stopped();
      }
      const found = await Promise.all(running);
      if (stopped === null) this.#usualMs *= performance.now() - sentAt < this.#usualMs ? FASTER : SLOWER;
      return this.#messages.map((_, session) => found[order.indexOf(session)] ?? []);
    } finally {
      stopped?.();
    }
  }

  /** Lets the session run for a moment, and stops it; the function lets it go on. */
  #stopAfter(pid: number, afterMs: number): () => void {
    const stopping = this.#stopping;
    if (stopping === null) return () => {};
    spin(Math.min(afterMs, STOP_MS_MAX));
    stopping.stopBriefly(pid);
    return () => stopping.letGo(pid);
  }

  #reset(): readonly Buffer[] {
    if (this.#program?.rows === null) return [];
    this.#runs += 1;
    return [this.#runs % RUNS_BETWEEN_TRUNCATES === 0 ? this.#backAnew : this.#back];
  }

  /** A program of which only its set-up is known is set up again. */
  async #resetAll(program: LitmusProgram): Promise<void> {
    if (program.rows !== null) return;
    await this.#dropLast();
    await this.#succeed(program.schema);
  }

  async #dropLast(): Promise<void> {
    const program = this.#program;
    if (program === null) return;
    if (program.teardown !== null) await this.#succeed([program.teardown]);
    else {
      const { tables, sequences } = program;
      if (tables.length > 0) await this.#succeed([`DROP TABLE ${tables.join(", ")}`]);
      if (sequences.length > 0) await this.#succeed([`DROP SEQUENCE ${sequences.join(", ")}`]);
    }
  }

  /** Statements of our own, each a message; one that fails is a bug of ours, or of the set-up that was given. */
  async #succeed(texts: readonly string[]): Promise<void> {
    const answers = await this.#monitor.send(texts.map(simpleQuery));
    for (const [at, answer] of answers.entries()) mustHaveSucceeded(answer, texts[at] ?? "");
  }
}

function mustHaveSucceeded(answers: Answers | undefined, text: string): void {
  for (const told of answers ?? []) if (told.kind === "failed") throw new SetUpFailed(text, told.sqlstate);
}

/** A statement of a program's set-up or teardown failed on the real server. */
export class SetUpFailed extends Error {
  constructor(text: string, sqlstate: string) {
    super(`SQLSTATE ${sqlstate} in: ${text}`);
    this.name = "SetUpFailed";
  }
}

function shownIn(answers: Answers | undefined): string {
  const told: Told | undefined = answers?.at(-1);
  return told === undefined || told.kind === "failed" ? "not told" : rowsWords(told.rows, false);
}

/** Waits without giving the processor away: timers are too coarse for this. */
function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Gives others the processor for about so long. */
async function pause(ms: number): Promise<void> {
  const end = performance.now() + ms;
  do await new Promise<void>((resolve) => setImmediate(resolve));
  while (performance.now() < end);
}
