/**
 * Who waits for whom, and who can go on.
 *
 * Nobody writes down for whom it waits: it is read off the row versions, indexes and queues whenever it is asked.
 *
 *     s1 --hard--> s0     s0 holds the row, the key or the object
 *     s2 --soft--> s1     s1 is only ahead in the queue
 *
 * A cycle is a matter for the deadlock check (deadlock.ts).
 *
 * At the end of each step `wake` looks who can go on. At coarse granularity the woken go before everything else: in any
 * order, as they are let go at once, and likeliest in the order in which they stood (`turn`).
 *
 * Sources: postgres-semantics, sections 6 and 10; src/backend/storage/lmgr/README, "Deadlock Detection Algorithm".
 */
import type { SessionId } from "../server.ts";
import type { State, Wait } from "../session/state.ts";
import { heapOf, ownSession, sessionOf } from "../session/state.ts";
import { blockingHolders, blockingWaiters, handOver, ownObject } from "./lock-object.ts";
import { marksOfWait } from "./marks-in-the-way.ts";
import { waitForReleased } from "./released-savepoint.ts";
import { lineAhead, moveUp } from "./row-line.ts";
import { rowHolders } from "./row-lock.ts";

export interface Blockers {
  readonly hard: readonly SessionId[];
  readonly soft: readonly SessionId[];
}

const NOBODY: Blockers = { hard: [], soft: [] };

/** Whom the session waits for; nobody when it does not wait or can go on. */
export function blockersOf(state: State, session: SessionId): Blockers {
  const wait = sessionOf(state, session).running?.wait ?? null;
  if (wait === null) return NOBODY;
  const blockers = blockersOfWait(state, session, wait);
  const whole = "untilEndOf" in wait ? wait.untilEndOf : undefined;
  return whole === undefined ? blockers : { ...blockers, hard: [...new Set([...blockers.hard, ...whole])] };
}

function blockersOfWait(state: State, session: SessionId, wait: Wait): Blockers {
  switch (wait.kind) {
    case "row": {
      const version = heapOf(state, wait.table)[wait.version];
      if (version === undefined) return NOBODY;
      if (wait.way === "line" && version.line !== null) {
        const { head, ahead } = lineAhead(version.line, session);
        return { hard: head, soft: ahead };
      }
      return { hard: rowHolders(version, { session, mode: wait.mode }, wait.way === "chase"), soft: [] };
    }
    case "key":
      return { hard: marksOfWait(state, session, wait).map((mark) => mark.session), soft: [] };
    case "safe snapshot":
      return { hard: state.serial.active[session]?.unsafeWith ?? [], soft: [] };
    case "object": {
      const object = state.locks[wait.object];
      const request = object?.queue.find((waiting) => waiting.session === session);
      if (object === undefined || request === undefined) return NOBODY;
      return { hard: blockingHolders(object, request), soft: blockingWaiters(object, request) };
    }
  }
}

/** All whom it waits for, lowest number first. */
export function waitsFor(state: State, session: SessionId): readonly SessionId[] {
  const { hard, soft } = blockersOf(state, session);
  return [...new Set([...hard, ...soft])].sort((a, b) => a - b);
}

/** Lets everybody go on whose wait is over; returns them. `urgent`: they get their turn before everything else. */
export function wake(state: State, urgent: boolean): readonly SessionId[] {
  const handedOver = handOverObjects(state);
  if (!state.sessions.some(({ running }) => running?.wait != null)) return [];
  return [...handedOver, ...freeRows(state), ...freeOthers(state)].flatMap((group) => {
    for (const [at, id] of group.entries()) goOn(state, id, urgent ? group.slice(0, at) : null);
    return group;
  });
}

function goOn(state: State, id: SessionId, turn: SessionId[] | null): void {
  const { running } = ownSession(state, id);
  if (running === null) return;
  running.granted = running.wait?.kind === "object" ? running.wait.object : null;
  running.wait = null;
  running.turn = turn;
  running.woken = turn !== null;
}

/** Table and advisory locks: the queue of each object is a group. */
function handOverObjects(state: State): SessionId[][] {
  const groups: SessionId[][] = [];
  for (const [name, { holders, queue }] of Object.entries(state.locks)) {
    if (queue.length > 0) groups.push([...handOver(ownObject(state.locks, name))]);
    else if (holders.length === 0) delete state.locks[name];
  }
  return groups;
}

/**
 * Rows with a line: who moves to the head of the line, and who at the head finds the row free. Those behind go on when he has
 * left: also after a committed change, which all of them go after. On a real server he leaves as soon as he has begun, and has
 * the new version a moment later, in which the next may overtake him.
 */
function freeRows(state: State): SessionId[][] {
  const groups: SessionId[][] = [];
  for (const heap of Object.values(state.heaps)) {
    for (const version of heap) {
      const { line } = version;
      if (line === null) continue;
      for (const id of moveUp(line)) standAtHead(state, id);
      groups.push(line.holders.map((holder) => holder.session).filter((id) => isFree(state, id)));
    }
  }
  return groups;
}

function standAtHead(state: State, id: SessionId): void {
  const { running } = ownSession(state, id);
  if (running?.wait?.kind !== "row") return;
  running.wait = { ...running.wait, way: "holder" };
  waitForReleased(state, id);
}

/** Chasers, waiters for a unique key, and at fine granularity all who wait for a row: each is a group of its own. */
function freeOthers(state: State): SessionId[][] {
  const inLine = new Set(
    Object.values(state.heaps).flatMap((heap) =>
      heap.flatMap(({ line }) => (line?.holders ?? []).map((h) => h.session)),
    ),
  );
  const groups: SessionId[][] = [];
  for (const id of state.sessions.keys()) {
    if (!inLine.has(id) && isFree(state, id)) groups.push([id]);
  }
  return groups;
}

/** Whether it waits, not behind others, and for nobody any more. */
function isFree(state: State, id: SessionId): boolean {
  const wait = sessionOf(state, id).running?.wait ?? null;
  if (wait === null || wait.kind === "object" || (wait.kind === "row" && wait.way === "line")) return false;
  return blockersOf(state, id).hard.length === 0;
}
