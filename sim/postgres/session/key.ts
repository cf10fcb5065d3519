/**
 * The canonical text of a database: equal texts are equal databases.
 *
 * It is JSON in which everything that is as usual is left out: a settled row is just its values, an idle session is 0.
 * What is a set is written in order; what is a queue or a heap keeps its own.
 *
 *     [0,{"buffers":[[[1,null]],[[2,"alice"],{"i":[0,0]}]]},{"table buffers":…},[0,{"t":…}]]
 */
import type { Catalog } from "../catalog/catalog.ts";
import type { LockObject } from "../locks/lock-object.ts";
import type { Dependencies, SerialTransaction } from "../serializable/dependencies.ts";
import { keepsOrder } from "../serializable/dependencies.ts";
import type { KeyLabels, Naming, SessionId } from "../server.ts";
import type { Value } from "../values/value.ts";
import { type Author, type Heap, own, type RowLock, type Version } from "../versions/heap.ts";
import { isHistory, mergeHistory } from "../versions/history.ts";
import type { Running, Session, State, Transaction, Wait } from "./state.ts";
import { copyState, moveVersions, sessionOf } from "./state.ts";

const catalogTexts = new WeakMap<Catalog, string>();

function catalogText(catalog: Catalog): string {
  const known = catalogTexts.get(catalog);
  if (known !== undefined) return known;
  const text = JSON.stringify(catalog);
  catalogTexts.set(catalog, text);
  return text;
}

/** How sessions are written: by their numbers, or (for symmetry) by any others, with everything that is a set in order again. */
type Label = (session: SessionId) => unknown;

export interface Writer {
  readonly label: Label;
  /** What stands for a text in a row, a parameter or a reply; null: itself. */
  readonly rename: ((text: string, isSql: boolean) => unknown) | null;
  /** What stands for the keys of rows; null: themselves. */
  readonly keys: KeyLabels | null;
  /** Whether the session is written where it is one of a set. */
  readonly isIn: (member: { readonly session: SessionId }) => boolean;
  readonly catalog: (each: Catalog) => unknown;
  /** How the values of a row are written. */
  readonly values: (values: readonly Value[]) => unknown;
  /** How the members of a set are written, whose order says nothing. */
  readonly set: (members: readonly unknown[]) => readonly unknown[];
}

export const byNumber: Label = (session) => session;

/** `initial` is the catalog after the set-up, which is written as 0. */
export function keyOfState(state: State, initial: Catalog): string {
  const writer = writerFor(initial, { label: byNumber, rename: null });
  return JSON.stringify([...sharedKey(state, writer), state.sessions.map((session) => sessionKey(session, writer))]);
}

/**
 * The text of the database under other names (`Naming` of server.ts): equal texts for databases that are alike but for who is
 * who. With the sessions' own numbers, all of them in order, and no renaming, it tells apart what `keyOfState` tells apart.
 */
export function textOfState(state: State, initial: Catalog, naming: Naming): string {
  const writer = writerFor(initial, naming);
  const isRenamed = Object.values(state.heaps).some(hasSet);
  const subject = isRenamed ? withRenamedRows(state, writer) : state;
  const shared = sharedKey(subject, isRenamed ? { ...writer, values: (values) => values } : writer);
  const sessions = naming.sessions.map((session) => sessionKey(sessionOf(subject, session), writer));
  return JSON.stringify([...shared, sessions]);
}

/** Whether old versions stand side by side: as a set they are in the order of their values, which have other names now. */
export function hasSet(heap: Heap): boolean {
  return heap.some((version, at) => {
    const next = heap[at + 1];
    return next !== undefined && isHistory(version) && isHistory(next);
  });
}

function withRenamedRows(state: State, writer: Writer): State {
  const copy = copyState(state);
  for (const [table, heap] of Object.entries(copy.heaps)) {
    for (const at of heap.keys()) own(heap, at).values = writer.values(heap[at]?.values ?? []) as readonly Value[];
    moveVersions(copy, table, mergeHistory(heap));
  }
  return copy;
}

