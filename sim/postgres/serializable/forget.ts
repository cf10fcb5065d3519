/**
 * Forgets committed SERIALIZABLE transactions that make no difference any more, so that one which stays open for ever does
 * not make the others' history endless.
 *
 *     s0: BEGIN, reads row 1 …                                             still open
 *     s1:   W1 updates row 1   W2 updates row 1   W3 updates row 1   W4 …  all remembered, since they overlap s0
 *
 * Two committed transactions are alike when everything is the same that a later conflict can ask of them: what they read, where
 * their writes show, and with whom they have edges. Among those that are alike only the order of commits can count, and
 * always in one direction: as the writer of an edge the first to commit is the most dangerous, as its reader the last
 * (dependencies.ts, `writerIsPivot`, `readerIsPivot`). So of each kind the first and the last are kept, and the one with the latest snapshot.
 * Most of them are not come to, since others say already what they would (superseded.ts).
 *
 * Before that, what nobody asks for is brought into one form: a transaction that has written is never compared by its
 * snapshot; the number of `earliestOut` is asked only by READ ONLY transactions that are older; a row version that was
 * replaced can be written by nobody, so that somebody has read it no longer matters.
 *
 * The versions that they wrote, which nobody sees and which are kept only to tell their writer, lose the columns that no
 * index has, and become one where they follow each other alike.
 */
import { rowLockCovers } from "../locks/row-lock-mode.ts";
import type { Heap, Version } from "../versions/heap.ts";
import type { Dependencies, Party, SerialTransaction } from "./dependencies.ts";
import { committedParty, renumberCommitted } from "./dependencies.ts";

/**
 * Forgets whom nobody overlaps, and all but the first and the last of each kind. Returns the new place of each (-1: forgotten), or
 * null where nothing changed.
 */
export function forgetAlike(all: Dependencies, heaps: Readonly<Record<string, Heap>>): readonly number[] | null {
  if (all.committed.length === 0) return null;
  const shown = writesByPlace(all, heaps);
  const kinds = new Map<string, number[]>();
  for (const [place, each] of all.committed.entries()) {
    if (each.overlaps.length === 0) continue;
    const { before: _, ...rest } = each;
    const text = JSON.stringify([rest, edgesOf(all, place), shown[place]]);
    kinds.set(text, [...(kinds.get(text) ?? []), place]);
  }
  const into = all.committed.map(({ overlaps }, place) => (overlaps.length === 0 ? null : place));
  for (const places of kinds.values()) {
    // One that has only read counts as if it had committed at its snapshot.
    const newest = Math.max(...places.map((place) => all.committed[place]?.before ?? 0));
    const last = places.findLast((place) => all.committed[place]?.before === newest);
    for (const place of places.slice(1, -1)) if (place !== last) into[place] = places[0] ?? place;
  }
  return into.every((place, at) => place === at) ? null : renumberCommitted(all, into);
}

export function simplifyCommitted(all: Dependencies, heaps: Readonly<Record<string, Heap>>): void {
  for (const each of all.committed) simplify(each, all, heaps);
}

function simplify(each: SerialTransaction, all: Dependencies, heaps: Readonly<Record<string, Heap>>): void {
  if (!each.readOnly) each.before = 0;
  const older = (number: number | null): number | null => {
    if (number === null) return null;
    return Object.values(all.active).some(({ readOnly, before }) => readOnly && before < number) ? number : 0;
  };
  each.earliestOut = older(each.earliestOut);
  each.earliestExactOut = older(each.earliestExactOut);
  for (const [table, rows] of Object.entries(each.reads.rows)) {
    const live = rows.filter((at) => at >= 0 && canBeWritten(heaps[table]?.[at]));
    if (live.length > 0) each.reads.rows[table] = live;
    else delete each.reads.rows[table];
  }
}

function canBeWritten(version: Version | undefined): boolean {
  return version !== undefined && (version.removed === null || version.removed.by !== null);
}

function edgesOf(all: Dependencies, place: number): unknown {
  const party: Party = committedParty(place);
  return all.edges
    .filter(({ reader, writer }) => reader === party || writer === party)
    .map(({ reader, writer, overlap }) => [
      reader === party ? "to" : "from",
      reader === party ? writer : reader,
      overlap,
    ]);
}

