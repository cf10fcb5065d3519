/**
 * unique-violation-caught: inserts in a transaction, catches the duplicate's error there, and goes on to COMMIT.
 *
 * It tries to treat "somebody has it" as an ordinary answer. But after an error PostgreSQL refuses every statement of the
 * transaction (25P02), and answers COMMIT with success: its tag says ROLLBACK. A client that catches both errors and sees COMMIT
 * succeed believes that it owns.
 *
 *     level              verdict
 *     read committed     violates mutual-exclusion
 *     repeatable read    violates mutual-exclusion
 *     serializable       violates mutual-exclusion
 *
 *     alice                                bob                                                  claims
 *     BEGIN; INSERT …; COMMIT: owns                                                             (1, alice)
 *                                          BEGIN; INSERT … -> 23505, caught                     (1, alice)
 *                                          SELECT who has it -> 25P02, caught                   (1, alice)
 *                                          COMMIT -> success, "ROLLBACK": bob owns, too         (1, alice)
 *
 * The unique index did its work: there is one row. What is wrong is what the client believes.
 *
 * Where it is seen: try/catch around a single statement inside a transaction, loggers that swallow; it works on databases where
 * an error does not end the transaction. The cure: no error at all (`on-conflict-do-nothing`), or a savepoint.
 */
import { BEGIN, COMMIT, ROLLBACK } from "../statements.ts";
import { bufferClient, bufferProtocol, idleUntil, owning, wanted } from "./buffer-client.ts";
import { abandoning, claim, claimOf, UNIQUE_INDEX } from "./claim-client.ts";

const machine = bufferClient.createMachine({
  id: "unique-violation-caught",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: idleUntil("beginning"),
    beginning: { entry: { type: "query", params: BEGIN }, on: { rows: "claiming", failed: "idle" } },
    claiming: {
      entry: { type: "query", params: ({ context }) => claim(context.client, wanted(context)) },
      on: { rows: "committing", failed: "lookingWhoHasIt" },
    },
    lookingWhoHasIt: {
      entry: { type: "query", params: ({ context }) => claimOf(wanted(context)) },
      on: { rows: [{ guard: "namesMe", target: "committing" }, { target: "rollingBack" }], failed: "committing" },
    },
    committing: { entry: { type: "query", params: COMMIT }, on: { rows: "owning", failed: "rollingBack" } },
    rollingBack: { entry: { type: "query", params: ROLLBACK }, on: { rows: "idle", failed: "idle" } },
    owning,
    releasing: abandoning,
  },
});

export const uniqueViolationCaught = bufferProtocol({
  name: "unique-violation-caught",
  sentence: "inserts its row in a transaction, catches the error of a duplicate, and believes what COMMIT answers",
  broken: true,
  curedBy: ["on-conflict-do-nothing"],
  claims: {
    "read committed": { violates: "mutual-exclusion" },
    "repeatable read": { violates: "mutual-exclusion" },
    serializable: { violates: "mutual-exclusion" },
  },
  setup: [UNIQUE_INDEX],
  machine,
});