export function writerFor(
  initial: Catalog,
  naming: Pick<Writer, "label" | "rename"> & Pick<Naming, "without" | "keys">,
): Writer {
  const { label, rename, without, keys = null } = naming;
  const catalog = (each: Catalog): unknown => {
    return each === initial || catalogText(each) === catalogText(initial) ? 0 : each;
  };
  const plain = { label, rename, keys, isIn: ({ session }: { session: SessionId }) => without?.has(session) !== true };
  const writer: Writer = { ...plain, catalog, values: (values) => renamed(values, writer, true), set: setOf };
  return writer;
}

export function sharedKey(state: State, writer: Writer): readonly unknown[] {
  const { serial } = state;
  return [
    writer.catalog(state.catalog),
    sorted(state.heaps, (heap) => (heap.length === 0 ? undefined : heap.map((version) => versionKey(version, writer)))),
    sorted(state.sequences, (sequence) => [sequence.last, sequence.called]),
    sorted(state.locks, (object) => lockKey(object, writer)),
    serial.committed.length > 0 || Object.keys(serial.active).length > 0 ? serialKey(serial, writer) : 0,
  ];
}

/** Where the numbers of a running statement are values: parameters, what it was answered, rows of a reply, and the key that it waits for. */
const VALUES = new Set(["values", "value", "rows", "key"]);

/** A value with everything in it renamed; `hasValues`: its numbers are values of rows, and not places or counts. */
function renamed(value: unknown, writer: Writer, hasValues: boolean): unknown {
  const { rename, keys } = writer;
  if (rename === null) return value;
  if (typeof value === "string") return renamedText(value, writer);
  if (typeof value === "number") return keys !== null && hasValues ? keys.label(value) : value;
  if (Array.isArray(value)) return value.map((each) => renamed(each, writer, hasValues));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]: [string, unknown]) => [
      key,
      key === "text" && typeof each === "string"
        ? rename(each, true)
        : renamed(each, writer, hasValues || VALUES.has(key)),
    ]),
  );
}

function renamedText(text: string, { rename, keys }: Writer): unknown {
  const written = rename === null ? text : rename(text, false);
  return keys !== null && written === text ? keys.label(text) : written;
}

/** The members of a set, in the order of their texts. */
function setOf(members: readonly unknown[]): readonly unknown[] {
  if (members.length < 2) return members;
  return members
    .map((member) => [JSON.stringify(member), member] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, member]) => member);
}

function sessionSet(sessions: readonly SessionId[], { label, isIn, set }: Writer): readonly unknown[] {
  if (label === byNumber) return sessions;
  return set(sessions.filter((session) => isIn({ session })).map((session) => label(session)));
}

function sorted<T>(record: Readonly<Record<string, T>>, write: (value: T) => unknown): Record<string, unknown> {
  const names = Object.keys(record).sort();
  return Object.fromEntries(names.map((name) => [name, write(record[name] as T)]));
}

export function versionKey(version: Version, writer: Writer): unknown {
  const { inserted, removed, lockers, line, hiddenFrom, shownTo, indexed } = version;
  const values = writer.values(version.values);
  const rest: Record<string, unknown> = {};
  if (inserted !== null) rest["i"] = authorKey(inserted, writer);
  if (removed !== null) {
    const { by, next, replaced, mode, through, writer: serial } = removed;
    const change = [by && authorKey(by, writer), next ?? (replaced ? "gone" : null), mode, serial];
    rest["r"] = through === undefined ? change : [...change, through];
  }
  if (lockers.length > 0) rest["l"] = writer.set(lockers.filter(writer.isIn).map((lock) => lockerKey(lock, writer)));
  if (line !== null)
    rest["q"] = [line.holders, line.queue].map((part) =>
      part.map((each) => [writer.label(each.session), each.mode, each.stays]),
    );
  if (hiddenFrom.length > 0) rest["h"] = sessionSet(hiddenFrom, writer);
  if (shownTo.length > 0) rest["s"] = sessionSet(shownTo, writer);
  if (indexed !== null) rest["x"] = indexed;
  if (version.writer !== null) rest["w"] = version.writer;
  return Object.keys(rest).length > 0 ? [values, rest] : [values];
}

