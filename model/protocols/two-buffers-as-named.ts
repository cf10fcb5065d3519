/**
 * two-buffers-as-named: takes two buffers in one transaction, in the order in which the user named them. Deadlock.
 *
 * It tries to take both or none, and does: no two clients ever own a buffer. But two users name the same two in opposite
 * orders, each locks the row that the other one needs next, and both wait.
 *
 *     level              verdict
 *     read committed     violates no-deadlock
 *     repeatable read    violates no-deadlock
 *     serializable       violates no-deadlock
 *
 *     alice (from 1 into 2)                bob (from 2 into 1)                  rows of buffers 1 and 2
 *     UPDATE … id = 1                                                           1 locked by alice
 *                                          UPDATE … id = 2                      2 locked by bob
 *     UPDATE … id = 2 (waits for bob)
 *                                          UPDATE … id = 1 (waits for alice)    a circle
 *
 * PostgreSQL looks for circles after `deadlock_timeout`, a second by default, and fails one of the statements with 40P01. So
 * nothing hangs for ever: each deadlock costs a second, during which everybody else queues behind the two.
 *
 * Where it is seen: transfers between two accounts, `for item in order.items: UPDATE stock …`. The cure: `two-buffers-sorted`.
 */
import { BEGIN, COMMIT, ROLLBACK } from "../statements.ts";
import { asNamed, owningBoth, pairClient, pairIdleUntil, pairProtocol, releasingBoth, takeOne } from "./pair-client.ts";

const machine = pairClient.createMachine({
  id: "two-buffers-as-named",
  context: ({ input }) => ({ client: input.client, from: null, into: null }),
  initial: "idle",
  states: {
    idle: pairIdleUntil("beginning"),
    beginning: { entry: { type: "query", params: BEGIN }, on: { rows: "takingFirst", failed: "idle" } },
    takingFirst: {
      entry: { type: "query", params: ({ context }) => takeOne(context, asNamed(context)[0]) },
      on: {
        rows: [{ guard: "changedOneRow", target: "takingSecond" }, { target: "rollingBack" }],
        failed: "rollingBack",
      },
    },
    takingSecond: {
      entry: { type: "query", params: ({ context }) => takeOne(context, asNamed(context)[1]) },
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

export const twoBuffersAsNamed = pairProtocol({
  name: "two-buffers-as-named",
  sentence: "takes two buffers in one transaction, in the order in which the user named them",
  broken: true,
  curedBy: ["two-buffers-sorted"],
  claims: {
    "read committed": { violates: "no-deadlock" },
    "repeatable read": { violates: "no-deadlock" },
    serializable: { violates: "no-deadlock" },
  },
  machine,
});
