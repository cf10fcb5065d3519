/**
 * version-checked-on-read: reads the version, reads it again before it writes, and writes if it is the same.
 *
 * It tries to notice that somebody was faster. The comparison is the client's, and old when the UPDATE arrives: check-then-act
 * with a number instead of a name.
 *
 *     level              verdict
 *     read committed     violates mutual-exclusion
 *     repeatable read    violates mutual-exclusion
 *     serializable       violates mutual-exclusion
 *
 *     alice                                bob                                  row of buffer 1
 *     SELECT … -> NULL, version 0          SELECT … -> NULL, version 0          NULL, 0
 *     SELECT … -> version 0: unchanged     SELECT … -> version 0: unchanged     NULL, 0
 *     UPDATE …: alice owns                                                      alice, 1
 *                                          UPDATE …: bob owns, too              bob, 2
 *
 * Where it is seen: a version that is compared in a service or in a form's handler, "If-Match" checked before the write. The
 * cure: compare it in the UPDATE's WHERE, as `version-column` does.
 */
import {
  fresh,
  owningVersion,
  readVersion,
  releasingVersion,
  restingUntilReading,
  takeAnyVersion,
  versionClient,
  versionProtocol,
} from "./version-client.ts";

const machine = versionClient.createMachine({
  id: "version-checked-on-read",
  context: ({ input }) => fresh(input.client),
  initial: "idle",
  states: {
    idle: restingUntilReading,
    reading: {
      entry: { type: "query", params: ({ context }) => readVersion(context) },
      on: {
        rows: [{ guard: "isFree", target: "readingAgain", actions: "remember" }, { target: "idle" }],
        failed: "idle",
      },
    },
    readingAgain: {
      entry: { type: "query", params: ({ context }) => readVersion(context) },
      on: { rows: [{ guard: "isUnchanged", target: "taking" }, { target: "idle" }], failed: "idle" },
    },
    taking: {
      entry: { type: "query", params: ({ context }) => takeAnyVersion(context) },
      on: { rows: [{ guard: "changedOneRow", target: "owning" }, { target: "idle" }], failed: "idle" },
    },
    owning: owningVersion,
    releasing: releasingVersion,
  },
});

export const versionCheckedOnRead = versionProtocol({
  name: "version-checked-on-read",
  sentence: "reads the row's version twice, and takes the buffer if it did not change in between",
  broken: true,
  curedBy: ["version-column"],
  claims: {
    "read committed": { violates: "mutual-exclusion" },
    "repeatable read": { violates: "mutual-exclusion" },
    serializable: { violates: "mutual-exclusion" },
  },
  machine,
});