function authorKey({ session, depth, fresh, released, nested }: Author, { label }: Writer): unknown {
  const who = label(session);
  if (nested) return [who, depth, fresh, released, nested];
  if (released) return [who, depth, fresh, released];
  return fresh ? [who, depth, 1] : [who, depth];
}

function lockerKey({ session, mode, depth, released }: RowLock, { label }: Writer): unknown {
  return released ? [label(session), mode, depth, released] : [label(session), mode, depth];
}

export function lockKey({ holders, queue }: LockObject, { label, isIn, set }: Writer): unknown {
  const held = holders.filter(isIn).map(({ session, mode, depth, count }) => [label(session), mode, depth, count]);
  return [set(held), queue.map(({ session, mode, depth }) => [label(session), mode, depth])];
}

export function sessionKey(session: Session, writer: Writer): unknown {
  const { transaction, snapshot, running, settings, statements, drawn, lastDrawn } = session;
  const rest: Record<string, unknown> = {};
  if (transaction !== null) rest["t"] = transactionKey(transaction, writer);
  if (snapshot) rest["s"] = 1;
  if (running !== null) {
    // What its options are follows from everything else, and their words name rows.
    const { options, ...told } = running;
    rest["r"] = {
      ...(renamed(told, writer, false) as Running),
      ...(options === undefined ? {} : { options: options.length }),
      wait: waitKey(running.wait, writer),
      turn: running.turn === null ? null : running.turn.map((each) => writer.label(each)),
    };
  }
  if (Object.keys(settings).length > 0) rest["g"] = sorted(settings, (value) => value);
  if (Object.keys(statements).length > 0) rest["p"] = sorted(statements, (text) => text);
  if (lastDrawn !== null) rest["d"] = [sorted(drawn, (value) => value), lastDrawn];
  return Object.keys(rest).length > 0 ? rest : 0;
}

function waitKey(wait: Wait | null, writer: Writer): unknown {
  const written = renamed(wait, writer, false) as Wait | null;
  if (wait === null || !("untilEndOf" in wait) || wait.untilEndOf === undefined) return written;
  return { ...written, untilEndOf: sessionSet(wait.untilEndOf, writer) };
}

function serialKey(serial: Dependencies, writer: Writer): unknown {
  const { active, committed, edges } = serial;
  const party = (each: number): unknown => (each < 0 ? each : writer.label(each));
  const write = (each: SerialTransaction): unknown => ({
    ...each,
    unsafeWith: sessionSet(each.unsafeWith, writer),
    overlaps: sessionSet(each.overlaps, writer),
    reads: {
      ...each.reads,
      rows: sorted(each.reads.rows, (rows) => rows),
      keys: sorted(each.reads.keys, (keys) => keys),
    },
  });
  const running = Object.entries(active).map(([session, each]) => [writer.label(Number(session)), write(each)]);
  const conflicts = new Map<number, { readonly set: unknown[]; readonly list: unknown[] }>();
  for (const edge of edges) {
    const known = conflicts.get(edge.writer) ?? { set: [], list: [] };
    conflicts.set(edge.writer, known);
    (keepsOrder(serial, edge) ? known.list : known.set).push([party(edge.reader), edge.overlap]);
  }
  const written = [...conflicts].map(([to, { set, list }]) => [party(to), writer.set(set), list]);
  return [writer.set(running), committed.map(write), writer.set(written)];
}

function transactionKey(transaction: Transaction, writer: Writer): unknown {
  const { catalog } = writer;
  const undo = transaction.undo.map((each) => ({
    depth: each.depth,
    catalog: catalog(each.catalog),
    ...(Object.keys(each.sequences).length > 0 ? { sequences: sorted(each.sequences, (state) => state) } : {}),
    heaps: sorted(each.heaps, (heap) => heap?.map((version) => versionKey(version, writer))),
  }));
  return { ...transaction, catalog: transaction.catalog && catalog(transaction.catalog), undo };
}
