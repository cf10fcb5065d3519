/** leases: owners of a document whose ownership ends by itself. Time passes in it, and clients sleep through it. */
import { leaseIsRecorded, noStaleWrite, oneRunningLease } from "../lease-properties.ts";
import { noDeadlock, somebodyOwnsA } from "../properties.ts";
import { lease } from "../protocols/lease.ts";
import { leaseOnOwnClock } from "../protocols/lease-on-own-clock.ts";
import { leaseReadThenTaken } from "../protocols/lease-read-then-taken.ts";
import { leaseReleasedForOthers } from "../protocols/lease-released-for-others.ts";
import { leaseRevived } from "../protocols/lease-revived.ts";
import { leaseTokenCheckedOnRead } from "../protocols/lease-token-checked-on-read.ts";
import { leaseWithoutToken } from "../protocols/lease-without-token.ts";
import type { Scenario } from "../scenario.ts";

export const leases: Scenario = {
  name: "leases",
  sentence: "clients own a document for a time, and may sleep longer than that",
  competeFor: ["document", "documents"],
  now: "2026-01-01 12:00:00+00",
  clock: true,
  setup: (documents) => [
    "CREATE TABLE documents (id integer PRIMARY KEY, owner text, token integer NOT NULL, expires_at timestamptz NOT NULL, saved_token integer NOT NULL)",
    ...Array.from(
      { length: documents },
      (_, at) => `INSERT INTO documents VALUES (${at + 1}, NULL, 0, '2026-01-01 00:00:00+00', 0)`,
    ),
  ],
  protocols: [
    leaseReadThenTaken,
    leaseOnOwnClock,
    leaseWithoutToken,
    leaseTokenCheckedOnRead,
    leaseRevived,
    leaseReleasedForOthers,
    lease,
  ],
  properties: [oneRunningLease, leaseIsRecorded, noStaleWrite, noDeadlock, somebodyOwnsA("document")],
  defaults: { protocol: leaseWithoutToken.name, clients: 2, buffers: 1, faults: { stall: 1 } },
};
