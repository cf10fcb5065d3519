/**
 * SERIALIZABLE: read/write dependencies among transactions, and which of them are dangerous.
 *
 * Every transaction runs as at REPEATABLE READ. In addition the server remembers that R read something which W then wrote
 * without R seeing it: R must come before W in any serial order. An anomaly needs two such edges in a row, the last of the three
 * having committed first:
 *
 *     T0 ──rw──> T1 ──rw──> T2          T1 is the pivot. T2 committed before T0 and T1: one of them fails with 40001.
 *
 *     write skew, both on call:
 *     s0: reads a and b      UPDATE a, COMMIT                   s0 ──rw──> s1   (s0 read b, which s1 wrote)
 *     s1: reads a and b                        UPDATE b: 40001  s1 ──rw──> s0   s1 is a pivot and s0 has committed
 *
 * Which transaction fails, and in which statement, depends on who notices: `addEdge` checks whenever an edge is new,
 * `checkCommit` when somebody commits. A transaction that must fail but is not the one whose move it is gets `doomed`, and fails
 * at its next read of a row, its next write, or its COMMIT.
 *
 * A committed transaction is remembered while one that overlapped it is still running. Commits are numbered by their
 * place in `committed` (1, 2, …); when the oldest is forgotten all move down, so there is no counter that grows.
 *
 * Not modelled: two-phase commit, the summary of old transactions when memory is short.
 * Sources: postgres-semantics, section 5; src/backend/storage/lmgr/README-SSI, predicate.c; Ports and Grittner,
 * "Serializable Snapshot Isolation in PostgreSQL" (VLDB 2012).
 */
import type { SessionId } from "../server.ts";
import { SqlError } from "../sql-error.ts";
import type { Overlap, Reads } from "./predicate-locks.ts";
import { copyReads, noReads } from "./predicate-locks.ts";

/** A transaction among the dependencies: a running one by its session (0, 1, …), a committed one by its place (-1, -2, …). */
export type Party = number;

export interface SerialTransaction {
  /** Declared READ ONLY, or committed without having written. */
  readOnly: boolean;
  wrote: boolean;
  /** It must fail; `page` where only the size of a page makes it so. */
  doomed: Overlap | null;
  /** How many of `committed` had committed when it took its snapshot. */
  before: number;
  /** The number of the first commit among those that wrote what it read; null for none. Set when it commits. */
  earliestOut: number | null;
  /** The same, of those only whose writes touched exactly what it read. */
  earliestExactOut: number | null;
  /** Declared READ ONLY: the running writers that can still make its snapshot unsafe. */
  unsafeWith: SessionId[];
  /** Committed: the running transactions that overlapped it. */
  overlaps: SessionId[];
  reads: Reads;
}

/** R read, and W wrote what R did not see. */
export interface Edge {
  readonly reader: Party;
  readonly writer: Party;
  readonly overlap: Overlap;
}

export interface Dependencies {
  /** By session. */
  active: Record<SessionId, SerialTransaction>;
  /** In the order of their commits. */
  committed: SerialTransaction[];
  /** By writer; who reads from it, where that can be observed, in the order of meeting (`sortEdges`). */
  edges: Edge[];
}

export function noDependencies(): Dependencies {
  return { active: {}, committed: [], edges: [] };
}

export function copyDependencies({ active, committed, edges }: Dependencies): Dependencies {
  const copies = Object.entries(active).map(([session, each]) => [session, copyTransaction(each)] as const);
  return { active: Object.fromEntries(copies), committed: committed.map(copyTransaction), edges: [...edges] };
}

function copyTransaction(transaction: SerialTransaction): SerialTransaction {
  const { unsafeWith, overlaps, reads } = transaction;
  return { ...transaction, unsafeWith: [...unsafeWith], overlaps: [...overlaps], reads: copyReads(reads) };
}

/** The place of a committed transaction as a party, and back. */
export function committedParty(place: number): Party {
  return -1 - place;
}

function partyOf(all: Dependencies, party: Party): SerialTransaction | undefined {
  return party < 0 ? all.committed[-1 - party] : all.active[party];
}

/** The number of its commit; null while it runs. */
function commitNumber(party: Party): number | null {
  return party < 0 ? -party : null;
}

