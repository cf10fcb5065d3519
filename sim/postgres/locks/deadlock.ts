/**
 * The deadlock check: which sessions are in a deadlock, and how a queue is re-ordered where that is enough.
 *
 *     s1 holds a, waits for b ──hard──> s2 holds b, waits for a ──hard──> s1      a deadlock: one of them must fail
 *
 *     a: held by s1 (share), queue: s3 (exclusive)             s2 ──soft──> s3 ──hard──> s1 ──soft──> s4 ──hard──> s2
 *     b: held by s2 (share), queue: s4 (exclusive)             s2 waits for a only because it stands behind s3:
 *     s2 asks for a (share), s1 asks for b (share)             it is let ahead, and nobody fails
 *
 * PostgreSQL makes the check in a session that has waited for `deadlock_timeout`; whose comes first is a choice of the
 * environment here. So each session on a cycle has the move: `deadlock` where every order of the queues leaves a cycle
 * through it, `reorder` where one does not.
 *
 * Source: postgres-semantics, section 10; src/backend/storage/lmgr/README and deadlock.c.
 */
import type { SessionId } from "../server.ts";
import type { State, Wait } from "../session/state.ts";
import { heapOf, sessionOf } from "../session/state.ts";
import { ownObject } from "./lock-object.ts";
import { rowLocksConflict } from "./row-lock-mode.ts";
import { blockersOf } from "./waits.ts";

/** A place in a queue that stands in the way: `waiter` would have to be ahead of `blocker`. */
interface SoftEdge {
  readonly waiter: SessionId;
  readonly blocker: SessionId;
}

/** What the check of a session finds. */
export type DeadlockCheck = "none" | "deadlock" | "reorder";

/**
 * Whether somebody waits for a session that waits itself, and not only to be the first of those who want the same row. Where nobody does,
 * nobody is in a circle, and need not be asked one by one.
 */
export function mayHaveCircles(state: State): boolean {
  const waits = (session: SessionId): boolean => sessionOf(state, session).running?.wait != null;
  return [...state.sessions.keys()].filter(waits).some((session) => {
    const { hard, soft } = blockersOf(state, session);
    return hard.some(waits) || soft.some(waits);
  });
}

export function checkDeadlock(state: State, session: SessionId): DeadlockCheck {
  if (sessionOf(state, session).running?.wait == null) return "none";
  const cycle = findCycle(state, session);
  if (cycle === null) return "none";
  return solve(state, session, []) === null ? "deadlock" : "reorder";
}

/** Re-orders the queues so that no cycle goes through the session. */
export function reorderQueues(state: State, session: SessionId): void {
  const edges = solve(state, session, []);
  if (!edges) return;
  for (const name of Object.keys(state.locks)) ownObject(state.locks, name);
  applyOrder(state, edges);
}

/** The soft edges to turn around, or null where no order of the queues helps. The queues are as before afterwards. */
function solve(state: State, session: SessionId, edges: readonly SoftEdge[]): readonly SoftEdge[] | null {
  const before = takeQueues(state);
  const possible = applyOrder(state, edges);
  const cycle = possible ? cycleAmong(state, [session, ...edges.flatMap((edge) => [edge.waiter, edge.blocker])]) : null;
  putQueues(before);
  if (!possible) return null;
  if (cycle === null) return edges;
  for (const edge of cycle) {
    const solved = solve(state, session, [...edges, edge]);
    if (solved !== null) return solved;
  }
  return null;
}

function cycleAmong(state: State, sessions: readonly SessionId[]): readonly SoftEdge[] | null {
  for (const session of sessions) {
    const cycle = findCycle(state, session);
    if (cycle !== null) return cycle;
  }
  return null;
}

/**
 * A cycle through the session, as its soft edges (none: a hard cycle); null where there is no cycle.
 *
 * At fine granularity rows have no lines, so any of those who wait for a row version may have been the first, whom the
 * others wait for. It waits for the holders only; so a session is passed either as the first of its row (`first`) or not.
 */
function findCycle(state: State, start: SessionId): readonly SoftEdge[] | null {
  return cycleFrom(state, start, "first") ?? cycleFrom(state, start, "behind");
}

