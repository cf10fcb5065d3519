/**
 * The select list: `*` and `t.*` expanded, names given, expressions analysed. RETURNING is one too.
 * Source: parse_target.c.
 */
import type { Node } from "libpg-query";
import { type ExpressionContext, refuseHere } from "../expressions/context.ts";
import { outputName } from "../expressions/output-name.ts";
import { missingItem, type Scope, type ScopeColumn } from "../expressions/scope.ts";
import type { Typed } from "../expressions/typed.ts";
import { SqlError } from "../sql-error.ts";
import { stringOf } from "../syntax/nodes.ts";

export interface Target {
  readonly name: string;
  readonly typed: Typed;
  /** The expression as it was written; for a column of `*`, the column. */
  readonly node: Node;
}

export function compileTargets(nodes: readonly Node[], context: ExpressionContext): readonly Target[] {
  return nodes.flatMap((node) => {
    if (!("ResTarget" in node) || node.ResTarget.val === undefined) return [];
    const { val, name } = node.ResTarget;
    return (
      starTargets(val, context) ?? [{ name: name ?? outputName(val), typed: context.compile(val, context), node: val }]
    );
  });
}

/** The columns of `*` or `t.*`, or null where the expression is none of the two. */
function starTargets(node: Node, context: ExpressionContext): readonly Target[] | null {
  if (!("ColumnRef" in node)) return null;
  const parts = node.ColumnRef.fields ?? [];
  const last = parts.at(-1);
  if (last === undefined || !("A_Star" in last)) return null;
  const { scope } = context;
  if (parts.length === 1) {
    if (scope.items.length === 0) throw new SqlError("42601", "SELECT * with no tables specified is not valid");
    return scope.columns.map((column) => columnTarget(column, context));
  }
  const name = stringOf(parts.at(-2));
  const item = scope.items.find((candidate) => candidate.name === name);
  if (item === undefined) throw missingItem(scope, name);
  return item.columns.map((column) => columnTarget(column, context));
}

/** A column of `*`: it is found by its place and not by its name, which may be ambiguous. */
function columnTarget(column: ScopeColumn, context: ExpressionContext): Target {
  const { item, column: position, type, name } = column;
  const { scope, grouped } = context;
  if (column.unmodelled === true) refuseHere(context, undefined, `the column ${name} of a sequence`);
  const table = scope.items[item]?.name ?? "";
  const node: Node = { ColumnRef: { fields: [{ String: { sval: table } }, { String: { sval: name } }] } };
  scope.tracker.reads.add(item);
  if (grouped !== null && !grouped.isColumnAllowed(item, position)) {
    throw new SqlError(
      "42803",
      `column "${table}.${name}" must appear in the GROUP BY clause or be used in an aggregate function`,
    );
  }
  return { name, node, typed: { type, evaluate: (frame) => frame.rows.values[item]?.[position] ?? null } };
}

/** The scope's columns by a name that RETURNING or ORDER BY may use. */
export function columnsNamed(scope: Scope, name: string): readonly ScopeColumn[] {
  return scope.columns.filter((column) => column.name === name);
}
