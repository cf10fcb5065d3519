/**
 * Takes away from SERIALIZABLE's dependencies what others say already, so that histories which differ only in that become one state.
 *
 * Of what a running transaction T can be told about committed ones, two numbers count (`isDangerous` of dependencies.ts):
 *
 *     T ──rw──> X     X has written what T has read        T must fail where some X is
 *     C ──rw──> T     C has read what T writes             not behind some C
 *
 * So only the first X counts and only the last C, and who cannot be behind any X counts for nothing. A C that has not written stands
 * where its snapshot was taken. Who has both read and written is remembered as two, and between two that have read all that have
 * written are as one:
 *
 *     committed   1 read a     2 wrote b     3 wrote c, read a     4 read d     5 wrote b
 *     what counts              1 wrote b, c           2 read a, d               3 wrote b
 *
 * Invariants, which are why nothing is lost. A new edge is dangerous exactly if it is so together with the first X and the last C.
 * A transaction that must fail is asked nothing but that. A row version whose writer is nothing new to those who do not see it is
 * kept, and names nobody: whoever must fail does so when it comes upon any version. What is so only because a page is large
 * (`Overlap`) never stands for what is so exactly. Nothing here depends on which session is which, but for the sets of them.
 *
 * Not done where a transaction was declared READ ONLY: it asks when others have committed, not only who was first.
 * Source: predicate.c, OnConflict_CheckForSerializationFailure, which asks for no more.
 */
import type { SessionId } from "../server.ts";
import { type Heap, UNNAMED_WRITER } from "../versions/heap.ts";
import { committedParty, type Dependencies, type Edge, type Party, type SerialTransaction } from "./dependencies.ts";
import { noReads, type Reads } from "./predicate-locks.ts";
import { type Read, rewriteInTurns } from "./turns.ts";

/** Returns the new place of each committed transaction as a writer (-1: forgotten), or null where it does nothing. */
export function forgetSuperseded(all: Dependencies, heaps: readonly Heap[]): readonly number[] | null {
  if (Object.values(all.active).some(({ readOnly }) => readOnly)) return null;
  for (const [session, each] of Object.entries(all.active)) forgetOfRunning(all, Number(session), each);
  all.edges = all.edges.filter((edge) => !all.edges.some((other) => saysAsMuch(all, other, edge)));
  for (const heap of heaps) nameFewerWriters(all, heap);
  if (all.committed.length === 0) return null;
  const written = writersFor(all, heaps);
  const isAhead = (reader: Party, session: SessionId): boolean =>
    [...written].some(([place, unaware]) => unaware.has(session) && place < standsAt(all, reader));
  all.edges = all.edges.filter(({ reader, writer }) => reader >= 0 || isAhead(reader, writer));
  return rewriteInTurns(all, {
    written,
    standsAt: (place) => standsAt(all, committedParty(place)),
    learners: (place, read) => learners(all, place, { read, isAhead }),
  });
}

function forgetOfRunning(all: Dependencies, session: SessionId, each: SerialTransaction): void {
  // Its snapshot is compared only where it turns out to have written nothing.
  if (each.wrote || each.doomed !== null) each.before = 0;
  if (each.doomed === null) return;
  each.wrote = false;
  each.reads = noReads();
  all.edges = all.edges.filter(({ reader, writer }) => reader !== session && writer !== session);
}

/** Behind how many commits one that has read stands. */
function standsAt(all: Dependencies, party: Party): number {
  const each = all.committed[-1 - party];
  return each?.readOnly === true ? each.before : -party;
}

/** Whether the first stands behind the second; of two that stand in one place, whether it is the later one. */
function isBehind(all: Dependencies, one: Party, other: Party): boolean {
  const [place, otherPlace] = [standsAt(all, one), standsAt(all, other)];
  return place > otherPlace || (place === otherPlace && one < other);
}

/** Whether `one` goes without saying after `other`. */
function saysAsMuch(all: Dependencies, other: Edge, one: Edge): boolean {
  if (other.overlap === "page" && one.overlap === "exact") return false;
  if (one.writer < 0) return other.reader === one.reader && other.writer < 0 && other.writer > one.writer;
  if (one.reader >= 0 || other.reader >= 0) return false;
  return other.writer === one.writer && isBehind(all, other.reader, one.reader);
}

/** Of each version those who wrote it are named only where somebody who does not see that would learn something new. */
function nameFewerWriters(all: Dependencies, heap: Heap): void {
  const isNew = (writer: number, unaware: readonly SessionId[]): boolean =>
    unaware.some((session) => {
      const reader = all.active[session];
      if (reader === undefined || reader.doomed !== null) return false;
      if (all.committed[writer]?.earliestOut !== null) return true;
      const isKnown = (edge: Edge): boolean => edge.overlap === "exact" && edge.writer >= committedParty(writer);
      return !all.edges.some((edge) => edge.reader === session && edge.writer < 0 && isKnown(edge));
    });
  for (const version of heap) {
    const { writer, hiddenFrom, removed, shownTo } = version;
    if (writer !== null && (writer === UNNAMED_WRITER || !isNew(writer, hiddenFrom))) {
      version.writer = hiddenFrom.some((session) => all.active[session] !== undefined) ? UNNAMED_WRITER : null;
    }
    if (removed !== null && removed.writer !== null && !isNew(removed.writer, shownTo)) removed.writer = null;
  }
}

/** By committed transaction: the running ones that know, or may learn, that it has written what they have read. */
function writersFor(all: Dependencies, heaps: readonly Heap[]): ReadonlyMap<number, ReadonlySet<SessionId>> {
  const found = new Map<number, Set<SessionId>>();
  const add = (writer: number | null | undefined, sessions: readonly SessionId[]): void => {
    if (writer === null || writer === undefined || writer === UNNAMED_WRITER) return;
    const running = sessions.filter((session) => all.active[session]?.doomed === null);
    const known = found.get(writer);
    if (known === undefined) found.set(writer, new Set(running));
    else for (const session of running) known.add(session);
  };
  for (const { reader, writer } of all.edges) if (writer < 0) add(-1 - writer, [reader]);
  for (const { writer, hiddenFrom, removed, shownTo } of heaps.flat()) {
    add(writer, hiddenFrom);
    add(removed?.writer, shownTo);
  }
  return found;
}

/** The running transactions that would learn something from the committed one's having read this. */
function learners(
  all: Dependencies,
  place: number,
  { read, isAhead }: { readonly read: Read; readonly isAhead: (reader: Party, session: SessionId) => boolean },
): readonly SessionId[] {
  const me = committedParty(place);
  const isLaterReader = (party: Party): boolean => party < 0 && isBehind(all, party, me);
  return (all.committed[place]?.overlaps ?? []).filter((session) => {
    if (all.active[session]?.doomed !== null || !isAhead(me, session)) return false;
    const knows = all.edges.some(
      ({ reader, writer, overlap }) =>
        writer === session && overlap === "exact" && (reader === me || isLaterReader(reader)),
    );
    if (knows) return false;
    return !all.committed.some(
      ({ overlaps, reads }, at) =>
        overlaps.includes(session) && isLaterReader(committedParty(at)) && covers(reads, read),
    );
  });
}

function covers(reads: Reads, { kind, name, part }: Read): boolean {
  if (kind === "keys") return reads.keys[name]?.includes(part as string) === true;
  if (reads.tables.includes(name)) return true;
  if (kind === "rows") return reads.rows[name]?.includes(part as number) === true;
  return kind === "pages" && reads.pages.includes(name);
}
