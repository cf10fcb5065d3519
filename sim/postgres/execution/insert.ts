/**
 * INSERT: rows from VALUES, a query or defaults, one by one; ON CONFLICT.
 *
 *     row -> constraints -> insert -> inserted   RETURNING
 *                                  -> conflict   DO NOTHING: next row
 *                                                DO UPDATE: lock the row that is there -> same            WHERE, SET, write
 *                                                                                      -> newer, gone     insert again
 *
 * At READ COMMITTED DO UPDATE works on the newest version of the row, which the snapshot need not see.
 * Source: nodeModifyTable.c (ExecInsert, ExecOnConflictUpdate), analyze.c (transformInsertStmt), plancat.c (infer_arbiter_indexes).
 */
import type { InsertStmt, Node, OnConflictClause, SelectStmt } from "libpg-query";
import type { Column, Table } from "../catalog/catalog.ts";
import { coerceToBoolean } from "../expressions/coerce.ts";
import { compile, plainContext } from "../expressions/compile.ts";
import { type Frame, newFrame, type Row } from "../expressions/frame.ts";
import { type Analysis, newScope, type Query, type Scope, withEffects } from "../expressions/scope.ts";
import type { Typed } from "../expressions/typed.ts";
import { SqlError } from "../sql-error.ts";
import { listItems, withoutPlaces } from "../syntax/nodes.ts";
import { refuse } from "../syntax/refuse.ts";
import type { Value } from "../values/value.ts";
import type { Arbiter, HeapRow, RowLockMode } from "./access.ts";
import { flows, listInAnyOrder } from "./any-order.ts";
import { assign } from "./assignment.ts";
import { type CheckRow, compileConstraints } from "./constraints.ts";
import { addItem } from "./from.ts";
import { hasGenerated, withGenerated } from "./generated-columns.ts";
import { keyColumns, lockModeOfSet } from "./key-columns.ts";
import { findTable } from "./relations.ts";
import { compileReturning, returningQuery } from "./returning.ts";
import { compileDefault } from "./row-expressions.ts";
import { compileSet, type SetClause } from "./set-clause.ts";
import { refOf } from "./touched.ts";
import { compileWith, withCtes } from "./with.ts";

interface Insert {
  readonly table: Table;
  readonly check: CheckRow;
  readonly rows: (frame: Frame) => Iterable<Row>;
  readonly conflict: Conflict | null;
}

interface Conflict {
  readonly arbiter: Arbiter;
  /** Null for DO NOTHING. */
  readonly update: { readonly set: SetClause; readonly where: Typed | null; readonly mode: RowLockMode } | null;
}

export function compileInsert(node: InsertStmt, analysis: Analysis, parent: Scope | null): Query {
  const { relation } = node;
  const scope = newScope(analysis, parent);
  if (relation === undefined) return refuse(analysis.sql, undefined, "an INSERT without a table");
  analysis.effects.any = true;
  const ctes = compileWith(node.withClause, scope);
  const table = findTable(analysis, relation);
  analysis.relations.push({ table: table.name, mode: "row exclusive" });
  const name = relation.alias?.aliasname ?? table.name;
  const { columns } = addItem(scope, { name, table, fields: table.columns, renamed: [] });
  // The values do not see the target.
  scope.visible = new Set();
  const given = compileRows(node, table, scope);
  const rows = hasGenerated(table) ? completed(given, table) : given;
  scope.visible = null;
  scope.columns = [...columns];
  const insert: Insert = {
    table,
    check: compileConstraints(table, analysis),
    rows,
    conflict: node.onConflictClause === undefined ? null : compileConflict(node.onConflictClause, table, scope),
  };
  // The row that was proposed stands behind the target in the frame, for ON CONFLICT.
  scope.size = 2;
  const returning = compileReturning(node.returningClause, table, scope);
  return returningQuery(
    returning,
    scope,
    function* (frame) {
      yield* inserts(insert, frame);
      for (const _ of withCtes(ctes, frame, []));
    },
    (run, outer) => newFrame(run, outer, scope.size),
  );
}

/** The rows with their generated columns. */
function completed(given: Insert["rows"], table: Table): Insert["rows"] {
  return function* (frame) {
    for (const row of given(frame)) yield withGenerated(table, row);
  };
}

/** The columns that the statement gives values for. */
function targetColumns(node: InsertStmt, table: Table): readonly number[] | null {
  if (node.cols === undefined) return null;
  const found = node.cols.map((target) => {
    const name = "ResTarget" in target ? (target.ResTarget.name ?? "") : "";
    const at = table.columns.findIndex((column) => column.name === name);
    if (at < 0) throw new SqlError("42703", `column "${name}" of relation "${table.name}" does not exist`);
    return at;
  });
  const twice = found.find((at, position) => found.indexOf(at) !== position);
  if (twice !== undefined)
    throw new SqlError("42701", `column "${table.columns[twice]?.name ?? ""}" specified more than once`);
  return found;
}

