/**
 * Traces that do not end: the sentence that says so, and the trace with its loop run several times.
 *
 *     stem 1 2   loop 3 4 5        -> 1 2 3 4 5                as recorded
 *                                  -> 1 2 3 4 5 3 4 5          twice; steps are numbered on: 6 7 8
 *
 * A step is recorded as differences to the state before it, and the loop returns to the state in which it began; so its records are true each time.
 */
import type { Trace } from "./trace.ts";

/** What happens after the last step of a trace that repeats for ever; null for one that simply ends. */
export function repeatSentence({ repeatsFrom, steps }: Trace): string | null {
  if (repeatsFrom === undefined) return null;
  if (repeatsFrom > steps.length) return "From here on nobody can move: it stays like this for ever.";
  const which =
    repeatsFrom === steps.length ? `step ${repeatsFrom} repeats` : `steps ${repeatsFrom} to ${steps.length} repeat`;
  return `From here it repeats from step ${repeatsFrom}: everything is as it was before that step, so ${which} for ever.`;
}

/** The trace with its loop run so many times, to be run as one that ends; a trace without a loop is answered as it is. */
export function unrolled(trace: Trace, times: number): Trace {
  const { repeatsFrom, steps, schedule, verdict, ...rest } = trace;
  if (repeatsFrom === undefined || repeatsFrom > steps.length) return trace;
  const again = <T>(list: readonly T[]): readonly T[] => [
    ...list,
    ...Array.from({ length: times - 1 }, () => list.slice(repeatsFrom - 1)).flat(),
  ];
  const all = again(steps).map((step, at) => ({ ...step, n: at + 1 }));
  return {
    ...rest,
    schedule: again(schedule),
    steps: all,
    verdict: verdict.kind === "violated" ? { ...verdict, step: all.length } : verdict,
  };
}
