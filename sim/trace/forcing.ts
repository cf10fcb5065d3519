/**
 * Whether a trace can be forced on a real server from outside, where one can only send statements and see what they answer.
 *
 *     between statements         yes
 *     between a statement's      yes: the replay runs BEGIN; statement; COMMIT in the place of an autocommit, and a wait is
 *     end and its autocommit          something that the server shows
 *     inside a statement         no: a statement that was sent runs on until it answers or waits
 */
import { CLIENT_CLOCK } from "../../model/protocol.ts";
import { FAULT_KINDS } from "../system/faults.ts";
import type { ReplayResult } from "./replay-result.ts";
import type { Trace, TraceStep } from "./trace.ts";

/** The first fault of a trace, which nobody brings about on a real server here; null where nothing goes wrong. */
export function faultObstacle({ parameters, steps }: Trace): Extract<ReplayResult, { kind: "cannot-force" }> | null {
  const kinds = FAULT_KINDS.filter((kind) => parameters.faults?.[kind] !== undefined);
  const struck = steps.find(({ action }) => kinds.some((kind) => new RegExp(`^(.*, )?${kind}( |$)`).test(action)));
  const isClock = steps.find(({ sent }) => sent?.text === CLIENT_CLOCK.text);
  if (struck !== undefined && struck.n <= (isClock?.n ?? struck.n)) {
    const why = `"${struck.action}" is a fault of the simulated world, which is not brought about on a real server`;
    return { kind: "cannot-force", step: struck.n, why };
  }
  if (isClock === undefined) return null;
  return {
    kind: "cannot-force",
    step: isClock.n,
    why: "a clock of the simulated world is read, which a real one does not follow",
  };
}

/** What nobody can bring about on a real server: a fault, or else a step inside a statement; null where all of it can be. */
export function cannotForce(trace: Trace): { readonly step: number; readonly why: string } | null {
  return faultObstacle(trace) ?? notForced(trace.steps);
}

/** The first step that nobody can bring about from outside, and why; null where every step can be. */
export function notForced(steps: readonly TraceStep[]): { readonly step: number; readonly why: string } | null {
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
