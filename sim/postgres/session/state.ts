/**
 * The database as one value: what all sessions share, and one private part for each session.
 *
 *     State
 *       catalog, heaps, sequences, locks     shared
 *       sessions[0]                          transaction (level, savepoints), snapshot or not, settings
 *         running                            the statement it is in the middle of, as plain data
 *       sessions[1] …
 *
 * A step works on a copy (`copyState`) and may write into it; once the step is over nobody does, and it is a `Database`
 * for the world outside. Most sessions and locks are as they were before the step: they are frozen then and shared by databases, and who
 * changes one takes a copy of it first (`ownSession`, `ownObject`). A state holds no transaction numbers, no clock and no counter that only grows, so a protocol that
 * comes back to where it was comes back to an equal value.
 *
 * A statement that is suspended is not a stack frame: it is its text, its values, and the answers that its calls of
 * `Access` have had (session/access.ts). To go on it is run again from its start with these answers.
 *
 * Invariant: version numbers in here (waits, answers, links) are positions in their heap; `sweep` keeps them right.
 */
import type { Query, Reply } from "../../../model/protocol.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { RowLockMode } from "../execution/access.ts";
import type { LockObjects } from "../locks/lock-object.ts";
import type { RowWay } from "../locks/row-lock.ts";
import { leavesKey } from "../locks/unique-key.ts";
import type { Dependencies } from "../serializable/dependencies.ts";
import { copyDependencies, forgetCommitted, readers } from "../serializable/dependencies.ts";
import { forgetAlike, mergeUnseen, simplifyCommitted } from "../serializable/forget.ts";
import { moveRows } from "../serializable/predicate-locks.ts";
import { forgetSuperseded } from "../serializable/superseded.ts";
import type { Database, Microseconds, SessionId } from "../server.ts";
import type { Value } from "../values/value.ts";
import type { Heap } from "../versions/heap.ts";
import { copyHeap, isQuiet, prune, UNNAMED_WRITER } from "../versions/heap.ts";
import { mergeHistory } from "../versions/history.ts";

export type IsolationLevel = "read uncommitted" | "read committed" | "repeatable read" | "serializable";

/**
 * What a suspended statement waits for. Who holds it is never stored, it is looked up (locks/waits.ts); but for `untilEndOf`:
 * the end of these transactions is waited for even when they let go before (locks/released-savepoint.ts).
 */
export type Wait =
  /** A row version. */
  | {
      readonly kind: "row";
      readonly table: string;
      version: number;
      readonly mode: RowLockMode;
      readonly way: RowWay;
      readonly untilEndOf?: readonly SessionId[];
    }
  /** A transaction that has written or removed the same key in a unique index. `except` is the waiter's own version. */
  | {
      readonly kind: "key";
      readonly table: string;
      readonly index: string;
      readonly key: readonly Value[];
      except: number | null;
      readonly untilEndOf?: readonly SessionId[];
    }
  /** A table or advisory lock: it has its place in that object's queue. */
  | { readonly kind: "object"; readonly object: string }
  /** SERIALIZABLE READ ONLY DEFERRABLE: for the writers that could make its snapshot unsafe. */
  | { readonly kind: "safe snapshot" };

/** What a call of `Access` was answered. Rows are kept as positions in their heap. */
export type Answer =
  | {
      readonly kind: "version";
      readonly what: "newer" | "written" | "conflict" | "picked";
      readonly table: string;
      version: number;
    }
  | { readonly kind: "versions"; readonly table: string; versions: number[] }
  /** Which of several candidates without a name of their own the planner took. */
  | { readonly kind: "picked"; readonly at: number }
  | { readonly kind: "value"; readonly value: null | boolean | number | string };

/** A row that is on its way into the indexes. */
interface Pending {
  readonly table: string;
  /** Null: ON CONFLICT has looked for the row's keys and found none, and the version is yet to be written. */
  version: number | null;
  /** Another row had one of ON CONFLICT's keys when it was entered: the version is taken back behind the last index. */
  isBeaten?: true;
}

