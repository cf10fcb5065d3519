/**
 * The transition system that explorers explore: one simulated server, one process a client, as states and choices.
 */
import type { Property, World } from "../../model/property.ts";
import type { Query, Reply } from "../../model/protocol.ts";
import type { Microseconds, Touch } from "../postgres/server.ts";

/** A state, interned by its system: equal states are equal numbers. */
export type StateId = number;

/**
 * A step that is enabled now, by name: who, and what. It is the element of a schedule. `action` is a request's name
 * (`acquire 1`, `next`), or a move of the server for that client: `resume` (with what the planner chose, where it had a choice: `resume:
 * t (id = 2) next`), `commit`, `deadlock` (it is the victim).
 */
export interface Choice {
  readonly client: string;
  readonly action: string;
}

/** The move behind an action, without what the planner chose in it: `resume` of `resume: t (id = 2) next`. */
export function moveOf(action: string): string {
  return action.startsWith("resume: ") ? "resume" : action;
}

/** How far a step took its client's statement. */
export type Progress =
  /** A local step of the process. */
  | { readonly kind: "local" }
  /** The statement is over and its reply was delivered. */
  | { readonly kind: "replied"; readonly reply: Reply }
  /** The statement has run; its autocommit is a step of its own, and the reply comes with it. */
  | { readonly kind: "finished"; readonly reply: Reply }
  /** It waits for these clients; `what` says for which lock. */
  | { readonly kind: "waits"; readonly waitsFor: readonly string[]; readonly what: string }
  /** It stopped at a point inside the statement (fine granularity); `at` says where. */
  | { readonly kind: "stopped"; readonly at: string };

/** Everything there is to say about one step that was taken. */
export interface Taken {
  readonly state: StateId;
  readonly choice: Choice;
  /** The statement that this step sent, or null. */
  readonly sent: Query | null;
  /** The statement that the step worked on: the one sent, or the one resumed or committed; null for a local step. */
  readonly statement: Query | null;
  readonly progress: Progress;
  /** True when the step committed a transaction (also an autocommit one). */
  readonly committed: boolean;
  /** Clients that waited before this step and can go on after it. */
  readonly woken: readonly string[];
  /** Sentences on what happened inside: locks taken, rows read again after a wait, and the like. */
  readonly notes: readonly string[];
  /** What it read and wrote, where the server counts row versions. */
  readonly touched?: readonly Touch[];
}

export type Granularity = "fine" | "coarse";

export interface System {
  readonly clients: readonly string[];
  readonly properties: readonly Property[];
  readonly granularity: Granularity;
  readonly initial: StateId;
  /** What the clock shows in `initial`; left out by a system that has none. */
  readonly now?: Microseconds;
  /** The steps enabled in this state, always in the same order. */
  choices(state: StateId): readonly Choice[];
  /** Takes a step and tells all about it. A choice that is not enabled is an `UsageError` that lists those that are. */
  take(state: StateId, choice: Choice): Promise<Taken>;
  world(state: StateId): World;
  /** A short stable text for the whole state: equal in every run and on every machine. */
  fingerprint(state: StateId): string;
}
