/**
 * lease-revived: its heartbeat writes its name and a later end into the row, without asking who is there.
 *
 * Broken by a heartbeat that comes too late: it takes the lease away from whoever has it by then.
 *
 *     alice                                   bob                     row of document 1
 *     takes it: token 1                                               alice
 *     sleeps for 31 seconds                   takes it: token 2       bob
 *     heartbeat: UPDATE … WHERE id = 1                                alice, and both believe in it
 *
 * Cure: a heartbeat with the token in its WHERE, and a look at the row count: `lease`.
 */
import {
  freshLease,
  leaseClient,
  leaseProtocol,
  owningLease,
  releaseWithToken,
  releasingWith,
  renewAnyway,
  renewingWith,
  restingUntil,
  saveWithToken,
  savingWith,
  takeIfOver,
  takingWith,
} from "./lease-client.ts";

const machine = leaseClient.createMachine({
  id: "lease-revived",
  context: ({ input }) => freshLease(input.client),
  initial: "idle",
  states: {
    idle: restingUntil("taking"),
    taking: takingWith(takeIfOver),
    owning: owningLease,
    saving: savingWith(saveWithToken),
    renewing: renewingWith(renewAnyway),
    releasing: releasingWith(releaseWithToken),
  },
});

export const leaseRevived = leaseProtocol({
  name: "lease-revived",
  sentence: "renews its lease without asking whether it still has it",
  broken: true,
  curedBy: ["lease"],
  claims: {
    // The heartbeat may have been sent in time, and have waited for the row meanwhile.
    "read committed": { violates: "owner-is-recorded" },
    "repeatable read": { violates: "mutual-exclusion" },
    serializable: { violates: "mutual-exclusion" },
  },
  machine,
});
