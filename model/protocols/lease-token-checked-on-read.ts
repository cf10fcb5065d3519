/**
 * lease-token-checked-on-read: reads whether the token still is its own, and then saves with a second statement.
 *
 * Broken: it is check-then-act once more, with a sleep between the two.
 *
 *     alice                                     bob
 *     SELECT token -> 1, which is hers
 *     sleeps for 31 seconds                     takes it: token 2; saves
 *     UPDATE … WHERE id = 1: overwrites what bob has saved
 *
 * Cure: the token in the WHERE of the UPDATE itself, as in `lease`.
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
  saveAnyway,
  savingWith,
  takeIfOver,
  takingWith,
} from "./lease-client.ts";

const machine = leaseClient.createMachine({
  id: "lease-token-checked-on-read",
  context: ({ input }) => freshLease(input.client),
  initial: "idle",
  states: {
    idle: restingUntil("taking"),
    taking: takingWith(takeIfOver),
    owning: owningLease,
    saving: {
      entry: { type: "query", params: ({ context }) => lookAtLease(context) },
      on: { rows: [{ guard: "isMyToken", target: "writing" }, { target: "idle" }], failed: "idle" },
    },
    writing: savingWith(saveAnyway),
    renewing: renewingWith(renewWithToken),
    releasing: releasingWith(releaseWithToken),
  },
});

export const leaseTokenCheckedOnRead = leaseProtocol({
  name: "lease-token-checked-on-read",
  sentence: "reads whether its token still counts, then saves with a second statement",
  broken: true,
  curedBy: ["lease"],
  claims: {
    "read committed": { violates: "no-stale-write" },
    "repeatable read": { violates: "no-stale-write" },
    serializable: { violates: "no-stale-write" },
  },
  machine,
});
