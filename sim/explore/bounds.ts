/**
 * What may stop an exploration before its end, and how it tells how far it is. A bound that is reached makes the verdict
 * inconclusive, never a pass. The simulator has no clock of its own: who calls it brings one.
 */
import type { UnfoldTables } from "./unfold-part.ts";

export interface Bounds {
  /** Distinct states. */
  readonly states: number | null;
  /** Steps from the initial state. */
  readonly depth: number | null;
  readonly seconds: number | null;
  /** Bytes of memory: what the tables are known to take, or the whole process, where the world tells that. */
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
  /** The time of `now` at which the seconds of the bounds are over, for a check that is made of several searches. */
  readonly deadline?: number;
  /** Called now and then. */
  readonly onProgress?: (report: ProgressReport) => void;
  /** Lets others run (timers, signals): awaited every few thousand states. */
  readonly pause?: () => Promise<void>;
  /** Set by whoever wants the exploration to stop and report. */
  readonly interrupted?: () => boolean;
  /** Visits every state that a graph of orbits stands for, by other means than this thread (unfold.ts). */
  readonly unfold?: Unfold;
  /** What the process takes now. The tables know of their own memory only, and estimate what values take. */
  readonly memory?: () => ProcessMemory;
}

export interface ProcessMemory {
  readonly bytes: number;
  /** The heap that values live in, and how large it may become: beyond that the process dies without a word. */
  readonly heapBytes: number;
  readonly heapBytesMax: number;
}

/**
 * The share of the heap at which an exploration ends. Garbage counts until it is collected, which happens at the latest when what is in
 * use has grown half of the way to the limit: at nine tenths of the limit, eight tenths of it are in use.
 */
const HEAP_SHARE_MAX = 0.9;

export type Stop = { readonly kind: "bound"; readonly bound: string } | { readonly kind: "interrupted" };

/** Whether it was memory that gave out. */
export function lackedMemory(stop: Stop | null): boolean {
  return stop?.kind === "bound" && /^\d+ MB (of memory|for values)/.test(stop.bound);
}

/** The first bound that this report has reached, in words, or null. `bytes` is what the tables take. */
export function boundReached(bounds: Bounds, report: ProgressReport, bytes: number, watch: Watch = {}): string | null {
  if (isFull(bounds, report.states)) return `${bounds.states} states`;
  const isOver = watch.deadline !== undefined && (watch.now?.() ?? 0) >= watch.deadline;
  if (bounds.seconds !== null && (isOver || report.seconds >= bounds.seconds)) return `${bounds.seconds} seconds`;
  const memory = watch.memory?.();
  if (bounds.memoryBytes !== null && Math.max(bytes, memory?.bytes ?? 0) >= bounds.memoryBytes) {
    return `${inMegabytes(bounds.memoryBytes)} of memory`;
  }
  if (memory !== undefined && memory.heapBytes >= memory.heapBytesMax * HEAP_SHARE_MAX) {
    return `${inMegabytes(memory.heapBytesMax)} for values (NODE_OPTIONS=--max-old-space-size=<MB> gives more)`;
  }
  return null;
}

function inMegabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}

/** With many clients a few pieces of work take minutes: whoever waits is heard sooner. */
const MS_BETWEEN_LOOKS = 200;

/** When to look up from work: after so many pieces of it, and besides when much time has gone by, which takes a clock. */
export class Pace {
  readonly #piecesPerLook: number;
  readonly #now: () => number;
  #pieces = 0;
  #looked: number;

  constructor(piecesPerLook: number, { now }: Pick<Watch, "now">) {
    this.#piecesPerLook = piecesPerLook;
    this.#now = now ?? (() => 0);
    this.#looked = this.#now();
  }

  /** Counts a piece of work, and says whether it is time to look. */
  isTime(): boolean {
    const isInTurn = ++this.#pieces % this.#piecesPerLook === 0;
    const now = this.#now();
    if (!isInTurn && now - this.#looked < MS_BETWEEN_LOOKS) return false;
    this.#looked = now;
    return true;
  }
}

/** A bound on states is asked after each piece of work: how many it lets through must not depend on the machine. */
export function isFull({ states }: Bounds, met: number): boolean {
  return states !== null && met >= states;
}

/** What visiting every state came to. */
export interface Unfolded {
  readonly states: number;
  readonly transitions: number;
  readonly bytes: number;
  /** Why it ended before its end, or null. */
  readonly stop: Stop | null;
}

/** Visits every state of the tables; `depth` is the longest distance from the initial one, for reports, `started` a time of the watch. */
export type Unfold = (tables: UnfoldTables, bounds: Bounds, watch: Watch, about: UnfoldReport) => Promise<Unfolded>;

export interface UnfoldReport {
  readonly started: number;
  readonly depth: number;
}
