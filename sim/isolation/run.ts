/**
 * Runs an isolation test on a server and prints what PostgreSQL's isolation tester prints.
 *
 * For each permutation: the setups, each session's setup, the steps, each session's teardown, the teardown. A step is sent
 * as soon as (a) its session's earlier step has completed and (b) the step before it in the permutation has completed or
 * waits. It waits when the server says that it is blocked by another session of the test, or when one of its markers holds it
 * back. After each step those that wait are looked at again.
 *
 *     permutation w1 w2 c1         s1: BEGIN, s2: BEGIN
 *     send w1 -> done              step w1: UPDATE …
 *     send w2 -> blocked           step w2: UPDATE … <waiting ...>
 *     send c1 -> done              step c1: COMMIT;
 *     look at w2 -> done           step w2: <... completed>
 *
 * A step's notices are printed when the step is looked at, and those behind its first answer among its answers. A failed setup ends the run; a failed teardown does not,
 * unless it takes too long.
 */
import { UsageError } from "../usage-error.ts";
import { permutationsOf, unusedSteps } from "./interleavings.ts";
import {
  answerText,
  completedLine,
  messageText,
  noticeText,
  notificationText,
  permutationLine,
  stepLine,
  waitingLine,
} from "./print.ts";
import type { Answer, IsolationServer, IsolationSession, Message } from "./server.ts";
import type { Marker, Permutation, PermutationStep, Spec } from "./spec.ts";

export interface RunOptions {
  /** The name of the test's file, for messages. */
  readonly file: string;
  /** Takes the output, piece by piece. */
  readonly print: (text: string) => void;
  /** After this time a step is cancelled; after twice this time the run is given up. */
  readonly stepSecondsMax?: number;
  /** Asked between steps; when it says true the run ends. */
  readonly interrupted?: () => boolean;
}

export type RunOutcome =
  | { readonly kind: "finished"; readonly permutations: number }
  /** The run could not go on; the reason was printed. */
  | { readonly kind: "stopped"; readonly permutations: number }
  | { readonly kind: "interrupted"; readonly permutations: number };

const STEP_SECONDS_MAX = 300;

/** Runs all permutations of the test, one after the other, on the same sessions. */
export async function runSpec(spec: Spec, server: IsolationServer, options: RunOptions): Promise<RunOutcome> {
  const { print } = options;
  for (const name of unusedSteps(spec)) print(`unused step name: ${name}\n`);
  print(`Parsed test spec with ${spec.sessions.length} sessions\n`);
  let permutations = 0;
  for (const permutation of permutationsOf(spec)) {
    if (options.interrupted?.() === true) return { kind: "interrupted", permutations };
    try {
      await new Run(spec, server, options).permutation(permutation);
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      print(error.message);
      return { kind: error.interrupted ? "interrupted" : "stopped", permutations };
    }
    permutations += 1;
  }
  return { kind: "finished", permutations };
}

/** Unwinds a run that cannot go on; its message is the last thing printed. */
class Stopped extends Error {
  readonly interrupted: boolean;
  constructor(message: string, interrupted = false) {
    super(message);
    this.interrupted = interrupted;
  }
}

/** A step that was sent and is not reported as completed. */
interface Active {
  readonly entry: PermutationStep;
  /** How many notices its session must have sent in all, for each of its markers that counts them. */
  readonly noticesWanted: ReadonlyMap<Marker, number>;
}

interface Patience {
  /** Return as soon as the step is blocked. */
  readonly mayBlock: boolean;
  /** It was printed as waiting before. */
  readonly again: boolean;
}

/** Who sends a setup or teardown: the number of a session, or null for the control session; and how it is called. */
interface Sender {
  readonly at: number | null;
  readonly what: string;
}

class Run {
  readonly #spec: Spec;
  readonly #server: IsolationServer;
  readonly #options: RunOptions;
  readonly #active = new Map<number, Active>();
  /** In the order in which they began to wait. */
  #waiting: Active[] = [];
  /** By session. */
  readonly #notices: number[];
  #newNotice = false;

  constructor(spec: Spec, server: IsolationServer, options: RunOptions) {
    this.#spec = spec;
    this.#server = server;
    this.#options = options;
    this.#notices = spec.sessions.map(() => 0);
  }

