/**
 * Where statements meet the dependencies of SERIALIZABLE: each scan and each write passes through here.
 *
 * A scan writes down what it read, and meets what others have done to it unseen: for every version that it looks at and that
 * its snapshot shows, who removed it; for one that the snapshot hides, who inserted it.
 *
 *     #0 (1,10)  removed by s0 --> #2     seen by s1: edge s1 -> s0
 *     #2 (1,11)  inserted by s0           hidden from s1: edge s1 -> s0 (once)
 *
 * A write meets whoever has read the row, its table or the index that gets a new entry.
 *
 * An index look-up looks only at versions with its keys, and of a row that was updated without touching an index only as far
 * as the version that it sees: the newer ones have no entry of their own.
 *
 * Source: src/backend/access/heap/heapam.c, HeapCheckForSerializableConflictOut; predicate.c.
 */
import type { Index, Table } from "../catalog/catalog.ts";
import type { OrderedPath, RowRef, ScanPath } from "../execution/access.ts";
import { covers, type IndexRange } from "../execution/index-range.ts";
import { keyOf, sameValues } from "../locks/unique-key.ts";
import { heapOf } from "../session/state.ts";
import type { Step } from "../session/step.ts";
import { compareValues } from "../values/compare.ts";
import type { Value } from "../values/value.ts";
import type { Heap, Version } from "../versions/heap.ts";
import { sees, UNNAMED_WRITER } from "../versions/heap.ts";
import type { Party } from "./dependencies.ts";
import { checkDoomed, committedParty, conflictIn, conflictOut, readers } from "./dependencies.ts";
import type { Overlap, Reads } from "./predicate-locks.ts";
import {
  forgetRow,
  overlapOfKey,
  overlapOfRow,
  overlapOfTable,
  rangeText,
  readKeys,
  readRow,
  readTable,
} from "./predicate-locks.ts";

/** A scan of the table; returns null, as the answer of a call that says nothing. */
export function watchScan(step: Step, table: Table, path: ScanPath): null {
  const { serial } = step.state;
  const mine = serial.active[step.session];
  if (mine === undefined) return null;
  noteScan(mine.reads, table, path);
  for (const at of lookedAt(heapOf(step.state, table.name), table, path, step.session)) {
    lookAt(step, table, { at, alone: path.kind !== "sequential" });
  }
  return null;
}

/**
 * What a scan in the order of an index comes to: the versions that it shows, and for SERIALIZABLE those with an entry that it
 * does not.
 */
export function entriesOf(
  step: Step,
  table: Table,
  { range, descending }: OrderedPath,
  shown: readonly number[],
): readonly number[] {
  const heap = heapOf(step.state, table.name);
  const index = table.indexes.find((each) => each.name === range.index);
  if (index === undefined) return [];
  const isWatched = step.state.serial.active[step.session] !== undefined;
  const met = isWatched ? lookedAt(heap, table, { kind: "ranges", ranges: [range] }, step.session) : [];
  const keys = [...new Set([...shown, ...met])].map((at) => ({ at, key: keyOf(index, heap[at]?.values ?? []) }));
  keys.sort((a, b) => compareEntries(table, index, a.key, b.key) || a.at - b.at);
  const within = keys.filter(({ key }) => covers(range, key));
  return (descending ? within.reverse() : within).map(({ at }) => at);
}

function compareEntries(table: Table, index: Index, a: readonly Value[], b: readonly Value[]): number {
  for (const [part, column] of index.columns.entries()) {
    const [left, right] = [a[part] ?? null, b[part] ?? null];
    if (left === null || right === null) {
      if (left !== right) return left === null ? 1 : -1;
      continue;
    }
    const order = compareValues(table.columns[column]?.type ?? "text", left, right);
    if (order !== 0) return order;
  }
  return 0;
}

/** The part of the index is watched, whether or not it is read to its end. */
export function watchRange(step: Step, range: IndexRange): void {
  const mine = step.state.serial.active[step.session];
  if (mine !== undefined) readKeys(mine.reads, range.index, [rangeText(range)]);
}

/** A scan comes to a version. `alone`: not the whole table is watched. */
export function lookAt(step: Step, table: Table, { at, alone }: { at: number; alone: boolean }): void {
  const { serial } = step.state;
  const mine = serial.active[step.session];
  const version = heapOf(step.state, table.name)[at];
  if (mine === undefined || version === undefined || version.dead) return;
  checkDoomed(serial, step.session, "conflict out checking");
  const writer = unseenWriter(version, step.session);
  if (writer !== null) conflictOut(serial, step.session, writer);
  if (alone && sees(step.session, version) && version.inserted === null) readRow(mine.reads, table.name, at);
}

/**
 * A scan of a foreign key's check, which looks at what is committed at this moment and not at the transaction's snapshot: unseen goes
 * who has not committed, and who inserted a row that is deleted by now. Returns null, as the answer of a call that says nothing.
 */
