/**
 * version-column: reads the version, writes only that version, and believes only when a row was written. Optimistic locking.
 *
 * It tries to lock nothing between the look and the write, however long that takes, and holds at every level: the UPDATE's
 * condition is evaluated on the row version that it locks, and any change in between has counted the version up.
 *
 *     level              verdict
 *     read committed     holds
 *     repeatable read    holds     the loser fails with 40001 instead of writing no row
 *     serializable       holds     the same
 *
 *     alice                                bob                                      row of buffer 1
 *     SELECT … -> NULL, version 0          SELECT … -> NULL, version 0              NULL, 0
 *     UPDATE … -> 1 row: alice owns                                                 alice, 1
 *                                          UPDATE … -> 0 rows: idle                 alice, 1
 *
 * It holds as long as every writer counts the version up, also those that think that they change something else.
 *
 * Where it is seen: forms that are open for minutes, HTTP's ETag and If-Match, JPA's @Version. The right way where a lock
 * would be held while a person thinks.
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
  id: "version-column",
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
      on: { rows: [{ guard: "changedOneRow", target: "owning" }, { target: "idle" }], failed: "idle" },
    },
    owning: owningVersion,
    releasing: releasingVersion,
  },
});

export const versionColumn = versionProtocol({
  name: "version-column",
  sentence: "takes the buffer if the row has the version that it read, and believes that it owns only if it had",
  broken: false,
  claims: { "read committed": "holds", "repeatable read": "holds", serializable: "holds" },
  machine,
});
