/**
 * Runs a protocol's own machines on real connections at once, with pauses by chance, and checks the scenario's properties meanwhile.
 *
 *     alice  ─ wish ─ pause ─ SELECT ─ pause ─ UPDATE ─ believes: looked at ─ pause ─ release …
 *     bob        ─ wish ─ pause ─ SELECT ─ pause ─ UPDATE ─ believes: looked at ─ …
 *
 * The other side of a replay: nobody says who moves next, the server and the pauses do. A violation is one; no violation proves nothing,
 * which is why a protocol is called *survived* here and never *holds*.
 *
 * The seed draws wishes and pauses. What comes of them is up to the server, so the same seed need not end in the same way.
 *
 * Not done: faults, and time that passes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { CLIENT_CLOCK, type Reply } from "../../model/protocol.ts";
import { clientNames } from "../../model/scenario.ts";
import { type Chance, chanceOf } from "../../sim/explore/chance.ts";
import { vacuityOf } from "../../sim/explore/vacuity.ts";
import { machineProcess } from "../../sim/process/machine-process.ts";
import type { Node, Process, Request } from "../../sim/process/process.ts";
import { Evidence } from "../../sim/system/evidence.ts";
import { type Instance, propertiesOf } from "../../sim/system/from-scenario.ts";
import { setupOf } from "../../sim/system/set-up.ts";
import { filledText } from "../../sim/trace/sql-text.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { type Session, within } from "./connection.ts";
import type { OpenServer, OwnDatabase } from "./server.ts";
import { type Broken, Observer } from "./stress-observer.ts";

export interface StressOptions {
  /** How many wishes each client has. */
  readonly attempts: number;
  readonly seed: number;
  /** The longest pause before a statement. */
  readonly pauseMsMax: number;
  /** Is given each statement before it is sent, and throws for one that is not to be run. */
  readonly check?: (sql: string) => void;
  readonly signal?: AbortSignal;
  /** Is told after each wish how many there were. */
  readonly onAttempt?: (attempts: number) => void;
}

export interface StressResult {
  /**
   * `unseen`: nothing broke, and what has to be seen now and then (a client that owns) was not, or nothing was done. `stuck`: a statement had no answer.
   */
  readonly kind: "survived" | "violated" | "unseen" | "stuck" | "interrupted";
  /** The statement that had no answer, and whose it is. */
  readonly stuck: string | null;
  readonly broken: Broken | null;
  readonly unseen: readonly string[];
  /** Why it says nothing that nothing broke: nothing is claimed, or a client has done nothing; as sentences. */
  readonly vacuous: readonly string[];
  readonly attempts: number;
  readonly statements: number;
  /** How often beliefs and rows were looked at. */
  readonly looks: number;
  /** The errors that clients were answered with, by SQLSTATE. */
  readonly errors: Readonly<Record<string, number>>;
  /** What was sent and answered last, in the order of the answers. */
  readonly lately: readonly string[];
  readonly seconds: number;
  readonly serverVersion: string;
}

type StressInstance = Pick<Instance, "scenario" | "protocol" | "clients" | "buffers" | "isolation">;

/** A circle of waits is ended sooner than after PostgreSQL's second, where the role may say so. */
const DEADLOCK_MS = 50;
const LATELY_MAX = 16;
/** `too_many_connections` of errcodes.txt. */
const TOO_MANY_CONNECTIONS = "53300";
/** A statement that has no answer by then never will: a circle of waits is broken much sooner. */
const ANSWER_MS_MAX = 60_000;

/** Runs every client through its wishes, or until a property breaks. */
export async function stress(
  instance: StressInstance,
  server: OpenServer,
  options: StressOptions,
): Promise<StressResult> {
  const database = await server.openDatabase();
  try {
    return await new Run(instance, options, server.version).all(database);
  } finally {
    await database.drop();
  }
}

class Run {
  readonly #instance: StressInstance;
  readonly #options: StressOptions;
  readonly #serverVersion: string;
  readonly #started = performance.now();
  /** Aborts when a property breaks, or with the caller's signal. */
  readonly #end = new AbortController();
  readonly #errors: Record<string, number> = {};
  readonly #lately: string[] = [];
  /** What each client was answered. */
  readonly #evidence: Evidence;
  #broken: Broken | null = null;
  #stuck: string | null = null;
  #attempts = 0;
  #statements = 0;

