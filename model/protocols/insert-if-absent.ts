/**
 * insert-if-absent: one statement that inserts a row where there is none. It looks atomic, and is a race inside a statement.
 *
 *     INSERT INTO claims (buffer, locked_by) SELECT 1, 'alice' WHERE NOT EXISTS (SELECT FROM claims WHERE buffer = 1)
 *
 * It tries to check and to insert at once. But its NOT EXISTS is answered by the snapshot that the statement took when it began,
 * and a row that another one inserts meanwhile is not in it. An UPDATE would be stopped by the row lock of the other; there is no
 * row yet to be locked.
 *
 *     level              verdict                   why
 *     read committed     violates one-row-each     the row that is not committed yet is not there
 *     repeatable read    violates one-row-each     two INSERTs do not conflict: neither changed what the other changed
 *     serializable       holds                     each read what the other wrote: one of them fails with 40001
 *
 *     alice                                bob                                  claims
 *     INSERT …: 1 row, not committed                                            -
 *                                          INSERT …: NOT EXISTS is true         -
 *     (autocommit): alice owns                                                  (1, alice)
 *                                          (autocommit): bob owns, too          (1, alice), (1, bob)
 *
 * The autocommit is a step of its own, and between the statement's end and its commit there is time for another one. From
 * outside nobody can hold an autocommit back, so on a real server the replay runs the statement as BEGIN; INSERT …; COMMIT.
 *
 * Where it is seen: "insert if not exists" written by hand, import jobs, idempotency keys, `findOrCreate` of ORMs. The cure is
 * one line in the schema: `insert-if-absent-with-unique-index`.
 */
import { bufferClient, bufferProtocol, idleUntil, owning, wanted } from "./buffer-client.ts";
import { abandoning, claimIfAbsent } from "./claim-client.ts";

const machine = bufferClient.createMachine({
  id: "insert-if-absent",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: idleUntil("claiming"),
    claiming: {
      entry: { type: "query", params: ({ context }) => claimIfAbsent(context.client, wanted(context)) },
      on: { rows: [{ guard: "changedOneRow", target: "owning" }, { target: "idle" }], failed: "idle" },
    },
    owning,
    releasing: abandoning,
  },
});

export const insertIfAbsent = bufferProtocol({
  name: "insert-if-absent",
  sentence: "inserts its row with one statement, where no row exists yet",
  broken: true,
  curedBy: ["insert-if-absent-with-unique-index", "on-conflict-do-nothing"],
  claims: {
    "read committed": { violates: "one-row-each" },
    "repeatable read": { violates: "one-row-each" },
    serializable: "holds",
  },
  machine,
});
