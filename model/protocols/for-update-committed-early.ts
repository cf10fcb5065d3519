/**
 * for-update-committed-early: looks under a row lock, commits, and then writes the claim.
 *
 * It tries to keep the transaction short. It keeps it too short: what was read under the lock is true until COMMIT and not a
 * moment longer, and the claim is written after it.
 *
 *     level              verdict
 *     read committed     violates mutual-exclusion
 *     repeatable read    violates mutual-exclusion
 *     serializable       violates mutual-exclusion
 *
 *     alice                                          bob                                            row of buffer 1
 *     BEGIN; SELECT … FOR UPDATE -> NULL; COMMIT                                                    NULL
 *                                                    BEGIN; SELECT … FOR UPDATE -> NULL; COMMIT     NULL
 *     UPDATE …: alice owns                                                                          alice
 *                                                    UPDATE …: bob owns, too                        bob
 *
 * Where it is seen: a `withTransaction` helper around the look, and the write after it; a repository method that opens and
 * commits its own transaction. The cure: write before COMMIT, as `select-for-update` does.
 */
import { BEGIN, COMMIT, lockRow, ROLLBACK, take } from "../statements.ts";
import { bufferClient, bufferProtocol, idleUntil, owning, releasing, wanted } from "./buffer-client.ts";

const machine = bufferClient.createMachine({
  id: "for-update-committed-early",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: idleUntil("beginning"),
    beginning: { entry: { type: "query", params: BEGIN }, on: { rows: "locking", failed: "idle" } },
    locking: {
      entry: { type: "query", params: ({ context }) => lockRow(wanted(context)) },
      on: { rows: [{ guard: "isFree", target: "committing" }, { target: "rollingBack" }], failed: "rollingBack" },
    },
    committing: { entry: { type: "query", params: COMMIT }, on: { rows: "taking", failed: "rollingBack" } },
    rollingBack: { entry: { type: "query", params: ROLLBACK }, on: { rows: "idle", failed: "idle" } },
    taking: {
      entry: { type: "query", params: ({ context }) => take(context.client, wanted(context)) },
      on: { rows: [{ guard: "changedOneRow", target: "owning" }, { target: "idle" }], failed: "idle" },
    },
    owning,
    releasing,
  },
});

export const forUpdateCommittedEarly = bufferProtocol({
  name: "for-update-committed-early",
  sentence: "reads the row under a row lock, commits, and takes it after that",
  broken: true,
  curedBy: ["select-for-update"],
  claims: {
    "read committed": { violates: "mutual-exclusion" },
    "repeatable read": { violates: "mutual-exclusion" },
    serializable: { violates: "mutual-exclusion" },
  },
  machine,
});
