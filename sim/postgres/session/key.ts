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
import type { Author, RowLock, Version } from "../versions/heap.ts";
import type { Session, State, Transaction } from "./state.ts";

const catalogTexts = new WeakMap<Catalog, string>();

function catalogText(catalog: Catalog): string {
  const known = catalogTexts.get(catalog);
  if (known !== undefined) return known;
  const text = JSON.stringify(catalog);
  catalogTexts.set(catalog, text);
  return text;
}

/** `initial` is the catalog after the set-up, which is written as 0. */
export function keyOfState(state: State, initial: Catalog): string {
  const catalog = (each: Catalog): unknown => {
    return each === initial || catalogText(each) === catalogText(initial) ? 0 : each;
  };
  return JSON.stringify([
    catalog(state.catalog),
    sorted(state.heaps, (heap) => (heap.length === 0 ? undefined : heap.map(versionKey))),
    sorted(state.sequences, (sequence) => [sequence.last, sequence.called]),
    sorted(state.locks, lockKey),
    state.serial.committed.length > 0 || Object.keys(state.serial.active).length > 0 ? serialKey(state.serial) : 0,
    state.sessions.map((session) => sessionKey(session, catalog)),
  ]);
}

function sorted<T>(record: Readonly<Record<string, T>>, write: (value: T) => unknown): Record<string, unknown> {
  const names = Object.keys(record).sort();
  return Object.fromEntries(names.map((name) => [name, write(record[name] as T)]));
}

function versionKey(version: Version): unknown {
  const { values, inserted, removed, lockers, line, hiddenFrom, shownTo, indexed } = version;
  const rest: Record<string, unknown> = {};
  if (inserted !== null) rest["i"] = authorKey(inserted);
  if (removed !== null) {
    const { by, next, replaced, mode, writer } = removed;
    rest["r"] = [by && authorKey(by), next ?? (replaced ? "gone" : null), mode, writer];
  }
  if (lockers.length > 0) rest["l"] = lockers.map(lockerKey);
  if (line !== null)
    rest["q"] = [line.holders, line.queue].map((part) => part.map((each) => [each.session, each.mode, each.stays]));
  if (hiddenFrom.length > 0) rest["h"] = hiddenFrom;
  if (shownTo.length > 0) rest["s"] = shownTo;
  if (indexed !== null) rest["x"] = indexed;
  if (version.writer !== null) rest["w"] = version.writer;
  return Object.keys(rest).length > 0 ? [values, rest] : [values];
}

function authorKey({ session, depth, fresh, released, nested }: Author): unknown {
  if (nested) return [session, depth, fresh, released, nested];
  if (released) return [session, depth, fresh, released];
  return fresh ? [session, depth, 1] : [session, depth];
}

function lockerKey({ session, mode, depth, released }: RowLock): unknown {
  return released ? [session, mode, depth, released] : [session, mode, depth];
}

function lockKey({ holders, queue }: LockObject): unknown {
  const held = holders.map(({ session, mode, depth, count }) => [session, mode, depth, count]);
  held.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return [held, queue.map(({ session, mode, depth }) => [session, mode, depth])];
}

function sessionKey(session: Session, catalog: (each: Catalog) => unknown): unknown {
  const { transaction, snapshot, running, settings, statements, drawn, lastDrawn } = session;
  const rest: Record<string, unknown> = {};
  if (transaction !== null) rest["t"] = transactionKey(transaction, catalog);
  if (snapshot) rest["s"] = 1;
  if (running !== null) rest["r"] = running;
  if (Object.keys(settings).length > 0) rest["g"] = sorted(settings, (value) => value);
  if (Object.keys(statements).length > 0) rest["p"] = sorted(statements, (text) => text);
  if (lastDrawn !== null) rest["d"] = [sorted(drawn, (value) => value), lastDrawn];
  return Object.keys(rest).length > 0 ? rest : 0;
}

function serialKey({ active, committed, edges }: Dependencies): unknown {
  const write = (each: SerialTransaction): unknown => ({
    ...each,
    reads: {
      ...each.reads,
      rows: sorted(each.reads.rows, (rows) => rows),
      keys: sorted(each.reads.keys, (keys) => keys),
    },
  });
  return [sorted(active, write), committed.map(write), edges];
}

function transactionKey(transaction: Transaction, catalog: (each: Catalog) => unknown): unknown {
  const undo = transaction.undo.map((each) => ({
    depth: each.depth,
    catalog: catalog(each.catalog),
    ...(Object.keys(each.sequences).length > 0 ? { sequences: sorted(each.sequences, (state) => state) } : {}),
    heaps: sorted(each.heaps, (heap) => heap?.map(versionKey)),
  }));
  return { ...transaction, catalog: transaction.catalog && catalog(transaction.catalog), undo };
}
