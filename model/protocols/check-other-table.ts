/**
 * check-other-table: looks into one table and writes into another, in one transaction. Write skew.
 *
 * It tries to keep a rule that spans two tables. Each of two clients sees its rule kept, and writes a row that the other one
 * did not look for in the place where it is written. No row is written twice, so no row lock and no "first updater wins" can help.
 *
 *     level              verdict                       why
 *     read committed     violates mutual-exclusion     what is not committed is not seen
 *     repeatable read    violates mutual-exclusion     the two write different rows: no conflict
 *     serializable       holds                         each read what the other wrote: one fails with 40001
 *
 *     alice, an editor                             bob, a reviewer                              committed
 *     BEGIN; SELECT … FROM reviewers -> no row     BEGIN; SELECT … FROM editors -> no row       -
 *     INSERT INTO editors …; COMMIT: alice owns                                                 alice in editors
 *                                                  INSERT INTO reviewers …; COMMIT: owns, too   and bob in reviewers
 *
 * Where it is seen: "at least one doctor on call", a booking against a list of closures, soft deletes that check for children. The
 * cures: SERIALIZABLE with a retry, or something that both write: `touch-parent-row`, `lock-parent-row`.
 */
import { BEGIN, COMMIT, ROLLBACK } from "../statements.ts";
import {
  deskClient,
  deskProtocol,
  idleUntilBeginning,
  lookAtOthers,
  owningDesk,
  releasingDesk,
  sitDown,
} from "./desk-client.ts";

const machine = deskClient.createMachine({
  id: "check-other-table",
  context: ({ input }) => ({ client: input.client, buffer: null, as: null }),
  initial: "idle",
  states: {
    idle: idleUntilBeginning,
    beginning: { entry: { type: "query", params: BEGIN }, on: { rows: "checking", failed: "idle" } },
    checking: {
      entry: { type: "query", params: ({ context }) => lookAtOthers(context) },
      on: { rows: [{ guard: "noRow", target: "claiming" }, { target: "rollingBack" }], failed: "rollingBack" },
    },
    claiming: {
      entry: { type: "query", params: ({ context }) => sitDown(context) },
      on: { rows: "committing", failed: "rollingBack" },
    },
    committing: { entry: { type: "query", params: COMMIT }, on: { rows: "owning", failed: "rollingBack" } },
    rollingBack: { entry: { type: "query", params: ROLLBACK }, on: { rows: "idle", failed: "idle" } },
    owning: owningDesk,
    releasing: releasingDesk,
  },
});

export const checkOtherTable = deskProtocol({
  name: "check-other-table",
  sentence: "looks whether the other table has a row, and inserts into its own in the same transaction",
  broken: true,
  curedBy: ["touch-parent-row"],
  claims: {
    "read committed": { violates: "mutual-exclusion" },
    "repeatable read": { violates: "mutual-exclusion" },
    serializable: "holds",
  },
  machine,
});
