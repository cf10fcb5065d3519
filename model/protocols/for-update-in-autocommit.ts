/**
 * for-update-in-autocommit: SELECT … FOR UPDATE and then the UPDATE, without BEGIN. The lock is gone before its answer is read.
 *
 * It tries to lock the row from the look on, as `select-for-update` does. But a row lock lasts to the end of its transaction, and
 * without BEGIN that is the end of the SELECT.
 *
 *     level              verdict
 *     read committed     violates mutual-exclusion
 *     repeatable read    violates mutual-exclusion
 *     serializable       violates mutual-exclusion
 *
 *     alice                                bob                                     row of buffer 1
 *     SELECT … FOR UPDATE -> NULL                                                  locked, and free again
 *                                          SELECT … FOR UPDATE -> NULL             locked, and free again
 *     UPDATE …: alice owns                                                         alice
 *                                          UPDATE …: bob owns, too                 bob
 *
 * Where it is seen: FOR UPDATE added to a query whose caller runs in autocommit, a connection pool that hands out another
 * connection for each query. Nothing warns. The cure is BEGIN and COMMIT on one connection: `select-for-update`.
 */
import { lockRow, take } from "../statements.ts";
import { bufferClient, bufferProtocol, idleUntil, owning, releasing, wanted } from "./buffer-client.ts";

const machine = bufferClient.createMachine({
  id: "for-update-in-autocommit",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: idleUntil("locking"),
    locking: {
      entry: { type: "query", params: ({ context }) => lockRow(wanted(context)) },
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

export const forUpdateInAutocommit = bufferProtocol({
  name: "for-update-in-autocommit",
  sentence: "reads the row under a row lock that ends with the statement, then takes it",
  broken: true,
  curedBy: ["select-for-update"],
  claims: {
    "read committed": { violates: "mutual-exclusion" },
    "repeatable read": { violates: "mutual-exclusion" },
    serializable: { violates: "mutual-exclusion" },
  },
  machine,
});
