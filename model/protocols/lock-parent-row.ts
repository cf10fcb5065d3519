/**
 * lock-parent-row: as `check-other-table`, with the buffer's own row locked first. Right, but for one level.
 *
 *     SELECT id FROM buffers WHERE id = $1 FOR UPDATE
 *
 * It tries to give two tables one lock. At READ COMMITTED that is right: who waited for the lock looks with a new snapshot. At
 * REPEATABLE READ the snapshot is as old as the statement that waited, and locking a row, unlike writing it, is no conflict: the second
 * client gets the lock, and looks into the past.
 *
 *     level              verdict                       why
 *     read committed     holds                         each statement after the wait sees what was committed
 *     repeatable read    violates mutual-exclusion     the look is as old as the wait's beginning
 *     serializable       holds                         40001, as without the lock
 *
 *     repeatable read      alice, an editor                     bob, a reviewer
 *                          BEGIN; SELECT … FOR UPDATE
 *                                                               BEGIN; SELECT … FOR UPDATE (snapshot; waits)
 *                          SELECT … FROM reviewers -> no row
 *                          INSERT …; COMMIT: alice owns
 *                                                               SELECT … FROM editors -> no row (the old snapshot)
 *                                                               INSERT …; COMMIT: bob owns, too
 *
 * Where it is seen: aggregates whose root is locked. The cure for REPEATABLE READ: write the row, `touch-parent-row`.
 */
import { BEGIN, COMMIT, ROLLBACK } from "../statements.ts";
import {
  deskClient,
  deskProtocol,
  idleUntilBeginning,
  lockParent,
  lookAtOthers,
  owningDesk,
  releasingDesk,
  sitDown,
} from "./desk-client.ts";

const machine = deskClient.createMachine({
  id: "lock-parent-row",
  context: ({ input }) => ({ client: input.client, buffer: null, as: null }),
  initial: "idle",
  states: {
    idle: idleUntilBeginning,
    beginning: { entry: { type: "query", params: BEGIN }, on: { rows: "locking", failed: "idle" } },
    locking: {
      entry: { type: "query", params: ({ context }) => lockParent(context) },
      on: { rows: "checking", failed: "rollingBack" },
    },
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

export const lockParentRow = deskProtocol({
  name: "lock-parent-row",
  sentence: "locks the buffer's row, looks whether the other table has a row, and inserts into its own",
  broken: false,
  curedBy: ["touch-parent-row"],
  claims: {
    "read committed": "holds",
    "repeatable read": { violates: "mutual-exclusion" },
    serializable: "holds",
  },
  machine,
});
