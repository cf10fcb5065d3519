/**
 * How a scan reaches its rows, which matters to SERIALIZABLE only: by key where conditions fix all columns of an index.
 *
 *     WHERE id = $1               index t_pkey, keys [[1]]
 *     WHERE id IN (1, 2)          index t_pkey, keys [[1], [2]]
 *     WHERE a = 1 AND b = 2       index on (a, b), keys [[1, 2]]
 *     WHERE id > 3                a range of t_pkey (range-path.ts)
 *     WHERE v > 3                 sequential
 *     WHERE v IS NULL             none at all, where the table says that v is NOT NULL
 *
 * The rows that the scan returns do not depend on it. Partial indexes are not used.
 */
import type { Node } from "libpg-query";
import type { Index, Table } from "../catalog/catalog.ts";
import { findCast } from "../expressions/casts.ts";
import { coerce } from "../expressions/coerce.ts";
import { compile, plainContext } from "../expressions/compile.ts";
import { equalitySides } from "../expressions/conditions.ts";
import type { Frame } from "../expressions/frame.ts";
import { resolveColumn, type Scope, tracked } from "../expressions/scope.ts";
import type { Typed } from "../expressions/typed.ts";
import { SqlError } from "../sql-error.ts";
import { lastName, listItems, stringOf } from "../syntax/nodes.ts";
import type { Value } from "../values/value.ts";
import type { ScanPath } from "./access.ts";
import type { Condition } from "./conditions.ts";
import { rangesOf } from "./range-path.ts";

/** The values that a condition fixes a column to. */
interface Fixed {
  readonly column: number;
  readonly condition: Condition;
  readonly keys: (frame: Frame) => readonly Value[];
}

export interface PathChoice {
  readonly path: (frame: Frame) => ScanPath;
  /** The conditions that the index answers: they are looked at first. */
  readonly answered: readonly Condition[];
}

const NOTHING: ScanPath = { kind: "ranges", ranges: [] };

const SEQUENTIAL: PathChoice = { path: () => ({ kind: "sequential" }), answered: [] };

/** Chooses the path for one table of a query level. */
export function choosePath(scope: Scope, item: number, table: Table, conditions: readonly Condition[]): PathChoice {
  const never = conditions.find(({ node, within }) => within(() => neverHolds(scope, item, table, node)));
  if (never !== undefined) return { path: () => NOTHING, answered: [never] };
  const fixed = conditions.flatMap(
    (condition) => condition.within(() => fixedColumn(scope, item, table, condition)) ?? [],
  );
  const usable = table.indexes.filter(
    (index) => index.predicate === null && index.expressions === undefined && index.columns.length > 0,
  );
  const best = [...usable]
    .sort((a, b) => rank(a) - rank(b))
    .find((index) => index.columns.every((column) => fixed.some((one) => one.column === column)));
  if (best === undefined) return chooseRanges(scope, item, table, conditions);
  const parts = best.columns.flatMap((column) => fixed.find((one) => one.column === column) ?? []);
  return {
    path: (frame) => ({ kind: "index", index: best.name, keys: combinations(parts.map((part) => part.keys(frame))) }),
    answered: parts.map((part) => part.condition),
  };
}

/** Whether the planner knows that no row can fulfil the condition: it asks of a column that is NOT NULL whether it is null. */
function neverHolds(scope: Scope, item: number, table: Table, node: Node): boolean {
  if ("BoolExpr" in node && node.BoolExpr.boolop === "OR_EXPR")
    return (node.BoolExpr.args ?? []).every((each) => neverHolds(scope, item, table, each));
  if (!("NullTest" in node) || node.NullTest.nulltesttype !== "IS_NULL" || node.NullTest.arg === undefined)
    return false;
  const column = columnOf(scope, item, node.NullTest.arg);
  return column !== null && table.columns[column]?.notNull === true;
}

function chooseRanges(scope: Scope, item: number, table: Table, conditions: readonly Condition[]): PathChoice {
  const steady = conditions.filter((condition) => !condition.volatile);
  const ranges = rangesOf(table, steady, (column, operator, { nodes, array }) => {
    const found = valuesFor(scope, item, table, { column, values: nodes, array });
    return found && { column: found.column, operator, values: found.keys };
  });
  if (ranges === null) return SEQUENTIAL;
  return { path: (frame) => ({ kind: "ranges", ranges: ranges(frame) }), answered: [] };
}

