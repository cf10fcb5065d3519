/**
 * A lock that does one thing after the other, one for each buffer, and all that it may have done so far for clients that ask at once.
 *
 *     Locked = who holds which buffer | what each operation under way has come to, if it has taken effect
 *
 *     alice: acquire 1 is under way, bob: acquire 1 is under way; what the lock may have done:
 *       1 free   alice -      bob -            nothing yet
 *       alice    alice has 1  bob -            alice's took effect
 *       alice    alice has 1  bob has none     then bob's, which was refused
 *       bob      alice -      bob has 1        … and the other way round
 *
 * The rules of the lock, with which everything follows (`effectsOf`):
 *   - acquire takes all that it asks for where all of it is free, and is refused only where some of it is held;
 *   - an acquire that names no buffer, by a client that has none, takes any one that is free, and is refused only where none is;
 *   - release frees; an operation that leaves the client with what it had does nothing.
 * A buffer that somebody may or may not have let go is held by `nobody knows`: it can be had, and it can be refused.
 *
 * Source: Herlihy and Wing, Linearizability, TOPLAS 1990; Wing and Gong, Testing and verifying concurrent objects, 1993 (the search
 * over what may have taken effect).
 */
import type { Cell } from "../../model/protocol.ts";

export type Buffer = Exclude<Cell, null>;

/** Whoever held it has crashed, or was answered with an error as it let go. */
export const NOBODY_KNOWS = -1;

/** One thing that the lock may have done. Lists of pairs are sorted, so that equal ones are equal texts. */
export interface Locked {
  /** Which buffers are held, and by which client (its number, or NOBODY_KNOWS). */
  readonly held: readonly (readonly [Buffer, number])[];
  /** By client: what it holds by the operation under way, once that has taken effect; null before, and where none is under way. */
  readonly come: readonly (readonly Buffer[] | null)[];
}

/** An operation under way. */
export interface Operation {
  readonly client: number;
  /** What the client owns at its beginning. */
  readonly owned: readonly Buffer[];
  /** What it asks for. Where it names nothing, a client that owns nothing asks for any one. */
  readonly wanted: readonly Buffer[];
}

export function holderOf({ held }: Locked, buffer: Buffer): number | null {
  return held.find(([each]) => each === buffer)?.[1] ?? null;
}

/** The same, with these buffers held by another one; null frees them. */
export function withHolder(locked: Locked, buffers: readonly Buffer[], holder: number | null): Locked {
  const others = locked.held.filter(([each]) => !buffers.includes(each));
  const held = holder === null ? others : [...others, ...buffers.map((each) => [each, holder] as const)];
  return { ...locked, held: held.sort(([one], [other]) => (String(one) < String(other) ? -1 : 1)) };
}

/** The same, with what a client's operation has come to. */
export function withResult(locked: Locked, client: number, result: readonly Buffer[] | null): Locked {
  return { ...locked, come: locked.come.map((each, at) => (at === client ? sorted(result) : each)) };
}

function sorted(buffers: readonly Buffer[] | null): readonly Buffer[] | null {
  return buffers === null ? null : [...buffers].sort((one, other) => (String(one) < String(other) ? -1 : 1));
}

/** Everything that the lock may have done by now, as these operations may have taken effect in any order, or not yet. */
export function everythingFrom(
  start: readonly Locked[],
  operations: readonly Operation[],
  buffers: readonly Buffer[],
): readonly Locked[] {
  const found = new Map(start.map((locked) => [JSON.stringify(locked), locked]));
  for (const locked of found.values()) {
    const next = [
      ...operations.flatMap((operation) =>
        locked.come[operation.client] === null ? effectsOf(locked, operation, buffers) : [],
      ),
      ...locked.held.flatMap(([buffer, holder]) =>
        holder === NOBODY_KNOWS ? [withHolder(locked, [buffer], null)] : [],
      ),
    ];
    // A map is walked in the order of its entries, those that are added meanwhile included.
    for (const each of next) found.set(JSON.stringify(each), each);
  }
  return [...found.values()];
}

/** What becomes of the lock when this operation takes effect now: each way in which it can. */
function effectsOf(
  locked: Locked,
  { client, owned, wanted }: Operation,
  buffers: readonly Buffer[],
): readonly Locked[] {
  const isFree = (buffer: Buffer): boolean => holderOf(locked, buffer) === null;
  // Who owns already and names nothing wants nothing more.
  const choices = wanted.length > 0 ? [wanted] : owned.length > 0 ? [] : buffers.map((each) => [each]);
  const taken = choices
    .map((each) => each.filter((buffer) => !owned.includes(buffer)))
    .filter((each) => each.length > 0 && each.every(isFree))
    .map((each) => withResult(withHolder(locked, each, client), client, [...owned, ...each]));
  if (owned.length === 0) {
    const refused = choices.every((each) => !each.every(isFree));
    return refused ? [...taken, withResult(locked, client, [])] : taken;
  }
  const kept = subsetsOf(owned).map((each) => {
    const gone = owned.filter((buffer) => !each.includes(buffer));
    return withResult(withHolder(locked, gone, null), client, each);
  });
  return [...taken, ...kept];
}

function subsetsOf(buffers: readonly Buffer[]): readonly (readonly Buffer[])[] {
  const [first, ...rest] = buffers;
  if (first === undefined) return [[]];
  return subsetsOf(rest).flatMap((subset) => [subset, [first, ...subset]]);
}
