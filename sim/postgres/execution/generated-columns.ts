/**
 * Generated columns (GENERATED ALWAYS AS (…) STORED): computed from the other columns whenever a row is written.
 *
 *     CREATE TABLE accounts (balance numeric, twice numeric GENERATED ALWAYS AS (balance * 2) STORED)
 *     UPDATE accounts SET balance = 5        ->        (5, 10)
 *
 * Source: nodeModifyTable.c (ExecComputeStoredGenerated), heap.c (check_nested_generated).
 */
import type { Node } from "libpg-query";
import type { Catalog, Column, Table } from "../catalog/catalog.ts";
import { compile, plainContext } from "../expressions/compile.ts";
import type { Analysis } from "../expressions/scope.ts";
import type { Typed } from "../expressions/typed.ts";
import { SqlError } from "../sql-error.ts";
import type { Value } from "../values/value.ts";
import { assign } from "./assignment.ts";
import { immutableFrame, standaloneAnalysis, tableScope } from "./row-expressions.ts";

type Completion = (values: readonly Value[]) => readonly Value[];

/** By the table's columns: they are immutable, and the expressions look at nothing else. */
const COMPLETIONS = new WeakMap<readonly Column[], Completion>();

/** The row with its generated columns computed. */
export function withGenerated(table: Table, values: readonly Value[]): readonly Value[] {
  if (!hasGenerated(table)) return values;
  const complete = COMPLETIONS.get(table.columns) ?? completion(table);
  COMPLETIONS.set(table.columns, complete);
  return complete(values);
}

export function hasGenerated({ columns }: Table): boolean {
  return columns.some((column) => column.generated !== undefined);
}

/** Raises what is wrong with the expressions of a table that is being made. */
export function checkGenerated(table: Table, catalog: Catalog, sql: string): void {
  compileGenerated(table, { ...standaloneAnalysis(catalog), sql });
}

function completion(table: Table): Completion {
  const generated = compileGenerated(table, standaloneAnalysis({ tables: {}, sequences: {} }));
  return (values) => {
    const frame = immutableFrame(values);
    const row = [...values];
    for (const { at, typed } of generated) row[at] = typed.evaluate(frame);
    return row;
  };
}

function compileGenerated(table: Table, analysis: Analysis): readonly { readonly at: number; readonly typed: Typed }[] {
  const scope = tableScope(table, analysis);
  return table.columns.flatMap((column, at) => {
    if (column.generated === undefined) return [];
    for (const { name } of table.columns.filter((other) => other.generated !== undefined)) {
      if (!mentions(column.generated, name)) continue;
      throw new SqlError(
        "42P17",
        `cannot use generated column "${name}" in column generation expression`,
        "A generated column cannot reference another generated column.",
      );
    }
    const typed = compile(column.generated as Node, plainContext(scope, "column generation expressions"));
    if (analysis.effects.any) throw new SqlError("42P17", "generation expression is not immutable");
    return [{ at, typed: assign(analysis, typed, column, "default expression") }];
  });
}

/** Whether the expression refers to the column. */
export function mentions(expression: unknown, column: string): boolean {
  return JSON.stringify(expression).includes(`"fields":[{"String":{"sval":${JSON.stringify(column)}}}]`);
}