function rank(index: Index): number {
  return index.primary ? 0 : index.unique ? 1 : 2;
}

function combinations(parts: readonly (readonly Value[])[]): readonly (readonly Value[])[] {
  return parts.reduce<readonly (readonly Value[])[]>(
    (rows, values) => rows.flatMap((row) => values.map((value) => [...row, value])),
    [[]],
  );
}

function fixedColumn(scope: Scope, item: number, table: Table, condition: Condition): Fixed | null {
  if (condition.volatile) return null;
  const sides = equalitySides(condition.node);
  if (sides !== null) {
    return (
      fixedBy(scope, item, table, { condition, column: sides.left, values: [sides.right], array: false }) ??
      fixedBy(scope, item, table, { condition, column: sides.right, values: [sides.left], array: false })
    );
  }
  if (!("A_Expr" in condition.node)) return null;
  const { kind, name, lexpr, rexpr } = condition.node.A_Expr;
  if (lastName(name) !== "=" || lexpr === undefined || rexpr === undefined) return null;
  if (kind === "AEXPR_IN")
    return fixedBy(scope, item, table, { condition, column: lexpr, values: listItems(rexpr), array: false });
  if (kind === "AEXPR_OP_ANY")
    return fixedBy(scope, item, table, { condition, column: lexpr, values: [rexpr], array: true });
  return null;
}

interface Comparison {
  readonly column: Node;
  readonly values: readonly Node[];
  readonly array: boolean;
}

function fixedBy(
  scope: Scope,
  item: number,
  table: Table,
  equality: Comparison & { readonly condition: Condition },
): Fixed | null {
  const found = valuesFor(scope, item, table, equality);
  return found && { ...found, condition: equality.condition };
}

/** A column of the table against values that look at no row of this level. */
function valuesFor(scope: Scope, item: number, table: Table, equality: Comparison): Omit<Fixed, "condition"> | null {
  const column = columnOf(scope, item, equality.column);
  const type = column === null ? undefined : table.columns[column]?.type;
  if (column === null || type === undefined) return null;
  const analysed = tracked(scope, () =>
    equality.values.map((node) => {
      const typed = compile(node, plainContext(scope, "WHERE"));
      return (
        coerce(scope.analysis, typed, equality.array && typed.untyped !== undefined ? `_${type}` : type, "implicit") ??
        typed
      );
    }),
  );
  if (analysed.tracker.reads.size > 0 || analysed.tracker.volatile) return null;
  const values = analysed.result;
  if (!values.every((typed) => sameFamily(equality.array ? typed.type.slice(1) : typed.type, type))) return null;
  return { column, keys: (frame) => keysOf(values, type, equality.array, frame) };
}

function keysOf(values: readonly Typed[], type: string, array: boolean, frame: Frame): readonly Value[] {
  return values.flatMap((typed) => {
    const value = typed.evaluate(frame);
    if (array)
      return Array.isArray(value) ? value.flatMap((each: Value) => asKey(typed.type.slice(1), type, each)) : [];
    return asKey(typed.type, type, value);
  });
}

/** A value that is outside of the column's type equals no row, so it is no key. */
function asKey(from: string, to: string, value: Value): readonly Value[] {
  if (value === null) return [];
  const convert = findCast(from, to, "explicit");
  if (convert === null) return [];
  try {
    const key = convert(value);
    return key === null ? [] : [key];
  } catch (error) {
    if (error instanceof SqlError) return [];
    throw error;
  }
}

/** Whether an index on one type is of use for a value of the other: a numeric is no key for an integer column. */
function sameFamily(value: string, column: string): boolean {
  const family = (type: string): string => (/^int\d$/.test(type) ? "integer" : type === "varchar" ? "text" : type);
  return family(value) === family(column);
}

/** The column of this FROM item that an expression is, or null. */
export function columnOf(scope: Scope, item: number, node: Node): number | null {
  if (!("ColumnRef" in node)) return null;
  const names = (node.ColumnRef.fields ?? []).map(stringOf);
  const name = names.at(-1) ?? "";
  if (name === "ctid") return null;
  const { levels, column } = resolveColumn(scope, names.length > 1 ? (names.at(-2) ?? null) : null, name);
  return levels === 0 && column.item === item ? column.column : null;
}
