/**
 * two-buffers-in-one-update: takes two buffers with one UPDATE, in the order of a list. A deadlock between two statements.
 *
 *     UPDATE buffers SET locked_by = $1 FROM (VALUES ($2::integer), ($3::integer)) AS wanted (id)
 *      WHERE buffers.id = wanted.id AND locked_by IS NULL RETURNING buffers.id
 *
 * It tries to be atomic by being one statement. But a statement locks its rows one after the other, here in the order of the
 * list, and between two row locks others move. Two lists in opposite orders are two transactions in opposite orders.
 *
 *     level              verdict
 *     read committed     violates no-deadlock
 *     repeatable read    violates no-deadlock
 *     serializable       violates no-deadlock
 *
 *     alice (from 1 into 2)                bob (from 2 into 1)                  rows of buffers 1 and 2
 *     UPDATE …: locks row 1                                                     1 locked by alice
 *                                          UPDATE …: locks row 2                2 locked by bob
 *     … wants row 2 (waits for bob)
 *                                          … wants row 1 (waits for alice)      a circle
 *
 * Nobody can stop a statement between two of its row locks from outside, so this trace cannot be forced on a real server;
 * `two-buffers-as-named` is the same, spelled out in a transaction, and its trace can. Should only one of the rows be free,
 * the client owns neither and gives back what it took.
 *
 * Which order a statement takes is the planner's choice (a list, the heap's order, an index), and an UPDATE moves rows to the heap's
 * end; so even two UPDATEs with one text can meet in opposite orders.
 *
 * Where it is seen: bulk updates of ORMs (`UPDATE … FROM (VALUES …)`), upserts of many rows. The cure: sort the list, or lock first
 * with `SELECT … ORDER BY id FOR UPDATE`; `two-buffers-sorted` shows it.
 */
import type { Query } from "../protocol.ts";
import {
  asNamed,
  owningBoth,
  type PairMemory,
  pairClient,
  pairIdleUntil,
  pairProtocol,
  releasingBoth,
} from "./pair-client.ts";

function takeBoth(memory: PairMemory): Query {
  return {
    text:
      "UPDATE buffers SET locked_by = $1 FROM (VALUES ($2::integer), ($3::integer)) AS wanted (id) " +
      "WHERE buffers.id = wanted.id AND locked_by IS NULL RETURNING buffers.id",
    values: [memory.client, ...asNamed(memory)],
  };
}

const machine = pairClient.createMachine({
  id: "two-buffers-in-one-update",
  context: ({ input }) => ({ client: input.client, from: null, into: null }),
  initial: "idle",
  states: {
    idle: pairIdleUntil("taking"),
    taking: {
      entry: { type: "query", params: ({ context }) => takeBoth(context) },
      on: {
        rows: [
          { guard: "changedBothRows", target: "owning" },
          { guard: "changedOneRow", target: "releasing" },
          { target: "idle" },
        ],
        failed: "idle",
      },
    },
    owning: owningBoth,
    ...releasingBoth,
  },
});

export const twoBuffersInOneUpdate = pairProtocol({
  name: "two-buffers-in-one-update",
  sentence: "takes two buffers with one UPDATE, in the order of the list that it is given",
  broken: true,
  curedBy: ["two-buffers-sorted"],
  claims: {
    "read committed": { violates: "no-deadlock" },
    "repeatable read": { violates: "no-deadlock" },
    serializable: { violates: "no-deadlock" },
  },
  spelledOut: "two-buffers-as-named",
  machine,
});