/** A statement that the session is in the middle of. */
export interface Running {
  readonly query: Query;
  /** How long after the start the message arrived; left out where no time has passed. */
  readonly sentAfterUs?: Microseconds;
  /** Which statement of the message. */
  part: number;
  answers: Answer[];
  /** A row whose keys are being put into the indexes, when that has to wait or stops. */
  pending: Pending | null;
  /** How many scans SERIALIZABLE has taken note of: a second run does not read again. */
  scans: number;
  /** It has made its stop before what comes next. */
  stopped: boolean;
  /** What the planner may take next, where it stopped for that. */
  options?: readonly string[];
  /** The option that it goes on with. */
  picked?: string;
  /** The object that it waited for and that was handed to it. */
  granted: string | null;
  wait: Wait | null;
  /** Its last statement is done with this reply; deferred constraints are next. */
  ending: Reply | null;
  /** It has finished with this reply, and its commit is next. */
  finished: Reply | null;
  /** Woken at coarse granularity: it goes before everything else, and likeliest after these sessions. */
  turn: SessionId[] | null;
  /** It was woken together with sessions that still have their turn, so that its autocommit may come before they go on. */
  woken: boolean;
}

export interface SettingChange {
  readonly name: string;
  readonly value: string | null;
  readonly local: boolean;
  depth: number;
}

export interface Transaction {
  /** Of one message, or opened by BEGIN. */
  block: "implicit" | "open";
  failed: boolean;
  /** How long after the start its first message arrived; left out where no time has passed. */
  readonly startedAfterUs?: Microseconds;
  isolation: IsolationLevel;
  readOnly: boolean;
  deferrable: boolean;
  /** It has had a statement that needs a snapshot. */
  begun: boolean;
  /** Names, the outermost first. A change made now has this list's length as its depth. */
  savepoints: string[];
  settings: SettingChange[];
  /** With the DDL of this transaction; null where there was none. */
  catalog: Catalog | null;
  /** What DDL replaced, the oldest first: how to take it back. */
  undo: Undo[];
  /** Constraints that are checked at COMMIT. */
  deferred: Deferred[];
}

/** The tables and the catalog as they were before a DDL statement. */
export interface Undo {
  depth: number;
  readonly catalog: Catalog;
  /** The heaps that it created (null before), emptied or dropped. */
  readonly heaps: Record<string, Heap | null>;
  /** The sequences that it moved; null for one that had not been used. */
  readonly sequences: Record<string, SequenceState | null>;
}

/** A row to be looked at again: `constraint` for a version of `table` that was written, or (`parent`) removed. */
export interface Deferred {
  readonly kind: "child" | "parent" | "key";
  readonly constraint: string;
  readonly table: string;
  version: number;
  depth: number;
}

export interface SequenceState {
  readonly last: number;
  readonly called: boolean;
}

export interface Session {
  transaction: Transaction | null;
  /** It has a snapshot: commits of others leave marks for it. */
  snapshot: boolean;
  running: Running | null;
  settings: Record<string, string>;
  /** What PREPARE has kept: its text, by name. */
  statements: Record<string, string>;
  /** What nextval gave this session last, by sequence. */
  drawn: Record<string, number>;
  /** The sequence of lastval(). */
  lastDrawn: string | null;
}

export interface State {
  catalog: Catalog;
  heaps: Record<string, Heap>;
  /** Sequences that were used. They are outside of transactions. */
  sequences: Record<string, SequenceState>;
  locks: LockObjects;
  /** The last place on its page that was given out, by table, where places are counted. */
  addresses: Record<string, number>;
  /** What SERIALIZABLE transactions have read of each other's. */
  serial: Dependencies;
  sessions: Session[];
}

/** Statements of these levels share the transaction's snapshot. */
export function keepsSnapshot(isolation: IsolationLevel): boolean {
  return isolation === "repeatable read" || isolation === "serializable";
}

/** The state will not be written any more: what others may share of it is frozen. */
export function toDatabase(state: State): Database {
  for (const session of state.sessions) share(session);
  for (const object of Object.values(state.locks)) Object.freeze(object);
  return state as unknown as Database;
}

/** The heaps that DDL has set aside are written like all others, so a session with any is not shared. */
function share(session: Session): void {
  const { transaction, running } = session;
  if (Object.isFrozen(session) || (transaction !== null && transaction.undo.length > 0)) return;
  if (transaction !== null) Object.freeze(transaction);
  if (running !== null) Object.freeze(running);
  Object.freeze(session);
}

/** To look at; whoever writes takes a copy first. */
export function fromDatabase(database: Database): State {
  return database as unknown as State;
}

