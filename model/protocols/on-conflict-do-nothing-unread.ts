/**
 * on-conflict-do-nothing-unread: INSERT … ON CONFLICT DO NOTHING, and believes whenever it succeeds.
 *
 * It tries to read "no error" as "the row is mine". The statement succeeds either way; only RETURNING, or the row count, tells
 * whether it did anything.
 *
 *     level              verdict
 *     read committed     violates mutual-exclusion
 *     repeatable read    violates mutual-exclusion
 *     serializable       violates mutual-exclusion
 *
 *     alice                                bob                                      claims
 *     INSERT … -> 1 row: alice owns                                                 (1, alice)
 *                                          INSERT … -> 0 rows: bob owns, too        (1, alice)
 *
 * This is no race at all: one after the other is enough.
 *
 * Where it is seen: `INSERT … ON CONFLICT DO NOTHING RETURNING id` read as "here is the row", which is empty just when the
 * row was there before. The cure: `on-conflict-do-nothing`.
 */
import { bufferClient, bufferProtocol, idleUntil, owning, wanted } from "./buffer-client.ts";
import { abandoning, claimOnConflict, UNIQUE_INDEX } from "./claim-client.ts";

const machine = bufferClient.createMachine({
  id: "on-conflict-do-nothing-unread",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: idleUntil("claiming"),
    claiming: {
      entry: { type: "query", params: ({ context }) => claimOnConflict(context.client, wanted(context)) },
      on: { rows: "owning", failed: "idle" },
    },
    owning,
    releasing: abandoning,
  },
});

export const onConflictDoNothingUnread = bufferProtocol({
  name: "on-conflict-do-nothing-unread",
  sentence: "inserts its row unless there is one, and believes that it owns whatever came back",
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
