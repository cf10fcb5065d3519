/** How a statement comes to wait. */
import { waitForReleased } from "../locks/released-savepoint.ts";
import { waitsFor } from "../locks/waits.ts";
import { waitWords } from "./naming.ts";
import type { Wait } from "./state.ts";
import type { Step } from "./step.ts";
import { mine, Suspended, sessionWords } from "./step.ts";

/** Writes the wait down and unwinds the statement. */
export function waitFor(step: Step, wait: Wait): never {
  const { running } = mine(step);
  if (running) running.wait = wait;
  waitForReleased(step.state, step.session);
  const holders = sessionWords(waitsFor(step.state, step.session));
  const whom = wait.kind === "object" ? holders : `the transaction of ${holders}`;
  step.notes.push(`waits for ${whom}: ${waitWords(step.state, step.session, wait)}`);
  throw new Suspended(null);
}
