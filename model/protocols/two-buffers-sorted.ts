/**
 * two-buffers-sorted: takes two buffers in one transaction, the lower one first whoever names them.
 *
 *     - take(from); take(into)
 *     + take(min(from, into)); take(max(from, into))
 *
 * It tries to leave no circle a chance: who waits for the higher row holds the lower one, and nobody who holds a higher row
 * ever waits for a lower one. It holds at every level, with any number of rows, as long as all code keeps the order.
 *
 *     level              verdict
 *     read committed     holds
 *     repeatable read    holds
 *     serializable       holds
 *
 *     alice (from 1 into 2)                bob (from 2 into 1)                  rows of buffers 1 and 2
 *     UPDATE … id = 1                                                           1 locked by alice
 *                                          UPDATE … id = 1 (waits for alice)
 *     UPDATE … id = 2; COMMIT: alice owns                                       alice, alice
 *                                          -> 0 rows; ROLLBACK                  alice, alice
 *
 * Where it is seen: every system that has met `two-buffers-as-named` once.
 */
import { BEGIN, COMMIT, ROLLBACK } from "../statements.ts";
import { asNamed, owningBoth, pairClient, pairIdleUntil, pairProtocol, releasingBoth, takeOne } from "./pair-client.ts";

const machine = pairClient.createMachine({
  id: "two-buffers-sorted",
  context: ({ input }) => ({ client: input.client, from: null, into: null }),
  initial: "idle",
  states: {
    idle: pairIdleUntil("beginning"),
    beginning: { entry: { type: "query", params: BEGIN }, on: { rows: "takingLower", failed: "idle" } },
    takingLower: {
      entry: { type: "query", params: ({ context }) => takeOne(context, Math.min(...asNamed(context))) },
      on: {
        rows: [{ guard: "changedOneRow", target: "takingHigher" }, { target: "rollingBack" }],
        failed: "rollingBack",
      },
    },
    takingHigher: {
      entry: { type: "query", params: ({ context }) => takeOne(context, Math.max(...asNamed(context))) },
      on: {
        rows: [{ guard: "changedOneRow", target: "committing" }, { target: "rollingBack" }],
        failed: "rollingBack",
      },
    },
    committing: { entry: { type: "query", params: COMMIT }, on: { rows: "owning", failed: "rollingBack" } },
    rollingBack: { entry: { type: "query", params: ROLLBACK }, on: { rows: "idle", failed: "idle" } },
    owning: owningBoth,
    ...releasingBoth,
  },
});

export const twoBuffersSorted = pairProtocol({
  name: "two-buffers-sorted",
  sentence: "takes two buffers in one transaction, always the lower one first",
  broken: false,
  claims: { "read committed": "holds", "repeatable read": "holds", serializable: "holds" },
  machine,
});
