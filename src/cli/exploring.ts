/** Runs an exploration as a command does: with a clock, a line of progress, bounds, and Ctrl-C. */
import { setFlagsFromString } from "node:v8";
import { type AnyNumberCheck, checkAnyNumber } from "../../sim/explore/any-number.ts";
import type { Bounds, ProgressReport, Watch } from "../../sim/explore/bounds.ts";
import { type Check, check } from "../../sim/explore/check.ts";
import type { How } from "../../sim/explore/exploration.ts";
import type { Instance } from "../../sim/system/from-scenario.ts";
import { PROCESS_WATCH } from "../exploring.ts";
import { tellSupervisor } from "./supervision.ts";
import { ProgressLine } from "./terminal.ts";
import { unfoldBy } from "./unfold-workers.ts";

export interface TimedCheck {
  readonly check: Check;
  /** The check for every number of clients of which `check` is a part; null for one number. */
  readonly anyNumber: AnyNumberCheck | null;
  readonly seconds: number;
}

/** How the search is made, and by how many threads, as far as it can be shared. */
export interface CheckHow extends How {
  readonly workers?: number;
}

/**
 * Left to itself the heap grows to several times what is in use before it is cleaned. Depth first little is in use and much is thrown away,
 * so that most of the memory would be garbage: it is cleaned when it has grown by half, which takes a tenth more time.
 */
const COLLECT_SOON = "--heap-growing-percent=50";

/** Checks an instance; `signal` (from `interruptible`) stops it with what was found so far. */
export async function timedCheck(
  instance: Instance,
  bounds: Bounds,
  signal: AbortSignal,
  { workers = 1, ...how }: CheckHow = {},
): Promise<TimedCheck> {
  if (how.search === "depth-first") setFlagsFromString(COLLECT_SOON);
  const { result, seconds } = await timed(instance, bounds, signal, (watch) =>
    check(instance, bounds, { ...watch, ...(workers > 1 ? { unfold: unfoldBy(workers) } : {}) }, how),
  );
  tellFound(result);
  return { check: result, anyNumber: null, seconds };
}

/** Checks an instance with every number of clients. */
export async function timedAnyNumber(instance: Instance, bounds: Bounds, signal: AbortSignal): Promise<TimedCheck> {
  const { result, seconds } = await timed(instance, bounds, signal, (watch) => checkAnyNumber(instance, bounds, watch));
  tellFound(result.check);
  return { check: result.check, anyNumber: result, seconds };
}

function tellFound({ exploration: { verdict, violation } }: Check): void {
  const { property = null, message = null } = violation ?? {};
  tellSupervisor({ kind: "found", verdict, property, message });
}

async function timed<T>(
  instance: Instance,
  bounds: Bounds,
  signal: AbortSignal,
  run: (watch: Watch) => Promise<T>,
): Promise<{ readonly result: T; readonly seconds: number }> {
  const started = performance.now();
  const line = new ProgressLine(instance.protocol.name);
  tellSupervisor({ kind: "begins", secondsMax: bounds.seconds });
  try {
    const result = await run({
      ...PROCESS_WATCH,
      ...(bounds.seconds === null ? {} : { deadline: started + bounds.seconds * 1000 }),
      interrupted: () => signal.aborted,
      onProgress: (report: ProgressReport) => {
        line.report(report, bounds.seconds);
        const { states, transitions, depth } = report;
        tellSupervisor({ kind: "progress", states, transitions, depth });
      },
    });
    return { result, seconds: Math.round(performance.now() - started) / 1000 };
  } finally {
    line.clear();
  }
}