function cycleFrom(state: State, start: SessionId, startRole: "first" | "behind"): readonly SoftEdge[] | null {
  const seen = new Set<string>();
  const search = (at: SessionId, role: "first" | "behind" | "any"): readonly SoftEdge[] | null => {
    seen.add(`${role} ${at}`);
    const { hard, soft } = role === "behind" ? { hard: [], soft: [] } : blockersOf(state, at);
    for (const next of hard) {
      const found = next === start ? [] : seen.has(`any ${next}`) ? null : search(next, "any");
      if (found !== null) return found;
    }
    for (const next of role === "first" ? [] : possiblyAhead(state, at)) {
      if (next === start && startRole === "first") return [];
      const found = next === start || seen.has(`first ${next}`) ? null : search(next, "first");
      if (found !== null) return found;
    }
    for (const next of soft) {
      const found = next === start ? [] : seen.has(`any ${next}`) ? null : search(next, "any");
      // The edge farthest from the start comes first: it is the first that PostgreSQL tries to turn around.
      if (found !== null) return [...found, { waiter: at, blocker: next }];
    }
    return null;
  };
  return search(start, startRole);
}

/** Those who wait for the same row version without a line and may have been there first. */
function possiblyAhead(state: State, session: SessionId): readonly SessionId[] {
  const wait = waitInNoLine(state, session);
  if (wait === null) return [];
  return [...state.sessions.keys()].filter((other) => {
    const theirs = other === session ? null : waitInNoLine(state, other);
    if (theirs === null || theirs.table !== wait.table || theirs.version !== wait.version) return false;
    return rowLocksConflict(theirs.mode, wait.mode);
  });
}

/** Its wait for a row version, where it would stand in the line if there were one: who asks for more than it has does not. */
function waitInNoLine(state: State, session: SessionId): Extract<Wait, { kind: "row" }> | null {
  const wait = sessionOf(state, session).running?.wait ?? null;
  if (wait?.kind !== "row" || wait.way !== "holder") return null;
  const version = heapOf(state, wait.table)[wait.version];
  if (version === undefined || version.line !== null) return null;
  return version.lockers.some((lock) => lock.session === session) ? null : wait;
}

type Queue = { readonly session: SessionId }[];

/** Every queue of more than one: of objects, and of row versions. */
function queuesOf(state: State): readonly Queue[] {
  const lines = Object.keys(state.heaps).flatMap((table) => heapOf(state, table).flatMap(({ line }) => line ?? []));
  return [...Object.values(state.locks), ...lines].map(({ queue }): Queue => queue).filter((queue) => queue.length > 1);
}

function takeQueues(state: State): readonly { readonly queue: Queue; readonly content: Queue }[] {
  return queuesOf(state).map((queue) => ({ queue, content: [...queue] }));
}

function putQueues(taken: ReturnType<typeof takeQueues>): void {
  for (const { queue, content } of taken) queue.splice(0, queue.length, ...content);
}

/** Puts each waiter ahead of its blocker and leaves everything else in its order as far as can be; false for a contradiction. */
function applyOrder(state: State, edges: readonly SoftEdge[]): boolean {
  return queuesOf(state).every((queue) => {
    const here = edges.filter(({ waiter, blocker }) => [waiter, blocker].every((id) => stands(queue, id)));
    const order = here.length > 0 ? sortBackwards(queue, here) : queue;
    if (order === null) return false;
    queue.splice(0, queue.length, ...order);
    return true;
  });
}

function stands(queue: Queue, session: SessionId): boolean {
  return queue.some((each) => each.session === session);
}

/** From the end: the last one that need not be ahead of anybody who is not placed yet. */
function sortBackwards(queue: Queue, edges: readonly SoftEdge[]): Queue | null {
  const rest = [...queue];
  const order: Queue = [];
  while (rest.length > 0) {
    const at = rest.findLastIndex(
      ({ session }) => !edges.some(({ waiter, blocker }) => waiter === session && stands(rest, blocker)),
    );
    if (at < 0) return null;
    order.unshift(...rest.splice(at, 1));
  }
  return order;
}
