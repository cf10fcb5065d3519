/**
 * claim-job-if-still-free: as `claim-job`, with the sub-select's condition repeated outside.
 *
 *     … WHERE id = (SELECT id FROM jobs WHERE claimed_by IS NULL ORDER BY id LIMIT 1) AND claimed_by IS NULL RETURNING id
 *
 * It tries to be asked again after the wait: the outer condition is evaluated on the row version that is locked. It holds at every
 * level.
 *
 *     level              verdict
 *     read committed     holds     the loser changes no row
 *     repeatable read    holds     the loser fails with 40001
 *     serializable       holds     the same
 *
 *     alice                                bob                                     row of job 1
 *     UPDATE …: 1 row, not committed                                               NULL, locked by alice
 *                                          UPDATE …: finds job 1, waits for alice
 *     (autocommit): alice owns job 1                                               alice
 *                                          re-reads: claimed_by is set: 0 rows     alice
 *
 * What it costs: the loser gets nothing although job 2 is free, and has to ask again.
 *
 * Where it is seen: the smallest edit for code whose database user may not lock rows in a sub-select, or which must stay portable.
 */
import { jobProtocol } from "./job-client.ts";

export const claimJobIfStillFree = jobProtocol({
  name: "claim-job-if-still-free",
  sentence: "takes the first free job with an UPDATE that looks for it in a sub-select and checks it again outside",
  broken: false,
  claims: { "read committed": "holds", "repeatable read": "holds", serializable: "holds" },
  claim:
    "UPDATE jobs SET claimed_by = $1 " +
    "WHERE id = (SELECT id FROM jobs WHERE claimed_by IS NULL ORDER BY id LIMIT 1) AND claimed_by IS NULL RETURNING id",
});