export function copyState(state: State): State {
  return {
    catalog: state.catalog,
    heaps: mapValues(state.heaps, copyHeap),
    sequences: { ...state.sequences },
    locks: { ...state.locks },
    addresses: { ...state.addresses },
    serial: copyDependencies(state.serial),
    sessions: state.sessions.map((session) => (Object.isFrozen(session) ? session : copySession(session))),
  };
}

/** The session's private part, to be changed. */
export function ownSession(state: State, id: SessionId): Session {
  const session = sessionOf(state, id);
  if (!Object.isFrozen(session)) return session;
  const copy = copySession(session);
  state.sessions[id] = copy;
  return copy;
}

function copySession(session: Session): Session {
  const { transaction, running } = session;
  return {
    ...session,
    transaction: transaction && copyTransaction(transaction),
    running: running && copyRunning(running),
    settings: { ...session.settings },
    statements: { ...session.statements },
    drawn: { ...session.drawn },
  };
}

function copyTransaction(transaction: Transaction): Transaction {
  return {
    ...transaction,
    savepoints: [...transaction.savepoints],
    settings: transaction.settings.map((change) => ({ ...change })),
    undo: transaction.undo.map(({ depth, catalog, heaps, sequences }) => ({
      depth,
      catalog,
      heaps: mapValues(heaps, (heap) => heap && copyHeap(heap)),
      sequences,
    })),
    deferred: transaction.deferred.map((check) => ({ ...check })),
  };
}

function copyRunning(running: Running): Running {
  return {
    ...running,
    answers: running.answers.map((answer) =>
      answer.kind === "versions" ? { ...answer, versions: [...answer.versions] } : { ...answer },
    ),
    pending: running.pending && { ...running.pending },
    wait: running.wait && { ...running.wait },
    turn: running.turn && [...running.turn],
  };
}

function mapValues<T>(record: Readonly<Record<string, T>>, copy: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, copy(value)]));
}

/** The session's private part. Sessions are numbered from 0 without gaps. */
export function sessionOf(state: State, id: SessionId): Session {
  const session = state.sessions[id];
  if (session === undefined) throw new RangeError(`there is no session ${id}`);
  return session;
}

/** The catalog as the session sees it: with its own uncommitted DDL. */
export function catalogOf(state: State, session: SessionId): Catalog {
  return sessionOf(state, session).transaction?.catalog ?? state.catalog;
}

/** How many savepoints are around what the session does now. */
export function depthOf(session: Session): number {
  return session.transaction?.savepoints.length ?? 0;
}

/** The rows of a table; a table that nothing was ever put into has an empty heap. */
export function heapOf(state: State, table: string): Heap {
  const known = state.heaps[table];
  if (known !== undefined) return known;
  const heap: Heap = [];
  state.heaps[table] = heap;
  return heap;
}

/** All heaps, also those that DDL has set aside until its transaction ends. */
export function allHeaps(state: State): readonly Heap[] {
  const aside = state.sessions.flatMap(({ transaction }) => (transaction?.undo ?? []).map(({ heaps }) => heaps));
  return [state.heaps, ...aside].flatMap((heaps) => Object.values(heaps)).filter((heap) => heap !== null);
}

/** Drops the versions that nobody can reach, and moves every position that is written down. */
export function sweep(state: State, keepsHistory: boolean): void {
  renameWriters(state, forgetCommitted(state.serial));
  for (const [table, heap] of Object.entries(state.heaps)) {
    if (isQuiet(heap)) continue;
    const held = new Set(state.sessions.flatMap((session) => positionsOf(session, table)));
    for (const at of keyedVersions(state, table)) held.add(at);
    moveVersions(state, table, prune(heap, held));
    if (!keepsHistory) moveVersions(state, table, mergeHistory(heap));
  }
  if (!keepsHistory && remembersSerial(state)) forgetSerial(state);
}

/** Whether there are SERIALIZABLE transactions, or have been and a row version still has the mark of one. */
function remembersSerial({ serial, heaps }: State): boolean {
  if (serial.committed.length > 0 || Object.keys(serial.active).length > 0) return true;
  return Object.values(heaps).some((heap) => heap.some(({ writer }) => writer !== null));
}

