/**
 * advisory-lock-kept: takes the session's advisory lock, and gives it back on one of two ways out.
 *
 * It tries to guard look and take, and does. But a session's lock is nobody's but the session's: COMMIT, ROLLBACK and an error
 * leave it alone, and only an unlock or the connection's end takes it away. Here the handler throws when the buffer is taken; its
 * connection goes back into the pool with the lock, and everybody else waits for ever.
 *
 *     level              verdict
 *     read committed     violates no-deadlock     somebody waits for a client that has ended
 *     repeatable read    violates no-deadlock
 *     serializable       violates no-deadlock
 *
 *     alice                                     bob                                            row of buffer 1
 *     pg_advisory_lock(1); SELECT … -> NULL                                                    NULL
 *     UPDATE …; pg_advisory_unlock(1): owns                                                    alice
 *                                               pg_advisory_lock(1); SELECT … -> 'alice'       alice
 *                                               throws: ends, and keeps the lock
 *     release; pg_advisory_lock(1): waits for ever
 *
 * Where it is seen: an early return or an exception between lock and unlock, a `finally` that unlocks on another connection of the
 * pool. The cure: the transaction's lock, `advisory-lock`, which cannot be kept.
 */
import { checkAvailable, take } from "../statements.ts";
import { advisoryLock, advisoryUnlock } from "./advisory-statements.ts";
import { bufferClient, bufferProtocol, idleUntil, owning, releasing, wanted } from "./buffer-client.ts";

const machine = bufferClient.createMachine({
  id: "advisory-lock-kept",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: idleUntil("entering"),
    entering: {
      entry: { type: "query", params: ({ context }) => advisoryLock(wanted(context)) },
      on: { rows: "checking", failed: "idle" },
    },
    checking: {
      entry: { type: "query", params: ({ context }) => checkAvailable(wanted(context)) },
      on: { rows: [{ guard: "isFree", target: "taking" }, { target: "gone" }], failed: "gone" },
    },
    taking: {
      entry: { type: "query", params: ({ context }) => take(context.client, wanted(context)) },
      on: { rows: [{ guard: "changedOneRow", target: "leaving" }, { target: "gone" }], failed: "gone" },
    },
    leaving: {
      entry: { type: "query", params: ({ context }) => advisoryUnlock(wanted(context)) },
      on: { rows: "owning", failed: "gone" },
    },
    gone: { type: "final" },
    owning,
    releasing,
  },
});

export const advisoryLockKept = bufferProtocol({
  name: "advisory-lock-kept",
  sentence: "reads and takes under a session's advisory lock, and ends without giving it back when the buffer is taken",
  broken: true,
  curedBy: ["advisory-lock"],
  claims: {
    "read committed": { violates: "no-deadlock" },
    "repeatable read": { violates: "no-deadlock" },
    serializable: { violates: "no-deadlock" },
  },
  machine,
});
