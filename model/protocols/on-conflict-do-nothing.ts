/**
 * on-conflict-do-nothing: INSERT … ON CONFLICT DO NOTHING RETURNING, and believes only when a row came back.
 *
 * It tries to take what does not exist yet with one statement and without errors, and holds at every level: the unique index
 * decides, whoever meets an uncommitted duplicate waits for its end, and the row that comes back is the proof.
 *
 *     level              verdict
 *     read committed     holds
 *     repeatable read    holds     a duplicate that the snapshot does not show is a 40001 instead of 0 rows
 *     serializable       holds     the same
 *
 *     alice                                bob                                      claims
 *     INSERT …: 1 row, not committed                                                -
 *                                          INSERT … (waits for alice)               -
 *     (autocommit): alice owns                                                      (1, alice)
 *                                          -> 0 rows: idle                          (1, alice)
 *
 * Where it is seen: idempotency keys, leader election, locks in a table of their own. The right way.
 */
import { bufferClient, bufferProtocol, idleUntil, owning, wanted } from "./buffer-client.ts";
import { abandoning, claimOnConflict, UNIQUE_INDEX } from "./claim-client.ts";

const machine = bufferClient.createMachine({
  id: "on-conflict-do-nothing",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: idleUntil("claiming"),
    claiming: {
      entry: { type: "query", params: ({ context }) => claimOnConflict(context.client, wanted(context)) },
      on: { rows: [{ guard: "changedOneRow", target: "owning" }, { target: "idle" }], failed: "idle" },
    },
    owning,
    releasing: abandoning,
  },
});

export const onConflictDoNothing = bufferProtocol({
  name: "on-conflict-do-nothing",
  sentence: "inserts its row unless there is one, and believes that it owns only if a row came back",
  broken: false,
  claims: { "read committed": "holds", "repeatable read": "holds", serializable: "holds" },
  setup: [UNIQUE_INDEX],
  machine,
});
