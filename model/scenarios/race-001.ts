/** race-001: the incident. Clients of a collaborative editor compete for the ownership of buffers, one row a buffer. */
import { livenessOf } from "../liveness.ts";
import { bufferProperties } from "../properties.ts";
import { advisoryLockProtocol } from "../protocols/advisory-lock.ts";
import { advisoryLockBehindPooler } from "../protocols/advisory-lock-behind-pooler.ts";
import { advisoryLockInAutocommit } from "../protocols/advisory-lock-in-autocommit.ts";
import { advisoryLockKept } from "../protocols/advisory-lock-kept.ts";
import { advisoryLockReleasedEarly } from "../protocols/advisory-lock-released-early.ts";
import { atomicUpdate } from "../protocols/atomic-update.ts";
import { checkActCheck } from "../protocols/check-act-check.ts";
import { checkThenAct } from "../protocols/check-then-act.ts";
import { checkThenActWithRetry } from "../protocols/check-then-act-with-retry.ts";
import { checkThenAtomicUpdate } from "../protocols/check-then-atomic-update.ts";
import { forUpdateAfterUnlockedRead } from "../protocols/for-update-after-unlocked-read.ts";
import { forUpdateCommittedEarly } from "../protocols/for-update-committed-early.ts";
import { forUpdateInAutocommit } from "../protocols/for-update-in-autocommit.ts";
import { oneTransaction } from "../protocols/one-transaction.ts";
import { oneTransactionWithRetry } from "../protocols/one-transaction-with-retry.ts";
import { selectForUpdate } from "../protocols/select-for-update.ts";
import { versionCheckedOnRead } from "../protocols/version-checked-on-read.ts";
import { versionColumn } from "../protocols/version-column.ts";
import { versionCountIgnored } from "../protocols/version-count-ignored.ts";
import type { Scenario } from "../scenario.ts";
import { SCHEMA } from "../statements.ts";

/** Each wrong way is followed by the ways that mend it. */
export const race001: Scenario = {
  name: "race-001",
  sentence: "clients of an editor acquire and release buffers whose owners are kept in a table",
  setup: (buffers) => [
    SCHEMA,
    ...Array.from({ length: buffers }, (_, at) => `INSERT INTO buffers (id, locked_by) VALUES (${at + 1}, NULL)`),
  ],
  protocols: [
    checkThenAct,
    atomicUpdate,
    selectForUpdate,
    checkThenActWithRetry,
    checkActCheck,
    checkThenAtomicUpdate,
    oneTransaction,
    oneTransactionWithRetry,
    forUpdateInAutocommit,
    forUpdateAfterUnlockedRead,
    forUpdateCommittedEarly,
    advisoryLockInAutocommit,
    advisoryLockReleasedEarly,
    advisoryLockBehindPooler,
    advisoryLockProtocol,
    versionCheckedOnRead,
    versionCountIgnored,
    versionColumn,
    advisoryLockKept,
  ],
  properties: bufferProperties,
  interchangeable: true,
  liveness: livenessOf("buffer"),
  defaults: { protocol: checkThenAct.name, clients: 2, buffers: 1 },
};
