/** The switches of the generator: which parts of PostgreSQL a run may use. */
import { UsageError } from "../../sim/usage-error.ts";

/** Each feature with what it adds to the statements that are always there (SELECT, UPDATE, DELETE, INSERT by key). */
export const FEATURES = {
  "multi-row": "statements that meet several rows",
  "index-order": "statements that meet several rows through an index",
  locking: "SELECT FOR UPDATE, NO KEY UPDATE, SHARE, KEY SHARE",
  nowait: "NOWAIT and SKIP LOCKED",
  keys: "updates of key columns, and unique columns",
  "partial-index": "a partial unique index",
  "foreign-key": "a second table that references the first, with its actions",
  "on-conflict": "INSERT ON CONFLICT DO NOTHING and DO UPDATE",
  "insert-select": "INSERT SELECT, also with WHERE NOT EXISTS",
  "sub-select": "sub-selects in SET and WHERE",
  joins: "UPDATE FROM, DELETE USING, SELECT of two tables",
  "order-limit": "ORDER BY and LIMIT, also with locks",
  returning: "RETURNING",
  cte: "WITH, also with statements that change rows",
  advisory: "advisory locks of all kinds",
  "lock-table": "LOCK TABLE in all modes",
  savepoints: "SAVEPOINT, ROLLBACK TO, RELEASE",
  "repeatable-read": "transactions at REPEATABLE READ",
  serializable: "transactions at SERIALIZABLE",
  "read-only": "READ ONLY transactions",
  deferrable: "READ ONLY DEFERRABLE transactions",
  settings: "SET TRANSACTION inside a transaction",
  timeouts: "lock_timeout and statement_timeout",
  identity: "a column that is filled from a sequence",
  parameters: "statements with $1",
  messages: "several statements in one message",
  definitions: "statements that make, change and drop tables, indexes and sequences",
  grammar: "cases that are made from the grammar, three of four",
  errors: "statements that are to fail, in a tenth of the runs",
} as const;

export type Feature = keyof typeof FEATURES;
export type Features = ReadonlySet<Feature>;

/**
 * What is off unless it is asked for: the order in which an index meets rows that were updated in place is not modelled, and
 * a wait for a safe snapshot depends on the whole server.
 */
const UNUSUAL: readonly Feature[] = ["index-order"];

const ALL_FEATURES = Object.keys(FEATURES) as readonly Feature[];

/** What is on where nothing is said. */
export const USUAL_FEATURES: Features = new Set(ALL_FEATURES.filter((feature) => !UNUSUAL.includes(feature)));

/** Reads a list such as `locking,keys`, or `usual,-serializable`. */
export function parseFeatures(list: string): Features {
  const chosen = new Set<Feature>();
  for (const word of list.split(",").map((each) => each.trim())) {
    const name = word.replace(/^-/, "");
    if (name === "none" || name === "") continue;
    const named =
      name === "all"
        ? ALL_FEATURES
        : name === "usual"
          ? [...USUAL_FEATURES]
          : ALL_FEATURES.filter((each) => each === name);
    if (named.length === 0) {
      throw new UsageError(
        "no-such-feature",
        `There is no feature ${name}.`,
        `There are: usual, all, none, ${ALL_FEATURES.join(", ")}.`,
      );
    }
    for (const feature of named)
      if (word.startsWith("-")) chosen.delete(feature);
      else chosen.add(feature);
  }
  return chosen;
}
