/**
 * version-count-ignored: writes only the version that it read, and does not look whether it wrote.
 *
 * It tries to be optimistic and has everything but the end: the UPDATE of a version that is gone changes no row, succeeds, and
 * says so in a count that nobody reads.
 *
 *     level              verdict
 *     read committed     violates mutual-exclusion
 *     repeatable read    violates mutual-exclusion
 *     serializable       violates mutual-exclusion
 *
 *     alice                                bob                                      row of buffer 1
 *     SELECT … -> NULL, version 0          SELECT … -> NULL, version 0              NULL, 0
 *     UPDATE … -> 1 row: alice owns                                                 alice, 1
 *                                          UPDATE … -> 0 rows: bob owns, too        alice, 1
 *
 * Where it is seen: an ORM's `save()` whose optimistic lock is not configured, drivers whose `execute` returns nothing. The
 * cure: one `if`, as in `version-column`.
 */
import {
  fresh,
  owningVersion,
  readVersion,
  releasingVersion,
  restingUntilReading,
  takeThisVersion,
  versionClient,
  versionProtocol,
} from "./version-client.ts";

const machine = versionClient.createMachine({
  id: "version-count-ignored",
  context: ({ input }) => fresh(input.client),
  initial: "idle",
  states: {
    idle: restingUntilReading,
    reading: {
      entry: { type: "query", params: ({ context }) => readVersion(context) },
      on: { rows: [{ guard: "isFree", target: "taking", actions: "remember" }, { target: "idle" }], failed: "idle" },
    },
    taking: {
      entry: { type: "query", params: ({ context }) => takeThisVersion(context) },
      on: { rows: "owning", failed: "idle" },
    },
    owning: owningVersion,
    releasing: releasingVersion,
  },
});

export const versionCountIgnored = versionProtocol({
  name: "version-count-ignored",
  sentence: "takes the buffer if the row has the version that it read, and believes that it owns in any case",
  broken: true,
  curedBy: ["version-column"],
  claims: {
    "read committed": { violates: "mutual-exclusion" },
    "repeatable read": { violates: "mutual-exclusion" },
    serializable: { violates: "mutual-exclusion" },
  },
  machine,
});
