/**
 * select-for-update: look and take in two statements of one transaction, with the row locked from the look on.
 *
 * Why it holds: SELECT … FOR UPDATE locks the row before it answers, and the lock stays until the transaction ends. What
 * the client has read is therefore still true when it writes.
 *
 *     alice                                bob                                  row of buffer 1
 *     BEGIN; SELECT … FOR UPDATE -> NULL                                        NULL, locked by alice's transaction
 *                                          BEGIN; SELECT … FOR UPDATE (waits)
 *     UPDATE …; COMMIT: alice owns                                              alice
 *                                          -> 'alice' (read after the wait)     alice, locked by bob's transaction
 *                                          ROLLBACK: idle                       alice
 *
 * Without FOR UPDATE the same transaction is check-then-act again. The client owns only after COMMIT has replied: before
 * that its UPDATE may still be undone, and nobody else could see it.
 *
 * Two row locks in one transaction would need an order that all clients keep, or they deadlock; here each transaction
 * locks one row.
 *
 * On an SQL error inside the transaction the client sends ROLLBACK, since PostgreSQL refuses everything else until then
 * (25P02), and is idle whatever ROLLBACK says. That includes a failed COMMIT: after an error the transaction is over and
 * ROLLBACK only warns; after a lost connection the outcome is unknown, and a client that does not know must not believe.
 * When BEGIN fails there is nothing to roll back. An error at release leaves the client without belief.
 */
import { BEGIN, COMMIT, lockRow, ROLLBACK, release, take } from "../statements.ts";
import { bufferClient, bufferProtocol, wanted } from "./buffer-client.ts";

const machine = bufferClient.createMachine({
  id: "select-for-update",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: { entry: "forget", on: { acquire: { target: "beginning", actions: "choose" } } },
    beginning: { entry: { type: "query", params: BEGIN }, on: { rows: "locking", failed: "idle" } },
    locking: {
      entry: { type: "query", params: ({ context }) => lockRow(wanted(context)) },
      on: { rows: [{ guard: "isFree", target: "taking" }, { target: "rollingBack" }], failed: "rollingBack" },
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
    owning: { on: { release: "releasing" } },
    releasing: {
      entry: { type: "query", params: ({ context }) => release(context.client, wanted(context)) },
      on: { rows: "idle", failed: "idle" },
    },
  },
});

export const selectForUpdate = bufferProtocol({
  name: "select-for-update",
  sentence: "reads the row under a row lock and takes it in the same transaction",
  broken: false,
  claims: { "read committed": "holds", "repeatable read": "holds", serializable: "holds" },
  machine,
});
