/**
 * Constraints that look at other rows: foreign keys, and unique constraints that are deferrable.
 *
 * They are checked when the statement has done its work, row by row in the order in which it wrote them; a deferred one
 * at COMMIT. A check is a small statement of its own, with a snapshot of that moment, and may wait.
 *
 *     INSERT child (pid 1)        parent 1: FOR KEY SHARE           not there, or deleted meanwhile: 23503
 *     UPDATE/DELETE parent 1      children with pid 1               NO ACTION, RESTRICT: 23503 when there is one
 *                                                                   CASCADE, SET NULL: locks and changes each of them,
 *                                                                   and what that does is checked in turn
 *
 * That a parent's DELETE waits for an uncommitted child is no rule of its own: the child's KEY SHARE lock is in the way.
 *
 * Above READ COMMITTED a child's check looks for the parent with the transaction's snapshot; the parent's side must not miss a
 * child that it cannot see: NO ACTION finds it, CASCADE and SET NULL fail with 40001.
 *
 * Not modelled: MATCH FULL and PARTIAL.
 * Sources: postgres-semantics, sections 3 and 12; src/backend/utils/adt/ri_triggers.c.
 */
import type { ForeignKey, Index, ReferentialAction, Table } from "../catalog/catalog.ts";
import type { Access, HeapRow, Locked, RowLockMode, ScanPath } from "../execution/access.ts";
import { compileConstraints } from "../execution/constraints.ts";
import { withGenerated } from "../execution/generated-columns.ts";
import { defaultValue, newRun, standaloneAnalysis } from "../execution/row-expressions.ts";
import { isIndexed, keyOf, sameValues } from "../locks/unique-key.ts";
import { watchScan, watchScanNow } from "../serializable/watch.ts";
import { SqlError } from "../sql-error.ts";
import type { Value } from "../values/value.ts";
import type { Version } from "../versions/heap.ts";
import { isLiveFor, seesNow } from "../versions/heap.ts";
import { createAccess } from "./access.ts";
import { assignedKey, childKey, type Link, parentKey, sameKeys } from "./foreign-key-values.ts";
import { isKeyFree, recheckUnique } from "./keys.ts";
import { keyWords } from "./naming.ts";
import { pick } from "./plan-choice.ts";
import { stopBefore } from "./points.ts";
import type { Change, Run } from "./run.ts";
import { lockForCascade, lockForCheck, plain, remove, tableOf, update, versionsWhere } from "./run.ts";
import type { Deferred } from "./state.ts";
import { depthOf, heapOf, keepsSnapshot } from "./state.ts";
import { mine } from "./step.ts";
import { holdsTable, lockTable, unlockTable } from "./table-locks.ts";

/** The checks of a statement that has written its rows. Cascades add to the changes while they are gone through. */
export function checkChanges(run: Run): void {
  for (let at = 0; at < run.changes.length; at++) {
    const change = run.changes[at];
    if (change === undefined) continue;
    checkAsParent(run, change);
    checkAsChild(run, change);
    checkKeys(run, change);
  }
}

/** The checks that were put off to COMMIT. */
export function checkDeferred(run: Run, deferred: readonly Deferred[]): void {
  for (const { kind, table: name, constraint, version } of deferred) {
    const table = tableOf(run, name);
    const row = { ref: { table: name, version }, values: heapOf(run.step.state, name)[version]?.values ?? [] };
    if (kind === "key") {
      const index = table.indexes.find((each) => each.name === constraint);
      if (index) recheck(run, table, index, row);
      continue;
    }
    if (kind === "child") {
      const foreignKey = table.foreignKeys.find((each) => each.name === constraint);
      if (foreignKey && keyAt(foreignKey.columns, row.values).includes(null)) lockParent(run, foreignKey, row);
      else if (foreignKey) mustHaveParent(run, table, foreignKey, row);
      continue;
    }
    for (const link of linksTo(run, name)) {
      if (link.foreignKey.name === constraint) mustHaveNoChild(run, { table, before: row, after: null }, link);
    }
  }
}

