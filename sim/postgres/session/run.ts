/**
 * A run of a statement: what it asks of the server, over versions and locks, and how the answers are remembered.
 *
 *     UPDATE t SET v = 0 WHERE v < 5          answers
 *       scan t          -> #0, #1             (not remembered: the snapshot gives the same rows again)
 *       lockRow #0      -> same               same
 *       update #0       -> #2                 #2
 *       lockRow #1      -> must wait          suspended with [same, #2]
 *       … s0 commits, the statement is run again from its start: the first two calls get their answers from the list …
 *       lockRow #1      -> newer #3           newer #3
 *
 * So a suspended statement is a list, and what it did so far is in the database. A call is performed once: when it
 * has to wait it has left no trace but its place in a queue, and it is tried again when the wait is over.
 *
 * Invariant: the n-th call of a run is the same in every run of the statement.
 */
import type { Catalog, Table } from "../catalog/catalog.ts";
import type { HeapRow, Locked, LockPurpose, OrderedPath, RowLockMode, ScanPath } from "../execution/access.ts";
import { keyColumns, lockModeOfUpdate } from "../execution/key-columns.ts";
import { absorbLockers, holdsLock, lockRow } from "../locks/row-lock.ts";
import { usedColumns } from "../locks/unique-key.ts";
import { entriesOf, lookAt, watchRange, watchScan, watchWrite } from "../serializable/watch.ts";
import type { Value } from "../values/value.ts";
import type { Author, Removal, Version } from "../versions/heap.ts";
import { isLiveFor, newVersion, own, sees, seesNow } from "../versions/heap.ts";
import { enterKeys, mustBeVisible } from "./keys.ts";
import { rowWords, valuesNow } from "./naming.ts";
import { stopBefore } from "./points.ts";
import type { Answer } from "./state.ts";
import { depthOf, heapOf, keepsSnapshot, nextAddress } from "./state.ts";
import type { Step } from "./step.ts";
import { mine } from "./step.ts";
import { touchDelete, touchRead, touchScan, touchWrite } from "./touched.ts";
import { waitFor } from "./wait.ts";

/** A row that the statement has written, for the constraints that are checked at its end. */
export interface Change {
  readonly table: Table;
  readonly before: HeapRow | null;
  readonly after: HeapRow | null;
}

export interface Run {
  readonly step: Step;
  readonly catalog: Catalog;
  /** SELECT, INSERT, UPDATE or DELETE. */
  readonly command: string;
  readonly changes: Change[];
  /** Whether its snapshot is of this statement and tells it, or later statements, anything. */
  readonly reads: boolean;
  /** A statement of a function that the session's statement has called. */
  readonly nested: boolean;
  /** What a statement of a VOLATILE function sees: the rows of its tables when it began. */
  readonly snapshot: ReadonlyMap<string, readonly HeapRow[]>;
  /** How many of its answers have been given out. */
  given: number;
  /** How many scans it has made. */
  scans: number;
}

export function startRun(step: Step, catalog: Catalog, command: string, reads: boolean): Run {
  return { step, catalog, command, reads, changes: [], nested: false, snapshot: new Map(), given: 0, scans: 0 };
}

/** The run of a statement inside of a function: its answers are among those of the statement that has called it. */
export function nestedRun(outer: Run, command: string, reads: readonly string[]): Run {
  return {
    snapshot: functionSnapshot(outer, reads),
    step: outer.step,
    catalog: outer.catalog,
    command,
    changes: [],
    reads: outer.reads,
    nested: true,
    get given() {
      return outer.given;
    },
    set given(count) {
      outer.given = count;
    },
    get scans() {
      return outer.scans;
    },
    set scans(count) {
      outer.scans = count;
    },
  };
}

/** The next answer: the remembered one, or what the call answers now. */
export function answer(run: Run, perform: () => Answer): Answer {
  const { running } = mine(run.step);
  if (running === null) throw new RangeError("no statement is running");
  const known = running.answers[run.given];
  if (known === undefined) {
    const performed = perform();
    running.answers.push(performed);
    // The planner's choice was a stop already.
    running.stopped = performed.kind === "picked" || (performed.kind === "version" && performed.what === "picked");
    running.granted = null;
  }
  run.given += 1;
  return known ?? (running.answers[run.given - 1] as Answer);
}

