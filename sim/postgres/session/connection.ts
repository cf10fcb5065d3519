/** The two ends of a connection: what a session is when it begins, and what is left of it when the connection is lost. */
import { unlockAll } from "./advisory.ts";
import type { Session } from "./state.ts";
import type { Step } from "./step.ts";
import { mine } from "./step.ts";
import { fail, rollback } from "./transaction.ts";

export function idleSession(): Session {
  return {
    transaction: null,
    snapshot: false,
    running: null,
    settings: {},
    statements: {},
    drawn: {},
    lastDrawn: null,
  };
}

/** Takes back its transaction, lets go of everything that it held or stood in line for, and puts a new session in its place. */
export function disconnect(step: Step): void {
  fail(step);
  rollback(step);
  unlockAll(step);
  Object.assign(mine(step), idleSession());
}
