/**
 * select-then-insert: looks for a row, and inserts one where there is none. check-then-act for rows that do not exist yet.
 *
 *     level              verdict                   why
 *     read committed     violates one-row-each     between the two statements another one inserts
 *     repeatable read    violates one-row-each     the same: each statement is a transaction of its own
 *     serializable       violates one-row-each     the same
 *
 *     alice                                bob                                  claims
 *     SELECT … -> no row                   SELECT … -> no row                   -
 *     INSERT …: alice owns                                                      (1, alice)
 *                                          INSERT …: bob owns, too              (1, alice), (1, bob)
 *
 * It tries to avoid errors: nobody wants to see a duplicate. Without a unique index there is no error, and with one there is one
 * all the same, because the look proves nothing.
 *
 * Where it is seen: `findOrCreate`, `if (!await exists(…)) await insert(…)`, sign-up forms. The cure: a unique index, and
 * `on-conflict-do-nothing`.
 */
import { bufferClient, bufferProtocol, idleUntil, owning, wanted } from "./buffer-client.ts";
import { abandoning, claim, claimOf } from "./claim-client.ts";

const machine = bufferClient.createMachine({
  id: "select-then-insert",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: idleUntil("checking"),
    checking: {
      entry: { type: "query", params: ({ context }) => claimOf(wanted(context)) },
      on: { rows: [{ guard: "noRow", target: "claiming" }, { target: "idle" }], failed: "idle" },
    },
    claiming: {
      entry: { type: "query", params: ({ context }) => claim(context.client, wanted(context)) },
      on: { rows: "owning", failed: "idle" },
    },
    owning,
    releasing: abandoning,
  },
});

export const selectThenInsert = bufferProtocol({
  name: "select-then-insert",
  sentence: "looks whether there is a row, and inserts its own with a second statement",
  broken: true,
  curedBy: ["on-conflict-do-nothing", "insert-if-absent-with-unique-index"],
  claims: {
    "read committed": { violates: "one-row-each" },
    "repeatable read": { violates: "one-row-each" },
    serializable: { violates: "one-row-each" },
  },
  machine,
});