function compileRows(node: InsertStmt, table: Table, scope: Scope): (frame: Frame) => Iterable<Row> {
  const given = targetColumns(node, table);
  const columns = given ?? table.columns.map((_, at) => at);
  const defaults = table.columns.map((column) => compileDefault(column, scope.analysis));
  const overriding = node.override ?? "OVERRIDING_NOT_SET";
  const target: RowTarget = { table, columns, explicit: given !== null, defaults, overriding };
  const select = node.selectStmt;
  if (select === undefined) return (frame) => [defaults.map((typed) => typed.evaluate(frame))];
  if (!("SelectStmt" in select)) return refuse(scope.analysis.sql, undefined, "this INSERT");
  const lists = select.SelectStmt.valuesLists;
  const plainValues =
    lists !== undefined && select.SelectStmt.sortClause === undefined && select.SelectStmt.limitCount === undefined;
  return plainValues && select.SelectStmt.withClause === undefined
    ? rowsOfValues(lists, target, scope)
    : rowsOfQuery(select.SelectStmt, target, scope);
}

interface RowTarget {
  readonly table: Table;
  readonly columns: readonly number[];
  /** Whether the statement names the columns. */
  readonly explicit: boolean;
  readonly defaults: readonly Typed[];
  readonly overriding: string;
}

function checkWidth(width: number, { columns, explicit }: RowTarget): void {
  if (width > columns.length) throw new SqlError("42601", "INSERT has more expressions than target columns");
  if (explicit && width < columns.length)
    throw new SqlError("42601", "INSERT has more target columns than expressions");
}

/** The expression for a column, unless the column is GENERATED ALWAYS. */
function stored(typed: Typed, column: Column, target: RowTarget, analysis: Analysis): Typed {
  if (column.identity !== null && target.overriding === "OVERRIDING_USER_VALUE") {
    return target.defaults[target.table.columns.indexOf(column)] ?? typed;
  }
  if (column.identity === "always" && target.overriding !== "OVERRIDING_SYSTEM_VALUE") {
    throw new SqlError(
      "428C9",
      `cannot insert a non-DEFAULT value into column "${column.name}"`,
      `Column "${column.name}" is an identity column defined as GENERATED ALWAYS.`,
    );
  }
  if (column.generated !== undefined) {
    throw new SqlError(
      "428C9",
      `cannot insert a non-DEFAULT value into column "${column.name}"`,
      `Column "${column.name}" is a generated column.`,
    );
  }
  return assign(analysis, typed, column);
}

function rowsOfValues(lists: readonly Node[], target: RowTarget, scope: Scope): (frame: Frame) => Iterable<Row> {
  const context = plainContext(scope, "VALUES");
  const width = listItems(lists[0]).length;
  const rows = lists.map((list) => {
    const items = listItems(list);
    const row = [...target.defaults];
    // All of the row is analysed before any of it takes a column's type: a parameter in two columns must fit both.
    const given = items.map((item) => ("SetToDefault" in item ? null : compile(item, context)));
    if (items.length !== width) throw new SqlError("42601", "VALUES lists must all be the same length");
    checkWidth(width, target);
    for (const [position, typed] of given.entries()) {
      const at = target.columns[position] ?? 0;
      const column = target.table.columns[at];
      if (column !== undefined && typed !== null) row[at] = stored(typed, column, target, scope.analysis);
    }
    return row;
  });
  return function* (frame) {
    for (const row of rows) yield row.map((typed) => typed.evaluate(frame));
  };
}

function rowsOfQuery(select: SelectStmt, target: RowTarget, scope: Scope): (frame: Frame) => Iterable<Row> {
  const { result: query, hasEffects } = withEffects(scope.analysis, () =>
    scope.analysis.statement({ SelectStmt: select }, scope),
  );
  const isOrdered = select.sortClause !== undefined || select.valuesLists !== undefined;
  checkWidth(query.fields.length, target);
  query.coerceOutputs((output, position) => {
    const column = target.table.columns[target.columns[position] ?? 0];
    return column === undefined ? output : stored(output, column, target, scope.analysis);
  });
  return function* (frame) {
    const found = query.rows(frame.run, frame);
    const isFree = !isOrdered && frame.run.access.plansAreOpen && !(hasEffects && flows(frame));
    for (const values of isFree ? listInAnyOrder(found, frame, rowText) : found) {
      const row: Value[] = target.defaults.map((typed, at) => {
        const position = target.columns.indexOf(at);
        return position >= 0 && position < values.length ? (values[position] ?? null) : typed.evaluate(frame);
      });
      yield row;
    }
  };
}

function rowText(row: Row): string {
  return `row (${row.map((value) => (value === null ? "null" : String(value))).join(", ")})`;
}

