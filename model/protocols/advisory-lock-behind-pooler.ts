/**
 * advisory-lock-behind-pooler: reads and takes under a session's advisory lock, through a transaction pooler.
 *
 * On a connection of its own this holds. But a transaction pooler gives a server connection to a client for one transaction, and here
 * every statement is one. The lock stays with the connection, and the client goes on with another.
 *
 *     alice                                 bob                                      connection 1      row of buffer 1
 *     pg_advisory_lock(1) on connection 1                                            has the lock      NULL
 *     SELECT … -> NULL
 *                    the pooler gives bob connection 1, and alice another one
 *                                           pg_advisory_lock(1) on connection 1:     has it twice
 *                                           it has the lock, so he does not wait
 *                                           SELECT … -> NULL
 *     UPDATE …: owns                                                                                   alice
 *                                           UPDATE …: owns, too                                        bob
 *
 * Nor does alice's unlock do anything: her connection has no such lock (`pg_advisory_unlock` answers false, with a warning), and the lock
 * is kept by a connection that belongs to nobody. No isolation level helps.
 *
 * Where it is seen: PgBouncer in transaction mode, and its like. The same befalls SET, PREPARE, LISTEN and temporary tables: whatever
 * belongs to a session. The cure: the transaction's lock, `advisory-lock`, which the pooler cannot part from its transaction.
 */
import { checkAvailable, take } from "../statements.ts";
import { advisoryLock, advisoryUnlock } from "./advisory-statements.ts";
import { bufferClient, bufferProtocol, idleUntil, owning, releasing, wanted } from "./buffer-client.ts";

const machine = bufferClient.createMachine({
  id: "advisory-lock-behind-pooler",
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
      on: { rows: [{ guard: "isFree", target: "taking" }, { target: "givingUp" }], failed: "givingUp" },
    },
    taking: {
      entry: { type: "query", params: ({ context }) => take(context.client, wanted(context)) },
      on: { rows: [{ guard: "changedOneRow", target: "leaving" }, { target: "givingUp" }], failed: "givingUp" },
    },
    leaving: {
      entry: { type: "query", params: ({ context }) => advisoryUnlock(wanted(context)) },
      on: { rows: "owning", failed: "idle" },
    },
    givingUp: {
      entry: { type: "query", params: ({ context }) => advisoryUnlock(wanted(context)) },
      on: { rows: "idle", failed: "idle" },
    },
    owning,
    releasing,
  },
});

export const advisoryLockBehindPooler = bufferProtocol({
  name: "advisory-lock-behind-pooler",
  sentence: "reads and takes under a session's advisory lock, through a pooler that changes sessions",
  broken: true,
  curedBy: ["advisory-lock"],
  faults: { pooler: 1 },
  claims: {
    "read committed": { violates: "owner-is-recorded" },
    "repeatable read": { violates: "owner-is-recorded" },
    serializable: { violates: "owner-is-recorded" },
  },
  machine,
});
