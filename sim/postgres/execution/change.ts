/**
 * UPDATE and DELETE: the rows of the snapshot that match, one by one.
 *
 *     next row that matches -> new values, constraints -> lock -> same          write
 *                                                              -> newer         evaluate everything again with the newest
 *                                                                               version; no match: next row; else write that
 *                                                              -> gone          next row
 *
 * A row that this statement has changed already is left alone. New values and constraints come before the lock, and
 * again after it if the row is a newer one, so volatile functions in SET run twice there, as in PostgreSQL.
 * Source: nodeModifyTable.c (ExecUpdate, ExecDelete), execMain.c (EvalPlanQual).
 */
import type { DeleteStmt, Node, RangeVar, ReturningClause, UpdateStmt, WithClause } from "libpg-query";
import type { Table } from "../catalog/catalog.ts";
import { copyRows, type Frame, newFrame, type Rows, type Run } from "../expressions/frame.ts";
import { type Analysis, newScope, type Query, type Scope } from "../expressions/scope.ts";
import { refuse } from "../syntax/refuse.ts";
import type { HeapRow, RowLockMode } from "./access.ts";
import { changedRows } from "./any-order.ts";
import { type CheckRow, compileConstraints } from "./constraints.ts";
import { addItem, compileFrom, type From, joined, single } from "./from.ts";
import { keyColumns, lockModeOfUpdate } from "./key-columns.ts";
import { recheck } from "./locking.ts";
import { findTable } from "./relations.ts";
import { compileReturning, returningQuery } from "./returning.ts";
import { compileSet, type SetClause } from "./set-clause.ts";
import { type Source, tableLeaf } from "./source.ts";
import { refOf } from "./touched.ts";
import { whereSource } from "./where.ts";
import { compileWith, withCtes } from "./with.ts";

interface Parts {
  readonly relation: RangeVar | undefined;
  readonly from: readonly Node[];
  readonly where: Node | undefined;
  readonly with: WithClause | undefined;
  readonly returning: ReturningClause | undefined;
}

/** What is common to both: the target is item 0, the other FROM items follow. */
interface Change {
  readonly scope: Scope;
  readonly table: Table;
  readonly source: Source;
}

export function compileUpdate(node: UpdateStmt, analysis: Analysis, parent: Scope | null): Query {
  const parts: Parts = {
    relation: node.relation,
    from: node.fromClause ?? [],
    where: node.whereClause,
    with: node.withClause,
    returning: node.returningClause,
  };
  return compileChange(parts, newScope(analysis, parent), (change) => {
    const { scope, table } = change;
    const update: Update = {
      ...change,
      set: compileSet(node.targetList ?? [], table, scope, 0),
      keys: keyColumns(table),
      check: compileConstraints(table, analysis),
    };
    return (frame) => updates(update, frame);
  });
}

export function compileDelete(node: DeleteStmt, analysis: Analysis, parent: Scope | null): Query {
  const parts: Parts = {
    relation: node.relation,
    from: node.usingClause ?? [],
    where: node.whereClause,
    with: node.withClause,
    returning: node.returningClause,
  };
  return compileChange(parts, newScope(analysis, parent), (change) => (frame) => deletes(change, frame));
}

function compileChange(
  parts: Parts,
  scope: Scope,
  build: (change: Change) => (frame: Frame) => Iterable<Frame>,
): Query {
  const { relation } = parts;
  if (relation === undefined) return refuse(scope.analysis.sql, undefined, "a statement without a table");
  scope.analysis.effects.any = true;
  const ctes = compileWith(parts.with, scope);
  const table = findTable(scope.analysis, relation);
  scope.analysis.relations.push({ table: table.name, mode: "row exclusive" });
  const target = targetItem(relation, table, scope);
  const others = compileFrom(parts.from, scope, { lockFor: () => null, tableLock: () => "access share" });
  const all = others === null ? target : joined(target, others);
  if (parts.from.length === 1 && parts.from.every(isValuesList)) all.turn?.();
  scope.columns = [...all.columns];
  const source = whereSource(parts.where, scope, all);
  const returning = compileReturning(parts.returning, table, scope);
  const changes = build({ scope, table, source });
  return returningQuery(
    returning,
    scope,
    function* (frame) {
      yield* changes(frame);
      for (const _ of withCtes(ctes, frame, []));
    },
    (run, outer) => newFrame(run, outer, scope.size),
  );
}

