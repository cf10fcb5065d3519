/**
 * What the threads of an unfolding share beside its tables: a board on which each says how far it is, the bits of the states, and a mailbox each.
 *
 *     board       | arrived | meeting | asked | decided | part 0: left, pending, states, kilobytes | part 1: …
 *     mailbox     | how many integers | orbit, labels, labels | …                           written by one thread, read by one
 */
import { bitsFor, MAILBOX_STATES, type UnfoldTables } from "../../sim/explore/unfold-part.ts";

/** What a thread is given. */
export interface UnfoldShare {
  readonly tables: UnfoldTables;
  readonly part: number;
  readonly parts: number;
  readonly board: Board;
  /** A bit for each state. */
  readonly met: Int32Array;
  /** By receiver: what the part before it gives it. */
  readonly mailboxes: readonly Int32Array[];
}

/** What a thread has visited. */
export interface UnfoldAnswer {
  readonly states: number;
  readonly transitions: number;
  readonly bytes: number;
}

export type Board = Int32Array;

const ARRIVED = 0;
const MEETING = 1;
const ASKED = 2;
const DECIDED = 3;
const PARTS = 4;

/**
 * What each part says. `left`: how many states it has to expand before some are given away, said before the first meeting of a round. The
 * others before the last one: how many it has to expand after that, how many it has met, and its memory in units of 1024 bytes.
 */
const SAID = ["left", "pending", "states", "kilobytes"] as const;
export type Said = (typeof SAID)[number];

export function newBoard(parts: number): Board {
  return new Int32Array(new SharedArrayBuffer((PARTS + parts * SAID.length) * 4));
}

export function newMailboxes(parts: number): readonly Int32Array[] {
  return Array.from({ length: parts }, () => new Int32Array(new SharedArrayBuffer((1 + 3 * MAILBOX_STATES) * 4)));
}

export function newBits(tables: UnfoldTables): Int32Array {
  return new Int32Array(new SharedArrayBuffer(bitsFor(tables) / 8));
}

/** Writes what a part says of itself; others read it after the next meeting, and it is not written again before they all have met once more. */
export function say(board: Board, part: number, said: Partial<Readonly<Record<Said, number>>>): void {
  for (const [at, name] of SAID.entries()) {
    const value = said[name];
    if (value !== undefined) board[PARTS + part * SAID.length + at] = value;
  }
}

/** What one part says. */
export function saidBy(board: Board, part: number, said: Said): number {
  return board[PARTS + part * SAID.length + SAID.indexOf(said)] as number;
}

/** The sum of what all parts say. */
export function sumOf(board: Board, said: Said): number {
  let sum = 0;
  for (let at = PARTS + SAID.indexOf(said); at < board.length; at += SAID.length) sum += board[at] as number;
  return sum;
}

/** Asks all to stop after this round. */
export function askToStop(board: Board): void {
  Atomics.store(board, ASKED, 1);
}

/** What was asked may change at any time, and all have to see the same: one looks for all, between two meetings. */
export function decide(board: Board): void {
  board[DECIDED] = Atomics.load(board, ASKED);
}

export function isToStop(board: Board): boolean {
  return board[DECIDED] !== 0;
}

/** Goes on when so many threads have come here. */
export function meet(board: Board, parts: number): void {
  const meeting = Atomics.load(board, MEETING);
  if (Atomics.add(board, ARRIVED, 1) === parts - 1) {
    Atomics.store(board, ARRIVED, 0);
    Atomics.add(board, MEETING, 1);
    Atomics.notify(board, MEETING);
    return;
  }
  while (Atomics.load(board, MEETING) === meeting) Atomics.wait(board, MEETING, meeting);
}
