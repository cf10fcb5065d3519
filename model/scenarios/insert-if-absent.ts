/** insert-if-absent: clients own a buffer by having a row in a table of claims. A buffer that is free has no row to lock. */
import { livenessOf } from "../liveness.ts";
import { noDeadlock, oneOwnerOf, oneRowEach, ownerRecordedIn, somebodyOwnsA } from "../properties.ts";
import { forUpdateOnMissingRow } from "../protocols/for-update-on-missing-row.ts";
import { insertIfAbsent } from "../protocols/insert-if-absent.ts";
import { insertIfAbsentWithUniqueIndex } from "../protocols/insert-if-absent-with-unique-index.ts";
import { onConflictDoNothing } from "../protocols/on-conflict-do-nothing.ts";
import { onConflictDoNothingUnread } from "../protocols/on-conflict-do-nothing-unread.ts";
import { selectThenInsert } from "../protocols/select-then-insert.ts";
import { uniqueViolationCaught } from "../protocols/unique-violation-caught.ts";
import type { Scenario } from "../scenario.ts";

const CLAIMS = { thing: "buffer", table: "claims", key: "buffer", owner: "locked_by" };

export const insertIfAbsentScenario: Scenario = {
  name: "insert-if-absent",
  sentence: "clients own a buffer by inserting a row into a table of claims",
  setup: () => ["CREATE TABLE claims (buffer integer NOT NULL, locked_by text NOT NULL)"],
  protocols: [
    insertIfAbsent,
    insertIfAbsentWithUniqueIndex,
    selectThenInsert,
    forUpdateOnMissingRow,
    uniqueViolationCaught,
    onConflictDoNothingUnread,
    onConflictDoNothing,
  ],
  properties: [oneRowEach(CLAIMS), oneOwnerOf("buffer"), ownerRecordedIn(CLAIMS), noDeadlock, somebodyOwnsA("buffer")],
  interchangeable: true,
  liveness: livenessOf("buffer"),
  defaults: { protocol: insertIfAbsent.name, clients: 2, buffers: 1 },
};
