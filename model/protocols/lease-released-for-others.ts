/**
 * lease-released-for-others: its release frees the row without asking whose it is.
 *
 * Broken by a release that comes too late: it ends the lease of the next owner, whose document is then free for a third.
 *
 *     alice                                   bob                     row of document 1
 *     takes it: token 1                                               alice
 *     sleeps for 31 seconds                   takes it: token 2       bob
 *     release: UPDATE … WHERE id = 1                                  NULL, and bob believes in it
 *
 * Cure: the token in the WHERE of the release, too: `lease`.
 */
import {
  freshLease,
  leaseClient,
  leaseProtocol,
  owningLease,
  releaseAnyway,
  releasingWith,
  renewingWith,
  renewWithToken,
  restingUntil,
  saveWithToken,
  savingWith,
  takeIfOver,
  takingWith,
} from "./lease-client.ts";

const machine = leaseClient.createMachine({
  id: "lease-released-for-others",
  context: ({ input }) => freshLease(input.client),
  initial: "idle",
  states: {
    idle: restingUntil("taking"),
    taking: takingWith(takeIfOver),
    owning: owningLease,
    saving: savingWith(saveWithToken),
    renewing: renewingWith(renewWithToken),
    releasing: releasingWith(releaseAnyway),
  },
});

export const leaseReleasedForOthers = leaseProtocol({
  name: "lease-released-for-others",
  sentence: "releases a lease without asking whether it still has it",
  broken: true,
  curedBy: ["lease"],
  claims: {
    "read committed": { violates: "owner-is-recorded" },
    "repeatable read": { violates: "owner-is-recorded" },
    serializable: { violates: "owner-is-recorded" },
  },
  machine,
});