function putOff(run: Run, kind: Deferred["kind"], constraint: string, row: HeapRow): void {
  plain(run, () => {
    const { step } = run;
    const { ref } = row;
    mine(step).transaction?.deferred.push({ kind, constraint, ...ref, depth: depthOf(mine(step)) });
    return null;
  });
}

function checkKeys(run: Run, { table, before, after }: Change): void {
  if (after === null) return;
  for (const index of table.indexes) {
    if (!index.unique || !index.deferrable || !isIndexed(table, index, after.values)) continue;
    const key = JSON.stringify(keyOf(index, after.values));
    if (before !== null && JSON.stringify(keyOf(index, before.values)) === key) continue;
    // Where the key is free now, whoever writes it later meets this row and does the checking.
    const look = (): boolean => {
      stopBefore(run.step, `before the look at the key of ${index.name}`);
      return isKeyFree(run.step, table, index, after);
    };
    if (plain(run, look) === true) continue;
    if (index.initiallyDeferred) putOff(run, "key", index.name, after);
    else recheck(run, table, index, after);
  }
}

function recheck(run: Run, table: Table, index: Index, row: HeapRow): void {
  plain(run, () => {
    if (!isOwnAndLive(run, row)) return null;
    stopBefore(run.step, `before the check of ${index.name}`);
    recheckUnique(run.step, table, index, row);
    return null;
  });
}

function isOwnAndLive(run: Run, { ref }: HeapRow): boolean {
  const version = heapOf(run.step.state, ref.table)[ref.version];
  return version !== undefined && isLiveFor(run.step.session, version);
}

function keyAt(columns: readonly number[], values: readonly Value[]): readonly Value[] {
  return columns.map((column) => values[column] ?? null);
}

function checkAsChild(run: Run, { table, before, after }: Change): void {
  if (after === null) return;
  for (const foreignKey of table.foreignKeys) {
    const key = keyAt(foreignKey.columns, after.values);
    if (key.includes(null)) {
      if (before === null && foreignKey.initiallyDeferred) putOff(run, "child", foreignKey.name, after);
      else if (before === null) lockParent(run, foreignKey, after);
      continue;
    }
    const same = before !== null && JSON.stringify(keyAt(foreignKey.columns, before.values)) === JSON.stringify(key);
    if (same && !isOwn(run, before)) continue;
    if (foreignKey.initiallyDeferred) putOff(run, "child", foreignKey.name, after);
    else mustHaveParent(run, table, foreignKey, after);
  }
}

/** A new row without a parent is no business of the check, but it locks the parent's table until it has seen that. */
function lockParent(run: Run, { foreignTable }: ForeignKey, row: HeapRow): void {
  if (plain(run, () => isOwnAndLive(run, row)) !== true) return;
  const { step } = run;
  const hasLock = plain(run, () => holdsTable(step, foreignTable, "row share"));
  plain(run, () => {
    lockTable(step, foreignTable, "row share");
    if (hasLock !== true) unlockTable(step, foreignTable, "row share");
    return null;
  });
}

/**
 * Whether this transaction wrote the version. Then its child is checked though the key is the same: PostgreSQL does not
 * know whether the check of the earlier change was made, and that one no longer looks at a version that was replaced.
 */
function isOwn(run: Run, { ref }: HeapRow): boolean {
  return heapOf(run.step.state, ref.table)[ref.version]?.inserted?.session === run.step.session;
}

/** The parent is there and stays until this transaction ends: FOR KEY SHARE. */
function mustHaveParent(run: Run, table: Table, foreignKey: ForeignKey, row: HeapRow): void {
  if (plain(run, () => isOwnAndLive(run, row)) !== true) return;
  const { step } = run;
  const parent = tableOf(run, foreignKey.foreignTable);
  const key = keyAt(foreignKey.columns, row.values);
  const link = { parent, child: table, foreignKey };
  const matches = (values: readonly Value[]): boolean => sameKeys(link, keyAt(foreignKey.foreignColumns, values), key);
  lockTable(step, parent.name, "row share");
  plain(run, () => watchScan(step, parent, pathTo(parent, foreignKey.foreignColumns, parentKey(link, key))));
  const snapshot = keepsSnapshot(mine(step).transaction?.isolation ?? "read committed");
  const isThere = (version: Version): boolean =>
    (snapshot ? seesNow(step.session, version) : isLiveFor(step.session, version)) && matches(version.values);
  const found = versionsWhere(run, parent, isThere, snapshot ? null : `before the check of ${foreignKey.name}`);
  for (const candidate of found) {
    const newest = lockedVersion(run, candidate, "key share");
    if (newest !== null && matches(newest.values)) return;
  }
  throw new SqlError(
    "23503",
    `insert or update on table "${table.name}" violates foreign key constraint "${foreignKey.name}"`,
    `Key ${keyWords(table, foreignKey, key)} is not present in table "${parent.name}".`,
  );
}

