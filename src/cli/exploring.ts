/** Runs an exploration as a command does: with a clock, a line of progress, bounds, and Ctrl-C. */
import { setImmediate } from "node:timers/promises";
import { getHeapStatistics } from "node:v8";
import type { Bounds, ProcessMemory, ProgressReport } from "../../sim/explore/bounds.ts";
import { type Check, check } from "../../sim/explore/check.ts";
import type { Reduction } from "../../sim/explore/exhaustive.ts";
import type { Instance } from "../../sim/system/from-scenario.ts";
import { ProgressLine } from "./terminal.ts";
import { unfoldBy } from "./unfold-workers.ts";

export interface TimedCheck {
  readonly check: Check;
  readonly seconds: number;
}

/** What the search leaves out, and how many threads make it, as far as it can be shared. */
export interface CheckHow {
  readonly reductions?: readonly Reduction[];
  readonly workers?: number;
}

/** Checks an instance; `signal` (from `interruptible`) stops it with what was found so far. */
export async function timedCheck(
  instance: Instance,
  bounds: Bounds,
  signal: AbortSignal,
  { reductions = [], workers = 1 }: CheckHow = {},
): Promise<TimedCheck> {
  const started = performance.now();
  const line = new ProgressLine(instance.protocol.name);
  try {
    const watch = {
      now: () => performance.now(),
      pause: () => setImmediate(),
      interrupted: () => signal.aborted,
      memory,
      onProgress: (report: ProgressReport) => line.report(report, bounds.seconds),
      ...(workers > 1 ? { unfold: unfoldBy(workers) } : {}),
    };
    const result = await check(instance, bounds, watch, reductions);
    return { check: result, seconds: Math.round(performance.now() - started) / 1000 };
  } finally {
    line.clear();
  }
}

/** What this process takes. */
function memory(): ProcessMemory {
  const { used_heap_size: heapBytes, heap_size_limit: heapBytesMax } = getHeapStatistics();
  return { bytes: process.memoryUsage.rss(), heapBytes, heapBytesMax };
}