export function watchScanNow(step: Step, table: Table, path: ScanPath): null {
  const { serial } = step.state;
  const mine = serial.active[step.session];
  if (mine === undefined) return null;
  noteScan(mine.reads, table, path);
  const heap = heapOf(step.state, table.name);
  for (const at of lookedAt(heap, table, path, step.session)) {
    const version = heap[at];
    if (version === undefined || version.dead) continue;
    checkDoomed(serial, step.session, "conflict out checking");
    for (const author of [version.inserted, version.removed?.by ?? null]) {
      if (author !== null && author.session !== step.session) conflictOut(serial, step.session, author.session);
    }
    const isGone = version.removed !== null && version.removed.by === null;
    if (isGone && isNamed(version.writer) && version.hiddenFrom.includes(step.session)) {
      conflictOut(serial, step.session, committedParty(version.writer));
    }
    if (path.kind !== "sequential" && version.inserted === null && version.removed === null) {
      readRow(mine.reads, table.name, at);
    }
  }
  return null;
}

function noteScan(reads: Reads, table: Table, path: ScanPath): void {
  switch (path.kind) {
    case "sequential":
      readTable(reads, table.name);
      return;
    case "index":
      readKeys(reads, path.index, path.keys.map(keyText));
      return;
    case "ranges":
      for (const range of path.ranges) readKeys(reads, range.index, [rangeText(range)]);
      return;
  }
}

function keyText(key: readonly Value[]): string {
  return JSON.stringify(key);
}

function lookedAt(heap: Heap, table: Table, path: ScanPath, session: number): readonly number[] {
  if (path.kind === "sequential") return [...heap.keys()];
  const hasKey = path.kind === "index" ? hasOneOf(table, path) : isInOneOf(table, path);
  const behind = successorsWithoutEntry(heap, table, session);
  return [...heap.keys()].filter((at) => heap[at] !== undefined && hasKey(heap[at]) && !behind.has(at));
}

function hasOneOf(table: Table, path: ScanPath & { kind: "index" }): (version: Version) => boolean {
  const index = table.indexes.find((each) => each.name === path.index);
  if (index === undefined) return () => false;
  return ({ values }) => path.keys.some((key) => sameValues(table, index.columns, key, keyOf(index, values)));
}

function isInOneOf(table: Table, { ranges }: ScanPath & { kind: "ranges" }): (version: Version) => boolean {
  const parts = ranges.map((range) => ({ range, index: table.indexes.find((each) => each.name === range.index) }));
  return ({ values }) => parts.some(({ range, index }) => index !== undefined && covers(range, keyOf(index, values)));
}

/** The versions that are reached only through one that the session sees. */
function successorsWithoutEntry(heap: Heap, table: Table, session: number): ReadonlySet<number> {
  const indexed = table.indexes.flatMap((index) => index.columns);
  const behind = new Set<number>();
  for (const version of heap) {
    if (!sees(session, version)) continue;
    for (let from = version, next = from.removed?.next ?? null; next !== null; next = from.removed?.next ?? null) {
      const to = heap[next];
      if (to === undefined || indexed.some((at) => JSON.stringify(from.values[at]) !== JSON.stringify(to.values[at])))
        break;
      behind.add(next);
      from = to;
    }
  }
  return behind;
}

/** The transaction whose doing the session's snapshot does not show, or null. */
function unseenWriter(version: Version, session: number): Party | null {
  const { inserted, removed } = version;
  if (sees(session, version)) {
    if (removed === null) return null;
    if (removed.by !== null) return removed.by.session === session ? null : removed.by.session;
    return removed.writer === null ? null : committedParty(removed.writer);
  }
  if (inserted !== null) return inserted.session === session ? null : inserted.session;
  return isNamed(version.writer) && version.hiddenFrom.includes(session) ? committedParty(version.writer) : null;
}

function isNamed(writer: number | null): writer is number {
  return writer !== null && writer !== UNNAMED_WRITER;
}

function watch(step: Step, overlapOf: (reads: Reads) => Overlap | null): void {
  const { serial } = step.state;
  const mine = serial.active[step.session];
  if (mine === undefined) return;
  checkDoomed(serial, step.session, "conflict in checking");
  mine.wrote = true;
  for (const { party, reads } of readers(serial)) {
    const overlap = party === step.session ? null : overlapOf(reads);
    if (overlap !== null) conflictIn(serial, step.session, party, overlap);
  }
}

/** A row version is about to be replaced or deleted. */
export function watchWrite(step: Step, { table, version }: RowRef): void {
  watch(step, (reads) => overlapOfRow(reads, table, version));
  const mine = step.state.serial.active[step.session];
  const inSavepoint = (step.state.sessions[step.session]?.transaction?.savepoints.length ?? 0) > 0;
  if (mine && !inSavepoint) forgetRow(mine.reads, table, version);
}

/** A row is about to be added to the table. */
export function watchInsert(step: Step, table: string): void {
  watch(step, (reads) => overlapOfTable(reads, table));
}

/** A new entry is about to be put into the index. */
export function watchIndex(step: Step, index: string, key: readonly Value[]): void {
  watch(step, (reads) => overlapOfKey(reads, index, keyText(key)));
}
