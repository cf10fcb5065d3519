/**
 * Advisory locks: `pg_advisory_lock` and its relatives.
 *
 *     pg_[try_]advisory_[xact_]lock[_shared](key)      pg_advisory_unlock[_shared](key)      pg_advisory_unlock_all()
 *
 * One key space for (bigint), another for (int, int). A session-level lock is counted, outlives transactions and
 * ROLLBACK TO, and goes with its last unlock; a transaction-level lock goes with its (sub)transaction.
 *
 * Source: postgres-semantics, section 9.
 */
import { acquire, type Holding, letGo, ownObject } from "../locks/lock-object.ts";
import { SqlError } from "../sql-error.ts";
import { depthOf } from "./state.ts";
import type { Step } from "./step.ts";
import { mine } from "./step.ts";
import { waitFor } from "./wait.ts";

const LOCK = /^pg_(try_)?advisory_(xact_)?lock(_shared)?$/;
const UNLOCK = /^pg_advisory_unlock(_shared)?$/;

/** Calls the function of this name: true or false where it says whether it succeeded, null where it returns void. */
export function callAdvisory(step: Step, name: string, key: readonly string[]): boolean | null {
  if (name === "pg_advisory_unlock_all") return unlockAll(step);
  const object = `advisory ${key.join(",")}`;
  const unlock = UNLOCK.exec(name);
  if (unlock) return release(step, object, unlock[1] ? "share" : "exclusive");
  const lock = LOCK.exec(name);
  if (lock === null) throw new RangeError(`${name} is no advisory lock function`);
  const [, tries, transactional, shared] = lock;
  const depth = transactional ? depthOf(mine(step)) : -1;
  return take(step, object, { mode: shared ? "share" : "exclusive", depth, tries: tries !== undefined });
}

function take(
  step: Step,
  name: string,
  how: { readonly mode: "share" | "exclusive"; readonly depth: number; readonly tries: boolean },
): boolean | null {
  if (mine(step).running?.granted === name) return how.tries ? true : null;
  const object = ownObject(step.state.locks, name);
  const acquired = acquire(object, { session: step.session, mode: how.mode, depth: how.depth }, !how.tries);
  if (acquired === "deadlock") throw new SqlError("40P01", "deadlock detected");
  if (acquired === "queued") waitFor(step, { kind: "object", object: name });
  if (acquired === "granted") step.notes.push(`takes the ${how.mode} lock on ${name}`);
  return how.tries ? acquired === "granted" : null;
}

function release(step: Step, name: string, mode: "share" | "exclusive"): boolean {
  const { locks } = step.state;
  const isHeld = (each: Holding): boolean => each.session === step.session && each.mode === mode && each.depth < 0;
  const held = locks[name]?.holders.some(isHeld) ? ownObject(locks, name).holders.find(isHeld) : undefined;
  if (held === undefined) {
    step.notes.push(`WARNING: you don't own a lock of type ${mode === "share" ? "ShareLock" : "ExclusiveLock"}`);
    return false;
  }
  held.count -= 1;
  letGo(locks, ({ count }) => count === 0);
  return true;
}

/** Every lock of the session; those of its transaction stay. */
export function unlockAll(step: Step): null {
  letGo(step.state.locks, (each) => each.session === step.session && each.depth < 0);
  return null;
}
