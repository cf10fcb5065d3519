/**
 * What may stop an exploration before its end, and how it tells how far it is. A bound that is reached makes the verdict
 * inconclusive, never a pass. The simulator has no clock of its own: who calls it brings one.
 */
import type { Unfold } from "./unfold.ts";

export interface Bounds {
  /** Distinct states. */
  readonly states: number | null;
  /** Steps from the initial state. */
  readonly depth: number | null;
  readonly seconds: number | null;
  /** Bytes of the tables of states. */
  readonly memoryBytes: number | null;
}

export const NO_BOUNDS: Bounds = { states: null, depth: null, seconds: null, memoryBytes: null };

export interface ProgressReport {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  /** States that were met and are still to be expanded. */
  readonly frontier: number;
  readonly seconds: number;
}

/** How an exploration is tied to the world around it; everything is optional, and without it there is no clock. */
export interface Watch {
  /** Milliseconds from any fixed point. */
  readonly now?: () => number;
  /** Called now and then. */
  readonly onProgress?: (report: ProgressReport) => void;
  /** Lets others run (timers, signals): awaited every few thousand states. */
  readonly pause?: () => Promise<void>;
  /** Set by whoever wants the exploration to stop and report. */
  readonly interrupted?: () => boolean;
  /** Visits every state that a graph of orbits stands for, by other means than this thread (unfold.ts). */
  readonly unfold?: Unfold;
}

export type Stop = { readonly kind: "bound"; readonly bound: string } | { readonly kind: "interrupted" };

/** The first bound that this report has reached, in words, or null. */
export function boundReached(bounds: Bounds, report: ProgressReport, bytes: number): string | null {
  if (bounds.states !== null && report.states >= bounds.states) return `${bounds.states} states`;
  if (bounds.seconds !== null && report.seconds >= bounds.seconds) return `${bounds.seconds} seconds`;
  if (bounds.memoryBytes !== null && bytes >= bounds.memoryBytes) {
    return `${Math.round(bounds.memoryBytes / 2 ** 20)} MB of memory`;
  }
  return null;
}
