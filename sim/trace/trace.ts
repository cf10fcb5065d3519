/**
 * The trace: a schedule with everything recorded, as versioned JSON. It is what is printed, drawn, opened as a page and
 * replayed; it is always made by running a schedule again (`record.ts`), never by an explorer.
 *
 * Plain data: no field depends on the machine or the order of an exploration; on the clock does where the run begins, if it asks for the time.
 */
import type { FaultBudget } from "../../model/fault.ts";
import type { Query, Row, View } from "../../model/protocol.ts";
import type { Oracle } from "../system/from-scenario.ts";
import type { Choice, Granularity, Progress } from "../system/system.ts";

export const TRACE_FORMAT = "lockstep-trace";
export const TRACE_VERSION = 1;

/** How the system was made; together with the schedule it is all that a replay needs. */
export interface TraceParameters {
  readonly scenario: string;
  readonly protocol: string;
  readonly clients: readonly string[];
  readonly buffers: number;
  readonly isolation: "read committed" | "repeatable read" | "serializable";
  readonly granularity: Granularity;
  /** The seed of a random schedule; null when no chance was used. */
  readonly seed: number | null;
  /** What may go wrong, by kind; left out where nothing may. */
  readonly faults?: FaultBudget | undefined;
  /** What the clock showed before the first step, as PostgreSQL writes a time; left out where nothing asks for the time. */
  readonly now?: string | undefined;
  /** The only property that was looked at; left out where all were. */
  readonly property?: string | undefined;
  /** What judged the run in the place of properties; left out where nothing did. */
  readonly oracle?: Oracle | undefined;
}

/** One step, in the order of the schedule. */
export interface TraceStep {
  /** 1, 2, 3, … */
  readonly n: number;
  readonly client: string;
  readonly action: string;
  /** The statement that was sent in this step, or null. */
  readonly sent: Query | null;
  /** The statement that the step worked on, or null for a local step. */
  readonly statement: Query | null;
  readonly progress: Progress;
  readonly committed: boolean;
  readonly woken: readonly string[];
  readonly notes: readonly string[];
  /** Committed rows by table, only those tables that changed in this step. */
  readonly tables: Readonly<Record<string, readonly Row[]>>;
  /** What clients believe, only those clients whose belief changed in this step. */
  readonly views: Readonly<Record<string, View>>;
  /** Names and sentences of the properties that are violated after this step and were not before. */
  readonly violations: readonly { readonly property: string; readonly message: string }[];
}

/** The pair of steps that is the race: in this order the property breaks, exchanged it does not. */
export interface Race {
  /** Step numbers. */
  readonly first: number;
  readonly second: number;
  readonly sentence: string;
}

/** Why no serial order explains the run: a circle of attempts, each of which would have to come before the next. */
export interface Anomaly {
  /** What it is called and by whom; null where it has no name, and then there is no circle. */
  readonly name: string | null;
  readonly source: string | null;
  readonly dependencies: readonly {
    readonly kind: "ww" | "wr" | "rw" | "order";
    /** Attempts, such as `alice's acquire 1`. */
    readonly before: string;
    readonly after: string;
    readonly sentence: string;
  }[];
}

export interface Trace {
  readonly format: typeof TRACE_FORMAT;
  readonly version: typeof TRACE_VERSION;
  readonly parameters: TraceParameters;
  /** The SQL that was run before the first step. */
  readonly setup: readonly string[];
  /** The world before the first step. */
  readonly start: {
    readonly tables: Readonly<Record<string, readonly Row[]>>;
    readonly views: Readonly<Record<string, View>>;
  };
  readonly schedule: readonly Choice[];
  readonly steps: readonly TraceStep[];
  /**
   * The first of the steps that repeat for ever: after the last step everything is as it was before this one. One more than
   * the last step where nothing repeats because nobody can move any more. Left out of every trace that simply ends; version 1
   * without it means what it always meant, and a reader that does not know the field refuses it by name.
   */
  readonly repeatsFrom?: number | undefined;
  /** `violated` with the property that broke, or `none` for a schedule in which nothing broke. */
  readonly verdict:
    | {
        readonly kind: "violated";
        readonly property: string;
        readonly sentence: string;
        readonly message: string;
        /** The step after which it is broken; the last one where it takes the whole run without end to break it. */
        readonly step: number;
      }
    | { readonly kind: "none" };
  readonly races: readonly Race[];
  /** Only where an oracle has judged the run. */
  readonly anomaly?: Anomaly | undefined;
  /** The fingerprint of the last state. */
  readonly end: string;
}
