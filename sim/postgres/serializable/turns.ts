/**
 * The committed SERIALIZABLE transactions written anew, in turns: those that have written, then those that have read (superseded.ts).
 *
 *     1 wrote b   2 wrote c, read a   3 read d   4 wrote b            ->     1 wrote b, c   2 read a, d   3 wrote b
 *
 * Between two that have read nothing tells apart those that have written, but whether they are pivots themselves; and between two that
 * have written nothing tells apart those that have read, but whom they overlap. A running transaction that has written nothing so far
 * may turn out to have only read; it would stand where its snapshot was taken, which therefore ends a turn, too.
 *
 * Invariants: within a turn the order is that of what is said, and says nothing of who came first or which session is which.
 */
import type { SessionId } from "../server.ts";
import { committedParty, type Dependencies, type Edge, type Party, type SerialTransaction } from "./dependencies.ts";
import { noReads, type Reads } from "./predicate-locks.ts";

/** One thing of those that were read. */
export interface Read {
  readonly kind: keyof Reads;
  /** A table, or for keys an index. */
  readonly name: string;
  /** A row version or a key; null for all there is. */
  readonly part: number | string | null;
}

export interface Roles {
  /** By place: the running transactions that know, or may learn, what it has written. */
  readonly written: ReadonlyMap<number, ReadonlySet<SessionId>>;
  /** Behind how many commits it stands as one that has read. */
  readonly standsAt: (place: number) => number;
  /** Who would learn something from its having read this. */
  readonly learners: (place: number, read: Read) => readonly SessionId[];
}

interface Turn {
  readonly writers: number[];
  readonly readers: number[];
  /** Snapshots of running transactions that have not written: after how many commits. */
  readonly snapshots: number[];
}

/** What was read, and who would learn something from that. */
interface Learnt {
  readonly read: Read;
  readonly sessions: readonly SessionId[];
}

/** Returns the new place of each that has written (-1: forgotten). */
export function rewriteInTurns(all: Dependencies, roles: Roles): readonly number[] {
  const learnt = all.committed.map(({ reads }, place) => learntFrom(reads, (read) => roles.learners(place, read)));
  const asWriter = all.committed.map(() => -1);
  const asReader = all.committed.map(() => -1);
  const before = new Map<number, number>();
  const rewritten: SerialTransaction[] = [];
  for (const { writers, readers, snapshots } of turnsOf(all, learnt, roles)) {
    for (const { places, each } of whoWrote(all, writers, roles)) {
      for (const place of places) asWriter[place] = rewritten.length;
      rewritten.push(each);
    }
    for (const number of snapshots) before.set(number, rewritten.length);
    const told = all.edges.filter(({ reader }) => reader < 0 && readers.includes(-1 - reader));
    for (const { reader } of told) asReader[-1 - reader] = rewritten.length;
    if (told.length > 0) rewritten.push(remembered({ overlaps: told.map(({ writer }) => writer) }));
    rewritten.push(...whatWasRead(readers.flatMap((place) => learnt[place] ?? [])));
  }
  for (const each of Object.values(all.active)) each.before = before.get(each.before) ?? 0;
  all.committed = rewritten;
  all.edges = renamed(all.edges, asReader, asWriter);
  return asWriter;
}

function learntFrom(reads: Reads, learners: (read: Read) => readonly SessionId[]): readonly Learnt[] {
  return partsOf(reads)
    .map((read) => ({ read, sessions: learners(read) }))
    .filter(({ sessions }) => sessions.length > 0);
}

function turnsOf(
  all: Dependencies,
  learnt: readonly (readonly Learnt[])[],
  { written, standsAt }: Roles,
): readonly Turn[] {
  const snapshots = Object.values(all.active).flatMap(({ wrote, doomed, before }) =>
    wrote || doomed !== null ? [] : [before],
  );
  const readers = [...learnt.keys()].filter(
    (place) => learnt[place]?.length !== 0 || all.edges.some(({ reader }) => reader === committedParty(place)),
  );
  const turns: Turn[] = [];
  let turn: Turn = { writers: [], readers: [], snapshots: [] };
  for (let number = 0; number <= learnt.length; number++) {
    if (written.has(number - 1) && turn.readers.length + turn.snapshots.length > 0) {
      turns.push(turn);
      turn = { writers: [], readers: [], snapshots: [] };
    }
    if (written.has(number - 1)) turn.writers.push(number - 1);
    turn.readers.push(...readers.filter((place) => standsAt(place) === number));
    if (snapshots.includes(number)) turn.snapshots.push(number);
  }
  return [...turns, turn];
}

