/**
 * advisory-lock: takes a transaction's advisory lock first of all, looks, takes and commits.
 *
 * It tries to let one client at a time through, without a row to lock: also where the row does not exist yet. It holds, since
 * the lock is there before the look and until after the commit, and nobody can forget to give it back.
 *
 *     level              verdict
 *     read committed     holds
 *     repeatable read    holds     but the snapshot is as old as the statement that waited for the lock, so the second one
 *                                  reads what was true before the wait, and its UPDATE fails with 40001
 *     serializable       holds     the same
 *
 *     alice                                     bob                                         row of buffer 1
 *     BEGIN; pg_advisory_xact_lock(1)                                                       NULL
 *                                               BEGIN; pg_advisory_xact_lock(1) (waits)
 *     SELECT … -> NULL; UPDATE …
 *     COMMIT: alice owns                                                                    alice
 *                                               SELECT … -> 'alice'; ROLLBACK               alice
 *
 * It guards only against those who take it, too: one UPDATE elsewhere that does not ask is enough. READ COMMITTED is the level for
 * it, where each statement after the wait sees what was committed.
 *
 * Where it is seen: jobs that must run once, migrations, "find or create" without a unique index. The right way.
 */
import { BEGIN, COMMIT, checkAvailable, ROLLBACK, take } from "../statements.ts";
import { advisoryXactLock } from "./advisory-statements.ts";
import { bufferClient, bufferProtocol, idleUntil, owning, releasing, wanted } from "./buffer-client.ts";

const machine = bufferClient.createMachine({
  id: "advisory-lock",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: idleUntil("beginning"),
    beginning: { entry: { type: "query", params: BEGIN }, on: { rows: "entering", failed: "idle" } },
    entering: {
      entry: { type: "query", params: ({ context }) => advisoryXactLock(wanted(context)) },
      on: { rows: "checking", failed: "rollingBack" },
    },
    checking: {
      entry: { type: "query", params: ({ context }) => checkAvailable(wanted(context)) },
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
    owning,
    releasing,
  },
});

export const advisoryLockProtocol = bufferProtocol({
  name: "advisory-lock",
  sentence: "reads and takes in one transaction that begins with an advisory lock",
  broken: false,
  claims: { "read committed": "holds", "repeatable read": "holds", serializable: "holds" },
  machine,
});
