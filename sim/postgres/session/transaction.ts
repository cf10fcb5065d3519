/**
 * The life of a transaction: begin, snapshot, commit, abort, savepoints.
 *
 *     none --BEGIN--> open --COMMIT--> none          commit: changes are settled and marked for those with a snapshot,
 *                      |                             then locks are let go
 *                      error: failed --ROLLBACK--> none    changes are taken back and locks let go at the error
 *
 *     BEGIN; UPDATE a; SAVEPOINT s; UPDATE b; <error>      takes back b only: depth 1 and deeper
 *                                   ROLLBACK TO s          the transaction goes on, a is still locked
 *
 * A statement outside of BEGIN … COMMIT runs in an implicit transaction, which lasts for its message. A transaction at REPEATABLE READ or
 * SERIALIZABLE keeps one snapshot; ROLLBACK TO does not renew it.
 *
 * Sources: postgres-semantics, sections 1 and 7; src/backend/access/transam/xact.c.
 */

import { liftObjects, releaseObjects } from "../locks/lock-object.ts";
import { endWait } from "../locks/release.ts";
import { endUntilEndOf, waitForReleased } from "../locks/released-savepoint.ts";
import { checkCommit, enter, leaveAborted, leaveCommitted } from "../serializable/dependencies.ts";
import { forgetSnapshot, lift, settle, takeBack } from "../versions/snapshot.ts";
import { undoDefinitions } from "./definitions.ts";
import { publishCatalog } from "./publish-catalog.ts";
import { effective, withChange } from "./settings.ts";
import type { IsolationLevel, Transaction } from "./state.ts";
import { allHeaps, keepsSnapshot } from "./state.ts";
import type { Step } from "./step.ts";
import { mine } from "./step.ts";
import { waitFor } from "./wait.ts";

/** The session's transaction; an implicit one begins where there is none. */
export function ensureTransaction(step: Step): Transaction {
  const session = mine(step);
  const startedAfterUs = session.running?.sentAfterUs;
  session.transaction ??= {
    block: "implicit",
    ...(startedAfterUs === undefined ? {} : { startedAfterUs }),
    failed: false,
    isolation: effective(step, "default_transaction_isolation") as IsolationLevel,
    readOnly: effective(step, "default_transaction_read_only") === "on",
    deferrable: effective(step, "default_transaction_deferrable") === "on",
    begun: false,
    savepoints: [],
    settings: [],
    catalog: null,
    undo: [],
    deferred: [],
  };
  return session.transaction;
}

/** From now on commits of others leave marks for this session. */
export function takeSnapshot(step: Step): void {
  const session = mine(step);
  const transaction = ensureTransaction(step);
  transaction.begun = true;
  if (!session.snapshot) {
    session.snapshot = true;
    if (transaction.isolation === "serializable") enter(step.state.serial, step.session, transaction.readOnly);
  }
  if (transaction.readOnly && transaction.deferrable) waitUntilSafe(step);
}

/**
 * The snapshot that a statement takes before anything else: above READ COMMITTED it is the transaction's, and is there before the
 * statement waits for a table. At READ COMMITTED a query takes its own when its tables are locked.
 */
export function beginSnapshot(step: Step): void {
  const transaction = ensureTransaction(step);
  transaction.begun = true;
  if (keepsSnapshot(transaction.isolation)) takeSnapshot(step);
}

/** DEFERRABLE: goes on when no writer of its time can harm the snapshot any more; takes another where one has. */
function waitUntilSafe(step: Step): void {
  const { serial } = step.state;
  const watched = serial.active[step.session];
  if (watched === undefined) return;
  if (watched.unsafeWith.length > 0) waitFor(step, { kind: "safe snapshot" });
  leaveAborted(serial, step.session);
  dropSnapshot(step);
  takeSnapshot(step);
}

