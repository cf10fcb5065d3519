/** A wait that ends without what it was for: the session leaves every line and queue it stands in. */
import type { SessionId } from "../server.ts";
import type { State } from "../session/state.ts";
import { leaveQueues } from "./lock-object.ts";
import { leaveLine } from "./row-line.ts";

/** Those behind it move up at the end of the step. */
export function endWait(state: State, session: SessionId): void {
  for (const heap of Object.values(state.heaps)) for (const version of heap) leaveLine(version, session);
  leaveQueues(state.locks, session);
}
