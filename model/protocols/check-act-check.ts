/**
 * check-act-check: look, take, and look again whether the own name is there.
 *
 * It tries to notice the race afterwards: who has been overwritten reads another name and does not believe. That works only for
 * those who are overwritten before their second look. The other order breaks it, at every level:
 *
 *     level              verdict
 *     read committed     violates owner-is-recorded, and mutual-exclusion a step later
 *     repeatable read    the same
 *     serializable       the same
 *
 *     alice                                bob                                  row of buffer 1
 *     SELECT … -> NULL                     SELECT … -> NULL                     NULL
 *     UPDATE …; SELECT … -> 'alice': owns                                       alice
 *                                          UPDATE …; SELECT … -> 'bob': owns    bob
 *
 * A second look narrows the gap and never closes it: there is always a moment after the last look.
 *
 * Where it is seen: "write, sleep a little, read back" locks, most often in object stores and caches. The cure is to let the
 * write itself say whether it won: `check-then-atomic-update`.
 */
import { checkAvailable, take } from "../statements.ts";
import { bufferClient, bufferProtocol, idleUntil, owning, releasing, wanted } from "./buffer-client.ts";

const machine = bufferClient.createMachine({
  id: "check-act-check",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: idleUntil("checking"),
    checking: {
      entry: { type: "query", params: ({ context }) => checkAvailable(wanted(context)) },
      on: { rows: [{ guard: "isFree", target: "taking" }, { target: "idle" }], failed: "idle" },
    },
    taking: {
      entry: { type: "query", params: ({ context }) => take(context.client, wanted(context)) },
      on: { rows: [{ guard: "changedOneRow", target: "checkingAgain" }, { target: "idle" }], failed: "idle" },
    },
    checkingAgain: {
      entry: { type: "query", params: ({ context }) => checkAvailable(wanted(context)) },
      on: { rows: [{ guard: "namesMe", target: "owning" }, { target: "idle" }], failed: "idle" },
    },
    owning,
    releasing,
  },
});

export const checkActCheck = bufferProtocol({
  name: "check-act-check",
  sentence: "reads whether the buffer is free, takes it, and reads again whether it was the one who took it",
  broken: true,
  curedBy: ["check-then-atomic-update"],
  claims: {
    "read committed": { violates: "owner-is-recorded" },
    "repeatable read": { violates: "owner-is-recorded" },
    serializable: { violates: "owner-is-recorded" },
  },
  machine,
});
