/**
 * Rows in an order that no text forces: which one comes next is the planner's choice (session/plan-choice.ts).
 *
 *     UPDATE t SET … WHERE v < 5                 gathered: (1) (2) (3)     pick (2), lock and write it; pick one of (1) (3); …
 *     SELECT … ORDER BY prio FOR UPDATE          sorted: (2) (1 3)         (2), then one of (1) (3)
 *
 * Rows are gathered with the statement's snapshot before the first of them is taken, which changes nothing, since others cannot change what
 * a snapshot shows. Where looking at rows has an effect (a lock in a sub-select, an advisory lock in WHERE) it would change
 * something, and whether they are gathered first is a choice of the plan as well (`Source.flows`).
 */
import type { Frame } from "../expressions/frame.ts";
import { compareKeys } from "../expressions/order.ts";
import { type Kept, keep, putBack, type SortKey } from "./sorting.ts";

export interface AnyOrder {
  /** What ORDER BY says: rows that are equal in it come in any order. */
  readonly keys: readonly SortKey[];
  /** The item whose rows are locked or changed, and give the choices their names. */
  readonly item: number | null;
  /** Rows for which this is the same are as good as each other; left out where each row counts. */
  readonly telling?: (frame: Frame) => string;
}

/** A state of the frame, and what is told of it. */
interface Told extends Kept {
  readonly tells: string | null;
}

/** Gathers the states of the frame, and puts them back one after the other in the order that is chosen. */
export function* inAnyOrder(input: Iterable<null>, frame: Frame, { keys, item, telling }: AnyOrder): Generator<null> {
  const left: Told[] = [];
  for (const _ of input) left.push({ ...keep(frame, keys), tells: telling?.(frame) ?? null });
  left.sort((a, b) => compareKeys(keys, a.keys, b.keys));
  while (left.length > 0) {
    const [next] = left.splice(nextOf(left, frame, { keys, item }), 1);
    if (next === undefined) return;
    putBack(frame, next);
    yield null;
  }
}

/** The place of the row that comes next: one of those that are first in the order of the keys. */
function nextOf(left: readonly Told[], frame: Frame, { keys, item }: Pick<AnyOrder, "keys" | "item">): number {
  const [first] = left;
  if (first === undefined) return 0;
  const equal = left.filter((each) => compareKeys(keys, each.keys, first.keys) === 0);
  if (first.tells !== null && equal.every(({ tells }) => tells === first.tells)) return 0;
  return frame.run.access.pick(equal.map(({ rows }) => (item === null ? null : (rows.heaps[item] ?? null))));
}

/** Where the rows of a change come from (source.ts). */
interface Found {
  readonly open: (frame: Frame) => Iterable<null>;
  readonly flows: (frame: Frame) => boolean;
}

/** What a change finds, in the order in which it takes it. */
export function changedRows(source: Found, frame: Frame): Iterable<null> {
  if (!frame.run.access.plansAreOpen || source.flows(frame)) return source.open(frame);
  return inAnyOrder(source.open(frame), frame, { keys: [], item: 0 });
}

const FLOW = ["the plan takes rows as they come", "the plan gathers its rows first"];
const AGAIN = ["the plan runs the sub-select once", "the plan runs the sub-select again for each row"];

/** Whether rows that are found with an effect are taken one by one, or found all before the first is taken. */
export function flows(frame: Frame): boolean {
  return frame.run.access.pick(FLOW) === 0;
}

/** Whether a sub-select that locks rows, and looks at nothing around it, is run again for each row around it. */
export function runsAgain(frame: Frame): boolean {
  return frame.run.access.pick(AGAIN) === 1;
}

/** The members of a list in any order, where the text forces none. */
export function* listInAnyOrder<T>(members: Iterable<T>, frame: Frame, wordsOf: (member: T) => string): Generator<T> {
  const left = [...members];
  while (left.length > 0) {
    const words = left.map((member) => `${wordsOf(member)} next`);
    const isOne = new Set(words).size === 1;
    const [next] = left.splice(isOne ? 0 : frame.run.access.pick(words), 1);
    if (next === undefined) return;
    yield next;
  }
}