function isCommitted(party: Party): boolean {
  return party < 0;
}

/** A transaction takes its snapshot. False where it is READ ONLY and nobody is writing: it is safe and needs no watching. */
export function enter(all: Dependencies, session: SessionId, readOnly: boolean): boolean {
  const writers = sessionsOf(all).filter((other) => other !== session && isWriter(all.active[other]));
  if (readOnly && writers.length === 0) return false;
  all.active[session] = {
    readOnly,
    wrote: false,
    doomed: null,
    before: all.committed.length,
    earliestOut: null,
    earliestExactOut: null,
    unsafeWith: readOnly ? writers : [],
    overlaps: [],
    reads: noReads(),
  };
  return true;
}

/** One that is doomed will roll back, so it harms nobody's snapshot. */
function isWriter(transaction: SerialTransaction | undefined): boolean {
  return transaction !== undefined && !transaction.readOnly && transaction.doomed === null;
}

function sessionsOf(all: Dependencies): readonly SessionId[] {
  return Object.keys(all.active).map(Number);
}

/** 40001 for a dangerous structure. */
export class SerializationFailure extends SqlError {
  /** `page`: with exact key ranges instead of pages the transaction would not have failed here. */
  readonly overlap: Overlap;
  constructor(reason: string, overlap: Overlap) {
    const message = "could not serialize access due to read/write dependencies among transactions";
    super("40001", message, `Reason code: Canceled on ${reason}.`);
    this.overlap = overlap;
  }
}

/** Raises the error of a transaction that was doomed by another one's move. */
export function checkDoomed(all: Dependencies, session: SessionId, when: string): void {
  const doomed = all.active[session]?.doomed ?? null;
  if (doomed !== null) throw new SerializationFailure(`identification as a pivot, during ${when}`, doomed);
}

/** The running session read something that `writer` has changed unseen. */
export function conflictOut(all: Dependencies, reader: SessionId, writer: Party): void {
  const me = all.active[reader];
  const other = partyOf(all, writer);
  if (me === undefined || other === undefined || other.doomed !== null || writer === reader) return;
  if (me.readOnly && isCommitted(writer) && (other.earliestOut === null || me.before < other.earliestOut)) return;
  addEdge(all, { reader, writer, overlap: "exact" }, reader);
}

/** The running session writes something that `reader` has read. */
export function conflictIn(all: Dependencies, writer: SessionId, reader: Party, overlap: Overlap): void {
  const other = partyOf(all, reader);
  if (other === undefined || other.doomed !== null || writer === reader) return;
  if (isCommitted(reader) && !other.overlaps.includes(writer)) return;
  addEdge(all, { reader, writer, overlap }, writer);
}

/** Every party that may still conflict, with what it has read. */
export function readers(all: Dependencies): readonly { readonly party: Party; readonly reads: Reads }[] {
  return [
    ...sessionsOf(all).map((session) => ({ party: session, reads: all.active[session]?.reads ?? noReads() })),
    ...all.committed.map(({ reads }, place) => ({ party: committedParty(place), reads })),
  ];
}

function addEdge(all: Dependencies, edge: Edge, me: SessionId): void {
  const { reader, writer, overlap } = edge;
  const known = all.edges.find((each) => each.reader === reader && each.writer === writer);
  if (known?.overlap === "exact" || (known && overlap === "page")) return;
  if (known) {
    all.edges[all.edges.indexOf(known)] = edge;
    return;
  }
  if (isDangerous(all, edge)) fail(all, edge, me);
  all.edges.push(edge);
  sortEdges(all);
}

/**
 * The edges in canonical order: by writer, and those of one writer by reader. Only the readers that the writer's COMMIT may doom one
 * after the other (`checkCommit`) stay in the order in which they have come, behind the rest, as PostgreSQL walks them.
 */
function sortEdges(all: Dependencies): void {
  all.edges.sort((a, b) => {
    const place = a.writer - b.writer || Number(keepsOrder(all, a)) - Number(keepsOrder(all, b));
    return place || (keepsOrder(all, a) ? 0 : a.reader - b.reader);
  });
}

