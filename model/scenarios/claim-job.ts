/** claim-job: workers take jobs from a table, each the first one that is free, and give them back. */
import { livenessOf } from "../liveness.ts";
import { noDeadlock, oneOwnerOf, ownerRecordedIn, somebodyOwnsA } from "../properties.ts";
import { claimJob } from "../protocols/claim-job.ts";
import { claimJobForUpdate } from "../protocols/claim-job-for-update.ts";
import { claimJobIfStillFree } from "../protocols/claim-job-if-still-free.ts";
import { claimJobSkipLocked } from "../protocols/claim-job-skip-locked.ts";
import type { Scenario } from "../scenario.ts";

export const claimJobScenario: Scenario = {
  name: "claim-job",
  sentence: "workers take the first free job of a table",
  competeFor: ["job", "jobs"],
  setup: (jobs) => [
    "CREATE TABLE jobs (id integer PRIMARY KEY, claimed_by text)",
    ...Array.from({ length: jobs }, (_, at) => `INSERT INTO jobs (id, claimed_by) VALUES (${at + 1}, NULL)`),
  ],
  protocols: [claimJob, claimJobForUpdate, claimJobSkipLocked, claimJobIfStillFree],
  properties: [
    oneOwnerOf("job"),
    ownerRecordedIn({ thing: "job", table: "jobs", key: "id", owner: "claimed_by" }),
    noDeadlock,
    somebodyOwnsA("job"),
  ],
  liveness: livenessOf("job"),
  defaults: { protocol: claimJob.name, clients: 2, buffers: 2 },
};
