/**
 * The keys of indexes, whose parts are columns or expressions.
 *
 *     CREATE UNIQUE INDEX ON upsert (lower(key), b)      columns [-1, 1], expressions [lower(key)]
 *     keys of ('Foo', 2)                                 ['foo', 2]
 *
 * A part at position -1, -2, … in `columns` is the first, second, … expression. An expression brings the columns that it
 * was analysed against, since it must mean the same whatever becomes of the table's other columns.
 */
import type { Node } from "libpg-query";
import { immutableFrame, standaloneAnalysis, tableScope } from "../execution/row-expressions.ts";
import { resolveOpen } from "../expressions/coerce.ts";
import { compile, plainContext } from "../expressions/compile.ts";
import type { Typed } from "../expressions/typed.ts";
import type { Value } from "../values/value.ts";
import type { Index, IndexExpression, Table } from "./catalog.ts";
import { EMPTY_CATALOG } from "./catalog.ts";

const COMPILED = new WeakMap<IndexExpression, Typed>();

/** An index expression, analysed against the columns of its table. */
export function compileIndexExpression(expression: IndexExpression): Typed {
  const known = COMPILED.get(expression);
  if (known !== undefined) return known;
  const table: Table = { name: "", columns: expression.columns, indexes: [], checks: [], foreignKeys: [] };
  const scope = tableScope(table, standaloneAnalysis(EMPTY_CATALOG));
  const typed = resolveOpen(scope.analysis, compile(expression.node as Node, plainContext(scope, "index expressions")));
  COMPILED.set(expression, typed);
  return typed;
}

/** The key that a row has in the index. */
export function indexKey(index: Index, values: readonly Value[]): readonly Value[] {
  return index.columns.map((column) => {
    const expression = column < 0 ? index.expressions?.[-1 - column] : undefined;
    if (expression === undefined) return values[column] ?? null;
    return compileIndexExpression(expression).evaluate(immutableFrame(values));
  });
}

/** A part of a key as PostgreSQL writes it: `id`, `lower(key)`. */
export function keyPartName(table: Table, index: Pick<Index, "columns" | "expressions">, column: number): string {
  return (column < 0 ? index.expressions?.[-1 - column]?.words : table.columns[column]?.name) ?? "";
}