/** Whether it matters when this edge came, among those of its writer: both run, and the reader can become a pivot. */
export function keepsOrder(all: Dependencies, { reader, writer }: Edge): boolean {
  const from = all.active[reader];
  return from !== undefined && !from.readOnly && from.doomed === null && all.active[writer] !== undefined;
}

/** Who fails: the one whose move it is where it is the pivot or the pivot has committed; else the pivot is doomed. */
function fail(all: Dependencies, edge: Edge, me: SessionId): void {
  const { writer } = edge;
  const overlap = edge.overlap === "exact" && isDangerous(onlyExact(all), edge) ? "exact" : "page";
  if (writer === me) throw new SerializationFailure("identification as a pivot, during write", overlap);
  if (isCommitted(writer)) throw new SerializationFailure(`conflict out to pivot ${-writer}, during read`, overlap);
  const pivot = all.active[writer];
  if (pivot) pivot.doomed = overlap;
}

/** The dependencies as exact key ranges would have shown them. */
function onlyExact({ active, committed, edges }: Dependencies): Dependencies {
  const exact = committed.map((each) => ({ ...each, earliestOut: each.earliestExactOut }));
  return { active, committed: exact, edges: edges.filter(({ overlap }) => overlap === "exact") };
}

/** Whether the new edge makes a dangerous structure in which the last transaction committed first. */
function isDangerous(all: Dependencies, { reader, writer }: Edge): boolean {
  const from = partyOf(all, reader);
  const to = partyOf(all, writer);
  if (from === undefined || to === undefined) return false;
  if (isCommitted(writer) && to.earliestOut !== null) return true;
  return writerIsPivot(all, reader, writer) || readerIsPivot(all, reader, writer);
}

/** reader -> writer -> T2, and T2 committed before both (and before a READ ONLY reader's snapshot). */
function writerIsPivot(all: Dependencies, reader: Party, writer: Party): boolean {
  const from = partyOf(all, reader);
  return edgesFrom(all, writer).some((edge) => {
    const last = commitNumber(edge.writer);
    if (last === null || from === undefined) return false;
    if (last > (commitNumber(reader) ?? last) || last > (commitNumber(writer) ?? last)) return false;
    return !from.readOnly || last <= from.before;
  });
}

/** T0 -> reader -> writer, and the writer has committed before T0 did (and before a READ ONLY T0's snapshot). */
function readerIsPivot(all: Dependencies, reader: Party, writer: Party): boolean {
  const committed = commitNumber(writer);
  if (committed === null || partyOf(all, reader)?.readOnly) return false;
  return edgesTo(all, reader).some((edge) => {
    const first = partyOf(all, edge.reader);
    if (first === undefined || first.doomed !== null) return false;
    if (committed > (commitNumber(edge.reader) ?? committed)) return false;
    return !first.readOnly || first.before >= committed;
  });
}

function edgesFrom(all: Dependencies, reader: Party): readonly Edge[] {
  return all.edges.filter((edge) => edge.reader === reader);
}

function edgesTo(all: Dependencies, writer: Party): readonly Edge[] {
  return all.edges.filter((edge) => edge.writer === writer);
}

/** COMMIT: fails where it is doomed; dooms running readers of it that are pivots, so that the first to commit succeeds. */
export function checkCommit(all: Dependencies, session: SessionId): void {
  if (all.active[session] === undefined) return;
  checkDoomed(all, session, "commit attempt");
  for (const near of edgesTo(all, session)) {
    const pivot = all.active[near.reader];
    if (pivot === undefined || pivot.doomed !== null) continue;
    const far = edgesTo(all, near.reader).filter(({ reader }) => {
      const first = all.active[reader];
      return reader === session || (first !== undefined && !first.readOnly && first.doomed === null);
    });
    if (far.length === 0) continue;
    const isExact = near.overlap === "exact" && far.some(({ overlap }) => overlap === "exact");
    pivot.doomed = isExact ? "exact" : "page";
  }
  sortEdges(all);
}