export function plain(run: Run, perform: () => null | boolean | number | string): null | boolean | number | string {
  const given = answer(run, () => ({ kind: "value", value: perform() }));
  if (given.kind !== "value") throw new RangeError("the statement asks something else than in its first run");
  return given.value;
}

function addressOf(version: Version | undefined): { readonly address?: number } {
  return version?.address === undefined ? {} : { address: version.address };
}

export function rowAt(step: Step, table: string, version: number): HeapRow {
  const there = heapOf(step.state, table)[version];
  return { ref: { table, version }, values: there?.values ?? [], ...addressOf(there) };
}

/**
 * The versions of a table for which `test` holds at this moment. They are remembered: later they may be others. `stop` says what it
 * stops before; null where the moment makes no difference.
 */
export function versionsWhere(
  run: Run,
  { name }: Pick<Table, "name">,
  test: (version: Version) => boolean,
  stop: string | null,
): readonly HeapRow[] {
  const given = answer(run, () => {
    if (stop !== null) stopBefore(run.step, stop);
    const heap = heapOf(run.step.state, name);
    const versions = [...heap.keys()].filter((at) => heap[at] !== undefined && test(heap[at]));
    return { kind: "versions", table: name, versions };
  });
  if (given.kind !== "versions") throw new RangeError("the statement asks something else than in its first run");
  return given.versions.map((version) => rowAt(run.step, name, version));
}

/** SERIALIZABLE takes note of a scan in the first run; what is read again from the same snapshot is no news. */
function watchOnce(run: Run, watch: () => void): void {
  const { running } = mine(run.step);
  if (running === null || run.step.state.serial.active[run.step.session] === undefined) return;
  run.scans += 1;
  if (run.scans <= running.scans) return;
  running.scans = run.scans;
  watch();
}

export function scan(run: Run, table: Table, path: ScanPath): readonly HeapRow[] {
  const { step } = run;
  watchOnce(run, () => watchScan(step, table, path));
  const rows = scannedRows(run, table);
  touchScan(step, table, path, rows);
  return rows;
}

function scannedRows(run: Run, table: Table): readonly HeapRow[] {
  const { step } = run;
  if (run.nested) return run.snapshot.get(table.name) ?? [];
  const rows: HeapRow[] = [];
  for (const [version, each] of heapOf(step.state, table.name).entries()) {
    if (sees(step.session, each))
      rows.push({ ref: { table: table.name, version }, values: each.values, ...addressOf(each) });
  }
  return rows;
}

/** Each entry is watched when the scan comes to it. */
export function* scanInOrder(run: Run, table: Table, path: OrderedPath): Generator<HeapRow> {
  const { step } = run;
  watchOnce(run, () => watchRange(step, path.range));
  const rows = scannedRows(run, table);
  touchScan(step, table, { kind: "ranges", ranges: [path.range] }, rows);
  const seen = new Map(rows.map((row) => [row.ref.version, row]));
  for (const at of entriesOf(step, table, path, [...seen.keys()])) {
    watchOnce(run, () => lookAt(step, table, { at, alone: true }));
    const row = seen.get(at);
    if (row !== undefined) yield row;
  }
}

/**
 * What a statement inside of a VOLATILE function sees, all of it at one moment: also what the calling statement has done so far, and at READ
 * COMMITTED what others have committed by now.
 */
function functionSnapshot(run: Run, reads: readonly string[]): ReadonlyMap<string, readonly HeapRow[]> {
  const { session } = run.step;
  const keeps = keepsSnapshot(mine(run.step).transaction?.isolation ?? "read committed");
  const test = (version: Version): boolean => (keeps ? seesNow(session, version) : isLiveFor(session, version));
  const tables = reads.filter((name) => run.catalog.tables[name] !== undefined);
  const stop = keeps ? null : `before a function's snapshot of ${tables.join(", ")}`;
  return new Map(tables.map((name, at) => [name, versionsWhere(run, { name }, test, at === 0 ? stop : null)]));
}

