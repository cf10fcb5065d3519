/**
 * The old versions of a row that only snapshots see, in one canonical form.
 *
 * Two sessions whose snapshots are of different times may see the same values of a row, and what came between the two
 * times cannot be told any more: whoever locks the row goes on to the version that all old ones lead to.
 *
 *     before   #0 (1,null) shown {s1} -> #1 (1,'a') shown {s2} -> #2 (1,null) shown {s3} -> #3 (1,'b')
 *     after    #0 (1,'a') shown {s2} -> #2        #1 (1,null) shown {s1,s3} -> #2        #2 (1,'b')
 *
 * So a run of old versions that lie side by side and lead to the same version is a set: equal values become one version,
 * and the set is written in a fixed order. A session sees at most one version of a row, and no version of another row
 * lies between them, so no scan can see the difference.
 *
 * Not touched: versions whose writer SERIALIZABLE still has to know, and rows that were deleted in the end (a link to
 * nowhere is another error than a link to a newer version).
 */
import { rowLockCovers } from "../locks/row-lock-mode.ts";
import type { Heap, Version } from "./heap.ts";

/** Brings the old versions into canonical form. Returns the new position of each version, or null where nothing moved. */
export function mergeHistory(heap: Heap): readonly number[] | null {
  if (!heap.some(isHistory)) return null;
  for (const version of heap) if (isHistory(version)) leadToNewest(heap, version);
  const order = runsOf(heap).flatMap((run) => grouped(heap, run));
  if (order.every((group, at) => group.length === 1 && group[0] === at)) return null;
  return rearrange(heap, order);
}

/** Replaced, committed, and of interest only to those who see it in their snapshot. */
export function isHistory({ removed, inserted, lockers, line, writer, dead }: Version): boolean {
  if (dead || inserted !== null || writer !== null || lockers.length > 0 || line !== null) return false;
  return removed !== null && removed.by === null && removed.next !== null && removed.writer === null;
}

/** Links the version to the first one that is not history, with the strongest mode on the way. */
function leadToNewest(heap: Heap, version: Version): void {
  const { removed } = version;
  // Its insertion was committed before its removal, so nobody to whom it is hidden is shown it.
  version.hiddenFrom = [];
  while (removed !== null && removed.next !== null) {
    const next = heap[removed.next];
    if (next === undefined || next.removed === null || !isHistory(next)) return;
    if (rowLockCovers(next.removed.mode, removed.mode)) removed.mode = next.removed.mode;
    removed.next = next.removed.next;
  }
}

/** The versions one after the other, those of a run together: the places of its members. */
export function runsOf(heap: Heap): readonly (readonly number[])[] {
  const runs: (readonly number[])[] = [];
  for (let at = 0; at < heap.length; at += runs.at(-1)?.length ?? 0) runs.push(runFrom(heap, at));
  return runs;
}

function runFrom(heap: Heap, start: number): readonly number[] {
  const first = heap[start];
  const run = [start];
  if (first === undefined || !isHistory(first)) return run;
  for (let at = start + 1; ; at++) {
    const version = heap[at];
    if (version === undefined || !isHistory(version) || version.removed?.next !== first.removed?.next) return run;
    run.push(at);
  }
}

/** The members of a run by what they are, in a fixed order; each group becomes one version. */
function grouped(heap: Heap, run: readonly number[]): readonly number[][] {
  if (run.length === 1) return [[...run]];
  const groups = new Map<string, number[]>();
  for (const at of run) {
    const text = JSON.stringify([heap[at]?.values, heap[at]?.removed?.mode]);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [at]);
    else group.push(at);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function rearrange(heap: Heap, order: readonly number[][]): readonly number[] {
  const position: number[] = [];
  const rest = order.map((group, to) => {
    for (const at of group) position[at] = to;
    const version = heap[group[0] ?? 0] as Version;
    const shown = group.flatMap((at) => heap[at]?.shownTo ?? []);
    return group.length === 1 ? version : { ...version, shownTo: shown.sort((a, b) => a - b) };
  });
  for (const { removed } of rest)
    if (removed !== null && removed.next !== null) removed.next = position[removed.next] ?? null;
  heap.length = 0;
  for (const version of rest) heap.push(version);
  return position;
}