/** A list of VALUES is gone through in its own order, and the target looked up for each. */
function isValuesList(node: Node): boolean {
  if (!("RangeSubselect" in node)) return false;
  const { subquery } = node.RangeSubselect;
  return subquery !== undefined && "SelectStmt" in subquery && (subquery.SelectStmt.valuesLists ?? []).length > 0;
}

function targetItem(relation: RangeVar, table: Table, scope: Scope): From {
  const name = relation.alias?.aliasname ?? table.name;
  const { item, columns } = addItem(scope, { name, table, fields: table.columns, renamed: [] });
  const leaf = tableLeaf(item, table);
  return single(leaf, columns);
}

interface Update extends Change {
  readonly set: SetClause;
  readonly keys: ReadonlySet<number>;
  readonly check: CheckRow;
}

function* updates(update: Update, frame: Frame): Generator<Frame> {
  for (const _ of changedRows(update.source, frame)) {
    const changed = updateRow(update, frame);
    if (changed !== null) yield changed;
  }
}

/** Writes the row in the frame; gives a frame with the new version, or null where the row is left alone. */
function updateRow(update: Update, start: Frame): Frame | null {
  const { run } = start;
  let frame = start;
  for (;;) {
    const row = targetRow(frame);
    const values = update.set.newRow(frame);
    update.check(values, run);
    if (isDone(run, row)) return null;
    const locked = lockTarget(frame, row, lockModeOfUpdate(update.keys, row.values, values), update.source);
    if (locked === null) return null;
    if (locked !== frame) {
      frame = locked;
      continue;
    }
    const made = run.access.update(row, values);
    run.touched.replaced.add(refOf(row.ref)).add(refOf(targetRow(start).ref));
    run.touched.made.add(refOf(made.ref));
    return withTarget(frame, made, { old: row.values, new: made.values });
  }
}

/** It was changed by this statement itself. Where a function may have changed it once more, the lock must tell. */
function isDone({ touched }: Run, row: HeapRow): boolean {
  return touched.replaced.has(refOf(row.ref)) && !touched.nested;
}

function targetRow(frame: Frame): HeapRow {
  const row = frame.rows.heaps[0];
  if (row === null || row === undefined) throw new Error("a statement changes a row that it does not have");
  return row;
}

/** Locks the target; gives the same frame, one with the newer version for which everything still matches, or null. */
function lockTarget(frame: Frame, row: HeapRow, mode: RowLockMode, source: Source): Frame | null {
  const answer = frame.run.access.lockRow(row, mode, "change");
  if (answer.kind === "same") return frame;
  if (answer.kind !== "newer") return null;
  const renewed: Rows = copyRows(frame.rows);
  renewed.values[0] = answer.row.values;
  renewed.heaps[0] = answer.row;
  return recheck(frame, renewed, source);
}

/** The frame as RETURNING sees it: the target is the row that was written. */
function withTarget(frame: Frame, row: HeapRow, written: NonNullable<Frame["written"]>): Frame {
  const rows = copyRows(frame.rows);
  rows.values[0] = row.values;
  rows.heaps[0] = row;
  return { ...frame, rows, written };
}

function* deletes({ source }: Change, frame: Frame): Generator<Frame> {
  const { run } = frame;
  for (const _ of changedRows(source, frame)) {
    const found = targetRow(frame);
    if (isDone(run, found)) continue;
    const locked = lockTarget(frame, found, "update", source);
    if (locked === null) continue;
    const row = targetRow(locked);
    run.access.delete(row);
    run.touched.replaced.add(refOf(row.ref)).add(refOf(found.ref));
    yield withTarget(locked, row, { old: row.values, new: null });
  }
}
