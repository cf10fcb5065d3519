/**
 * insert-if-absent-with-unique-index: the statement of `insert-if-absent`, over a table that cannot hold two rows.
 *
 *     CREATE UNIQUE INDEX claims_of_buffer ON claims (buffer)
 *
 * It tries to leave the code as it is. The index is what decides: whoever inserts a key that another transaction has inserted
 * and not committed waits for that one's end, and then fails (23505) or goes on. So it holds at every level.
 *
 *     level              verdict
 *     read committed     holds     the loser is answered 0 rows, or 23505 when it came in between
 *     repeatable read    holds     the same
 *     serializable       holds     the same, or 40001
 *
 *     alice                                bob                                  claims
 *     INSERT …: 1 row, not committed                                            -
 *                                          INSERT … (waits for alice)           -
 *     (autocommit): alice owns                                                  (1, alice)
 *                                          -> 23505: idle                       (1, alice)
 *
 * NOT EXISTS is now no more than a cheap way to spare most losers an error. `on-conflict-do-nothing` needs no error at all.
 *
 * Where it is seen: the repair of `insert-if-absent` in a schema that can be migrated. It cannot be created while the table
 * holds the duplicates that the race has left.
 */
import { bufferProtocol } from "./buffer-client.ts";
import { UNIQUE_INDEX } from "./claim-client.ts";
import { insertIfAbsent } from "./insert-if-absent.ts";

export const insertIfAbsentWithUniqueIndex = bufferProtocol({
  name: "insert-if-absent-with-unique-index",
  sentence: "inserts its row with one statement, where no row exists yet and a unique index allows only one",
  broken: false,
  claims: { "read committed": "holds", "repeatable read": "holds", serializable: "holds" },
  setup: [UNIQUE_INDEX],
  machine: insertIfAbsent.machine,
});
