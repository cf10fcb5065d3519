/**
 * One run of a planned trace on a real server: a database of its own, one session a client, and a monitor that watches.
 *
 *     setup -> for each step: act, wait until all sessions are at rest, compare
 *
 * Where the plan holds sessions, a client that waits is held as soon as it is seen to wait, and let go at its own step.
 *
 * After each step what the step's client shows (its reply or its wait) must agree with the trace; after each settled step
 * also that no other statement ended that should still wait, and the committed rows of every table. So the end agrees, too.
 */
import type { Row } from "../../model/protocol.ts";
import { clockOf } from "../../sim/trace/forcing.ts";
import type { Trace, TraceStep } from "../../sim/trace/trace.ts";
import { listed } from "../../sim/trace/wording.ts";
import { type Session, within } from "./connection.ts";
import { committedRows, type Rest, type Restless, untilAtRest, untilReplied, whoWaits } from "./monitor.ts";
import { ReplayClient } from "./replay-client.ts";
import { ReplayClock } from "./replay-clock.ts";
import { type Observation, sameObservation } from "./replay-observation.ts";
import type { Plan, PlannedStep } from "./replay-plan.ts";
import type { OpenServer, OwnDatabase } from "./server.ts";

/** What a step did, for a person who watches. */
export interface ReplayedStep {
  readonly step: TraceStep;
  /** What the client's statement shows after the step; null where there is nothing to see (yet). */
  readonly actual: Observation | null;
  /** 1, or more where the whole replay is run again. */
  readonly attempt: number;
}

export interface AttemptOptions {
  readonly attempt: number;
  readonly onStep: (step: ReplayedStep) => void;
  readonly signal: AbortSignal | undefined;
  /** How long a session may neither reply nor wait. */
  readonly restMsMax: number;
  /** How much longer a wait that a timer ends lasts for each statement that others send before its end. */
  readonly expiryMsPerStatement: number;
}

/** A first difference. */
export interface Difference {
  readonly kind: "differs";
  /** 0 is the world before the first step. */
  readonly step: number;
  /** The client whose statement differs, or null where committed rows do. */
  readonly client: string | null;
  readonly expected: Observation;
  readonly actual: Observation;
  readonly notes: readonly string[];
}

export type Attempt = { readonly kind: "reproduced"; readonly notes: readonly string[] } | Difference;

/** A wait must be seen before its end, also that of the victim who closes the cycle. */
const EXPIRY_STATEMENTS_MIN = 1;
/** A timer of the server may come late; the default of a deadlock's is one second. */
const EXPIRY_PATIENCE_MS = 3000;

/** Runs the plan once, in a database that is dropped afterwards. */
export async function attemptReplay(
  trace: Trace,
  plan: Plan,
  server: OpenServer,
  options: AttemptOptions,
): Promise<Attempt> {
  const database = await server.openDatabase();
  const clients = new Map<string, ReplayClient>();
  try {
    const clock = new ReplayClock(trace, "public");
    const failure = await runSetup(trace, database, { clock, msMax: options.restMsMax });
    if (failure !== null) return failure;
    const monitor = await database.session("monitor");
    for (const name of trace.parameters.clients) {
      const open = (): Promise<Session> => database.session(name, trace.parameters.isolation);
      clients.set(name, await ReplayClient.open(name, { open, holding: server.holding, monitor, clock }));
    }
    return await new Run(trace, plan, { clients, monitor, options }).all(plan);
  } finally {
    for (const client of clients.values()) client.letGo();
    await database.drop();
  }
}

/** Makes the tables and rows; what the server does not accept is a difference before the first step. */
async function runSetup(
  trace: Trace,
  database: OwnDatabase,
  { clock, msMax }: { readonly clock: ReplayClock; readonly msMax: number },
): Promise<Difference | null> {
  const session = await database.session("setup");
  await clock.make(session);
  // A vacuum between two steps would take locks and move rows.
  const quiet = Object.keys(onServer(trace.start.tables)).map(
    (table) => `ALTER TABLE ${quoted(table)} SET (autovacuum_enabled = false)`,
  );
  for (const text of [...trace.setup, ...quiet]) {
    const reply = await within(msMax, session.run({ text: clock.told(text), values: [] }));
    if (reply?.kind === "rows") continue;
    const activity = `no answer within ${msMax / 1000} s`;
    const actual: Observation = reply === null ? { kind: "restless", activity } : { kind: "replied", reply };
    return { kind: "differs", step: 0, client: null, expected: { kind: "set up", text }, actual, notes: [] };
  }
  await session.close();
  return null;
}