/** Committed SERIALIZABLE transactions that make no difference any more, and the versions that only they kept. */
function forgetSerial(state: State): void {
  const mergeAll = (): void => {
    for (const [table, heap] of Object.entries(state.heaps))
      moveVersions(state, table, mergeUnseen(heap, indexedColumns(state, table)));
  };
  mergeAll();
  simplifyCommitted(state.serial, state.heaps);
  renameWriters(state, forgetSuperseded(state.serial, allHeaps(state)));
  renameWriters(state, forgetAlike(state.serial, state.heaps));
  mergeAll();
}

/** The columns that some index of the table has; null where an index needs more than columns. */
function indexedColumns(state: State, name: string): readonly number[] | null {
  const indexes = state.catalog.tables[name]?.indexes ?? [];
  if (indexes.some(({ predicate, columns }) => predicate !== null || columns.some((at) => at < 0))) return null;
  return indexes.flatMap(({ columns }) => columns);
}

/** Versions have new positions: moves every position that is written down. */
export function moveVersions(state: State, table: string, position: readonly number[] | null): void {
  if (position === null) return;
  for (const [id, session] of state.sessions.entries()) {
    if (positionsOf(session, table).every((version) => position[version] === version)) continue;
    movePositions(ownSession(state, id), table, (version) => position[version] ?? -1);
  }
  for (const { reads } of readers(state.serial)) moveRows(reads, table, (version) => position[version] ?? -1);
}

/** Committed transactions have new places; those that are forgotten are no longer named as writers. */
function renameWriters(state: State, place: readonly number[] | null): void {
  if (place === null) return;
  const moved = (writer: number | null): number | null => {
    if (writer === null || writer === UNNAMED_WRITER) return writer;
    const next = place[writer] ?? -1;
    return next < 0 ? null : next;
  };
  for (const heap of allHeaps(state)) {
    for (const version of heap) {
      if (version.writer !== null) version.writer = moved(version.writer);
      if (version.removed) version.removed.writer = moved(version.removed.writer);
    }
  }
}

/**
 * Versions that a transaction wrote and replaced itself, with an entry in a partial unique index that the new one does not
 * have: who wants the same key waits for that transaction. (A change in the other unique indexes shows in the version's mode.)
 */
function keyedVersions(state: State, name: string): readonly number[] {
  const table = state.catalog.tables[name];
  if (table?.indexes.some((index) => index.unique && index.predicate !== null) !== true) return [];
  const heap = heapOf(state, name);
  return [...heap.keys()].filter((at) => {
    const next = heap[at]?.removed?.next ?? null;
    const [version, newer] = [heap[at], next === null ? undefined : heap[next]];
    return version?.inserted != null && newer !== undefined && leavesKey(table, version.values, newer.values);
  });
}

/** Every position of this table that the session has written down. */
export function positionsOf({ running, transaction }: Session, table: string): readonly number[] {
  const positions: number[] = [];
  for (const check of transaction?.deferred ?? []) if (check.table === table) positions.push(check.version);
  if (running === null) return positions;
  const { wait, pending } = running;
  if (wait?.kind === "row" && wait.table === table) positions.push(wait.version);
  if (wait?.kind === "key" && wait.table === table && wait.except !== null) positions.push(wait.except);
  if (pending?.table === table && pending.version !== null) positions.push(pending.version);
  for (const answer of running.answers) {
    if (answer.kind === "version" && answer.table === table) positions.push(answer.version);
    if (answer.kind === "versions" && answer.table === table) positions.push(...answer.versions);
  }
  return positions;
}

/** Puts what `move` says in the place of every position of this table that the session has written down. */
function movePositions({ running, transaction }: Session, table: string, move: (version: number) => number): void {
  for (const check of transaction?.deferred ?? []) if (check.table === table) check.version = move(check.version);
  if (running === null) return;
  const { wait, pending } = running;
  if (wait?.kind === "row" && wait.table === table) wait.version = move(wait.version);
  if (wait?.kind === "key" && wait.table === table && wait.except !== null) wait.except = move(wait.except);
  if (pending?.table === table && pending.version !== null) pending.version = move(pending.version);
  for (const answer of running.answers) {
    if (answer.kind === "version" && answer.table === table) answer.version = move(answer.version);
    if (answer.kind === "versions" && answer.table === table) answer.versions = answer.versions.map(move);
  }
}

/** A place for a new version of the table, where places are counted. */
export function nextAddress(state: State, table: string, counts: boolean): number | null {
  if (!counts) return null;
  const address = (state.addresses[table] ?? 0) + 1;
  state.addresses[table] = address;
  return address;
}
