/**
 * for-update-after-unlocked-read: decides by a plain read, and locks the row afterwards.
 *
 * It tries to lock only rows that are worth it. The lock comes too late: what was decided is decided, and the row that the lock
 * returns, which would say that somebody was faster, is not looked at.
 *
 *     level              verdict                       why
 *     read committed     violates mutual-exclusion     FOR UPDATE waits, returns the new row, and nobody reads it
 *     repeatable read    holds                         FOR UPDATE of a row that was changed after the snapshot: 40001
 *     serializable       holds                         the same
 *
 *     read committed       alice                             bob                                row of buffer 1
 *                          BEGIN; SELECT … -> NULL           BEGIN; SELECT … -> NULL            NULL
 *                          SELECT … FOR UPDATE; UPDATE …;                                       locked by alice
 *                          COMMIT: alice owns                                                   alice
 *                                                            SELECT … FOR UPDATE -> 'alice'     locked by bob
 *                                                            UPDATE …; COMMIT: bob owns, too    bob
 *
 * Where it is seen: ORMs with `reload(lock: true)` on an object that was loaded before, where the code goes on with a decision that it
 * made on the old values. The cure: decide by the row that FOR UPDATE returns, as `select-for-update` does.
 */
import { BEGIN, COMMIT, checkAvailable, lockRow, ROLLBACK, take } from "../statements.ts";
import { bufferClient, bufferProtocol, idleUntil, owning, releasing, wanted } from "./buffer-client.ts";

const machine = bufferClient.createMachine({
  id: "for-update-after-unlocked-read",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: idleUntil("beginning"),
    beginning: { entry: { type: "query", params: BEGIN }, on: { rows: "checking", failed: "idle" } },
    checking: {
      entry: { type: "query", params: ({ context }) => checkAvailable(wanted(context)) },
      on: { rows: [{ guard: "isFree", target: "locking" }, { target: "rollingBack" }], failed: "rollingBack" },
    },
    locking: {
      entry: { type: "query", params: ({ context }) => lockRow(wanted(context)) },
      on: { rows: "taking", failed: "rollingBack" },
    },
    taking: {
      entry: { type: "query", params: ({ context }) => take(context.client, wanted(context)) },
      on: {
        rows: [{ guard: "changedOneRow", target: "committing" }, { target: "rollingBack" }],
        failed: "rollingBack",
      },
    },
    committing: { entry: { type: "query", params: COMMIT }, on: { rows: "owning", failed: "rollingBack" } },
    rollingBack: { entry: { type: "query", params: ROLLBACK }, on: { rows: "idle", failed: "idle" } },
    owning,
    releasing,
  },
});

export const forUpdateAfterUnlockedRead = bufferProtocol({
  name: "for-update-after-unlocked-read",
  sentence: "decides by a plain read, then locks the row without looking at it again, and takes it",
  broken: true,
  curedBy: ["select-for-update"],
  claims: {
    "read committed": { violates: "mutual-exclusion" },
    "repeatable read": "holds",
    serializable: "holds",
  },
  machine,
});
