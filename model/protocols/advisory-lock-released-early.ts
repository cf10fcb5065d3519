/**
 * advisory-lock-released-early: takes the session's advisory lock, looks and takes in a transaction, unlocks, and commits.
 *
 * It tries to guard look and take with the lock, and gives it back when the work is done. The work is done when it is committed:
 * between the unlock and COMMIT the next client gets the lock and reads a row that does not have the claim yet.
 *
 *     level              verdict                       why
 *     read committed     violates mutual-exclusion     the UPDATE waits for the row, and then overwrites
 *     repeatable read    holds                         that UPDATE fails with 40001
 *     serializable       holds                         the same
 *
 *     alice                                     bob                                          row of buffer 1
 *     pg_advisory_lock(1)                                                                    NULL
 *     BEGIN; SELECT … -> NULL; UPDATE …                                                      NULL, locked by alice
 *     pg_advisory_unlock(1)
 *                                               pg_advisory_lock(1); BEGIN; SELECT … -> NULL NULL
 *     COMMIT: alice owns                                                                     alice
 *                                               UPDATE …; unlock; COMMIT: bob owns, too      bob
 *
 * Where it is seen: a lock taken and given back by a decorator inside the one that opens the transaction. The cure: give it
 * back after COMMIT, or let the transaction do it, as `advisory-lock` does.
 */
import { BEGIN, COMMIT, checkAvailable, ROLLBACK, take } from "../statements.ts";
import { advisoryLock, advisoryUnlock } from "./advisory-statements.ts";
import { bufferClient, bufferProtocol, idleUntil, owning, releasing, wanted } from "./buffer-client.ts";

const machine = bufferClient.createMachine({
  id: "advisory-lock-released-early",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: idleUntil("entering"),
    entering: {
      entry: { type: "query", params: ({ context }) => advisoryLock(wanted(context)) },
      on: { rows: "beginning", failed: "idle" },
    },
    beginning: { entry: { type: "query", params: BEGIN }, on: { rows: "checking", failed: "leaving" } },
    checking: {
      entry: { type: "query", params: ({ context }) => checkAvailable(wanted(context)) },
      on: { rows: [{ guard: "isFree", target: "taking" }, { target: "rollingBack" }], failed: "rollingBack" },
    },
    taking: {
      entry: { type: "query", params: ({ context }) => take(context.client, wanted(context)) },
      on: {
        rows: [{ guard: "changedOneRow", target: "leavingWithClaim" }, { target: "rollingBack" }],
        failed: "rollingBack",
      },
    },
    leavingWithClaim: {
      entry: { type: "query", params: ({ context }) => advisoryUnlock(wanted(context)) },
      on: { rows: "committing", failed: "rollingBack" },
    },
    committing: { entry: { type: "query", params: COMMIT }, on: { rows: "owning", failed: "idle" } },
    rollingBack: { entry: { type: "query", params: ROLLBACK }, on: { rows: "leaving", failed: "leaving" } },
    leaving: {
      entry: { type: "query", params: ({ context }) => advisoryUnlock(wanted(context)) },
      on: { rows: "idle", failed: "idle" },
    },
    owning,
    releasing,
  },
});

export const advisoryLockReleasedEarly = bufferProtocol({
  name: "advisory-lock-released-early",
  sentence: "reads and takes under a session's advisory lock that it gives back before it commits",
  broken: true,
  curedBy: ["advisory-lock"],
  claims: {
    "read committed": { violates: "mutual-exclusion" },
    "repeatable read": "holds",
    serializable: "holds",
  },
  machine,
});