  async permutation(permutation: Permutation): Promise<void> {
    this.#print(permutationLine(permutation));
    for (const sql of this.#spec.setups) await this.#setup(this.#server.control, sql, "setup");
    for (const [at, { name, setup }] of this.#spec.sessions.entries()) {
      if (setup !== null) await this.#setup(this.#session(at), setup, `setup of session ${name}`, at);
    }
    for (const entry of permutation) await this.#step(entry);
    await this.#tryWaiting({ mayBlock: false, again: true });
    if (this.#waiting.length > 0) throw new Stopped("failed to complete permutation due to mutually-blocking steps\n");
    for (const [at, { name, teardown }] of this.#spec.sessions.entries()) {
      if (teardown !== null) await this.#teardown(this.#session(at), teardown, `teardown of session ${name}`, at);
    }
    if (this.#spec.teardown !== null) await this.#teardown(this.#server.control, this.#spec.teardown, "teardown");
  }

  async #step(entry: PermutationStep): Promise<void> {
    const { step, markers } = entry;
    if (this.#options.interrupted?.() === true) throw new Stopped("", true);
    await this.#untilIdle(step.session);
    this.#send(this.#session(step.session), step.sql, `step ${step.name}`);
    const wanted = markers.flatMap((marker) =>
      marker.kind === "notices" ? [[marker, marker.count + (this.#notices[marker.step.session] ?? 0)] as const] : [],
    );
    const active: Active = { entry, noticesWanted: new Map(wanted) };
    this.#active.set(step.session, active);
    const completed = await this.#tryToComplete(active, { mayBlock: true, again: false });
    await this.#tryWaiting({ mayBlock: true, again: true });
    if (!completed) this.#waiting.push(active);
  }

  /** Waits for the step that the session is still busy with. */
  async #untilIdle(session: number): Promise<void> {
    const started = this.#server.nowMs();
    for (let active = this.#active.get(session); active !== undefined; active = this.#active.get(session)) {
      const one = active;
      if (await this.#tryToComplete(one, { mayBlock: false, again: true })) {
        this.#waiting = this.#waiting.filter((other) => other !== one);
      }
      // What has completed may have let others go on, and one of these may be what holds this step back.
      await this.#tryWaiting({ mayBlock: true, again: true });
      if (!this.#active.has(session)) continue;
      const names = [...this.#active.values()].map(({ entry }) => entry.step.name);
      this.#giveUpLate(started, `step ${one.entry.step.name}`, `\nactive steps are: ${names.join(" ")}`);
    }
  }

  /** Looks at the steps that wait; those that complete are printed and are no longer among them. */
  async #tryWaiting(patience: Patience): Promise<void> {
    for (;;) {
      this.#newNotice = false;
      const before = this.#waiting;
      const after: Active[] = [];
      for (const active of before) if (!(await this.#tryToComplete(active, patience))) after.push(active);
      this.#waiting = after;
      // One that was looked at later may be what a marker of an earlier one asks for.
      const held = after.some(({ entry }) => entry.markers.length > 0);
      if (!held || (after.length === before.length && !this.#newNotice)) return;
    }
  }

  /** Lets a step go on until it completes (true), or until it is blocked or held back (false). */
  async #tryToComplete(active: Active, patience: Patience): Promise<boolean> {
    const { step, markers } = active.entry;
    const session = this.#session(step.session);
    const waits = (): false => {
      if (!patience.again) this.#print(waitingLine(step));
      return false;
    };
    if (!patience.again && markers.some((marker) => marker.kind === "once")) return waits();
    if ((await this.#untilDoneOrBlocked(active, patience)) === "blocked") return waits();
    if (markers.some((marker) => this.#holdsBack(active, marker))) return waits();
    this.#print(patience.again ? completedLine(step) : stepLine(step));
    for (const answer of session.answers()) {
      if (answer.kind === "notice") this.#printNotice(answer, step.session);
      else this.#print(answerText(answer));
    }
    const name = this.#spec.sessions[step.session]?.name ?? "";
    for (const notification of session.takeNotifications()) this.#print(notificationText(name, notification));
    this.#active.delete(step.session);
    return true;
  }

  async #untilDoneOrBlocked(active: Active, { mayBlock }: Patience): Promise<"done" | "blocked"> {
    const { step } = active.entry;
    const session = this.#session(step.session);
    const started = this.#server.nowMs();
    let cancelled = false;
    for (;;) {
      const progress = await session.look(mayBlock);
      this.#printNotices(session, step.session);
      if (progress !== "running") return progress;
      const seconds = this.#secondsSince(started);
      if (seconds > this.#stepSecondsMax() && !cancelled) {
        cancelled = true;
        await session.cancel();
        this.#print(`isolationtester: canceling step ${step.name} after ${Math.floor(seconds)} seconds\n`);
      }
      this.#giveUpLate(started, `step ${step.name}`);
      if (this.#options.interrupted?.() === true) throw new Stopped("", true);
    }
  }

  #holdsBack(active: Active, marker: Marker): boolean {
    switch (marker.kind) {
      case "once":
        return false;
      case "after":
        return this.#active.get(marker.step.session)?.entry.step === marker.step;
      case "notices":
        return (this.#notices[marker.step.session] ?? 0) < (active.noticesWanted.get(marker) ?? 0);
    }
  }

  async #setup(session: IsolationSession, sql: string, what: string, at: number | null = null): Promise<void> {
    const last = await this.#message(session, sql, { at, what });
    if (last?.kind === "failed") throw new Stopped(`${what} failed: ${messageText(last)}`);
    if (last?.kind === "lost") throw new Stopped(`${what} failed: ${answerText(last)}`);
  }

  async #teardown(session: IsolationSession, sql: string, what: string, at: number | null = null): Promise<void> {
    const last = await this.#message(session, sql, { at, what });
    if (last?.kind === "failed") this.#print(`${what} failed: ${messageText(last)}`);
    if (last?.kind === "lost") this.#print(`${what} failed: ${answerText(last)}`);
  }

  /** Sends a message and waits for its end. Of its answers the last one counts, and is printed where it has rows. */
  async #message(session: IsolationSession, sql: string, { at, what }: Sender): Promise<Answer | undefined> {
    this.#send(session, sql, what);
    const started = this.#server.nowMs();
    while ((await session.look(false)) !== "done") {
      if (this.#options.interrupted?.() === true) throw new Stopped("", true);
      this.#giveUpLate(started, what, ": a session that has left a transaction open may be in its way");
    }
    this.#printNotices(session, at);
    const answers = session.answers().filter((answer) => {
      if (answer.kind === "notice" && at !== null) this.#printNotice(answer, at);
      return answer.kind !== "notice";
    });
    const last = answers[answers.length - 1];
    if (last?.kind === "rows") this.#print(answerText(last));
    return last;
  }

  /** A server that refuses the SQL does not know where in the test it stands. */
  #send(session: IsolationSession, sql: string, what: string): void {
    try {
      session.send(sql);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(error.code, `${this.#options.file}, ${what}: ${error.message}`, error.hint);
    }
  }

  /** The control session (`at` is null) has its notices swallowed. */
  #printNotices(session: IsolationSession, at: number | null): void {
    for (const notice of session.takeNotices()) if (at !== null) this.#printNotice(notice, at);
  }

  #printNotice(notice: Message, at: number): void {
    this.#print(noticeText(this.#spec.sessions[at]?.name ?? "", notice));
    this.#notices[at] = (this.#notices[at] ?? 0) + 1;
    this.#newNotice = true;
  }

  #session(at: number): IsolationSession {
    const session = this.#server.sessions[at];
    if (session === undefined) throw new Error(`assertion failed: there is no session ${at}`);
    return session;
  }

  /** Ends the run where what has started then takes too long; `more` is told as well. */
  #giveUpLate(startMs: number, what: string, more = ""): void {
    const seconds = this.#secondsSince(startMs);
    if (seconds <= 2 * this.#stepSecondsMax()) return;
    throw new Stopped(`${what} timed out after ${Math.floor(seconds)} seconds${more}\n`);
  }

  #secondsSince(startMs: number): number {
    return (this.#server.nowMs() - startMs) / 1000;
  }

  #stepSecondsMax(): number {
    return this.#options.stepSecondsMax ?? STEP_SECONDS_MAX;
  }

  #print(text: string): void {
    if (text !== "") this.#options.print(text);
  }
}
