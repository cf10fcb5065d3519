/**
 * A ring for states in memory that two threads share: one puts them in, one takes them out, and neither waits.
 *
 *     | taken | put | orbit, labels, labels | …          both count states, and go round at 2^32
 *
 * Invariant: who takes writes `taken`, who puts writes `put`, each after what it has done with the states between the two.
 */
import { STATE } from "../../sim/explore/unfold-part.ts";

export type Ring = Int32Array;

/** So many states have room; a power of two. */
const ROOM = 1 << 13;
const TAKEN = 0;
const PUT = 1;
const STATES = 2;

export function newRing(): Ring {
  return new Int32Array(new SharedArrayBuffer((STATES + ROOM * STATE) * 4));
}

/** How many states may be put in now. */
export function roomIn(ring: Ring): number {
  return ROOM - (((ring[PUT] as number) - Atomics.load(ring, TAKEN)) | 0);
}

/** Puts states in; there must be room. */
export function put(ring: Ring, states: Int32Array): void {
  const before = ring[PUT] as number;
  const start = before & (ROOM - 1);
  const untilEnd = (ROOM - start) * STATE;
  ring.set(states.subarray(0, untilEnd), STATES + start * STATE);
  ring.set(states.subarray(untilEnd), STATES);
  Atomics.store(ring, PUT, (before + states.length / STATE) | 0);
}

/** Hands on what is in the ring; gives how many states that were. */
export function take(ring: Ring, receive: (states: Int32Array) => void): number {
  const before = ring[TAKEN] as number;
  const count = (Atomics.load(ring, PUT) - before) | 0;
  const start = before & (ROOM - 1);
  const first = Math.min(count, ROOM - start);
  receive(ring.subarray(STATES + start * STATE, STATES + (start + first) * STATE));
  receive(ring.subarray(STATES, STATES + (count - first) * STATE));
  Atomics.store(ring, TAKEN, (before + count) | 0);
  return count;
}
