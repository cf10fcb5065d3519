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
 * Not possible from outside: others' moves between two points inside of one statement. Those steps, and on a server of the
 * user's those that would need holding, are listed as `obstacles`.
 */
import type { Query, Reply } from "../../model/protocol.ts";
import type { TraceStep } from "../../sim/trace/trace.ts";
import type { Observation } from "./replay-observation.ts";

export type Act =
  | { readonly kind: "nothing" }
  | {
      readonly kind: "send";
      readonly query: Query;
      /** An explicit transaction takes the place of the autocommit. */
      readonly begin: boolean;
      /** How many sent statements there are between the wait and its deadlock, for the victim of one; otherwise null. */
      readonly victimAfter: number | null;
    }
  /** Ends the explicit transaction that took the place of an autocommit. */
  | { readonly kind: "commit" };

export interface PlannedStep {
  readonly step: TraceStep;
  readonly act: Act;
  /** What the client's statement must show after the step; null where nothing can be asked yet. */
  readonly expected: Observation | null;
  /** False where the real server is ahead of the trace until a later step. */
  readonly settled: boolean;
  /** True where the statement must fail because it is the victim of a deadlock. */
  readonly deadlock: boolean;
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

/** Plans the replay of a trace's steps; `canHold` says whether sessions can be kept from going on when they are woken. */
export function planReplay(steps: readonly TraceStep[], canHold: boolean): Plan {
  // Steps of one process alone do not exist for the server.
  const real = steps.filter((step) => step.statement !== null);
  const heldBack = heldBackObstacles(real);
  const holds = canHold && (heldBack.length > 0 || severalWait(real) || endsWithWoken(real));
  const explicit = new Set(real.filter((step) => needsTransaction(real, step)).map((step) => startOf(real, step)));
  const ahead = new Set<string>();
  const planned = steps.map((step): PlannedStep => {
    const isExplicit = explicit.has(startOf(real, step));
    const act = actOf(real, step, isExplicit);
    const merged = step.progress.kind === "stopped" || (step.progress.kind === "finished" && !isExplicit);
    if (step.statement !== null) ahead.delete(step.client);
    if (merged) ahead.add(step.client);
    for (const woken of step.woken) {
      if (!holds && commitsByItself(real, step, woken, explicit)) ahead.add(woken);
    }
    const expected = merged ? null : expectedOf(step, act);
    return { step, act, expected, settled: ahead.size === 0, deadlock: step.action === "deadlock" };
  });
  return {
    steps: planned,
    holds,
    obstacles: [...stoppedObstacles(real), ...(holds ? [] : heldBack)].sort((a, b) => a.step - b.step),
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

function actOf(real: readonly TraceStep[], step: TraceStep, isExplicit: boolean): Act {
  if (step.sent !== null) {
    return { kind: "send", query: step.sent, begin: isExplicit, victimAfter: victimAfter(real, step) };
  }
  return step.action === "commit" && isExplicit ? { kind: "commit" } : { kind: "nothing" };
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

/** How many statements others send between the wait of a deadlock's victim and the deadlock; null for other statements. */
function victimAfter(real: readonly TraceStep[], sent: TraceStep): number | null {
  let others = 0;
  for (const step of real.slice(real.indexOf(sent) + 1)) {
    if (step.client !== sent.client) {
      if (step.sent !== null || step.action === "commit") others += 1;
      continue;
    }
    if (step.action === "deadlock") return others;
    if (step.sent !== null) return null;
    // It went on and waits again: the time of this wait is what counts.
    others = 0;
  }
  return null;
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

/** Others' moves while a session is held back whose wait is over. */
function heldBackObstacles(real: readonly TraceStep[]): readonly Obstacle[] {
  const obstacles: Obstacle[] = [];
  /** Clients whose wait is over, and the step that ended it. */
  const due = new Map<string, number>();
  for (const step of real) {
    const early = [...due.keys()].filter((client) => client !== step.client);
    if (early.length > 0 && !due.has(step.client) && !continues(real, step)) {
      const why = `${step.client} moves before ${early.join(" and ")}, whose wait is over: a real server lets those go on at once`;
      obstacles.push({ step: step.n, since: Math.min(...due.values()), why });
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