/** How a check looks for the rows with this key. */
function pathTo(table: Table, columns: readonly number[], key: readonly Value[]): ScanPath {
  const index = table.indexes.find((each) => JSON.stringify(each.columns) === JSON.stringify(columns));
  return index ? { kind: "index", index: index.name, keys: [key] } : { kind: "sequential" };
}

/** Locks the row; its newest version, or null when it is gone. */
function lockedVersion(run: Run, row: HeapRow, mode: RowLockMode): HeapRow | null {
  return newestOf(row, lockForCheck(run, row, mode));
}

function newestOf(row: HeapRow, locked: Locked): HeapRow | null {
  return locked.kind === "same" ? row : locked.kind === "newer" ? locked.row : null;
}

/** The foreign keys that point at the table. */
function linksTo(run: Run, name: string): readonly Link[] {
  const parent = tableOf(run, name);
  return Object.values(run.catalog.tables).flatMap((child) =>
    child.foreignKeys.filter((each) => each.foreignTable === name).map((foreignKey) => ({ parent, child, foreignKey })),
  );
}

function checkAsParent(run: Run, { table, before, after }: Change): void {
  if (before === null) return;
  for (const link of linksTo(run, table.name)) {
    const { foreignColumns, initiallyDeferred, onDelete, onUpdate } = link.foreignKey;
    const key = keyAt(foreignColumns, before.values);
    if (key.includes(null)) continue;
    if (after !== null && JSON.stringify(keyAt(foreignColumns, after.values)) === JSON.stringify(key)) continue;
    const action = after === null ? onDelete : onUpdate;
    if (action === "no action" && initiallyDeferred) putOff(run, "parent", link.foreignKey.name, before);
    else if (action === "no action" || action === "restrict") mustHaveNoChild(run, { table, before, after }, link);
    else {
      cascade(run, link, key, after);
      // A default that is the key itself has left the child as it was, so that nothing else would look at it again.
      if (action === "set default") mustHaveNoChild(run, { table, before, after }, link);
    }
  }
}

/** NO ACTION and RESTRICT: 23503 for a child that is left behind, unless (NO ACTION) another parent has the key by now. */
function mustHaveNoChild(run: Run, { table: parent, before, after }: Change, link: Link): void {
  if (before === null) return;
  const { child, foreignKey } = link;
  const key = keyAt(foreignKey.foreignColumns, before.values);
  const restrict = (after === null ? foreignKey.onDelete : foreignKey.onUpdate) === "restrict";
  if (!restrict && hasOtherParent(run, parent, foreignKey, key)) return;
  for (const candidate of childrenOf(run, link, key)) {
    const newest = lockedVersion(run, candidate, "key share");
    if (newest === null || !hasKey(link, newest.values, key)) continue;
    const which = `foreign key constraint "${foreignKey.name}" on table "${child.name}"`;
    const detail = `Key ${keyWords(parent, { columns: foreignKey.foreignColumns }, key)}`;
    throw restrict
      ? new SqlError(
          "23001",
          `update or delete on table "${parent.name}" violates RESTRICT setting of ${which}`,
          `${detail} is referenced from table "${child.name}".`,
        )
      : new SqlError(
          "23503",
          `update or delete on table "${parent.name}" violates ${which}`,
          `${detail} is still referenced from table "${child.name}".`,
        );
  }
}