/** The transaction has committed. Returns its place among the committed, for the versions that it wrote. */
export function leaveCommitted(all: Dependencies, session: SessionId): number | null {
  const mine = all.active[session];
  if (mine === undefined) return null;
  mine.readOnly ||= !mine.wrote;
  if (!mine.readOnly) {
    mine.earliestOut = firstCommit(edgesFrom(all, session));
    mine.earliestExactOut = firstCommit(edgesFrom(onlyExact(all), session));
  }
  const place = all.committed.length;
  const moved = (party: Party): Party => (party === session ? committedParty(place) : party);
  all.edges = all.edges
    .filter(({ reader, writer }) => !(reader === session && isCommitted(writer)))
    .filter(({ reader, writer }) => !(writer === session && isSettled(all, reader)))
    .map(({ reader, writer, overlap }) => ({ reader: moved(reader), writer: moved(writer), overlap }));
  delete all.active[session];
  all.committed.push({ ...mine, unsafeWith: [], overlaps: [...sessionsOf(all)] });
  sortEdges(all);
  settleReadOnly(all, session, mine.earliestOut);
  return place;
}

/** The number of the first commit among those that the edges lead to. */
function firstCommit(edges: readonly Edge[]): number | null {
  const numbers = edges.flatMap(({ writer }) => commitNumber(writer) ?? []);
  return numbers.length > 0 ? Math.min(...numbers) : null;
}

function isSettled(all: Dependencies, party: Party): boolean {
  return isCommitted(party) || partyOf(all, party)?.readOnly === true;
}

/** The transaction has rolled back: nothing of it counts. */
export function leaveAborted(all: Dependencies, session: SessionId): void {
  if (all.active[session] === undefined) return;
  delete all.active[session];
  all.edges = all.edges.filter(({ reader, writer }) => reader !== session && writer !== session);
  settleReadOnly(all, session, null);
}

/** A writer has ended: a READ ONLY transaction with whose snapshot it overlapped is unsafe, or one step closer to being safe. */
function settleReadOnly(all: Dependencies, writer: SessionId, earliestOut: number | null): void {
  for (const session of sessionsOf(all)) {
    const reader = all.active[session];
    if (!reader?.unsafeWith.includes(writer)) continue;
    const unsafe = earliestOut !== null && earliestOut <= reader.before;
    reader.unsafeWith = unsafe ? [] : reader.unsafeWith.filter((other) => other !== writer);
    if (!unsafe && reader.unsafeWith.length === 0) leaveAborted(all, session);
  }
}

/**
 * Forgets the committed transactions that no running one overlaps. Returns the new place of each (-1: forgotten), or null
 * where nothing changed.
 */
export function forgetCommitted(all: Dependencies): readonly number[] | null {
  for (const each of all.committed)
    each.overlaps = each.overlaps.filter((session) => all.active[session] !== undefined);
  const kept = all.committed.map(({ overlaps }) => overlaps.length > 0);
  if (!kept.includes(false)) return null;
  return renumberCommitted(
    all,
    kept.map((keep, at) => (keep ? at : null)),
  );
}

/**
 * Drops committed transactions and moves every number that names one. `into` has for each place the one that speaks for it from
 * now on: itself where it stays, another one that stays, or null. Returns the new place of each (-1: forgotten).
 */
export function renumberCommitted(all: Dependencies, into: readonly (number | null)[]): readonly number[] {
  const isKept = (place: number): boolean => into[place] === place;
  const keptBefore = (count: number): number => into.slice(0, count).filter((_, place) => isKept(place)).length;
  const place = into.map((speaker) => (speaker === null ? -1 : keptBefore(speaker)));
  const movedNumber = (number: number | null): number | null => (number === null ? null : keptBefore(number));
  for (const each of [...all.committed, ...Object.values(all.active)]) {
    each.before = keptBefore(each.before);
    each.earliestOut = movedNumber(each.earliestOut);
    each.earliestExactOut = movedNumber(each.earliestExactOut);
  }
  const moved = (party: Party): Party => (party < 0 ? committedParty(place[-1 - party] ?? -1) : party);
  const stays = (party: Party): boolean => party >= 0 || isKept(-1 - party);
  all.edges = all.edges
    .filter(({ reader, writer }) => stays(reader) && stays(writer))
    .map(({ reader, writer, overlap }) => ({ reader: moved(reader), writer: moved(writer), overlap }));
  sortEdges(all);
  all.committed = all.committed.filter((_, at) => isKept(at));
  return place;
}
