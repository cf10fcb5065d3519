/**
 * Row versions: what a table holds, and which of it a session sees.
 *
 * A heap is the list of its row versions in physical order. An update marks the old version as removed, links it to the
 * new one, and puts the new one at the end; a delete only marks. Nobody's transaction has a number: a version says which
 * session wrote it while that session's transaction lasts, and afterwards the change is settled.
 *
 *     UPDATE t SET v = 11 WHERE id = 1            COMMIT
 *
 *     #0 (1,10)  removed by s0 --> #2             #0 (1,10)  removed --> #2    shown to {s1}
 *     #1 (2,20)                                   #1 (2,20)
 *     #2 (1,11)  inserted by s0                   #2 (1,11)                    hidden from {s1}
 *
 * `shown to` and `hidden from` are the whole of snapshots (see snapshot.ts): s1 had a snapshot when s0 committed. When s1
 * gives it up nobody can see #0, and it is pruned. So a heap where nothing is going on is just its rows.
 *
 * Invariants: a version that is removed and settled is kept only while somebody can see it, a statement has it in its
 * hands, or it lies between two such versions; `removed.next` is null for a delete. Depth is the number of savepoints
 * around the change (0: none), so that ROLLBACK TO knows what to take back. `fresh` marks the changes of the running
 * statement, which it must not see itself.
 *
 * Not modelled: pages, vacuum, HOT, the order in which dead space is used again.
 * Sources: PostgreSQL manual, chapter 13.2; src/backend/access/heap/heapam_visibility.c.
 */
import type { RowLockMode } from "../execution/access.ts";
import type { SessionId } from "../server.ts";
import type { Value } from "../values/value.ts";

/** Who made a change that is not settled yet. */
export interface Author {
  readonly session: SessionId;
  depth: number;
  fresh: boolean;
  /** Made in a savepoint that was released into another one. */
  released?: true;
  /** Made by a function that the running statement has called, while `fresh`. */
  nested?: true;
}

/** How a version came to its end. */
export interface Removal {
  /** Null once it is committed. */
  by: Author | null;
  /** The version that took its place; null for a delete, and where that version is gone as well. */
  next: number | null;
  /** Another version took its place, though it may be gone by now. */
  readonly replaced: boolean;
  /** `update` where a key column changed or the row was deleted. */
  mode: "no key update" | "update";
  /** How versions between this one and `next` came to their end that are forgotten: the strongest mode, while somebody may meet them. */
  through?: "no key update" | "update";
  /** The SERIALIZABLE transaction that committed it, while that matters (serializable/dependencies.ts). */
  writer: number | null;
}

/** A row lock, which is kept in the row version itself. */
export interface RowLock {
  readonly session: SessionId;
  readonly mode: RowLockMode;
  depth: number;
  /** Taken in a savepoint that was released into another one. */
  released?: true;
}

/** Who waits for a version one after the other (locks/row-lock.ts). `holders` are the first in line. */
export interface Line {
  holders: InLine[];
  queue: InLine[];
}

export interface InLine {
  readonly session: SessionId;
  readonly mode: RowLockMode;
  /** It keeps its place until it has the newest version as well. */
  readonly stays: boolean;
}

export interface Version {
  values: readonly Value[];
  /** Null once it is committed. */
  inserted: Author | null;
  removed: Removal | null;
  lockers: RowLock[];
  line: Line | null;
  hiddenFrom: SessionId[];
  shownTo: SessionId[];
  /** How many indexes have an entry for it so far; null for all. Only while its INSERT or UPDATE waits for a unique key. */
  indexed: number | null;
  /** The SERIALIZABLE transaction that committed its insertion, while that matters, or `UNNAMED_WRITER`. */
  writer: number | null;
  /** Its place on the page, as in `ctid`, where the server counts them (`ServerOptions.addresses`). */
  readonly address?: number;
  /** Its transaction has rolled back: nobody sees it, and the end of the step sweeps it away. */
  dead: boolean;
}

export type Heap = Version[];

/** Stands for a writer of whom nobody learns anything new; whoever does not see the version still comes upon it. */
export const UNNAMED_WRITER = -1;

/** A version that this author has just written. */
export function newVersion(values: readonly Value[], inserted: Author | null, address: number | null = null): Version {
  return {
    ...(address === null ? {} : { address }),
    values,
    inserted,
    removed: null,
    lockers: [],
    line: null,
    hiddenFrom: [],
    shownTo: [],
    indexed: null,
    writer: null,
    dead: false,
  };
}

/**
 * The versions for the copy of a database that is about to be written. Most rows are as usual, settled and neither locked nor
 * marked: those are frozen and shared by all databases, and whoever changes one takes a copy of it first (`own`).
 */
export function copyHeap(heap: Heap): Heap {
  return heap.map((version) => {
    if (Object.isFrozen(version)) return version;
    return isAsUsual(version) ? Object.freeze(version) : copyVersion(version);
  });
}

function isAsUsual({ inserted, removed, lockers, line, hiddenFrom, shownTo, indexed, writer, dead }: Version): boolean {
  if (inserted !== null || removed !== null || line !== null || indexed !== null || writer !== null || dead)
    return false;
  return lockers.length + hiddenFrom.length + shownTo.length === 0;
}

