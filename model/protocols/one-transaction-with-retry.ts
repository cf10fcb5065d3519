/**
 * one-transaction-with-retry: as `one-transaction`, and the whole transaction again when the server gave it up (40001).
 *
 * It tries to spare the user the error that is nobody's fault. The new transaction begins with a new snapshot, reads that the
 * buffer is taken, and ends; so there is no endless circle of retries here, because whoever made it fail has committed.
 *
 *     level              verdict                       why
 *     read committed     violates mutual-exclusion     nothing fails at this level, so nothing is tried again
 *     repeatable read    holds                         the second attempt sees who owns the buffer
 *     serializable       holds                         the same
 *
 *     repeatable read      alice                            bob                                 row of buffer 1
 *                          BEGIN; SELECT … -> NULL                                              NULL
 *                                                           BEGIN; SELECT … -> NULL             NULL
 *                          UPDATE …; COMMIT: alice owns                                         alice
 *                                                           UPDATE … -> 40001; ROLLBACK         alice
 *                                                           BEGIN; SELECT … -> 'alice'; ROLLBACK
 *
 * It must be the whole transaction: a statement that is repeated in the failed one is refused (25P02), and one that is repeated
 * with what the failed one has read is check-then-act.
 *
 * Where it is seen: retry decorators around a unit of work. The trap is to add one and leave the level at READ COMMITTED, where
 * the code looks right in every test.
 */
import { BEGIN, COMMIT, checkAvailable, ROLLBACK, take } from "../statements.ts";
import { bufferClient, bufferProtocol, idleUntil, owning, releasing, wanted } from "./buffer-client.ts";

const machine = bufferClient.createMachine({
  id: "one-transaction-with-retry",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: idleUntil("beginning"),
    beginning: { entry: { type: "query", params: BEGIN }, on: { rows: "checking", failed: "idle" } },
    checking: {
      entry: { type: "query", params: ({ context }) => checkAvailable(wanted(context)) },
      on: {
        rows: [{ guard: "isFree", target: "taking" }, { target: "rollingBack" }],
        failed: [{ guard: "mayTryAgain", target: "rollingBackToTryAgain" }, { target: "rollingBack" }],
      },
    },
    taking: {
      entry: { type: "query", params: ({ context }) => take(context.client, wanted(context)) },
      on: {
        rows: [{ guard: "changedOneRow", target: "committing" }, { target: "rollingBack" }],
        failed: [{ guard: "mayTryAgain", target: "rollingBackToTryAgain" }, { target: "rollingBack" }],
      },
    },
    committing: {
      entry: { type: "query", params: COMMIT },
      on: {
        rows: "owning",
        failed: [{ guard: "mayTryAgain", target: "rollingBackToTryAgain" }, { target: "rollingBack" }],
      },
    },
    rollingBackToTryAgain: { entry: { type: "query", params: ROLLBACK }, on: { rows: "beginning", failed: "idle" } },
    rollingBack: { entry: { type: "query", params: ROLLBACK }, on: { rows: "idle", failed: "idle" } },
    owning,
    releasing,
  },
});

export const oneTransactionWithRetry = bufferProtocol({
  name: "one-transaction-with-retry",
  sentence: "reads and takes in one transaction, and tries the whole of it again when it could not be serialized",
  broken: true,
  curedBy: ["select-for-update", "atomic-update"],
  claims: {
    "read committed": { violates: "mutual-exclusion" },
    "repeatable read": "holds",
    serializable: "holds",
  },
  machine,
});
