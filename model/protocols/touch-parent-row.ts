/**
 * touch-parent-row: as `check-other-table`, with the buffer's own row written first, with nothing new.
 *
 *     UPDATE buffers SET title = title WHERE id = $1
 *
 * It tries to make the conflict visible to every level: two clients now write one row. It holds everywhere.
 *
 *     level              verdict
 *     read committed     holds     the second waits for the row, and looks with a new snapshot
 *     repeatable read    holds     the second fails with 40001
 *     serializable       holds     the same
 *
 *     alice, an editor                     bob, a reviewer                          committed
 *     BEGIN; UPDATE buffers …                                                       -
 *                                          BEGIN; UPDATE buffers … (waits)
 *     SELECT … FROM reviewers -> no row
 *     INSERT …; COMMIT: alice owns                                                  alice in editors
 *                                          SELECT … FROM editors -> 'alice'         alice in editors
 *                                          ROLLBACK
 *
 * What it costs: a dead row version for each attempt, and everybody who wants the buffer's row for another reason waits as well.
 *
 * Where it is seen: "materialise the conflict", a lock_version that the ORM counts up on the root. The right way.
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
  touchParent,
} from "./desk-client.ts";

const machine = deskClient.createMachine({
  id: "touch-parent-row",
  context: ({ input }) => ({ client: input.client, buffer: null, as: null }),
  initial: "idle",
  states: {
    idle: idleUntilBeginning,
    beginning: { entry: { type: "query", params: BEGIN }, on: { rows: "touching", failed: "idle" } },
    touching: {
      entry: { type: "query", params: ({ context }) => touchParent(context) },
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

export const touchParentRow = deskProtocol({
  name: "touch-parent-row",
  sentence: "writes the buffer's row, looks whether the other table has a row, and inserts into its own",
  broken: false,
  claims: { "read committed": "holds", "repeatable read": "holds", serializable: "holds" },
  machine,
});