/** Those that have written in one turn: one for each kind of pivot that there is among them, and whom it speaks for. */
function whoWrote(
  all: Dependencies,
  writers: readonly number[],
  { written }: Roles,
): readonly { readonly places: readonly number[]; readonly each: SerialTransaction }[] {
  const isPivot = (place: number): boolean => all.committed[place]?.earliestOut !== null;
  const isExactPivot = (place: number): boolean => all.committed[place]?.earliestExactOut !== null;
  return [false, true].flatMap((pivot) =>
    [false, true].flatMap((exact) => {
      const places = writers.filter((place) => isPivot(place) === pivot && isExactPivot(place) === exact);
      const overlaps = places.flatMap((place) => [...(written.get(place) ?? [])]);
      return places.length === 0 ? [] : [{ places, each: remembered({ overlaps, pivot, exact }) }];
    }),
  );
}

/** What was read in one turn: one for each set of sessions that would learn of it, in the order of what was read. */
function whatWasRead(learnt: readonly Learnt[]): readonly SerialTransaction[] {
  const byText = new Map<string, Learnt>();
  for (const { read, sessions } of learnt) {
    const text = JSON.stringify(read);
    byText.set(text, { read, sessions: [...(byText.get(text)?.sessions ?? []), ...sessions] });
  }
  const found = new Map<string, SerialTransaction>();
  for (const [, { read, sessions }] of [...byText].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const fresh = remembered({ overlaps: sessions });
    const key = JSON.stringify(fresh.overlaps);
    const each = found.get(key) ?? fresh;
    found.set(key, each);
    put(each.reads, read);
  }
  return [...found.values()];
}

/** A committed transaction of which no more than this is left. */
function remembered({
  overlaps,
  pivot = false,
  exact = false,
}: {
  readonly overlaps: readonly SessionId[];
  readonly pivot?: boolean;
  readonly exact?: boolean;
}): SerialTransaction {
  return {
    readOnly: false,
    wrote: true,
    doomed: null,
    before: 0,
    earliestOut: pivot ? 0 : null,
    earliestExactOut: exact ? 0 : null,
    unsafeWith: [],
    overlaps: [...new Set(overlaps)].sort((a, b) => a - b),
    reads: noReads(),
  };
}

function renamed(edges: readonly Edge[], asReader: readonly number[], asWriter: readonly number[]): Edge[] {
  const found = new Map<string, Edge>();
  for (const { reader, writer, overlap } of edges) {
    const from: Party = reader < 0 ? committedParty(asReader[-1 - reader] ?? -1) : reader;
    const to: Party = writer < 0 ? committedParty(asWriter[-1 - writer] ?? -1) : writer;
    const key = `${from} ${to}`;
    if (found.get(key)?.overlap !== "exact") found.set(key, { reader: from, writer: to, overlap });
  }
  return [...found.values()];
}

function partsOf({ tables, pages, rows, keys }: Reads): readonly Read[] {
  return [
    ...tables.map((name): Read => ({ kind: "tables", name, part: null })),
    ...pages.map((name): Read => ({ kind: "pages", name, part: null })),
    ...Object.entries(rows).flatMap(([name, parts]) => parts.map((part): Read => ({ kind: "rows", name, part }))),
    ...Object.entries(keys).flatMap(([name, parts]) => parts.map((part): Read => ({ kind: "keys", name, part }))),
  ];
}

function put(reads: Reads, { kind, name, part }: Read): void {
  if (kind === "rows") reads.rows[name] = [...(reads.rows[name] ?? []), part as number].sort((a, b) => a - b);
  else if (kind === "keys") reads.keys[name] = [...(reads.keys[name] ?? []), part as string].sort();
  else reads[kind] = [...reads[kind], name].sort();
}
