/**
 * lease: takes the lease with one UPDATE on the server's clock, and has the token in the WHERE of everything it does.
 *
 * It holds because one clock and one row decide. Whether the lease is over, and that it is taken, is one statement; and who was overtaken
 * while it slept finds no row with its token any more, whatever it believes.
 *
 *     alice                                       bob                            row of document 1
 *     takes it: token 1, until 12:00:30                                          alice, token 1
 *     sleeps for 31 seconds                       takes it: token 2              bob, token 2
 *     UPDATE … WHERE id = 1 AND token = 1: 0 rows. She has learnt it.            bob, token 2
 *
 * The row count is the other half, as with `atomic-update`.
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
  saveWithToken,
  savingWith,
  takeIfOver,
  takingWith,
} from "./lease-client.ts";

const machine = leaseClient.createMachine({
  id: "lease",
  context: ({ input }) => freshLease(input.client),
  initial: "idle",
  states: {
    idle: restingUntil("taking"),
    taking: takingWith(takeIfOver),
    owning: owningLease,
    saving: savingWith(saveWithToken),
    renewing: renewingWith(renewWithToken),
    releasing: releasingWith(releaseWithToken),
  },
});

export const lease = leaseProtocol({
  name: "lease",
  sentence: "takes a lease on the server's clock with one UPDATE, and checks its token in every write",
  broken: false,
  claims: {
    "read committed": "holds",
    "repeatable read": "holds",
    serializable: "holds",
  },
  machine,
});