/** The tables that the server has: the clock is shown as one, and is ours. */
function onServer(tables: TraceStep["tables"]): TraceStep["tables"] {
  if (clockOf(tables) === null) return tables;
  const { clock: _, ...rest } = tables;
  return rest;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

interface Stage {
  readonly clients: ReadonlyMap<string, ReplayClient>;
  readonly monitor: Session;
  readonly options: AttemptOptions;
}

class Run {
  readonly #stage: Stage;
  /** What the trace says is committed now. */
  #tables: Readonly<Record<string, readonly Row[]>>;
  /** Clients whose statement waits now according to the trace, and for whom. */
  readonly #waiting = new Map<string, readonly string[]>();
  readonly #notes = new Set<string>();
  readonly #holds: boolean;

  constructor(trace: Trace, plan: Plan, stage: Stage) {
    this.#holds = plan.holds;
    this.#stage = stage;
    this.#tables = trace.start.tables;
  }

  async all(plan: Plan): Promise<Attempt> {
    const wantsVictim = plan.steps.some(({ timer }) => timer === "deadlock");
    if (wantsVictim && [...this.#stage.clients.values()].some((client) => !client.choosesVictims)) {
      this.#notes.add("this role may not set deadlock_timeout, so the server chooses the deadlock's victim");
    }
    const start = await this.#compareTables(0);
    if (start !== null) return start;
    for (const planned of plan.steps) {
      const difference = await this.#take(planned);
      if (difference !== null) return difference;
    }
    return { kind: "reproduced", notes: [...this.#notes] };
  }

  async #take(planned: PlannedStep): Promise<Difference | null> {
    const { step } = planned;
    const { options } = this.#stage;
    options.signal?.throwIfAborted();
    const client = this.#client(step.client);
    await this.#act(planned, client);
    client.letGo();
    if (planned.timer !== null) await this.#untilExpired(client);
    const rest = await this.#rest();
    if (this.#holds) await this.#hold(rest);
    this.#follow(planned);
    const actual = planned.expected === null ? null : observe(client, rest);
    options.onStep({ step, actual, attempt: options.attempt });
    const difference = await this.#compareStep(planned, actual);
    if (this.#holds) await this.#moveUp();
    if (difference !== null || !planned.settled) return difference;
    return (await this.#compareWaiting(step)) ?? (await this.#compareTables(step.n));
  }

  #rest(): Promise<Rest | Restless> {
    const { clients, monitor, options } = this.#stage;
    return untilAtRest(monitor, [...clients.values()], { msMax: options.restMsMax, signal: options.signal });
  }

  async #act({ act }: PlannedStep, client: ReplayClient): Promise<void> {
    switch (act.kind) {
      case "nothing":
        return;
      case "send": {
        const { timer, after } = act.expires ?? { timer: null, after: 0 };
        const ms = (EXPIRY_STATEMENTS_MIN + after) * this.#stage.options.expiryMsPerStatement;
        const expires = timer === null ? null : { timer, ms };
        return await client.send(act.query, { begin: act.begin, expires, now: clockOf(this.#tables) });
      }
      case "commit":
        return client.commit();
      case "cut":
        return await client.cut(act.first, act.notices);
      case "exchange":
        return client.exchange(this.#client(act.other));
    }
  }

  /** Waits for the timer of this client's wait. When it does not come the comparison tells. */
  async #untilExpired(client: ReplayClient): Promise<void> {
    const { signal, expiryMsPerStatement } = this.#stage.options;
    await untilReplied(client, { msMax: EXPIRY_PATIENCE_MS + 2 * expiryMsPerStatement, signal });
  }

  /** Takes over what the trace says of the state after this step. */
  #follow({ step, act }: PlannedStep): void {
    this.#tables = { ...this.#tables, ...step.tables };
    if (step.statement !== null || act.kind === "cut") this.#waiting.delete(step.client);
    if (step.progress.kind === "waits") this.#waiting.set(step.client, step.progress.waitsFor);
    for (const woken of step.woken) this.#waiting.delete(woken);
  }

  async #compareStep({ step, expected }: PlannedStep, actual: Observation | null): Promise<Difference | null> {
    if (expected === null || actual === null || sameObservation(expected, actual)) return null;
    if (expected.kind === "waits" && actual.kind === "waits") {
      const waiting = await whoWaits(this.#stage.monitor, [...this.#stage.clients.values()]);
      if (inOneChain(expected.waitsFor, actual.waitsFor, waiting)) {
        const chain = `waits for ${listed(actual.waitsFor)} and the trace says ${listed(expected.waitsFor)}, in one chain of waits`;
        this.#notes.add(`step ${step.n}: ${step.client} ${chain}`);
        return null;
      }
    }
    return this.#difference(step.n, step.client, { expected, actual });
  }

  /**
   * Lets those go on whose wait turned into another one: the next in the queue for a row gets the place at its head while
   * the row itself is taken, and waits on for who took it. One that does not wait again is a difference, found later.
   */
  async #moveUp(): Promise<void> {
    const all = [...this.#stage.clients.values()];
    for (let moved = true; moved; ) {
      moved = false;
      const waiting = await whoWaits(this.#stage.monitor, all);
      for (const client of [...this.#waiting.keys()].map((name) => this.#client(name))) {
        if (!client.held() || (waiting.get(client.name) ?? []).length > 0) continue;
        client.letGo();
        const rest = await this.#rest();
        await this.#hold(rest);
        moved ||= client.held();
      }
    }
  }

  /** Keeps every client that waits from going on before its own step. */
  async #hold(rest: Rest | Restless): Promise<void> {
    if (rest.kind === "restless") return;
    for (const name of rest.waiting.keys()) await this.#client(name).hold();
  }

  /** Whether somebody's wait is over although the trace has it wait on. */
  async #compareWaiting(step: TraceStep): Promise<Difference | null> {
    const { clients, monitor } = this.#stage;
    const waiting = await whoWaits(monitor, [...clients.values()]);
    for (const [name, waitsFor] of this.#waiting) {
      if ((waiting.get(name) ?? []).length > 0) continue;
      const reply = this.#client(name).reply();
      const actual: Observation =
        reply === null ? { kind: "restless", activity: "its wait is over" } : { kind: "replied", reply };
      return this.#difference(step.n, name, { expected: { kind: "waits", waitsFor }, actual });
    }
    return null;
  }

  async #compareTables(n: number): Promise<Difference | null> {
    for (const [table, expected] of Object.entries(onServer(this.#tables))) {
      const actual = await committedRows(this.#stage.monitor, table);
      if (actual === null) {
        this.#notes.add(`step ${n}: the rows of ${table} could not be read, because the table is locked`);
        continue;
      }
      const sides = {
        expected: { kind: "table", table, rows: expected },
        actual: { kind: "table", table, rows: actual },
      } as const;
      if (!sameObservation(sides.expected, sides.actual)) return this.#difference(n, null, sides);
    }
    return null;
  }

  #difference(
    step: number,
    client: string | null,
    sides: { readonly expected: Observation; readonly actual: Observation },
  ): Difference {
    return { kind: "differs", step, client, ...sides, notes: [...this.#notes] };
  }

  #client(name: string): ReplayClient {
    const client = this.#stage.clients.get(name);
    if (client === undefined) throw new Error(`the trace has a step of ${name}, who is not among its clients`);
    return client;
  }
}

function observe(client: ReplayClient, rest: Rest | Restless): Observation {
  const reply = client.busy() ? null : client.reply();
  if (reply !== null) return { kind: "replied", reply };
  if (rest.kind === "restless") return { kind: "restless", activity: rest.activity };
  return { kind: "waits", waitsFor: rest.waiting.get(client.name) ?? [] };
}

/**
 * Whether two sets of sessions are in one chain of waits. In a queue for a row the trace and the server may name different
 * ones of those ahead: who holds the row, or who waits for it at the head of the queue.
 */
function inOneChain(
  expected: readonly string[],
  actual: readonly string[],
  waiting: ReadonlyMap<string, readonly string[]>,
): boolean {
  const reach = (from: readonly string[]): ReadonlySet<string> => {
    const reached = new Set(from);
    for (const name of reached) for (const next of waiting.get(name) ?? []) reached.add(next);
    return reached;
  };
  const [fromActual, fromExpected] = [reach(actual), reach(expected)];
  return expected.every((name) => fromActual.has(name)) || actual.every((name) => fromExpected.has(name));
}
