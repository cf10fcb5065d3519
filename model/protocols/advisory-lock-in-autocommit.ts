/**
 * advisory-lock-in-autocommit: takes a transaction's advisory lock without a transaction, then looks and takes.
 *
 *     SELECT pg_advisory_xact_lock(1)
 *
 * It tries to let one client at a time through look and take. But the lock is the transaction's, and in autocommit the
 * transaction is the SELECT that took the lock: it is free again before its answer is read.
 *
 *     level              verdict
 *     read committed     violates mutual-exclusion
 *     repeatable read    violates mutual-exclusion
 *     serializable       violates mutual-exclusion
 *
 *     alice                                bob                                     row of buffer 1
 *     SELECT pg_advisory_xact_lock(1)                                              NULL
 *                                          SELECT pg_advisory_xact_lock(1)         NULL
 *     SELECT … -> NULL                     SELECT … -> NULL                        NULL
 *     UPDATE …: alice owns                                                         alice
 *                                          UPDATE …: bob owns, too                 bob
 *
 * Where it is seen: the advice "use the xact variant, it cannot be forgotten" followed without BEGIN. Nothing warns. The
 * cure: `advisory-lock`.
 */
import { checkAvailable, take } from "../statements.ts";
import { advisoryXactLock } from "./advisory-statements.ts";
import { bufferClient, bufferProtocol, idleUntil, owning, releasing, wanted } from "./buffer-client.ts";

const machine = bufferClient.createMachine({
  id: "advisory-lock-in-autocommit",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: idleUntil("entering"),
    entering: {
      entry: { type: "query", params: ({ context }) => advisoryXactLock(wanted(context)) },
      on: { rows: "checking", failed: "idle" },
    },
    checking: {
      entry: { type: "query", params: ({ context }) => checkAvailable(wanted(context)) },
      on: { rows: [{ guard: "isFree", target: "taking" }, { target: "idle" }], failed: "idle" },
    },
    taking: {
      entry: { type: "query", params: ({ context }) => take(context.client, wanted(context)) },
      on: { rows: [{ guard: "changedOneRow", target: "owning" }, { target: "idle" }], failed: "idle" },
    },
    owning,
    releasing,
  },
});

export const advisoryLockInAutocommit = bufferProtocol({
  name: "advisory-lock-in-autocommit",
  sentence: "takes a transaction's advisory lock in autocommit, then reads whether the buffer is free and takes it",
  broken: true,
  curedBy: ["advisory-lock"],
  claims: {
    "read committed": { violates: "mutual-exclusion" },
    "repeatable read": { violates: "mutual-exclusion" },
    serializable: { violates: "mutual-exclusion" },
  },
  machine,
});
