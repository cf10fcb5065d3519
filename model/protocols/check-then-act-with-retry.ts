/**
 * check-then-act-with-retry: look until the buffer is free, then take it.
 *
 * It tries to be patient: a client that finds the buffer taken looks again instead of giving up. The gap between the look
 * that said "free" and the UPDATE is as wide as ever, so it breaks as check-then-act does, at every level.
 *
 *     level              verdict
 *     read committed     violates mutual-exclusion
 *     repeatable read    violates mutual-exclusion     each statement is a transaction of its own
 *     serializable       violates mutual-exclusion
 *
 *     alice                                bob                                  row of buffer 1
 *     SELECT … -> NULL                     SELECT … -> NULL                     NULL
 *     UPDATE …: alice owns                                                      alice
 *                                          UPDATE …: bob owns, too              bob
 *
 * Patience makes it worse in production: all who look in a loop see the buffer become free at the same moment.
 *
 * Where it is seen: "wait until it is unlocked" loops, cron jobs that poll a flag. The cure is `atomic-update` in the loop.
 */
import { checkAvailable, take } from "../statements.ts";
import { bufferClient, bufferProtocol, idleUntil, owning, releasing, wanted } from "./buffer-client.ts";

const machine = bufferClient.createMachine({
  id: "check-then-act-with-retry",
  context: ({ input }) => ({ client: input.client, buffer: null }),
  initial: "idle",
  states: {
    idle: idleUntil("checking"),
    checking: {
      entry: { type: "query", params: ({ context }) => checkAvailable(wanted(context)) },
      on: {
        rows: [
          { guard: "isFree", target: "taking" },
          { target: "checking", reenter: true },
        ],
        failed: "idle",
      },
    },
    taking: {
      entry: { type: "query", params: ({ context }) => take(context.client, wanted(context)) },
      on: { rows: [{ guard: "changedOneRow", target: "owning" }, { target: "idle" }], failed: "idle" },
    },
    owning,
    releasing,
  },
});

export const checkThenActWithRetry = bufferProtocol({
  name: "check-then-act-with-retry",
  sentence: "reads again and again until the buffer is free, then takes it with a second statement",
  broken: true,
  curedBy: ["atomic-update"],
  claims: {
    "read committed": { violates: "mutual-exclusion" },
    "repeatable read": { violates: "mutual-exclusion" },
    serializable: { violates: "mutual-exclusion" },
  },
  machine,
});
