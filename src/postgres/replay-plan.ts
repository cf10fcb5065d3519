/**
 * What to do on a real server for each step of a trace, decided before the first statement is sent. Pure.
 *
 * A trace's steps are finer than what can be done from outside: a statement that was sent runs until it replies or
 * waits. So each step becomes an act (send, COMMIT, or nothing) and an expectation (a reply, a wait, or nothing):
 *
 *     trace                              act                 expectation
 *     alice send, finished               send                -                 the reply comes with the commit:
 *     alice commit                       -                   reply             nobody moved in between
 *
 *     alice send, finished               BEGIN, send         reply             bob moves while alice's statement has
 *     bob   send, waits for alice        send                waits for alice   run and is not committed, so a plain
 *     alice commit                       COMMIT              -                 autocommit would be over too early
 *     bob   resume, finished             -                   reply
 *
 *     alice send, stopped before a lock  send                -                 nobody moved in between
 *     alice resume, replied              -                   reply
 *
 *     alice COMMIT, wakes bob            send                reply             the real server runs bob's statement
 *     bob   resume, finished             -                   -                 and its autocommit at once
 *     bob   commit                       -                   reply
 *
 * `settled` is false in the middle of such a run of steps, where the real server is already further than the trace.
 *
 * A deadlock's victim is chosen by time: each wait has one check, deadlock_timeout after it began. The victim's time-out is
 * long enough for the cycle to close first, and all others' is out of reach.
 *
 * A session whose wait is over goes on at once. Where several wait at the same time, or the trace has others move first, the
 * server process of each client that waits is stopped (`holds`) and goes on at its client's own steps only, so that all
 * happens in the trace's order. That is possible on the embedded server only.
 *
 * Faults are brought about: a connection that is lost is closed (`cut`), after its COMMIT where that is done and its answer lost; a
 * pooler's exchange is one of connections; a wait's lock_timeout ends it; a client's own clock is told by us, and so is now().
 *
 *     alice crash                        cut                 -                 and the server has taken her transaction back
 *     alice COMMIT, lost-commit done     cut after COMMIT    -                 nobody reads the answer
 *     alice disconnect, later send       cut, send           error 08006       she learns of it with her next statement
 *
 * Not possible from outside: others' moves between two points inside of one statement. Those steps, and on a server of the
 * user's those that would need holding, are listed as `obstacles`.
 */
import { CLIENT_CLOCK, type Query, type Reply } from "../../model/protocol.ts";
import { clockUse, isTimeWord } from "../../sim/postgres/syntax/clock-calls.ts";
import { CUTS, faultOf, struckInside } from "../../sim/trace/forcing.ts";
import type { Trace, TraceStep } from "../../sim/trace/trace.ts";
import type { Observation } from "./replay-observation.ts";

export type Act =
  | { readonly kind: "nothing" }
  | {
      readonly kind: "send";
      readonly query: Query;
      /** An explicit transaction takes the place of the autocommit. */
      readonly begin: boolean;
      /** How it is to fail while it waits; null where it is not. */
      readonly expires: Expiry | null;
    }
  /** Ends the explicit transaction that took the place of an autocommit. */
  | { readonly kind: "commit" }
  /** Closes the connection, where `first` is told after that. The client `notices` at once, or with its next statement. */
  | { readonly kind: "cut"; readonly first: Query | null; readonly notices: boolean }
  /** Exchanges the connections of two clients. */
  | { readonly kind: "exchange"; readonly other: string };

/** The timer that ends a wait, and how many statements others send before it does. */
export interface Expiry {
  readonly timer: Timer;
  readonly after: number;
}

export type Timer = "deadlock" | "lock";

export interface PlannedStep {
  readonly step: TraceStep;
  readonly act: Act;
  /** What the client's statement must show after the step; null where nothing can be asked yet. */
  readonly expected: Observation | null;
  /** False where the real server is ahead of the trace until a later step. */
  readonly settled: boolean;
  /** The timer by which the statement must fail in this step. */
  readonly timer: Timer | null;
}

/** A step that cannot be brought about from outside. */
export interface Obstacle {
  readonly step: number;
  /** The step from which on the real server may be in another state than the trace. */
  readonly since: number;
  readonly why: string;
}

export interface Plan {
  readonly steps: readonly PlannedStep[];
  /** Whether clients that wait are held, and go on at their own steps only. */
  readonly holds: boolean;
  /** The first ones are what to report. */
  readonly obstacles: readonly Obstacle[];
  readonly notes: readonly string[];
}

