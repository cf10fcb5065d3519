/**
 * Whether a trace can be forced on a real server from outside, where one can only send statements and see what they answer.
 *
 *     between statements         yes
 *     between a statement's      yes: the replay runs BEGIN; statement; COMMIT in the place of an autocommit, and a wait is
 *     end and its autocommit          something that the server shows
 *     inside a statement         no: a statement that was sent runs on until it answers or waits
 *     a fault                    yes, but inside a statement: connections are ours to close and to exchange, time-outs ours to set
 *     time                       yes: now() and its like are functions of the replay's own (src/postgres/replay-clock.ts), but
 *                                     what looks at the clock while it runs cannot be told another time in the middle
 */
import type { FaultKind } from "../../model/fault.ts";
import { CLIENT_CLOCK } from "../../model/protocol.ts";
import { FAULT_KINDS } from "../system/faults.ts";
import type { Trace, TraceStep } from "./trace.ts";

/** The step that keeps a trace from being brought about, and why. */
export interface Obstacle {
  readonly step: number;
  readonly why: string;
}

/** What goes wrong in this step; null where nothing does. A user's wish may be called like a fault, so the budget decides. */
export function faultOf({ parameters }: Pick<Trace, "parameters">, { action }: TraceStep): FaultKind | null {
  const kinds = FAULT_KINDS.filter((kind) => parameters.faults?.[kind] !== undefined);
  return kinds.find((kind) => new RegExp(`^(.*, )?${kind}( |$)`).test(action)) ?? null;
}

/** Faults that end a client's connection. */
export const CUTS: readonly FaultKind[] = ["crash", "disconnect", "lost-commit"];

/** The time of a world that has a clock of its own; null for a world without. */
export function clockOf(tables: TraceStep["tables"]): string | null {
  const row = tables["clock"]?.find(({ of }) => of === "server");
  return typeof row?.["now"] === "string" ? row["now"] : null;
}

/** The first step in which something goes wrong, or a client looks at its own clock: a script of statements cannot do that. */
export function firstBesideStatements(trace: Trace): Obstacle | null {
  for (const step of trace.steps) {
    if (faultOf(trace, step) !== null) {
      return {
        step: step.n,
        why: `"${step.action}" is a fault, which lockstep replay brings about and a script cannot`,
      };
    }
    if (step.sent?.text === CLIENT_CLOCK.text)
      return { step: step.n, why: `${step.client} looks at a clock of its own` };
  }
  return null;
}

/** What nobody can bring about on a real server: a step inside a statement, or a time that is told; null where all of it can be. */
export function cannotForce(trace: Trace): Obstacle | null {
  return movesDuringStatement(trace) ?? struckInside(trace) ?? notForced(trace.steps);
}

/** The first step in which time passes while a statement is under way that looks at the clock itself: it cannot be told another time. */
export function movesDuringStatement({ steps }: Pick<Trace, "steps">): Obstacle | null {
  const underWay = new Map<string, string>();
  for (const step of steps) {
    const [client] = [...underWay].find(([, text]) => /\bclock_timestamp\b/i.test(text)) ?? [];
    if (client !== undefined && clockOf(step.tables) !== null) {
      return { step: step.n, why: `time passes while ${client}'s statement runs, which asks for clock_timestamp()` };
    }
    if (step.statement === null) continue;
    if (step.progress.kind === "replied") underWay.delete(step.client);
    else underWay.set(step.client, step.statement.text);
  }
  return null;
}

/** The first step that nobody can bring about from outside, and why; null where every step can be. */
export function notForced(steps: readonly TraceStep[]): Obstacle | null {
  const real = steps.filter(({ statement }) => statement !== null);
  for (const [at, step] of real.entries()) {
    const next = real[at + 1];
    if (step.progress.kind !== "stopped" || next === undefined || next.client === step.client) continue;
    const why =
      `${next.client} moves while ${step.client}'s statement is stopped ${step.progress.at}: ` +
      "from outside a statement cannot be stopped there";
    return { step: next.n, why };
  }
  return null;
}

/** The first connection that is lost in the middle of a statement that does not wait. */
export function struckInside(trace: Trace): Obstacle | null {
  for (const step of trace.steps) {
    const fault = faultOf(trace, step);
    if (fault === null || !CUTS.includes(fault)) continue;
    const before = trace.steps.findLast(({ n, client }) => n < step.n && client === step.client);
    if (before?.progress.kind !== "stopped") continue;
    const why =
      `${step.client}'s connection is lost while its statement is stopped ${before.progress.at}: ` +
      "from outside a statement cannot be stopped there";
    return { step: step.n, why };
  }
  return null;
}
