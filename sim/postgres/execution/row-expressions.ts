/**
 * Expressions that a table carries: defaults, checks, the predicates of partial indexes.
 *
 * They are kept in the catalog as nodes of the parse tree, and analysed here against the table's own columns, once a
 * table. The concurrency side uses `compileRowCondition` for partial unique indexes.
 */
import type { Node } from "libpg-query";
import type { Catalog, Column, Table } from "../catalog/catalog.ts";
import { coerceToBoolean } from "../expressions/coerce.ts";
import { compile, plainContext } from "../expressions/compile.ts";
import { type Frame, newFrame, type Run } from "../expressions/frame.ts";
import { type Analysis, newScope, type Scope } from "../expressions/scope.ts";
import type { Typed } from "../expressions/typed.ts";
import { SqlError } from "../sql-error.ts";
import type { Value } from "../values/value.ts";
import type { Access } from "./access.ts";
import { assign } from "./assignment.ts";

/** A scope that sees one row of the table as item 0. */
export function tableScope(table: Table, analysis: Analysis): Scope {
  const scope = newScope(analysis, null);
  scope.size = 1;
  scope.columns = table.columns.map(({ name, type }, column) => ({ name, type, item: 0, column }));
  scope.items.push({ name: table.name, table, columns: scope.columns });
  return scope;
}

/** An analysis for an expression that stands outside of any statement. */
export function standaloneAnalysis(catalog: Catalog): Analysis {
  const noQuery = (): never => {
    throw new SqlError("0A000", "cannot use subquery in this expression");
  };
  return {
    sql: "",
    catalog,
    parameters: [],
    relations: [],
    effects: { any: false, cost: 0 },
    complaints: [],
    subselect: noQuery,
    statement: noQuery,
  };
}

/** A column's default, or NULL where it has none. */
export function compileDefault(column: Column, analysis: Analysis): Typed {
  if (column.default === null) return { type: column.type, evaluate: () => null };
  const typed = compile(column.default as Node, plainContext(newScope(analysis, null), "DEFAULT expressions"));
  return assign(analysis, typed, column, "default expression");
}

export type RowCondition = (values: readonly Value[]) => boolean;

/** Conditions by the table's columns and the expression's node: catalogs are immutable, so both keep what they mean. */
const CONDITIONS = new WeakMap<readonly Column[], WeakMap<object, RowCondition>>();

/** A condition on a row of the table, such as the WHERE of a partial index; NULL counts as false. */
export function compileRowCondition(table: Table, expression: unknown): RowCondition {
  const known = CONDITIONS.get(table.columns) ?? new WeakMap<object, RowCondition>();
  CONDITIONS.set(table.columns, known);
  const node = expression as object;
  const condition = known.get(node) ?? rowCondition(table, expression);
  known.set(node, condition);
  return condition;
}

function rowCondition(table: Table, expression: unknown): RowCondition {
  const scope = tableScope(table, standaloneAnalysis({ tables: {}, sequences: {} }));
  const typed = coerceToBoolean(scope.analysis, compile(expression as Node, plainContext(scope, "WHERE")), "WHERE");
  return (values) => typed.evaluate(rowFrame(NO_RUN, values)) === true;
}

/** The value of a column's default, for ON DELETE SET DEFAULT. */
export function defaultValue(column: Column, access: Access): Value {
  const typed = compileDefault(column, standaloneAnalysis(access.catalog));
  return typed.evaluate(rowFrame(newRun(access, []), []));
}

export function newRun(access: Access, parameters: readonly Value[]): Run {
  return { access, parameters, touched: { replaced: new Set(), made: new Set(), nested: false } };
}

/** A frame whose item 0 is this row. */
export function rowFrame(run: Run, values: readonly Value[]): Frame {
  const frame = newFrame(run, null, 1);
  frame.rows.values[0] = values;
  return frame;
}

/** A frame for expressions that look at their row and nothing else. */
export function immutableFrame(values: readonly Value[]): Frame {
  return rowFrame(NO_RUN, values);
}

/** For expressions that may look at their row only: every call of the server raises this error. */
export function noAccess(sqlstate: string, message: string): Access {
  const refuse = (): never => {
    throw new SqlError(sqlstate, message);
  };
  return {
    catalog: { tables: {}, sequences: {} },
    scan: refuse,
    scanInOrder: refuse,
    lockRow: refuse,
    update: refuse,
    delete: refuse,
    insert: refuse,
    pick: refuse,
    plansAreOpen: false,
    nested: refuse,
    sequence: refuse,
    advisory: refuse,
    clock: refuse,
    setting: refuse,
    sessionNumber: 0,
  };
}

const NO_RUN: Run = newRun(noAccess("42P17", "functions in index predicate must be marked IMMUTABLE"), []);
