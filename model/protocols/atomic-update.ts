/**
 * atomic-update: check and take in one statement, and believe only what its row count proves. The fix of RACE-001.
 *
 *     UPDATE buffers SET locked_by = $1 WHERE id = $2 AND locked_by IS NULL RETURNING id
 *
 * Why it holds: an UPDATE locks the row version that it changes and evaluates its condition on that version. Of two that
 * arrive together one waits for the other's commit; at READ COMMITTED it then reads the row again, finds
 * `locked_by IS NULL` false and changes nothing.
 *
 *     alice                                bob                                  row of buffer 1
 *     UPDATE … (locks the row)                                                  NULL
 *                                          UPDATE … (waits for alice)           NULL
 *     commit -> 1 row: alice owns                                               alice
 *                                          reads the row again -> 0 rows: idle  alice
 *
 * At REPEATABLE READ and above bob's UPDATE fails with 40001 instead of changing 0 rows: bob is idle again, as well.
 *
 * The other half of the fix is the row count. `UPDATE 0` is a success for PostgreSQL: a client which does not look at the
 * count believes that it owns after every reply, and the race is back.
 *
 * On an SQL error the client gives up without owning. An error at release leaves it without belief; the row may go on
 * naming it until somebody repairs it, which blocks the buffer but never makes two owners.
 */
import { release, takeIfFree } from "../statements.ts";
import { bufferClient, bufferProtocol, wanted } from "./buffer-client.ts";

const machine = bufferClient.createMachine({
  id: "atomic-update",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: { entry: "forget", on: { acquire: { target: "taking", actions: "choose" } } },
    taking: {
      entry: { type: "query", params: ({ context }) => takeIfFree(context.client, wanted(context)) },
      on: { rows: [{ guard: "changedOneRow", target: "owning" }, { target: "idle" }], failed: "idle" },
    },
    owning: { on: { release: "releasing" } },
    releasing: {
      entry: { type: "query", params: ({ context }) => release(context.client, wanted(context)) },
      on: { rows: "idle", failed: "idle" },
    },
  },
});

export const atomicUpdate = bufferProtocol({
  name: "atomic-update",
  sentence: "takes the buffer with one UPDATE that changes the row only while nobody owns it",
  broken: false,
  claims: { "read committed": "holds", "repeatable read": "holds", serializable: "holds" },
  machine,
});
