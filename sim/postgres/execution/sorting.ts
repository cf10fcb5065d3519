/**
 * ORDER BY, DISTINCT and LIMIT.
 *
 * A sort gathers its input whole before it gives the first row; equal rows keep their order. NULLs come last, or first
 * under DESC, unless the statement says otherwise. Sources: parse_clause.c (findTargetlistEntrySQL92), nodeLimit.c.
 */
import type { Node } from "libpg-query";
import { coerce, resolveOpen } from "../expressions/coerce.ts";
import type { ExpressionContext, OrderKey } from "../expressions/context.ts";
import { copyRows, type Frame, loadRows, type Rows } from "../expressions/frame.ts";
import { compareKeys, orderKey } from "../expressions/order.ts";
import type { Scope } from "../expressions/scope.ts";
import type { Typed } from "../expressions/typed.ts";
import { SqlError } from "../sql-error.ts";
import { stringOf, withoutPlaces } from "../syntax/nodes.ts";
import { refuse } from "../syntax/refuse.ts";
import { typeLabel } from "../values/type-names.ts";
import type { Value } from "../values/value.ts";
import { columnsNamed, type Target } from "./targets.ts";

export interface SortKey extends OrderKey {
  /** The position in the select list, or -1 where the key is not in it. */
  readonly target: number;
}

/** The key of an ORDER BY, GROUP BY or DISTINCT ON item: a position, an output's name, or an expression. */
export interface ResolvedItem {
  readonly node: Node;
  readonly target: number;
}

/** Resolves an item that may name an output; GROUP BY prefers columns of FROM, ORDER BY prefers outputs. */
export function resolveItem(node: Node, targets: readonly Target[], scope: Scope, clause: string): ResolvedItem {
  if ("A_Const" in node) return { ...byPosition(node, targets, clause) };
  if ("ColumnRef" in node && node.ColumnRef.fields?.length === 1) {
    const name = stringOf(node.ColumnRef.fields[0]);
    const hidden = clause === "GROUP BY" && columnsNamed(scope, name).length > 0;
    const named = hidden ? [] : targets.flatMap((target, at) => (target.name === name ? [at] : []));
    const [first] = named;
    if (first !== undefined) {
      const texts = new Set(named.map((at) => withoutPlaces(targets[at]?.node)));
      if (texts.size > 1) throw new SqlError("42702", `${clause} "${name}" is ambiguous`);
      return { node: targets[first]?.node ?? node, target: first };
    }
  }
  const same = targets.findIndex((target) => withoutPlaces(target.node) === withoutPlaces(node));
  return { node, target: same };
}

function byPosition(node: Node, targets: readonly Target[], clause: string): ResolvedItem {
  const position = "A_Const" in node ? node.A_Const.ival : undefined;
  if (position === undefined) throw new SqlError("42601", `non-integer constant in ${clause}`);
  const at = (position.ival ?? 0) - 1;
  const target = targets[at];
  if (target === undefined) throw new SqlError("42P10", `${clause} position ${at + 1} is not in select list`);
  return { node: target.node, target: at };
}

export function compileSort(
  nodes: readonly Node[],
  targets: readonly Target[],
  context: ExpressionContext,
): readonly SortKey[] {
  return nodes.map((node) => {
    if (!("SortBy" in node) || node.SortBy.node === undefined)
      return refuse(context.scope.analysis.sql, undefined, "this ORDER BY");
    if (node.SortBy.sortby_dir === "SORTBY_USING") refuse(context.scope.analysis.sql, undefined, "ORDER BY … USING");
    const item = resolveItem(node.SortBy.node, targets, context.scope, "ORDER BY");
    const target = targets[item.target];
    const typed = target?.typed ?? resolveOpen(context.scope.analysis, context.compile(item.node, context));
    if (typed.type === "jsonb" || typed.type === "record")
      refuse(context.scope.analysis.sql, undefined, `ORDER BY a ${typeLabel(typed.type)}`);
    return { ...orderKey(typed, node.SortBy), target: item.target };
  });
}

/** A state of the frame, and its keys. */
export interface Kept {
  readonly rows: Rows;
  readonly aggregates: readonly Value[];
  readonly series: readonly Value[];
  readonly keys: readonly Value[];
}

/** Gathers the states of the frame, and puts them back one after the other in order. */
export function* sorted(input: Iterable<null>, frame: Frame, keys: readonly SortKey[]): Generator<null> {
  const kept: Kept[] = [];
  for (const _ of input) kept.push(keep(frame, keys));
  kept.sort((a, b) => compareKeys(keys, a.keys, b.keys));
  for (const state of kept) {
    putBack(frame, state);
    yield null;
  }
}

/** The frame as it is now. */
export function keep(frame: Frame, keys: readonly SortKey[]): Kept {
  const { aggregates, series } = frame;
  return { rows: copyRows(frame.rows), aggregates, series, keys: keys.map(({ typed }) => typed.evaluate(frame)) };
}

/** Makes the frame what it was. */
export function putBack(frame: Frame, { rows, aggregates, series }: Kept): void {
  loadRows(frame, rows);
  frame.aggregates = aggregates;
  frame.series = series;
}

export interface Limit {
  readonly count: Typed | null;
  readonly offset: Typed | null;
}

export function compileLimit(count: Node | undefined, offset: Node | undefined, context: ExpressionContext): Limit {
  const part = (node: Node | undefined, clause: string): Typed | null => {
    if (node === undefined || ("A_Const" in node && node.A_Const.isnull === true)) return null;
    // LIMIT may look at nothing of its own query.
    const blind: Scope = { ...context.scope, items: [], columns: [] };
    const typed = context.compile(node, {
      ...context,
      scope: blind,
      clause,
      aggregates: null,
      series: null,
      grouped: null,
    });
    const number = coerce(context.scope.analysis, typed, "int8", "assignment");
    if (number !== null) return number;
    throw new SqlError("42804", `argument of ${clause} must be type bigint, not type ${typeLabel(typed.type)}`);
  };
  return { count: part(count, "LIMIT"), offset: part(offset, "OFFSET") };
}

/** Lets through what LIMIT and OFFSET allow, and asks for no row more than that. */
export function* limited<T>(input: () => Iterable<T>, frame: Frame, limit: Limit): Generator<T> {
  const offset = rowNumber(limit.offset, frame, "2201X", "OFFSET must not be negative") ?? 0;
  const count = rowNumber(limit.count, frame, "2201W", "LIMIT must not be negative");
  if (count === 0) return;
  let seen = 0;
  for (const row of input()) {
    seen += 1;
    if (seen <= offset) continue;
    yield row;
    if (count !== null && seen >= offset + count) return;
  }
}

function rowNumber(typed: Typed | null, frame: Frame, sqlstate: string, message: string): number | null {
  const value = typed?.evaluate(frame) ?? null;
  if (value === null) return null;
  const number = Number(value);
  if (number < 0) throw new SqlError(sqlstate, message);
  return number;
}