/** The end of a statement: what it did is seen by the next, and READ COMMITTED gives up its snapshot. */
export function releaseStatementSnapshot(step: Step): void {
  const session = mine(step);
  if (!session.snapshot || (session.transaction && keepsSnapshot(session.transaction.isolation))) return;
  dropSnapshot(step);
}

function dropSnapshot(step: Step): void {
  mine(step).snapshot = false;
  forgetSnapshot(allHeaps(step.state), step.session);
}

/** Makes the transaction's changes the committed state. New snapshots see them; then its locks are let go. */
export function commit(step: Step): void {
  const { state, session } = step;
  const { transaction } = mine(step);
  if (transaction === null) return;
  checkCommit(state.serial, session);
  const holders = [...state.sessions.keys()].filter((other) => other !== session && state.sessions[other]?.snapshot);
  settle(allHeaps(state), session, { holders, writer: leaveCommitted(state.serial, session) });
  publishCatalog(step, transaction);
  for (const { name, value, local } of transaction.settings) if (!local) setFor(step, name, value);
  end(step);
}

function setFor(step: Step, name: string, value: string | null): void {
  const { settings } = mine(step);
  if (value === null) delete settings[name];
  else settings[name] = value;
}

/** Takes back everything that the transaction did, and ends it. */
export function rollback(step: Step): void {
  if (mine(step).transaction === null) return;
  leaveAborted(step.state.serial, step.session);
  takeBackTo(step, 0);
  end(step);
}

function end(step: Step): void {
  endUntilEndOf(step.state, step.session);
  releaseObjects(step.state.locks, step.session, 0);
  dropSnapshot(step);
  mine(step).transaction = null;
}

/** An error inside: the innermost level is taken back at once and its locks are let go. An implicit transaction ends with it. */
export function fail(step: Step): void {
  const session = mine(step);
  const { transaction } = session;
  endWait(step.state, step.session);
  if (transaction === null) return;
  if (transaction.block === "implicit") {
    rollback(step);
    return;
  }
  takeBackTo(step, transaction.savepoints.length);
  transaction.failed = true;
  if (transaction.savepoints.length === 0) {
    endUntilEndOf(step.state, step.session);
    leaveAborted(step.state.serial, step.session);
    dropSnapshot(step);
  }
  releaseStatementSnapshot(step);
}

/** Takes back what was done at this depth and deeper. */
export function takeBackTo(step: Step, depth: number): void {
  undoDefinitions(step, depth);
  takeBack(allHeaps(step.state), step.session, depth);
  releaseObjects(step.state.locks, step.session, depth);
  const { transaction } = mine(step);
  if (transaction === null) return;
  transaction.settings = transaction.settings.filter((change) => change.depth < depth);
  transaction.deferred = transaction.deferred.filter((check) => check.depth < depth);
}

/** RELEASE: what was done at this depth and deeper belongs to the level around it. */
export function liftTo(step: Step, depth: number): void {
  lift(allHeaps(step.state), step.session, depth);
  liftObjects(step.state.locks, step.session, depth);
  for (const other of step.state.sessions.keys()) waitForReleased(step.state, other);
  const { transaction } = mine(step);
  if (transaction === null) return;
  for (const each of [...transaction.settings, ...transaction.undo, ...transaction.deferred]) {
    each.depth = Math.min(each.depth, depth - 1);
  }
  transaction.settings = transaction.settings.reduce(withChange, []);
}

/** Whether the commit of an implicit transaction would be a step that others can notice. */
export function hasEffects(step: Step): boolean {
  const { state, session } = step;
  if (mine(step).transaction?.catalog) return true;
  const held = Object.entries(state.locks).some(
    ([name, { holders }]) =>
      name.startsWith("advisory") && holders.some((holding) => holding.session === session && holding.depth >= 0),
  );
  return (
    held ||
    allHeaps(state).some((heap) =>
      heap.some(
        (version) =>
          version.inserted?.session === session ||
          version.removed?.by?.session === session ||
          version.lockers.some((lock) => lock.session === session),
      ),
    )
  );
}
