/**
 * claim-job: takes the first free job with one UPDATE that looks for it in a sub-select. Two workers get the same job.
 *
 *     UPDATE jobs SET claimed_by = $1
 *      WHERE id = (SELECT id FROM jobs WHERE claimed_by IS NULL ORDER BY id LIMIT 1) RETURNING id
 *
 * It tries to find and to claim at once. The sub-select is answered once, by the statement's snapshot, and locks nothing. Who
 * then has to wait for the row re-reads it, but re-reads the outer condition only: `id = 1` is still true.
 *
 *     level              verdict                       why
 *     read committed     violates mutual-exclusion     the sub-select is not asked again after the wait
 *     repeatable read    holds                         the row was changed after the snapshot: 40001
 *     serializable       holds                         the same
 *
 *     alice                                bob                                     row of job 1
 *     UPDATE …: 1 row, not committed                                               NULL, locked by alice
 *                                          UPDATE …: finds job 1, waits for alice
 *     (autocommit): alice owns job 1                                               alice
 *                                          re-reads: id = 1, so: bob owns job 1    bob
 *
 * Where it is seen: hand-written job queues, "next number" tables, any `WHERE id = (SELECT … LIMIT 1)`. The cures, an edit
 * of one line each: `claim-job-skip-locked`, `claim-job-for-update`, `claim-job-if-still-free`.
 */
import { jobProtocol } from "./job-client.ts";

export const claimJob = jobProtocol({
  name: "claim-job",
  sentence: "takes the first free job with an UPDATE that looks for it in a sub-select",
  broken: true,
  curedBy: ["claim-job-for-update", "claim-job-skip-locked", "claim-job-if-still-free"],
  claims: {
    "read committed": { violates: "mutual-exclusion" },
    "repeatable read": "holds",
    serializable: "holds",
  },
  claim:
    "UPDATE jobs SET claimed_by = $1 " +
    "WHERE id = (SELECT id FROM jobs WHERE claimed_by IS NULL ORDER BY id LIMIT 1) RETURNING id",
});
