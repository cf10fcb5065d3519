/**
 * lease-without-token: takes the lease as it should, and saves without saying who it is.
 *
 * Broken by any sleep: between the belief that it owns and the UPDATE any time may pass, and the UPDATE does not ask.
 *
 *     alice                          bob
 *     takes it: token 1
 *     sleeps for 31 seconds          takes it: token 2; saves
 *     saves: overwrites what bob has saved
 *
 * To look at the clock before the UPDATE makes the gap smaller and leaves it there. Cure: `lease`.
 */
import {
  freshLease,
  leaseClient,
  leaseProtocol,
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
  id: "lease-without-token",
  context: ({ input }) => freshLease(input.client),
  initial: "idle",
  states: {
    idle: restingUntil("taking"),
    taking: takingWith(takeIfOver),
    owning: owningLease,
    saving: savingWith(saveAnyway),
    renewing: renewingWith(renewWithToken),
    releasing: releasingWith(releaseWithToken),
  },
});

export const leaseWithoutToken = leaseProtocol({
  name: "lease-without-token",
  sentence: "takes a lease as it should, and saves without its token",
  broken: true,
  curedBy: ["lease"],
  claims: {
    "read committed": { violates: "no-stale-write" },
    "repeatable read": { violates: "no-stale-write" },
    serializable: { violates: "no-stale-write" },
  },
  machine,
});