/** What of each transaction's writes can still be met, in the order of its text. */
function writesByPlace(all: Dependencies, heaps: Readonly<Record<string, Heap>>): readonly (readonly string[])[] {
  const found = all.committed.map(() => new Set<string>());
  for (const [table, heap] of Object.entries(heaps)) {
    for (const { values, writer, removed, hiddenFrom, shownTo } of heap) {
      const text = JSON.stringify([table, values, hiddenFrom, shownTo]);
      if (writer !== null) found[writer]?.add(`inserted ${text}`);
      if (removed !== null && removed.writer !== null) found[removed.writer]?.add(`removed ${text}`);
    }
  }
  return found.map((texts) => [...texts].sort());
}

/**
 * Makes one of versions that nobody sees and that are alike: those that follow each other, and those that were deleted. `indexed` are the columns that some index has; null
 * where an index needs more than columns. Returns the new position of each version, or null where nothing moved.
 */
export function mergeUnseen(heap: Heap, indexed: readonly number[] | null): readonly number[] | null {
  const unseen = heap.filter(isUnseen);
  for (const version of unseen) {
    if (indexed !== null) version.values = version.values.map((value, at) => (indexed.includes(at) ? value : null));
    if (version.removed !== null) version.removed.writer = null;
  }
  const into = [...heap.keys()];
  const deleted = new Map<string, number>();
  for (const [at, version] of heap.entries()) {
    if (into[at] !== at || version.removed === null || !isUnseen(version)) continue;
    if (version.removed.next === null) {
      into[at] = deleted.get(textOf(version)) ?? at;
      deleted.set(textOf(version), into[at]);
      continue;
    }
    mergeLine(heap, at, into);
  }
  if (into.every((kept, at) => kept === at)) return null;
  const keptBefore = (count: number): number => into.slice(0, count).filter((kept, at) => kept === at).length;
  const position = into.map((kept) => keptBefore(kept));
  const rest = heap.filter((_, at) => into[at] === at);
  for (const { removed } of rest)
    if (removed !== null && removed.next !== null) removed.next = position[removed.next] ?? null;
  heap.splice(0, heap.length, ...rest);
  return position;
}

/** Replaced by a committed transaction, in nobody's snapshot, and kept to tell its writer to who cannot see it. */
function isUnseen({ inserted, removed, shownTo, hiddenFrom, writer, lockers, line, dead }: Version): boolean {
  if (dead || inserted !== null || removed === null || removed.by !== null) return false;
  return writer !== null && hiddenFrom.length > 0 && shownTo.length === 0 && lockers.length === 0 && line === null;
}

/**
 * Of the unseen versions of one row that are alike the first is kept, also where others lie between them: two kinds of
 * transactions that take turns would make a line without end. Who looks at one of them looks at all, so it is told of the same
 * writers, and the error that they may lead to is the same in whichever order.
 */
function mergeLine(heap: Heap, start: number, into: number[]): void {
  const first = heap[start];
  if (first === undefined) return;
  const met = new Map([[textOf(first), start]]);
  let last = first;
  for (let next = unseenBehind(heap, last); next !== null; next = unseenBehind(heap, last)) {
    const version = heap[next] as Version;
    const alike = met.get(textOf(version));
    if (alike === undefined) {
      met.set(textOf(version), next);
      last = version;
      continue;
    }
    into[next] = alike;
    if (last.removed === null || version.removed === null) return;
    last.removed.next = version.removed.next;
    // Whoever comes through one comes through both, so the stronger of their changes is what counts.
    if (rowLockCovers(version.removed.mode, last.removed.mode)) last.removed.mode = version.removed.mode;
  }
}

/** The unseen version behind this one, where it leads on. */
function unseenBehind(heap: Heap, { removed }: Version): number | null {
  const next = removed?.next ?? null;
  const version = next === null ? undefined : heap[next];
  return version !== undefined && version.removed?.next != null && isUnseen(version) ? next : null;
}

function textOf({ values, writer, hiddenFrom }: Version): string {
  return JSON.stringify([values, writer, hiddenFrom]);
}
