/**
 * check-then-atomic-update: look first, and take with an UPDATE that asks again. The smallest edit that mends check-then-act.
 *
 *     - UPDATE buffers SET locked_by = $1 WHERE id = $2
 *     + UPDATE buffers SET locked_by = $1 WHERE id = $2 AND locked_by IS NULL RETURNING id
 *
 * It tries to keep the cheap look, which spares most losers an UPDATE, and to decide by the UPDATE alone. It holds at every level,
 * for the reason of `atomic-update`: the condition is evaluated on the row version that is locked. The look may lie and
 * does no harm: "free" leads to an UPDATE that changes no row, "taken" to a client that asks later.
 *
 *     level              verdict
 *     read committed     holds
 *     repeatable read    holds     the second UPDATE fails with 40001 instead of changing no row
 *     serializable       holds
 *
 *     alice                                bob                                  row of buffer 1
 *     SELECT … -> NULL                     SELECT … -> NULL                     NULL
 *     UPDATE … -> 1 row: alice owns                                             alice
 *                                          UPDATE … -> 0 rows: idle             alice
 *
 * Where it is seen: wherever RACE-001 was mended by repeating the check in the WHERE.
 */
import { checkAvailable, takeIfFree } from "../statements.ts";
import { bufferClient, bufferProtocol, idleUntil, owning, releasing, wanted } from "./buffer-client.ts";

const machine = bufferClient.createMachine({
  id: "check-then-atomic-update",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: idleUntil("checking"),
    checking: {
      entry: { type: "query", params: ({ context }) => checkAvailable(wanted(context)) },
      on: { rows: [{ guard: "isFree", target: "taking" }, { target: "idle" }], failed: "idle" },
    },
    taking: {
      entry: { type: "query", params: ({ context }) => takeIfFree(context.client, wanted(context)) },
      on: { rows: [{ guard: "changedOneRow", target: "owning" }, { target: "idle" }], failed: "idle" },
    },
    owning,
    releasing,
  },
});

export const checkThenAtomicUpdate = bufferProtocol({
  name: "check-then-atomic-update",
  sentence: "reads whether the buffer is free, and takes it with an UPDATE that checks again",
  broken: false,
  claims: { "read committed": "holds", "repeatable read": "holds", serializable: "holds" },
  machine,
});