  constructor(instance: StressInstance, options: StressOptions, serverVersion: string) {
    this.#instance = instance;
    this.#options = options;
    this.#serverVersion = serverVersion;
    this.#evidence = new Evidence(instance.clients);
    if (options.signal?.aborted === true) this.#end.abort();
    options.signal?.addEventListener("abort", () => this.#end.abort(), { once: true });
  }

  async all(database: OwnDatabase): Promise<StressResult> {
    const { clients, buffers, protocol, isolation, scenario } = this.#instance;
    const monitor = await database.session("monitor");
    for (const text of setupOf(this.#instance)) await setUp(monitor, text);
    const tables = await monitor.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
    const things = Array.from({ length: buffers }, (_, at) => at + 1);
    const runners = await Promise.all(
      clientNames(clients).map(async (name) => {
        const session = await sessionOf(name, () => database.session(name, isolation));
        await session.run({ text: `SET deadlock_timeout = ${DEADLOCK_MS}`, values: [] });
        return { name, session, process: machineProcess(protocol, { client: name, buffers: things }) };
      }),
    );
    const observer = await Observer.on(
      monitor,
      {
        properties: propertiesOf(this.#instance),
        views: new Map(runners.map(({ name, process }) => [name, process.view(process.initial)])),
        tables: tables.map(([table]) => String(table)),
        clock: scenario.clock === true,
      },
      (broken) => this.#breaks(broken),
    );
    await this.#untilDone(runners.map((runner, at) => this.#client(runner, observer, at)));
    return this.#result(observer);
  }

  /** When it ends early, statements that wait are left behind: the end of their sessions ends them. */
  async #untilDone(clients: readonly Promise<void>[]): Promise<void> {
    const { signal } = this.#end;
    const early = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    const all = Promise.all(clients);
    all.catch(() => {});
    await Promise.race([all, early]);
  }

  async #client(
    { name, session, process }: { readonly name: string; readonly session: Session; readonly process: Process },
    observer: Observer,
    at: number,
  ): Promise<void> {
    const chance = chanceOf(this.#options.seed + at);
    let node = process.initial;
    let wishesLeft = this.#options.attempts;
    while (!this.#end.signal.aborted) {
      const requests = process.requests(node);
      const isWish = requests.every((request) => request.name !== "next");
      if (requests.length === 0 || (isWish && wishesLeft === 0)) break;
      if (isWish) {
        wishesLeft -= 1;
        this.#attempts += 1;
        this.#options.onAttempt?.(this.#attempts);
      }
      const request = requests[chance.draw(0, requests.length - 1)] as Request;
      await this.#pause(chance);
      const before = process.view(node);
      node = await this.#take({ name, session, process }, request);
      const endedBy = process.endedBy?.(node) ?? null;
      if (endedBy !== null || JSON.stringify(process.view(node)) !== JSON.stringify(before)) {
        await observer.changed(name, process.view(node), endedBy);
      }
    }
    // What its session holds must not keep the others waiting for a client that is done.
    if (!this.#end.signal.aborted) await session.close();
  }

  /** The node after the request, and after its answer where it sends a statement. */
  async #take(
    { name, session, process }: { readonly name: string; readonly session: Session; readonly process: Process },
    request: Request,
  ): Promise<Node> {
    if (request.query === null) return request.then;
    if (request.query.text === CLIENT_CLOCK.text) return process.advance(request.then, clockReply());
    this.#options.check?.(request.query.text);
    const reply = await within(ANSWER_MS_MAX, session.run(request.query));
    if (reply === null) {
      this.#stuck ??= `${name}: ${filledText(request.query)}`;
      this.#end.abort();
      return request.then;
    }
    this.#note(name, filledText(request.query), reply);
    return process.advance(request.then, reply);
  }

  async #pause(chance: Chance): Promise<void> {
    // Often none at all: then it is the server that decides who comes first.
    const ms = chance.draw(0, 1) === 0 ? 0 : chance.draw(0, this.#options.pauseMsMax);
    if (ms > 0) await sleep(ms);
  }

  #note(name: string, text: string, reply: Reply): void {
    // What is answered after the end is no part of the run: others may still be in the same circle.
    if (this.#end.signal.aborted) return;
    this.#statements += 1;
    const client = clientNames(this.#instance.clients).indexOf(name);
    this.#evidence.noteSent(client);
    this.#evidence.noteReply(client, reply, () => text);
    const answer =
      reply.kind === "failed" ? `${reply.sqlstate} ${reply.message}` : rowsText(reply.rows, reply.rowCount);
    this.#lately.push(`${name}: ${text} -> ${answer}`);
    if (this.#lately.length > LATELY_MAX) this.#lately.shift();
    if (reply.kind !== "failed") return;
    this.#errors[reply.sqlstate] = (this.#errors[reply.sqlstate] ?? 0) + 1;
    const claimsNone = propertiesOf(this.#instance).some((property) => property.name === "no-deadlock");
    if (reply.sqlstate === "40P01" && claimsNone) {
      this.#breaks({ property: "no-deadlock", message: `${name} waited in a circle, and was answered with 40P01` });
    }
  }

  #breaks(broken: Broken): void {
    this.#broken ??= broken;
    this.#end.abort();
  }

  #result(observer: Observer): StressResult {
    const { looks } = observer;
    const wished = this.#options.attempts * this.#instance.clients;
    // Whoever cannot wish any more has not been tried as often as was asked.
    const lacking = this.#attempts < wished ? [`${wished - this.#attempts} of ${wished} wishes`] : [];
    const unseen = [...observer.unseen, ...lacking];
    const isInterrupted = this.#options.signal?.aborted === true;
    const found = this.#broken !== null ? "violated" : isInterrupted ? "interrupted" : null;
    const expects = { claims: this.#instance.scenario.properties.length > 0, changes: false };
    const judged = {
      clients: clientNames(this.#instance.clients),
      evidence: this.#evidence,
      rowsChanged: true,
      expects,
    };
    const vacuous = found === null ? vacuityOf(judged, { oneForAll: false, rows: false }) : [];
    return {
      kind: found ?? (this.#stuck !== null ? "stuck" : unseen.length + vacuous.length > 0 ? "unseen" : "survived"),
      vacuous,
      broken: this.#broken,
      stuck: this.#stuck,
      unseen,
      attempts: this.#attempts,
      statements: this.#statements,
      looks,
      errors: this.#errors,
      lately: [...this.#lately],
      seconds: (performance.now() - this.#started) / 1000,
      serverVersion: this.#serverVersion,
    };
  }
}

/** A session of a client; that the server has none left is told as what it is. */
async function sessionOf(name: string, open: () => Promise<Session>): Promise<Session> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === TOO_MANY_CONNECTIONS)) throw error;
    throw new UsageError(
      "too-many-connections",
      `the server has no connection left for ${name}: ${error.message}`,
      "Give fewer --clients, or raise max_connections of the server.",
    );
  }
}

async function setUp(session: Session, text: string): Promise<void> {
  const reply = await within(ANSWER_MS_MAX, session.run({ text, values: [] }));
  if (reply?.kind === "rows") return;
  const why = reply === null ? `no answer within ${ANSWER_MS_MAX / 1000} s` : `${reply.message} (${reply.sqlstate})`;
  throw new UsageError(
    "setup-fails",
    `the scenario's set-up fails on the server: ${why}\n  ${text}`,
    "Mend this statement of the scenario's set-up.",
  );
}

function rowsText(rows: readonly (readonly unknown[])[], rowCount: number | null): string {
  const shown = rows.map((row) => `(${row.map((cell) => JSON.stringify(cell)).join(", ")})`).join(" ");
  return shown === "" ? `${rowCount ?? "done"}` : shown;
}

/** A client's own clock, as PostgreSQL writes a time. */
function clockReply(): Reply {
  const now = new Date()
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "+00");
  return { kind: "rows", command: "SELECT", rowCount: 1, fields: ["now"], rows: [[now]] };
}
