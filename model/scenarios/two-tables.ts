/** two-tables: a buffer belongs to an editor or to a reviewer, who are kept in two tables, and each looks into the other's. */
import { livenessOf } from "../liveness.ts";
import { noDeadlock, oneOwnerOf, somebodyOwnsA } from "../properties.ts";
import { checkOtherTable } from "../protocols/check-other-table.ts";
import { lockParentRow } from "../protocols/lock-parent-row.ts";
import { touchParentRow } from "../protocols/touch-parent-row.ts";
import type { Scenario } from "../scenario.ts";

export const twoTables: Scenario = {
  name: "two-tables",
  sentence: "editors and reviewers own buffers, each in a table of their own, and never both",
  setup: (buffers) => [
    "CREATE TABLE buffers (id integer PRIMARY KEY, title text)",
    ...Array.from({ length: buffers }, (_, at) => `INSERT INTO buffers (id, title) VALUES (${at + 1}, 'draft')`),
    "CREATE TABLE editors (buffer integer PRIMARY KEY, locked_by text NOT NULL)",
    "CREATE TABLE reviewers (buffer integer PRIMARY KEY, locked_by text NOT NULL)",
  ],
  protocols: [checkOtherTable, lockParentRow, touchParentRow],
  properties: [oneOwnerOf("buffer"), noDeadlock, somebodyOwnsA("buffer")],
  liveness: livenessOf("buffer"),
  defaults: { protocol: checkOtherTable.name, clients: 2, buffers: 1 },
};