function compileConflict(clause: OnConflictClause, table: Table, scope: Scope): Conflict {
  const update = clause.action === "ONCONFLICT_UPDATE";
  const arbiter: Arbiter = { action: update ? "update" : "nothing", indexes: arbiterIndexes(clause, table, scope) };
  if (!update) return { arbiter, update: null };
  const inner: Scope = { ...scope, items: [...scope.items] };
  const excluded = addItem(inner, { name: "excluded", table: null, fields: table.columns, renamed: [] });
  if (excluded.item !== 1) throw new Error("the proposed row does not stand behind the target");
  const set = compileSet(clause.targetList ?? [], table, inner, 0);
  const where =
    clause.whereClause === undefined
      ? null
      : coerceToBoolean(scope.analysis, compile(clause.whereClause, plainContext(inner, "WHERE")), "WHERE");
  return { arbiter, update: { set, where, mode: lockModeOfSet(keyColumns(table), set.columns) } };
}

/** The unique indexes that ON CONFLICT means: all, the one of a constraint, or those on exactly these columns. */
function arbiterIndexes({ infer, action }: OnConflictClause, table: Table, scope: Scope): readonly string[] {
  const unique = table.indexes.filter((index) => index.unique);
  if (infer === undefined) {
    if (action === "ONCONFLICT_UPDATE") {
      throw new SqlError("42601", "ON CONFLICT DO UPDATE requires inference specification or constraint name");
    }
    return unique.map((index) => index.name);
  }
  if (infer.conname !== undefined) {
    const named = unique.find((index) => index.name === infer.conname && index.constraint);
    if (named !== undefined) return [named.name];
    throw new SqlError("42704", `constraint "${infer.conname}" for table "${table.name}" does not exist`);
  }
  const wanted = (infer.indexElems ?? []).map((node) => keyPart(node, table, scope));
  const predicate = infer.whereClause === undefined ? null : withoutPlaces(infer.whereClause);
  const fitting = unique.filter((index) => {
    const parts = index.columns.map((at) => (at < 0 ? withoutPlaces(index.expressions?.[-1 - at]?.node) : at));
    const sameColumns = parts.every((part) => wanted.includes(part)) && wanted.every((part) => parts.includes(part));
    return sameColumns && (index.predicate === null || withoutPlaces(index.predicate) === predicate);
  });
  if (fitting.length > 0) return fitting.map((index) => index.name);
  throw new SqlError("42P10", "there is no unique or exclusion constraint matching the ON CONFLICT specification");
}

/** A part of ON CONFLICT's key: a column's position, or an expression's text. */
function keyPart(node: Node, table: Table, scope: Scope): number | string {
  const element = "IndexElem" in node ? node.IndexElem : {};
  if (element.expr !== undefined) {
    compile(element.expr, plainContext(scope, "ON CONFLICT"));
    return withoutPlaces(element.expr);
  }
  const at = table.columns.findIndex((column) => column.name === element.name);
  if (at < 0) throw new SqlError("42703", `column "${element.name ?? ""}" does not exist`);
  return at;
}

function* inserts(insert: Insert, frame: Frame): Generator<Frame> {
  for (const values of insert.rows(frame)) {
    insert.check(values, frame.run);
    const written = insertRow(insert, values, frame);
    if (written === null) continue;
    frame.rows.values[0] = written.row.values;
    frame.written = { old: written.old, new: written.row.values };
    yield frame;
  }
}

/** The row that was written, and the one that it has replaced. */
interface Written {
  readonly row: HeapRow;
  readonly old: Row | null;
}

/** Adds one row, or does what ON CONFLICT says; gives the row that was written, or null. */
function insertRow(insert: Insert, values: Row, frame: Frame): Written | null {
  const { access, touched } = frame.run;
  for (;;) {
    const answer = access.insert(insert.table, values, insert.conflict?.arbiter ?? null);
    if (answer.kind === "inserted") {
      touched.made.add(refOf(answer.row.ref));
      return { row: answer.row, old: null };
    }
    const result = onConflict(insert, answer.row, values, frame);
    if (result.kind === "done") return result.row === null ? null : { row: result.row, old: answer.row.values };
  }
}

type ConflictResult = { readonly kind: "done"; readonly row: HeapRow | null } | { readonly kind: "again" };

function onConflict(insert: Insert, there: HeapRow, proposed: Row, frame: Frame): ConflictResult {
  const update = insert.conflict?.update ?? null;
  if (update === null) return { kind: "done", row: null };
  const { access, touched } = frame.run;
  if (touched.made.has(refOf(there.ref))) {
    throw new SqlError("21000", "ON CONFLICT DO UPDATE command cannot affect row a second time");
  }
  const locked = access.lockRow(there, update.mode, "conflict");
  if (locked.kind !== "same") return { kind: "again" };
  frame.rows.values[0] = there.values;
  frame.rows.values[1] = proposed;
  if (update.where !== null && update.where.evaluate(frame) !== true) return { kind: "done", row: null };
  const values = update.set.newRow(frame);
  insert.check(values, frame.run);
  const made = access.update(there, values);
  touched.replaced.add(refOf(there.ref));
  touched.made.add(refOf(made.ref));
  return { kind: "done", row: made };
}
