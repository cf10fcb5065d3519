/**
 * lease-read-then-taken: reads whether the lease is over, and takes it with a second statement.
 *
 * Broken without any fault: this is check-then-act. Both find the lease over, both count the same token up, and the token, which was to tell
 * owners apart, is the same for both.
 *
 *     alice                          bob
 *     SELECT … -> over, token 0
 *                                    SELECT … -> over, token 0
 *     UPDATE … token = 1
 *                                    UPDATE … token = 1
 *
 * Cure: one UPDATE that asks and takes, `lease`.
 */
import {
  freshLease,
  leaseClient,
  leaseProtocol,
  lookAtLease,
  owningLease,
  releaseWithToken,
  releasingWith,
  renewingWith,
  renewWithToken,
  restingUntil,
  saveWithToken,
  savingWith,
  takeAnyway,
  takingWith,
} from "./lease-client.ts";

const machine = leaseClient.createMachine({
  id: "lease-read-then-taken",
  context: ({ input }) => freshLease(input.client),
  initial: "idle",
  states: {
    idle: restingUntil("looking"),
    looking: {
      entry: { type: "query", params: ({ context }) => lookAtLease(context) },
      on: {
        rows: [{ guard: "isOver", target: "taking", actions: "rememberToken" }, { target: "idle" }],
        failed: "idle",
      },
    },
    taking: takingWith(takeAnyway),
    owning: owningLease,
    saving: savingWith(saveWithToken),
    renewing: renewingWith(renewWithToken),
    releasing: releasingWith(releaseWithToken),
  },
});

export const leaseReadThenTaken = leaseProtocol({
  name: "lease-read-then-taken",
  sentence: "reads whether the lease is over, then takes it with a second statement",
  broken: true,
  curedBy: ["lease"],
  claims: {
    "read committed": { violates: "mutual-exclusion" },
    "repeatable read": { violates: "mutual-exclusion" },
    serializable: { violates: "mutual-exclusion" },
  },
  machine,
});
