/**
 * Table and advisory locks: an object with its holders and a queue in front of it, which hands over in order.
 *
 *     holders  s0 access share            s0 lets go            holders  s1 access exclusive
 *     queue    s1 access exclusive    ------------------->      queue    s2 access share
 *              s2 access share
 *
 * A request waits when it conflicts with what another session holds, or with a request that waits already: s2 above
 * could share with s0 but may not overtake s1. Who already holds a lock on the object goes before the waiters that need
 * it to let go; when such a waiter in turn holds what the newcomer wants, that is a deadlock, and the newcomer fails at
 * once. On release the queue is gone through in order and each request is granted that conflicts neither with the
 * holders nor with those that stay ahead of it. It is granted by who lets go: nobody can come in between.
 *
 * Sources: postgres-semantics, sections 6, 8 and 9; src/backend/storage/lmgr/proc.c, ProcSleep and ProcLockWakeup.
 */
import type { SessionId } from "../server.ts";
import type { TableLockMode } from "./table-lock-mode.ts";
import { tableLocksConflict } from "./table-lock-mode.ts";

/** Advisory locks know the modes `share` and `exclusive`, which conflict among each other as the table modes of that name do. */
export type ObjectLockMode = TableLockMode;

export interface Holding {
  readonly session: SessionId;
  readonly mode: ObjectLockMode;
  /** The savepoints around it; -1 for a session-level advisory lock. */
  depth: number;
  /** How often it was taken (session-level advisory locks are given back one by one); 1 for all others. */
  count: number;
}

export interface WaitingRequest {
  readonly session: SessionId;
  readonly mode: ObjectLockMode;
  readonly depth: number;
}

export interface LockObject {
  holders: Holding[];
  queue: WaitingRequest[];
}

/** The objects that somebody holds or waits for, by name. Frozen ones are shared by databases (`ownObject`). */
export type LockObjects = Record<string, LockObject>;

/** The object of this name, to be changed; one that nobody has asked for yet is made. */
export function ownObject(objects: LockObjects, name: string): LockObject {
  const known = objects[name];
  if (known !== undefined && !Object.isFrozen(known)) return known;
  const { holders, queue } = known ?? { holders: [], queue: [] };
  const own: LockObject = { holders: holders.map((holding) => ({ ...holding })), queue: [...queue] };
  objects[name] = own;
  return own;
}

/** Takes these holdings from all objects. The queues are handed over at the end of the step. */
export function letGo(objects: LockObjects, isLetGo: (held: Holding) => boolean): void {
  for (const [name, { holders }] of Object.entries(objects)) {
    if (!holders.some(isLetGo)) continue;
    const object = ownObject(objects, name);
    object.holders = object.holders.filter((held) => !isLetGo(held));
  }
}

/** The session waits for no object any more. */
export function leaveQueues(objects: LockObjects, session: SessionId): void {
  for (const [name, { queue }] of Object.entries(objects)) {
    const left = queue.filter((request) => request.session !== session);
    if (left.length < queue.length) ownObject(objects, name).queue = left;
  }
}

export function tableObject(table: string): string {
  return `table ${table}`;
}

export type Acquired = "granted" | "queued" | "busy" | "deadlock";

/** Asks for a lock. `busy` instead of `queued` where the request does not want to wait. */
export function acquire(object: LockObject, request: WaitingRequest, mayWait: boolean): Acquired {
  const conflictsWithWaiter = object.queue.some(
    (other) => other.session !== request.session && conflict(other, request),
  );
  if (!conflictsWithWaiter && blockingHolders(object, request).length === 0) return grant(object, request);
  if (object.holders.some((held) => held.session === request.session && held.mode === request.mode)) {
    return grant(object, request);
  }
  const place = placeInQueue(object, request);
  if (place === "granted") return grant(object, request);
  if (!mayWait) return "busy";
  if (place === "deadlock") return "deadlock";
  object.queue.splice(place, 0, request);
  return "queued";
}

/** Where a session that holds something already stands: in front of the first waiter that needs it to let go. */
function placeInQueue(object: LockObject, request: WaitingRequest): number | "granted" | "deadlock" {
  const own = object.holders.filter((holding) => holding.session === request.session);
  for (const [at, waiter] of object.queue.entries()) {
    if (!own.some((holding) => conflict(holding, waiter))) continue;
    const his = object.holders.filter((holding) => holding.session === waiter.session);
    if (his.some((holding) => conflict(holding, request))) return "deadlock";
    const behindOthers = object.queue.slice(0, at).some((ahead) => conflict(ahead, request));
    return !behindOthers && blockingHolders(object, request).length === 0 ? "granted" : at;
  }
  return object.queue.length;
}

function grant(object: LockObject, request: WaitingRequest): "granted" {
  const same = object.holders.find(
    (holding) =>
      holding.session === request.session &&
      holding.mode === request.mode &&
      isSessionLevel(holding) === isSessionLevel(request),
  );
  if (same === undefined) object.holders.push({ ...request, count: 1 });
  else if (isSessionLevel(same)) same.count += 1;
  else same.depth = Math.min(same.depth, request.depth);
  return "granted";
}

function isSessionLevel(lock: { readonly depth: number }): boolean {
  return lock.depth < 0;
}

function conflict(a: { readonly mode: ObjectLockMode }, b: { readonly mode: ObjectLockMode }): boolean {
  return tableLocksConflict(a.mode, b.mode);
}

/** The other sessions whose locks are in the way of the request. */
export function blockingHolders(object: LockObject, request: WaitingRequest): readonly SessionId[] {
  const blocking = object.holders.filter((held) => held.session !== request.session && conflict(held, request));
  return [...new Set(blocking.map((held) => held.session))].sort((a, b) => a - b);
}

/** The sessions that wait ahead of this one and whose requests are in the way of its own. */
export function blockingWaiters(object: LockObject, request: WaitingRequest): readonly SessionId[] {
  const ahead = object.queue.slice(0, object.queue.indexOf(request));
  return ahead.filter((other) => conflict(other, request)).map((other) => other.session);
}

/** Hands the object over to those in the queue who can have it now; returns them in that order. */
export function handOver(object: LockObject): readonly SessionId[] {
  const granted: SessionId[] = [];
  const staying: WaitingRequest[] = [];
  for (const request of object.queue) {
    const free = blockingHolders(object, request).length === 0 && !staying.some((ahead) => conflict(ahead, request));
    if (free) {
      grant(object, request);
      granted.push(request.session);
    } else staying.push(request);
  }
  object.queue = staying;
  return granted;
}

/** Lets go what the session took at this depth of savepoints and deeper. Session-level locks stay. */
export function releaseObjects(objects: LockObjects, session: SessionId, depth: number): void {
  letGo(objects, (held) => held.session === session && held.depth >= depth);
}

/** RELEASE SAVEPOINT: locks of this depth and deeper belong to the level around it. */
export function liftObjects(objects: LockObjects, session: SessionId, depth: number): void {
  const isLifted = (held: Holding): boolean => held.session === session && held.depth >= depth;
  for (const [name, { holders }] of Object.entries(objects)) {
    if (!holders.some(isLifted)) continue;
    for (const held of ownObject(objects, name).holders) if (isLifted(held)) held.depth = depth - 1;
  }
}
