/**
 * for-update-on-missing-row: SELECT … FOR UPDATE of a row that is not there, then INSERT, in one transaction.
 *
 * It tries to lock what it is going to insert. A row lock is kept in the row; where there is no row nothing is locked, and
 * PostgreSQL has no lock on the gap (MySQL's InnoDB has).
 *
 *     level              verdict                   why
 *     read committed     violates one-row-each     no row, no lock, no wait
 *     repeatable read    violates one-row-each     two INSERTs do not conflict
 *     serializable       holds                     each read what the other inserted: one of them fails with 40001
 *
 *     alice                                          bob                                            claims
 *     BEGIN; SELECT … FOR UPDATE -> no row           BEGIN; SELECT … FOR UPDATE -> no row           -
 *     INSERT …; COMMIT: alice owns                                                                  (1, alice)
 *                                                    INSERT …; COMMIT: bob owns, too                (1, alice), (1, bob)
 *
 * Where it is seen: code that came from MySQL; `select-for-update` used for the first row of its kind. The cure: a unique index
 * with `on-conflict-do-nothing`, or a lock on something that exists: the parent's row, or an advisory lock.
 */
import { BEGIN, COMMIT, ROLLBACK } from "../statements.ts";
import { bufferClient, bufferProtocol, idleUntil, owning, wanted } from "./buffer-client.ts";
import { abandoning, claim, lockClaimOf } from "./claim-client.ts";

const machine = bufferClient.createMachine({
  id: "for-update-on-missing-row",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: idleUntil("beginning"),
    beginning: { entry: { type: "query", params: BEGIN }, on: { rows: "locking", failed: "idle" } },
    locking: {
      entry: { type: "query", params: ({ context }) => lockClaimOf(wanted(context)) },
      on: { rows: [{ guard: "noRow", target: "claiming" }, { target: "rollingBack" }], failed: "rollingBack" },
    },
    claiming: {
      entry: { type: "query", params: ({ context }) => claim(context.client, wanted(context)) },
      on: { rows: "committing", failed: "rollingBack" },
    },
    committing: { entry: { type: "query", params: COMMIT }, on: { rows: "owning", failed: "rollingBack" } },
    rollingBack: { entry: { type: "query", params: ROLLBACK }, on: { rows: "idle", failed: "idle" } },
    owning,
    releasing: abandoning,
  },
});

export const forUpdateOnMissingRow = bufferProtocol({
  name: "for-update-on-missing-row",
  sentence: "locks a row that does not exist yet, and inserts it in the same transaction",
  broken: true,
  curedBy: ["on-conflict-do-nothing"],
  claims: {
    "read committed": { violates: "one-row-each" },
    "repeatable read": { violates: "one-row-each" },
    serializable: "holds",
  },
  machine,
});
