/**
 * claim-job-for-update: as `claim-job`, with the job locked by the sub-select that finds it.
 *
 *     … WHERE id = (SELECT id FROM jobs WHERE claimed_by IS NULL ORDER BY id LIMIT 1 FOR UPDATE) RETURNING id
 *
 * It tries to make the look and the claim one: the sub-select's lock lasts to the end of the statement's transaction, and after a
 * wait the sub-select's own condition is evaluated again. So no two workers get one job, at any level.
 *
 *     level              verdict
 *     read committed     holds     after the wait a job that was taken is left out, and the next one is looked at
 *     repeatable read    holds     after the wait 40001
 *     serializable       holds     the same
 *
 *     alice                                bob                                     row of job 1
 *     UPDATE …: 1 row, not committed                                               NULL, locked by alice
 *                                          UPDATE …: its sub-select waits for alice
 *     (autocommit): alice owns job 1                                               alice
 *                                          re-reads: taken; takes job 2, or none
 *
 * What it costs: all workers wait for the same first row, one behind the other, although other jobs are free.
 *
 * Where it is seen: queues on a database without SKIP LOCKED. With it: `claim-job-skip-locked`.
 */
import { jobProtocol } from "./job-client.ts";

export const claimJobForUpdate = jobProtocol({
  name: "claim-job-for-update",
  sentence: "takes the first free job with an UPDATE whose sub-select locks it",
  broken: false,
  claims: { "read committed": "holds", "repeatable read": "holds", serializable: "holds" },
  claim:
    "UPDATE jobs SET claimed_by = $1 " +
    "WHERE id = (SELECT id FROM jobs WHERE claimed_by IS NULL ORDER BY id LIMIT 1 FOR UPDATE) RETURNING id",
});
