/**
 * lease-on-own-clock: asks its own clock whether the lease is over.
 *
 * Broken by any client whose clock is ahead by more than a lease: it takes what is not over yet. No statement is at fault, and no order of
 * statements; two clocks are.
 *
 *     alice                                bob, whose clock is 31 seconds ahead
 *     takes it at 12:00:00, until 12:00:30
 *                                          it is 12:00:31, so 12:00:30 is over: takes it
 *
 * Cure: `lease`, which asks the server (`now()`).
 */
import { CLIENT_CLOCK } from "../protocol.ts";
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
  takeIfOverForMe,
  takingWith,
} from "./lease-client.ts";

const machine = leaseClient.createMachine({
  id: "lease-on-own-clock",
  context: ({ input }) => freshLease(input.client),
  initial: "idle",
  states: {
    idle: restingUntil("readingClock"),
    readingClock: {
      entry: { type: "query", params: () => CLIENT_CLOCK },
      on: { rows: { target: "taking", actions: "rememberClock" }, failed: "idle" },
    },
    taking: takingWith(takeIfOverForMe),
    owning: owningLease,
    saving: savingWith(saveWithToken),
    renewing: renewingWith(renewWithToken),
    releasing: releasingWith(releaseWithToken),
  },
});

export const leaseOnOwnClock = leaseProtocol({
  name: "lease-on-own-clock",
  sentence: "asks its own clock whether the lease is over",
  broken: true,
  curedBy: ["lease"],
  faults: { skew: 1 },
  claims: {
    "read committed": { violates: "mutual-exclusion" },
    "repeatable read": { violates: "mutual-exclusion" },
    serializable: { violates: "mutual-exclusion" },
  },
  machine,
});
