/**
 * two-buffers-with-retry: as `two-buffers-as-named`, and the whole transaction again when it was the victim of a deadlock.
 *
 * It tries to live with deadlocks where no order can be kept: PostgreSQL ends each of them by failing one of the two with 40P01,
 * the other one goes on, and the victim begins again. Nothing is lost but time, so everything holds that it claims; that there
 * is no circle is not among it.
 *
 *     level              verdict
 *     read committed     holds     (no-deadlock is not claimed)
 *     repeatable read    holds     40001 is tried again as well
 *     serializable       holds     the same
 *
 *     alice (from 1 into 2)                bob (from 2 into 1)                  rows of buffers 1 and 2
 *     UPDATE … id = 1                      UPDATE … id = 2                      locked by alice, by bob
 *     UPDATE … id = 2 (waits for bob)      UPDATE … id = 1 (waits for alice)    a circle, for a second
 *                                          -> 40P01; ROLLBACK; BEGIN again
 *     -> 1 row; COMMIT: alice owns                                              alice, alice
 *
 * The retry must be the whole transaction, since its locks and its reads are gone.
 *
 * Where it is seen: frameworks that retry 40001 and 40P01 alike. Right, and the second choice: `two-buffers-sorted` costs nothing.
 */
import { BEGIN, COMMIT, ROLLBACK } from "../statements.ts";
import { asNamed, owningBoth, pairClient, pairIdleUntil, pairProtocol, releasingBoth, takeOne } from "./pair-client.ts";

const machine = pairClient.createMachine({
  id: "two-buffers-with-retry",
  context: ({ input }) => ({ client: input.client, from: null, into: null }),
  initial: "idle",
  states: {
    idle: pairIdleUntil("beginning"),
    beginning: { entry: { type: "query", params: BEGIN }, on: { rows: "takingFirst", failed: "idle" } },
    takingFirst: {
      entry: { type: "query", params: ({ context }) => takeOne(context, asNamed(context)[0]) },
      on: {
        rows: [{ guard: "changedOneRow", target: "takingSecond" }, { target: "rollingBack" }],
        failed: [{ guard: "mayTryAgain", target: "rollingBackToTryAgain" }, { target: "rollingBack" }],
      },
    },
    takingSecond: {
      entry: { type: "query", params: ({ context }) => takeOne(context, asNamed(context)[1]) },
      on: {
        rows: [{ guard: "changedOneRow", target: "committing" }, { target: "rollingBack" }],
        failed: [{ guard: "mayTryAgain", target: "rollingBackToTryAgain" }, { target: "rollingBack" }],
      },
    },
    committing: {
      entry: { type: "query", params: COMMIT },
      on: {
        rows: "owning",
        failed: [{ guard: "mayTryAgain", target: "rollingBackToTryAgain" }, { target: "rollingBack" }],
      },
    },
    rollingBackToTryAgain: { entry: { type: "query", params: ROLLBACK }, on: { rows: "beginning", failed: "idle" } },
    rollingBack: { entry: { type: "query", params: ROLLBACK }, on: { rows: "idle", failed: "idle" } },
    owning: owningBoth,
    ...releasingBoth,
  },
});

export const twoBuffersWithRetry = pairProtocol({
  name: "two-buffers-with-retry",
  sentence: "takes two buffers in the order in which the user named them, and tries again after a deadlock",
  broken: false,
  claims: { "read committed": "holds", "repeatable read": "holds", serializable: "holds" },
  unclaimed: {
    "no-deadlock": "PostgreSQL ends a circle after a second by failing one of its clients, which tries again",
  },
  machine,
});