/** Plans the replay of a trace; `canHold` says whether sessions can be kept from going on when they are woken. */
export function planReplay(trace: Trace, canHold: boolean): Plan {
  const { steps } = trace;
  const isCut = (step: TraceStep): boolean => CUTS.some((kind) => kind === faultOf(trace, step));
  // Steps of one process alone do not exist for the server, and neither does a client's own clock.
  const real = steps.filter(
    (step) => isCut(step) || (step.statement !== null && step.statement.text !== CLIENT_CLOCK.text),
  );
  const heldBack = heldBackObstacles(real, isCut);
  const holds = canHold && (heldBack.length > 0 || severalWait(real) || endsWithWoken(real));
  const explicit = new Set(real.filter((step) => needsTransaction(real, step)).map((step) => startOf(real, step)));
  const ahead = new Set<string>();
  const planned = steps.map((step): PlannedStep => {
    const isExplicit = explicit.has(startOf(real, step));
    const act = faultAct(trace, step) ?? (real.includes(step) ? actOf(real, step, isExplicit) : NOTHING);
    const merged = step.progress.kind === "stopped" || (step.progress.kind === "finished" && !isExplicit);
    if (real.includes(step)) ahead.delete(step.client);
    if (merged) ahead.add(step.client);
    for (const woken of step.woken) {
      if (!holds && commitsByItself(real, step, woken, explicit)) ahead.add(woken);
    }
    const expected = merged || isUnread(real, step, act) ? null : expectedOf(step, act);
    return { step, act, expected, settled: ahead.size === 0, timer: timerOf(step) };
  });
  const inside = struckInside(trace);
  return {
    steps: planned,
    holds,
    obstacles: [
      ...stoppedObstacles(real),
      ...(inside === null ? [] : [{ ...inside, since: inside.step }]),
      ...(holds ? [] : heldBack),
      ...timeObstacles(trace),
    ].sort((a, b) => a.step - b.step),
    notes: [...explicit].map(
      (step) =>
        `step ${step.n}: ${step.client}'s statement runs as BEGIN; statement; COMMIT, because others move before its autocommit`,
    ),
  };
}

/** Whether several clients wait at the same time, so that it matters who goes on first. */
function severalWait(real: readonly TraceStep[]): boolean {
  const waiting = new Set<string>();
  return real.some((step) => {
    waiting.delete(step.client);
    if (step.progress.kind === "waits") waiting.add(step.client);
    return waiting.size > 1;
  });
}

/** Whether the trace ends before a woken client has gone on. */
function endsWithWoken(real: readonly TraceStep[]): boolean {
  return real.some((step) => step.woken.some((woken) => nextStepOf(real, step, woken) === undefined));
}

function nextStepOf(real: readonly TraceStep[], step: TraceStep, client: string): TraceStep | undefined {
  return real.find((each) => each.n > step.n && each.client === client);
}

/** The step that sent the statement which this step works on. */
function startOf(real: readonly TraceStep[], step: TraceStep): TraceStep {
  return real.findLast((each) => each.n <= step.n && each.client === step.client && each.sent !== null) ?? step;
}

/** Whether others move between the end of this autocommit statement and its commit, or the trace ends there. */
function needsTransaction(real: readonly TraceStep[], step: TraceStep): boolean {
  if (step.progress.kind !== "finished") return false;
  const next = nextOf(real, step);
  return next?.client !== step.client || next.action !== "commit";
}

/**
 * Whether a woken client's statement ends in an autocommit, which the real server does at once, in the step that wakes it.
 * Where the trace ends before, nobody knows, so it may.
 */
function commitsByItself(
  real: readonly TraceStep[],
  step: TraceStep,
  woken: string,
  explicit: ReadonlySet<TraceStep>,
): boolean {
  const next = nextStepOf(real, step, woken);
  return next === undefined || (next.progress.kind === "finished" && !explicit.has(startOf(real, next)));
}

const NOTHING: Act = { kind: "nothing" };

function actOf(real: readonly TraceStep[], step: TraceStep, isExplicit: boolean): Act {
  if (step.sent !== null) {
    return { kind: "send", query: step.sent, begin: isExplicit, expires: expiryOf(real, step) };
  }
  return step.action === "commit" && isExplicit ? { kind: "commit" } : NOTHING;
}

/** How a fault is brought about; null where the step is none. */
function faultAct(trace: Trace, step: TraceStep): Act | null {
  switch (faultOf(trace, step)) {
    case null:
      return null;
    case "crash":
      return { kind: "cut", first: null, notices: true };
    case "disconnect":
      return { kind: "cut", first: null, notices: step.progress.kind !== "local" };
    case "lost-commit": {
      // An autocommit that others could meet was run in a transaction, whose COMMIT it is.
      const commit = step.sent ?? { text: "COMMIT", values: [] };
      return { kind: "cut", first: step.committed ? commit : null, notices: true };
    }
    case "pooler":
      return { kind: "exchange", other: step.action.replace(/^.*pooler with /, "") };
    case "lock-timeout":
    case "stall":
    case "skew":
      return NOTHING;
  }
}