/** Whether every row is as usual: nobody has anything to do with any of them. */
export function isQuiet(heap: Heap): boolean {
  return heap.every((version) => Object.isFrozen(version) || isAsUsual(version));
}

/** The version of this heap, to be changed. */
export function own(heap: Heap, at: number): Version {
  const version = heap[at];
  if (version === undefined) throw new RangeError(`there is no row version ${at}`);
  if (!Object.isFrozen(version)) return version;
  const copy = copyVersion(version);
  heap[at] = copy;
  return copy;
}

export function copyVersion(version: Version): Version {
  const { inserted, removed, line } = version;
  return {
    ...version,
    inserted: inserted && { ...inserted },
    removed: removed && { ...removed, by: removed.by && { ...removed.by } },
    lockers: version.lockers.map((lock) => ({ ...lock })),
    line: line && { holders: [...line.holders], queue: [...line.queue] },
    hiddenFrom: [...version.hiddenFrom],
    shownTo: [...version.shownTo],
  };
}

/** Whether this session's snapshot shows the version: its own earlier changes, and what was committed before. */
export function sees(session: SessionId, version: Version): boolean {
  const { inserted, removed } = version;
  if (version.dead) return false;
  if (inserted !== null) {
    if (inserted.session !== session || inserted.fresh) return false;
  } else if (version.hiddenFrom.includes(session)) return false;
  if (removed === null) return true;
  if (removed.by === null) return version.shownTo.includes(session);
  return removed.by.session !== session || removed.by.fresh;
}

/** As `sees`, but with what the running statement has done itself: how its constraints are checked. */
export function seesNow(session: SessionId, version: Version): boolean {
  const { inserted, removed } = version;
  if (version.dead || removed?.by?.session === session) return false;
  if (inserted !== null) return inserted.session === session;
  return sees(session, version);
}

/** Whether the version is the newest state of its row for this session: committed or its own, and not removed by either. */
export function isLiveFor(session: SessionId, version: Version): boolean {
  const { inserted, removed } = version;
  if (version.dead || (inserted !== null && inserted.session !== session)) return false;
  return removed === null || (removed.by !== null && removed.by.session !== session);
}

/** Whether the version belongs to the committed state of the table. */
export function isCommitted(version: Version): boolean {
  return !version.dead && version.inserted === null && (version.removed === null || version.removed.by !== null);
}

/**
 * Drops the versions that nobody can reach any more, and links around them. `held` are versions that statements have in
 * their hands. Returns the new position of each version, or null where nothing was dropped.
 */
export function prune(heap: Heap, held: ReadonlySet<number>): readonly number[] | null {
  for (const version of heap) if (version.removed?.through && !isGoneThrough(version)) delete version.removed.through;
  const kept = heap.map((version, at) => isReachable(version) || (held.has(at) && !version.dead));
  if (!kept.includes(false)) return null;
  for (const [at, version] of heap.entries()) {
    if (kept[at]) linkAround(heap, version, kept);
  }
  const position: number[] = [];
  let next = 0;
  for (const keep of kept) position.push(keep ? next++ : -1);
  const rest = heap.filter((_, at) => kept[at]);
  for (const { removed } of rest) if (removed && removed.next !== null) removed.next = position[removed.next] ?? null;
  // No spread: a heap may be longer than a call has room for arguments.
  heap.length = 0;
  for (const version of rest) heap.push(version);
  return position;
}

function isReachable(version: Version): boolean {
  const { inserted, removed } = version;
  if (version.dead) return false;
  if (removed === null) return true;
  // A SERIALIZABLE reader that cannot see who inserted it must still learn of it.
  if (removed.by === null)
    return version.shownTo.length > 0 || (version.writer !== null && version.hiddenFrom.length > 0);
  return inserted === null || !isPassedOver(inserted, removed.by, removed.mode);
}

/**
 * A session wrote the version and replaced it, both in statements that are over and at one depth: whether the transaction
 * commits or rolls back, nobody will ever see it. (One whose key was changed away stays: inserters of that key wait for it.)
 */
function isPassedOver(inserted: Author, removed: Author, mode: Removal["mode"]): boolean {
  const over = !inserted.fresh && !removed.fresh;
  return over && mode === "no key update" && inserted.session === removed.session && removed.depth <= inserted.depth;
}

/** Whether somebody goes on from this version along the whole chain, or may wait for it and then do so (locks/row-lock.ts). */
function isGoneThrough({ removed, lockers, line }: Version): boolean {
  if (removed?.by != null || lockers.length > 0) return true;
  return [...(line?.holders ?? []), ...(line?.queue ?? [])].some(({ stays }) => stays);
}

/** Where the link leads to a version that goes, it takes over that version's link and the stronger of the two modes. */
function linkAround(heap: Heap, version: Version, kept: readonly boolean[]): void {
  const { removed } = version;
  while (removed !== null && removed.next !== null && !kept[removed.next]) {
    const gone = heap[removed.next]?.removed ?? null;
    if (gone?.mode === "update") removed.mode = "update";
    if (gone !== null && isGoneThrough(version))
      removed.through = [removed.through, gone.through].includes("update") ? "update" : gone.mode;
    removed.next = gone?.next ?? null;
  }
}
