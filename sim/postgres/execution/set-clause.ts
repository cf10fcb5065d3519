/**
 * SET: the new values of an UPDATE or of ON CONFLICT DO UPDATE.
 *
 *     SET v = v + 1, (a, b) = (1, 2), c = DEFAULT, (d, e) = (SELECT …)
 *
 * All of them are computed from the old row. Source: analyze.c (transformUpdateTargetList).
 */
import type { Node } from "libpg-query";
import type { Table } from "../catalog/catalog.ts";
import { compile, plainContext } from "../expressions/compile.ts";
import type { Frame } from "../expressions/frame.ts";
import { once } from "../expressions/frame.ts";
import type { Query, Scope } from "../expressions/scope.ts";
import { keeper } from "../expressions/subselect.ts";
import type { Typed } from "../expressions/typed.ts";
import { SqlError } from "../sql-error.ts";
import { refuse } from "../syntax/refuse.ts";
import type { Value } from "../values/value.ts";
import { assign } from "./assignment.ts";
import { withGenerated } from "./generated-columns.ts";
import { compileDefault } from "./row-expressions.ts";

export interface SetClause {
  /** The columns that it names. */
  readonly columns: readonly number[];
  /** The whole new row. */
  readonly newRow: (frame: Frame) => readonly Value[];
}

/** `item` is where the target's row stands in the frame. */
export function compileSet(nodes: readonly Node[], table: Table, scope: Scope, item: number): SetClause {
  const sources = new Map<string, readonly Typed[]>();
  // All values are analysed before the first column is looked for.
  const values = nodes.map((node) => {
    const val = "ResTarget" in node ? node.ResTarget.val : undefined;
    return val === undefined || "SetToDefault" in val ? null : compileValue(val, scope, sources);
  });
  const analysed = nodes.map((node, position) => {
    if (!("ResTarget" in node) || node.ResTarget.val === undefined)
      return refuse(scope.analysis.sql, undefined, "this SET");
    const { name = "", indirection, location } = node.ResTarget;
    if (indirection !== undefined) refuse(scope.analysis.sql, location, "SET of an array element or a field");
    const at = table.columns.findIndex((column) => column.name === name);
    const column = table.columns[at];
    if (column === undefined)
      throw new SqlError("42703", `column "${name}" of relation "${table.name}" does not exist`);
    const source = values[position] ?? null;
    if (source === null) return { at, column, source: compileDefault(column, scope.analysis) };
    if (column.generated !== undefined) {
      throw new SqlError(
        "428C9",
        `column "${name}" can only be updated to DEFAULT`,
        `Column "${name}" is a generated column.`,
      );
    }
    if (column.identity === "always") {
      throw new SqlError(
        "428C9",
        `column "${name}" can only be updated to DEFAULT`,
        `Column "${name}" is an identity column defined as GENERATED ALWAYS.`,
      );
    }
    return { at, column, source };
  });
  // Types are settled when all of SET is analysed: a parameter in two columns must fit both.
  const assignments = analysed.map(({ at, column, source }) => ({ at, typed: assign(scope.analysis, source, column) }));
  const columns = assignments.map(({ at }) => at);
  const twice = columns.find((at, position) => columns.indexOf(at) !== position);
  if (twice !== undefined) {
    throw new SqlError("42601", `multiple assignments to same column "${table.columns[twice]?.name ?? ""}"`);
  }
  return { columns, newRow: (frame) => withGenerated(table, withAssignments(frame, item, assignments)) };
}

function compileValue(value: Node, scope: Scope, sources: Map<string, readonly Typed[]>): Typed {
  return "MultiAssignRef" in value
    ? fieldOf(value.MultiAssignRef, scope, sources)
    : compile(value, plainContext(scope, "UPDATE"));
}

function withAssignments(
  frame: Frame,
  item: number,
  assignments: readonly { readonly at: number; readonly typed: Typed }[],
): readonly Value[] {
  const values = [...(frame.rows.values[item] ?? [])];
  for (const { at, typed } of assignments) values[at] = typed.evaluate(frame);
  return values;
}

interface MultiAssign {
  readonly source?: Node;
  readonly colno?: number;
  readonly ncolumns?: number;
}

/** One column of `(a, b) = …`; every column carries the whole source, which is analysed once. */
function fieldOf(
  { source, colno = 0, ncolumns = 0 }: MultiAssign,
  scope: Scope,
  sources: Map<string, readonly Typed[]>,
): Typed {
  const key = JSON.stringify(source);
  const fields = sources.get(key) ?? multiFields(source, scope, ncolumns);
  sources.set(key, fields);
  const field = fields[colno - 1];
  if (field === undefined) throw new SqlError("42601", "number of columns does not match number of values");
  return field;
}

function multiFields(source: Node | undefined, scope: Scope, columns: number): readonly Typed[] {
  if (source !== undefined && "RowExpr" in source) {
    const fields = (source.RowExpr.args ?? []).map((node) => compile(node, plainContext(scope, "UPDATE")));
    if (fields.length !== columns) throw new SqlError("42601", "number of columns does not match number of values");
    return fields;
  }
  if (source !== undefined && "SubLink" in source) {
    const { subselect, location } = source.SubLink;
    if (subselect === undefined || !("SelectStmt" in subselect))
      return refuse(scope.analysis.sql, location, "this sub-select");
    const query = scope.analysis.subselect(subselect.SelectStmt, scope);
    if (query.fields.length !== columns)
      throw new SqlError("42601", "number of columns does not match number of values");
    return query.fields.map((field, at) => ({
      type: field.type,
      evaluate: (frame) => rowOf(query, frame)[at] ?? null,
    }));
  }
  throw new SqlError("0A000", "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression");
}

/** The one row of a sub-select; a correlated one is run for each column. */
function rowOf(query: Query, frame: Frame): readonly Value[] {
  const compute = (): readonly Value[] => {
    const rows = [...query.rows(frame.run, frame)];
    if (rows.length > 1) throw new SqlError("21000", "more than one row returned by a subquery used as an expression");
    return rows[0] ?? query.fields.map(() => null);
  };
  const owner = keeper(query, frame);
  return owner === null ? compute() : once(owner, query, compute);
}