export function tableOf(run: Run, name: string): Table {
  const table = run.catalog.tables[name];
  if (table === undefined) throw new RangeError(`there is no table ${name}`);
  return table;
}

interface HowToLock {
  readonly mode: RowLockMode;
  readonly purpose: LockPurpose;
  /** How 40001 calls a row that was deleted; left out where the purpose says it. */
  readonly deleteCalled?: "delete";
}

export function lock(run: Run, row: HeapRow, how: HowToLock): Locked {
  return lockedOf(
    run,
    answer(run, () => {
      const { step } = run;
      const isHeld = holdsLock(versionOf(step, row), step.session, how.mode);
      if (!isHeld) stopBefore(step, `before the lock on ${rowWords(tableOf(run, row.ref.table), row.values)}`);
      const found: Answer = isHeld ? { kind: "value", value: "same" } : performLock(run, row, how);
      if (how.purpose === "conflict") mustBeVisible(step, versionOf(step, row));
      return found;
    }),
  );
}

/** The row lock of a constraint's check. */
export function lockForCheck(run: Run, row: HeapRow, mode: RowLockMode): Locked {
  return lockBehindPoint(run, row, { mode, purpose: "wait" });
}

/** The row lock of a cascade's UPDATE or DELETE. A row that is deleted meanwhile is called so in 40001. */
export function lockForCascade(run: Run, row: HeapRow, mode: RowLockMode): Locked {
  return lockBehindPoint(run, row, { mode, purpose: "wait", deleteCalled: "delete" });
}

function lockBehindPoint(run: Run, row: HeapRow, how: HowToLock): Locked {
  return lockedOf(
    run,
    answer(run, () => {
      const { step } = run;
      if (!holdsLock(versionOf(step, row), step.session, how.mode))
        stopBefore(step, `before a check's lock on ${rowWords(tableOf(run, row.ref.table), row.values)}`);
      return performLock(run, row, how);
    }),
  );
}

function lockedOf(run: Run, given: Answer): Locked {
  if (given.kind === "version") return { kind: "newer", row: rowAt(run.step, given.table, given.version) };
  if (given.kind === "value" && (given.value === "same" || given.value === "gone" || given.value === "skipped")) {
    return { kind: given.value };
  }
  throw new RangeError("the statement asks something else than in its first run");
}

function performLock(run: Run, row: HeapRow, how: HowToLock): Answer {
  const { step } = run;
  const session = mine(step);
  const table = tableOf(run, row.ref.table);
  const { mode, purpose } = how;
  const changes = purpose === "change" || purpose === "conflict";
  const keeps = keepsSnapshot(session.transaction?.isolation ?? "read committed");
  const result = lockRow(heapOf(step.state, table.name), row.ref.version, {
    session: step.session,
    depth: depthOf(session),
    table: table.name,
    mode,
    wait: changes ? "wait" : purpose,
    atChange: keeps ? "fail" : purpose === "conflict" ? "leave" : "follow",
    locksOnly: !changes,
    hasLines: step.options.granularity === "coarse",
    deleteCalled: how.deleteCalled ?? (changes ? "delete" : "update"),
    change: changes && !run.nested ? run.command : null,
  });
  switch (result.kind) {
    case "gone":
      step.notes.push(`${rowWords(table, row.values)} was deleted meanwhile: it is left out`);
      return { kind: "value", value: "gone" };
    case "skipped":
      step.notes.push(`${rowWords(table, row.values)} is locked: SKIP LOCKED leaves it out`);
      return { kind: "value", value: "skipped" };
    case "wait":
      return waitFor(step, { kind: "row", table: table.name, version: result.version, mode, way: result.way });
    case "locked":
      return locked(run, row, result.version);
  }
}