/** The timer of a wait that ends in this step. */
function timerOf({ action }: TraceStep): Timer | null {
  return action === "deadlock" ? "deadlock" : action === "lock-timeout" ? "lock" : null;
}

/** Whether the server answers nobody in this step: who is cut off is answered only where it waits. */
function isUnread(real: readonly TraceStep[], step: TraceStep, act: Act): boolean {
  if (!real.includes(step)) return true;
  if (act.kind !== "cut") return false;
  const before = real.findLast(({ n, client }) => n < step.n && client === step.client);
  return act.first !== null || before?.progress.kind !== "waits";
}

function expectedOf({ progress }: TraceStep, act: Act): Observation | null {
  switch (progress.kind) {
    case "waits":
      return { kind: "waits", waitsFor: progress.waitsFor };
    case "replied":
    case "finished":
      return { kind: "replied", reply: replyTo(act, progress.reply) };
    case "stopped":
    case "local":
      return null;
  }
}

/** A COMMIT that takes the place of an autocommit answers for itself; its failure is the statement's. */
function replyTo(act: Act, reply: Reply): Reply {
  if (act.kind !== "commit" || reply.kind === "failed") return reply;
  return { kind: "rows", command: "COMMIT", rowCount: null, fields: [], rows: [] };
}

function nextOf(real: readonly TraceStep[], step: TraceStep): TraceStep | undefined {
  return real[real.indexOf(step) + 1];
}

/** The timer that ends the wait of this statement; null for one that none ends. */
function expiryOf(real: readonly TraceStep[], sent: TraceStep): Expiry | null {
  let others = 0;
  for (const step of real.slice(real.indexOf(sent) + 1)) {
    if (step.client !== sent.client) {
      if (step.sent !== null || step.action === "commit") others += 1;
      continue;
    }
    const timer = timerOf(step);
    if (timer !== null) return { timer, after: others };
    if (step.sent !== null) return null;
    // It went on and waits again: the time of this wait is what counts.
    others = 0;
  }
  return null;
}

/** What tells the server's own time, and cannot be told the trace's (replay-clock.ts): the set-up is step 0. */
function timeObstacles({ setup, steps }: Trace): readonly Obstacle[] {
  const why = (what: string): string => `${what} tells the time of the server, not of the trace`;
  const texts = [
    ...setup.map((text) => ({ n: 0, text, values: [] })),
    ...steps.flatMap(({ n, sent }) => (sent === null ? [] : [{ n, ...sent }])),
  ];
  return texts.flatMap(({ n, text, values }) =>
    [...clockUse(text).others, ...values.filter(isTimeWord).map((word) => `'${word}'`)].map((what) => ({
      step: n,
      since: n,
      why: why(what),
    })),
  );
}

/** Others' moves between two points inside of a statement. */
function stoppedObstacles(real: readonly TraceStep[]): readonly Obstacle[] {
  return real.flatMap((step) => {
    if (step.progress.kind !== "stopped") return [];
    const next = nextOf(real, step);
    if (next === undefined || next.client === step.client) return [];
    const why = `${next.client} moves while ${step.client}'s statement is stopped ${step.progress.at}: from outside a statement cannot be stopped there`;
    return [{ step: next.n, since: step.n, why }];
  });
}

/** Moves while a session is held back whose wait is over: of others, and the loss of its connection. */
function heldBackObstacles(real: readonly TraceStep[], isCut: (step: TraceStep) => boolean): readonly Obstacle[] {
  const obstacles: Obstacle[] = [];
  /** Clients whose wait is over, and the step that ended it. */
  const due = new Map<string, number>();
  for (const step of real) {
    const early = [...due.keys()].filter((client) => client !== step.client);
    if (early.length > 0 && !due.has(step.client) && !continues(real, step)) {
      const why = `${step.client} moves before ${early.join(" and ")}, whose wait is over: a real server lets those go on at once`;
      obstacles.push({ step: step.n, since: Math.min(...due.values()), why });
    }
    const since = due.get(step.client);
    if (since !== undefined && isCut(step)) {
      const why = `${step.client}'s connection is lost after its wait is over: a real server lets it go on at once`;
      obstacles.push({ step: step.n, since, why });
    }
    due.delete(step.client);
    for (const client of step.woken) due.set(client, step.n);
  }
  return obstacles;
}

/** Whether this step goes on with what the same client's step just before began, in one move of the real server. */
function continues(real: readonly TraceStep[], step: TraceStep): boolean {
  const before = real[real.indexOf(step) - 1];
  return before?.client === step.client && (before.progress.kind === "finished" || before.progress.kind === "stopped");
}
