/**
 * claim-job-skip-locked: as `claim-job`, with the job locked by the sub-select, and jobs that others have locked left out.
 *
 *     … WHERE id = (SELECT id FROM jobs WHERE claimed_by IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id
 *
 * It tries to give each worker another job without anybody waiting. It holds at every level: what the sub-select returns is locked,
 * was free in the version that was locked, and stays so until the UPDATE.
 *
 *     level              verdict
 *     read committed     holds
 *     repeatable read    holds     a job that was changed after the snapshot fails with 40001: ask again
 *     serializable       holds     the same
 *
 *     alice                                bob                                     rows of jobs 1 and 2
 *     UPDATE …: job 1, not committed                                               job 1 locked by alice
 *                                          UPDATE …: leaves job 1 out, job 2       job 2 locked by bob
 *     (autocommit): alice owns job 1       (autocommit): bob owns job 2
 *
 * "No row" then means "none that is free and unlocked", not "none that is free": do not end the worker on it.
 *
 * Where it is seen: every queue on PostgreSQL that was built after 9.5. The right way.
 */
import { jobProtocol } from "./job-client.ts";

export const claimJobSkipLocked = jobProtocol({
  name: "claim-job-skip-locked",
  sentence: "takes the first free job that nobody has locked, with an UPDATE whose sub-select locks it",
  broken: false,
  claims: { "read committed": "holds", "repeatable read": "holds", serializable: "holds" },
  claim:
    "UPDATE jobs SET claimed_by = $1 " +
    "WHERE id = (SELECT id FROM jobs WHERE claimed_by IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id",
});