function locked(run: Run, row: HeapRow, version: number): Answer {
  const table = tableOf(run, row.ref.table);
  run.step.notes.push(`takes the row lock on ${rowWords(table, row.values)}`);
  if (version === row.ref.version) return { kind: "value", value: "same" };
  const newer = rowAt(run.step, table.name, version);
  touchRead(run.step, newer);
  run.step.notes.push(`the row was updated meanwhile: reads it again, ${valuesNow(table, newer.values)}`);
  return { kind: "version", what: "newer", table: table.name, version };
}

/** The author of what this statement writes. */
export function author({ step, nested }: Run): Author {
  const made = { session: step.session, depth: depthOf(mine(step)), fresh: true };
  return nested ? { ...made, nested } : made;
}

function written(run: Run, table: string, perform: () => number): HeapRow {
  const given = answer(run, () => ({ kind: "version", what: "written", table, version: perform() }));
  if (given.kind !== "version") throw new RangeError("the statement asks something else than in its first run");
  return rowAt(run.step, table, given.version);
}

export function update(run: Run, row: HeapRow, values: readonly Value[]): HeapRow {
  const { step } = run;
  const table = tableOf(run, row.ref.table);
  const after = written(run, table.name, () => {
    const pending = mine(step).running?.pending ?? null;
    const version = pending?.version ?? replace(run, table, row, values);
    touchWrite(step, table, row, rowAt(step, table.name, version));
    if (pending === null) hasMoved(step);
    if (touchesIndex(table, row.values, values)) enterKeys(step, table, version, { before: row.values, arbiter: null });
    return version;
  });
  run.changes.push({ table, before: row, after });
  return after;
}

/** Puts a new version at the end of the heap, with the locks of others on the old one. Returns its number. */
function replace(run: Run, table: Table, row: HeapRow, values: readonly Value[]): number {
  const { step } = run;
  const heap = heapOf(step.state, table.name);
  const old = own(heap, row.ref.version);
  watchWrite(step, row.ref);
  const next = heap.length;
  // The row has room for one lock of a transaction, the strongest: after FOR UPDATE every change counts as one of the key.
  const lockedForUpdate = old.lockers.some((lock) => lock.session === step.session && lock.mode === "update");
  const mode = lockedForUpdate || changesKey(table, old.values, values) ? "update" : "no key update";
  end(old, author(run), { next, mode });
  const version = newVersion(values, author(run), addressFor(run, table.name));
  version.lockers = old.lockers.filter((lock) => lock.session !== step.session).map((lock) => ({ ...lock }));
  heap.push(version);
  return next;
}

function end(version: Version, by: Author, how: Pick<Removal, "next" | "mode">): void {
  version.removed = { by, ...how, replaced: how.next !== null, writer: null };
  absorbLockers(version);
}

function versionOf(step: Step, row: HeapRow): Version {
  const version = heapOf(step.state, row.ref.table)[row.ref.version];
  if (version === undefined) throw new RangeError(`there is no row version ${row.ref.version} in ${row.ref.table}`);
  return version;
}

/** Whether a column of any index changes; where none does, the new version needs no entries of its own. */
function touchesIndex(table: Table, before: readonly Value[], after: readonly Value[]): boolean {
  return table.indexes.some((index) =>
    usedColumns(table, index).some((at) => JSON.stringify(before[at]) !== JSON.stringify(after[at])),
  );
}

/** Whether a key column changes: then the row's key is another. */
function changesKey(table: Table, before: readonly Value[], after: readonly Value[]): boolean {
  return lockModeOfUpdate(keyColumns(table), before, after) === "update";
}

export function remove(run: Run, row: HeapRow): void {
  plain(run, () => {
    watchWrite(run.step, row.ref);
    const version = own(heapOf(run.step.state, row.ref.table), row.ref.version);
    end(version, author(run), { next: null, mode: "update" });
    touchDelete(run.step, tableOf(run, row.ref.table), row);
    return null;
  });
  run.changes.push({ table: tableOf(run, row.ref.table), before: row, after: null });
}

/** What it stopped before is done: the next point is another one. */
export function hasMoved(step: Step): void {
  const { running } = mine(step);
  if (running !== null) running.stopped = false;
}

export function addressFor({ step }: Run, table: string): number | null {
  return nextAddress(step.state, table, step.options.addresses === true);
}
