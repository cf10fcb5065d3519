/**
 * What a statement still needs of a row between its snapshot and its lock on the row: which columns decide whether, and in
 * which order, the row is locked.
 *
 *     SELECT locked_by FROM buffers WHERE id = $1 FOR UPDATE      reads id before the lock, locked_by only afterwards
 *
 * A row that was updated meanwhile is read again after the lock, so of its old version only these columns matter: old
 * versions that differ in others are the same to the statement, and states that differ in nothing else can be one
 * (session/old-versions.ts). Columns are read off the parse tree; wherever that is not plain to see the answer is null: all of
 * the snapshot matters.
 */
import type { Node } from "libpg-query";
import type { Catalog, Table } from "../catalog/catalog.ts";

/** One table, and the positions of the columns that its rows are chosen by. */
export interface ReadsBeforeLock {
  readonly table: string;
  readonly columns: readonly number[];
}

/**
 * The columns that an UPDATE, DELETE or SELECT … FOR UPDATE / NO KEY UPDATE / SHARE reads of its only table before it has the
 * row; null for every statement that is not of this simple form.
 */
export function readsBeforeLock(node: Node, catalog: Catalog): ReadsBeforeLock | null {
  const form = formOf(node);
  if (form === null || mentions(node, ["SubLink", "CommonTableExpr", "JoinExpr", "RangeSubselect", "FuncCall"]))
    return null;
  const { relation, chosenBy, assigned } = form;
  const table = catalog.tables[relation.relname ?? ""];
  if (
    table === undefined ||
    (assigned.length > 0 && table.columns.some(({ generated }) => generated !== undefined)) ||
    relation.schemaname !== undefined
  )
    return null;
  const columns = new Set<number>();
  for (const name of columnNames(chosenBy)) {
    const at = table.columns.findIndex((column) => column.name === name);
    if (at < 0) return null;
    columns.add(at);
  }
  // People know a row by its key: notes and waits name it.
  for (const index of table.indexes) if (index.primary) for (const at of index.columns) columns.add(at);
  if (assigned.length > 0) for (const at of readByAssignment(table, assigned)) columns.add(at);
  return { table: table.name, columns: [...columns].sort((a, b) => a - b) };
}

/**
 * The new row is made of the version in hand and checked before the lock. Where that can fail the whole row counts, since the
 * error shows it; where an index has an assigned column, its old value decides the mode of the lock.
 */
function readByAssignment(table: Table, assigned: readonly string[]): readonly number[] {
  const all = [...table.columns.keys()];
  const isAssigned = (at: number): boolean => assigned.includes(table.columns[at]?.name ?? "");
  if (table.checks.length > 0 || all.some((at) => isAssigned(at) && table.columns[at]?.notNull === true)) return all;
  const keys = table.indexes.flatMap((index) => (index.predicate === null ? index.columns.filter(isAssigned) : all));
  return [...keys, ...all.filter((at) => table.columns[at]?.notNull === true)];
}

interface Form {
  readonly relation: { readonly relname?: string; readonly schemaname?: string };
  /** What the rows are chosen and ordered by, before any of them is locked. */
  readonly chosenBy: readonly unknown[];
  /** The columns that are given new values: where an index has one of them, its old value counts too. */
  readonly assigned: readonly string[];
}

function formOf(node: Node): Form | null {
  if ("UpdateStmt" in node) {
    const { relation, fromClause, whereClause, targetList } = node.UpdateStmt;
    if (relation === undefined || fromClause !== undefined) return null;
    // The new values are computed from the version in hand before the lock: they decide its mode, and they may fail.
    return { relation, chosenBy: [whereClause, targetList], assigned: namesOf(targetList ?? []) };
  }
  if ("DeleteStmt" in node) {
    const { relation, usingClause, whereClause } = node.DeleteStmt;
    return relation === undefined || usingClause !== undefined
      ? null
      : { relation, chosenBy: [whereClause], assigned: [] };
  }
  if (!("SelectStmt" in node)) return null;
  const { fromClause, whereClause, sortClause, limitCount, limitOffset, lockingClause, op } = node.SelectStmt;
  const only = fromClause?.length === 1 ? fromClause[0] : undefined;
  if (only === undefined || !("RangeVar" in only) || (op !== undefined && op !== "SETOP_NONE")) return null;
  if (lockingClause?.length !== 1 || !locksWhatItRenews(lockingClause[0])) return null;
  // ORDER BY may name an output, which is an expression of its own.
  if (sortClause !== undefined) return null;
  return { relation: only.RangeVar, chosenBy: [whereClause, limitCount, limitOffset], assigned: [] };
}

/** FOR KEY SHARE may return the old version of a row that was updated, so it needs all of it. */
function locksWhatItRenews(clause: Node | undefined): boolean {
  return clause !== undefined && "LockingClause" in clause && clause.LockingClause.strength !== "LCS_FORKEYSHARE";
}

function namesOf(targets: readonly Node[]): readonly string[] {
  return targets.flatMap((target) => ("ResTarget" in target ? [target.ResTarget.name ?? ""] : []));
}

function mentions(tree: unknown, kinds: readonly string[]): boolean {
  if (Array.isArray(tree)) return tree.some((each) => mentions(each, kinds));
  if (typeof tree !== "object" || tree === null) return false;
  return Object.entries(tree).some(([key, value]) => kinds.includes(key) || mentions(value, kinds));
}

/** The last name of each column that is mentioned; `*` and whole rows give names that no column has. */
export function columnNames(tree: unknown): readonly string[] {
  if (Array.isArray(tree)) return tree.flatMap(columnNames);
  if (typeof tree !== "object" || tree === null) return [];
  return Object.entries(tree).flatMap(([key, value]) => (key === "ColumnRef" ? [lastName(value)] : columnNames(value)));
}

function lastName(reference: unknown): string {
  const fields = (reference as { fields?: readonly Node[] }).fields ?? [];
  const last = fields[fields.length - 1];
  return last !== undefined && "String" in last ? (last.String.sval ?? "*") : "*";
}