function hasOtherParent(run: Run, parent: Table, { foreignColumns }: ForeignKey, key: readonly Value[]): boolean {
  const { session } = run.step;
  plain(run, () => watchScanNow(run.step, parent, pathTo(parent, foreignColumns, key)));
  const isOther = (version: Version): boolean =>
    isLiveFor(session, version) && sameValues(parent, foreignColumns, keyAt(foreignColumns, version.values), key);
  const others = versionsWhere(run, parent, isOther, `before the look for another row of ${parent.name} with this key`);
  return others.some((other) => lockedVersion(run, other, "key share") !== null);
}

/** The children with this key as they are now, also those that the transaction's snapshot does not show. */
function childrenOf(run: Run, link: Link, key: readonly Value[]): readonly HeapRow[] {
  const { step } = run;
  const { child, foreignKey } = link;
  lockTable(step, child.name, "row share");
  plain(run, () => watchScanNow(step, child, pathTo(child, foreignKey.columns, childKey(link, key))));
  const isChild = (version: Version): boolean => isLiveFor(step.session, version) && hasKey(link, version.values, key);
  return versionsWhere(run, child, isChild, `before the check of ${foreignKey.name}`);
}

function cascade(run: Run, link: Link, key: readonly Value[], after: HeapRow | null): void {
  const { child, foreignKey } = link;
  const action = after === null ? foreignKey.onDelete : foreignKey.onUpdate;
  lockTable(run.step, child.name, "row exclusive");
  const isDelete = action === "cascade" && after === null;
  const written = isDelete ? null : childWriter(run, link, { action, parent: action === "cascade" ? after : null });
  const left = [...childrenOf(run, link, key)];
  while (left.length > 0) {
    const [candidate] = left.splice(pick(run, left), 1);
    if (candidate === undefined) break;
    const values = written?.(candidate.values);
    const newest = newestOf(candidate, lockForCascade(run, candidate, isDelete ? "update" : "no key update"));
    if (newest === null || !hasKey(link, newest.values, key)) continue;
    mustBeSeen(run, candidate);
    if (written === null || values === undefined) remove(run, newest);
    else update(run, newest, newest.ref.version === candidate.ref.version ? values : written(newest.values));
  }
}

/** Makes the child's new row of an old one, and checks it as an UPDATE does: before the old one is locked (ExecUpdateAct). */
function childWriter(run: Run, link: Link, how: Cascade): (values: readonly Value[]) => readonly Value[] {
  const { child } = link;
  const access = createAccess(run, checkChanges);
  const check = compileConstraints(child, standaloneAnalysis(access.catalog));
  return (old) => {
    const values = withGenerated(child, withKey(access, link, old, how));
    check(values, newRun(access, []));
    return values;
  };
}

/** Whether the child has this key of its parent. */
function hasKey({ parent, child, foreignKey }: Link, values: readonly Value[], key: readonly Value[]): boolean {
  return sameKeys({ parent, child, foreignKey }, key, keyAt(foreignKey.columns, values));
}

/** Above READ COMMITTED a row that the transaction's snapshot does not show may not be changed. */
function mustBeSeen(run: Run, { ref }: HeapRow): void {
  const { session, state } = run.step;
  plain(run, () => {
    const version = heapOf(state, ref.table)[ref.version];
    const snapshot = keepsSnapshot(mine(run.step).transaction?.isolation ?? "read committed");
    if (snapshot && version && !seesNow(session, version)) {
      throw new SqlError("40001", "could not serialize access due to concurrent update");
    }
    return null;
  });
}

interface Cascade {
  readonly action: ReferentialAction;
  /** The parent's new version, whose key the child takes. */
  readonly parent: HeapRow | null;
}

/** The child's row with the key of its parent's new version, or with NULLs or defaults for it. */
function withKey(access: Access, link: Link, values: readonly Value[], { action, parent }: Cascade): readonly Value[] {
  const { child, foreignKey } = link;
  const taken = parent === null ? [] : assignedKey(link, keyAt(foreignKey.foreignColumns, parent.values));
  return values.map((value, at) => {
    const place = foreignKey.columns.indexOf(at);
    const column = child.columns[at];
    if (place < 0 || column === undefined) return value;
    if (parent) return taken[place] ?? null;
    return action === "set default" ? defaultValue(column, access) : null;
  });
}
