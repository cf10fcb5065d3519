/**
 * What is at hand while one move is made: the copy of the database that is being written, whose move it is, and what
 * the people who read traces are told. And how a statement is left in the middle.
 */
import type { Microseconds, ServerOptions, SessionId, Touch } from "../server.ts";
import type { Session, State } from "./state.ts";
import { sessionOf } from "./state.ts";

export interface Step {
  readonly options: ServerOptions;
  readonly state: State;
  readonly session: SessionId;
  readonly notes: string[];
  /** Filled only where row versions have addresses (touched.ts). */
  readonly touched: Touch[];
  /** How much time has passed since the start. */
  readonly elapsedUs: Microseconds;
  committed: boolean;
  /** Whether the snapshot is that of an earlier statement, so that this one cannot have come too late for it. */
  keptSnapshot: boolean;
}

/** The private part of the session whose move it is. */
export function mine(step: Step): Session {
  return sessionOf(step.state, step.session);
}

/** Sessions as people read them: `session 0 and session 2`. */
export function sessionWords(sessions: readonly SessionId[]): string {
  return sessions.map((session) => `session ${session}`).join(" and ");
}

/**
 * Unwinds a statement that cannot go on now. Everything that it did stays; it is run again from its start. No error: nothing went wrong,
 * and to write down the stack each time would take longer than most of what a step does.
 */
export class Suspended {
  /** Where it stopped of its own accord (fine granularity); null when it waits. */
  readonly at: string | null;
  constructor(at: string | null) {
    this.at = at;
  }
}
