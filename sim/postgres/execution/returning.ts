/** RETURNING: a select list over the row that was written, and the other FROM items. */
import type { ColumnRef, ReturningClause } from "libpg-query";
import type { Table } from "../catalog/catalog.ts";
import { plainContext } from "../expressions/compile.ts";
import type { Frame, Row } from "../expressions/frame.ts";
import { type Query, type Scope, tracked } from "../expressions/scope.ts";
import { stringOf } from "../syntax/nodes.ts";
import { addItem } from "./from.ts";
import { outputsOf } from "./outputs.ts";
import { compileTargets, type Target } from "./targets.ts";

const NOTHING: Row = [];

/** The analysed list, and where `old` and `new` stand in the frame; -1 where they are not there. */
export interface Returning {
  readonly targets: readonly Target[];
  readonly old: number;
  readonly new: number;
}

/** `old` and `new` are FROM items that only a qualified name means, unless a table of the statement is called so. */
export function compileReturning(clause: ReturningClause | undefined, table: Table, scope: Scope): Returning {
  if (clause === undefined) return { targets: [], old: -1, new: -1 };
  const place = (name: string): number => {
    if (!mentions(clause, name) || scope.items.some((item) => item.name === name)) return -1;
    return addItem(scope, { name, table: null, fields: table.columns, renamed: [] }).item;
  };
  const [old, made] = [place("old"), place("new")];
  const { result } = tracked(scope, () => compileTargets(clause.exprs ?? [], plainContext(scope, "RETURNING")));
  return { targets: result, old, new: made };
}

/** Whether a column reference in the tree begins with this name. */
function mentions(tree: unknown, name: string): boolean {
  if (typeof tree !== "object" || tree === null) return false;
  if ("ColumnRef" in tree) return stringOf((tree as { ColumnRef: ColumnRef }).ColumnRef.fields?.[0]) === name;
  return Object.values(tree).some((part) => mentions(part, name));
}

/**
 * A query of a modifying statement. `changes` writes one row after the other and pauses after each with the frame to
 * evaluate RETURNING in; without RETURNING the query gives one row without columns for each row written.
 */
export function returningQuery(
  returning: Returning,
  scope: Scope,
  changes: (frame: Frame) => Iterable<Frame>,
  newFrame: (run: Frame["run"], outer: Frame | null) => Frame,
): Query {
  return outputsOf(returning.targets, scope.outerLevels, function* (run, outer, outputs) {
    for (const frame of changes(newFrame(run, outer))) {
      if (returning.old >= 0) frame.rows.values[returning.old] = frame.written?.old ?? null;
      if (returning.new >= 0) frame.rows.values[returning.new] = frame.written?.new ?? null;
      yield outputs.length === 0 ? NOTHING : outputs.map((output) => output.evaluate(frame));
    }
  });
}
