/** What keeps a trace from being exported as something that runs on a real server. */
import { UsageError } from "../usage-error.ts";
import { cannotForce, firstBesideStatements } from "./forcing.ts";
import type { Trace } from "./trace.ts";
import { listed } from "./wording.ts";

/** Why nobody can run the trace statement by statement, each wait ending as in the trace; null where one can. */
export function notRunnable(trace: Trace): string | null {
  const obstacle = firstBesideStatements(trace) ?? cannotForce(trace);
  if (obstacle !== null) return `in step ${obstacle.step} ${obstacle.why}`;
  const real = trace.steps.filter(({ statement }) => statement !== null);
  for (const [at, { n, woken }] of real.entries()) {
    if (woken.length > 1) {
      return `step ${n} wakes ${listed(woken)} together, and a real server chooses who goes on first`;
    }
    const next = real[at + 1];
    if (woken[0] !== undefined && next !== undefined && next.client !== woken[0]) {
      return `in step ${next.n} ${next.client} moves before ${woken[0]}, whose wait is over`;
    }
  }
  return null;
}

const CALLED = { spec: "an isolation test", test: "a test" } as const;

/** The error of a trace that cannot be written so. */
export function notExported(kind: keyof typeof CALLED, why: string): UsageError {
  return new UsageError(
    `not-a-${kind}`,
    `This trace cannot be written as ${CALLED[kind]}: ${why}.`,
    "Show it with --format text; a trace of a coarse exploration (--granularity coarse) can more often be exported.",
  );
}
