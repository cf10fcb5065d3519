/**
 * Whether a trace can be forced on a real server from outside, where one can only send statements and see what they answer.
 *
 *     between statements         yes
 *     between a statement's      yes: the replay runs BEGIN; statement; COMMIT in the place of an autocommit, and a wait is
 *     end and its autocommit          something that the server shows
 *     inside a statement         no: a statement that was sent runs on until it answers or waits
 */
import type { TraceStep } from "./trace.ts";

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
