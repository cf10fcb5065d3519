/**
 * What the threads of an unfolding share beside its tables: a board with what is going on, and a ring from each to each for states.
 *
 *     board   | work | stopped | done | part 0: bell, states, pending, kilobytes | part 1: …
 *
 * `work` is how many threads are at work, and how many states are in rings. Who sends adds to it before the states can be seen, who
 * takes them subtracts after that, and a thread that has nothing to do takes itself off: when it is 0, all is done, and not sooner.
 */
import type { UnfoldShares } from "../../sim/explore/unfold-classes.ts";
import { STATE, type StateStack, type UnfoldTables } from "../../sim/explore/unfold-part.ts";
import { put, type Ring, roomIn } from "./unfold-ring.ts";

/** What a thread is given. */
export interface UnfoldShare {
  readonly tables: UnfoldTables;
  readonly shares: UnfoldShares;
  readonly part: number;
  readonly board: Board;
  /** By sender, by receiver. */
  readonly rings: readonly (readonly Ring[])[];
}

/** What a thread has visited. */
export interface UnfoldAnswer {
  readonly states: number;
  readonly transitions: number;
  readonly bytes: number;
}

export type Board = Int32Array;

const WORK = 0;
const STOPPED = 1;
const DONE = 2;
const PARTS = 3;

/** What stands on the board for each part: a number that changes when there is news for it, and what it says of itself. */
const OF_PART = ["bell", "states", "pending", "kilobytes"] as const;
type OfPart = (typeof OF_PART)[number];

/** A board on which all are at work. */
export function newBoard(parts: number): Board {
  const board = new Int32Array(new SharedArrayBuffer((PARTS + parts * OF_PART.length) * 4));
  board[WORK] = parts;
  return board;
}

function place(part: number, what: OfPart): number {
  return PARTS + part * OF_PART.length + OF_PART.indexOf(what);
}

/** Writes what a part says of itself. */
export function say(board: Board, part: number, said: Readonly<Record<Exclude<OfPart, "bell">, number>>): void {
  for (const what of ["states", "pending", "kilobytes"] as const) Atomics.store(board, place(part, what), said[what]);
}

/** The sum of what all parts say. */
export function sumOf(board: Board, what: Exclude<OfPart, "bell">): number {
  let sum = 0;
  for (let at = place(0, what); at < board.length; at += OF_PART.length) sum += Atomics.load(board, at);
  return sum;
}

/** The bell of a part, to be waited for: `waitFor` returns when it has been rung since. */
export function bellOf(board: Board, part: number): number {
  return Atomics.load(board, place(part, "bell"));
}

export function waitFor(board: Board, part: number, bell: number): void {
  Atomics.wait(board, place(part, "bell"), bell);
}

function ringBell(board: Board, part: number): void {
  Atomics.add(board, place(part, "bell"), 1);
  Atomics.notify(board, place(part, "bell"));
}

function ringBells(board: Board): void {
  for (let part = 0; place(part, "bell") < board.length; part++) ringBell(board, part);
}

/** Asks all to stop. */
export function askToStop(board: Board): void {
  Atomics.store(board, STOPPED, 1);
  ringBells(board);
}

/** Whether there is nothing more to do, or all are to stop. */
export function isOver(board: Board): boolean {
  return isDone(board) || Atomics.load(board, STOPPED) !== 0;
}

export function isDone(board: Board): boolean {
  return Atomics.load(board, DONE) !== 0;
}

/** Takes so much off the work; the last one tells all that it is done. */
export function finish(board: Board, work: number): void {
  if (Atomics.sub(board, WORK, work) !== work) return;
  Atomics.store(board, DONE, 1);
  ringBells(board);
}

/** A thread that had nothing to do is at work again. */
export function begin(board: Board): void {
  Atomics.add(board, WORK, 1);
}

/** Sends as many of these states as have room, and takes them off. */
export function send(board: Board, ring: Ring, receiver: number, states: StateStack): void {
  const sent = states.take(roomIn(ring));
  if (sent.length === 0) return;
  Atomics.add(board, WORK, sent.length / STATE);
  put(ring, sent);
  ringBell(board, receiver);
}
