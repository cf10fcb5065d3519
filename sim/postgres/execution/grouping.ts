/**
 * GROUP BY and aggregates: rows are gathered into groups, each with its aggregates and one of its rows.
 *
 *     SELECT k, count(*) FROM t GROUP BY k
 *
 *     rows of t  ->  groups by the value of k, in the order in which they were met
 *                ->  frame.rows: the group's first row (k is read from it), frame.aggregates: [count]
 *
 * A query with aggregates and without GROUP BY has exactly one group, also for no rows. PostgreSQL gives groups in an order
 * of its own (by hash or sorted): only with ORDER BY is an order promised. Source: parse_agg.c, nodeAgg.c.
 */
import type { Node } from "libpg-query";
import { isKnownAggregate } from "../expressions/aggregates.ts";
import type { AggregateCall, Grouped } from "../expressions/context.ts";
import { copyRows, type Frame, loadRows, noRows, type Rows } from "../expressions/frame.ts";
import { compareKeys } from "../expressions/order.ts";
import { resolveColumn, type Scope } from "../expressions/scope.ts";
import type { Typed } from "../expressions/typed.ts";
import { lastName, stringOf, withoutPlaces } from "../syntax/nodes.ts";
import { groupingKey } from "../values/compare.ts";
import type { Value } from "../values/value.ts";

/** Whether an expression calls an aggregate at its own level. */
export function callsAggregate(tree: unknown): boolean {
  if (Array.isArray(tree)) return tree.some(callsAggregate);
  if (typeof tree !== "object" || tree === null) return false;
  if ("SelectStmt" in tree) return false;
  if ("FuncCall" in tree) {
    const call = tree.FuncCall as { readonly funcname?: Node[] };
    if (isKnownAggregate(lastName(call.funcname))) return true;
  }
  return Object.values(tree).some(callsAggregate);
}

/** An expression as text, with its columns resolved: `v` and `t.v` are the same. */
function canonical(node: Node, scope: Scope): string {
  if ("ColumnRef" in node) {
    const names = (node.ColumnRef.fields ?? []).map(stringOf);
    const { levels, column } = resolveColumn(
      scope,
      names.length > 1 ? (names.at(-2) ?? null) : null,
      names.at(-1) ?? "",
    );
    return `column ${levels} ${column.item} ${column.column}`;
  }
  const replace = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replace);
    if (typeof value !== "object" || value === null) return value;
    if ("ColumnRef" in value) {
      try {
        return canonical(value as Node, scope);
      } catch {
        return value;
      }
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replace(item)]));
  };
  return withoutPlaces(replace(node));
}

export interface GroupKey {
  readonly node: Node;
  readonly typed: Typed;
}

/** What the expressions of a grouped query may use. */
export function groupedBy(keys: readonly GroupKey[], scope: Scope): Grouped {
  const texts = new Set(keys.map(({ node }) => canonicalOrNone(node, scope)));
  const hasColumn = (item: number, column: number): boolean => texts.has(`column 0 ${item} ${column}`);
  return {
    scope,
    isKey: (node, at) => at === scope && texts.size > 0 && texts.has(canonicalOrNone(node, scope)),
    isColumnAllowed: (item, column) => {
      if (hasColumn(item, column)) return true;
      const primary = scope.items[item]?.table?.indexes.find((index) => index.primary);
      return primary?.columns.every((part) => hasColumn(item, part)) ?? false;
    },
  };
}

/** An expression with a name that means nothing is no key; its error comes when it is analysed. */
function canonicalOrNone(node: Node, scope: Scope): string {
  try {
    return canonical(node, scope);
  } catch {
    return "";
  }
}

interface Group {
  readonly rows: Rows;
  /** The argument rows of each aggregate. */
  readonly arguments: (readonly Value[])[][];
}

/** Goes through the rows in the frame, and then puts one group after the other into it. */
export function* groups(
  input: Iterable<null>,
  frame: Frame,
  keys: readonly Typed[],
  calls: readonly AggregateCall[],
): Generator<null> {
  const found = new Map<string, Group>();
  for (const _ of input) {
    const key = keys.map((typed) => groupingKey(typed.type, typed.evaluate(frame))).join("\u0001");
    const group = found.get(key) ?? { rows: copyRows(frame.rows), arguments: calls.map(() => []) };
    found.set(key, group);
    for (const [at, call] of calls.entries()) {
      if (call.filter !== null && call.filter.evaluate(frame) !== true) continue;
      const given = [...call.arguments, ...call.order.map(({ typed }) => typed)];
      group.arguments[at]?.push(given.map((argument) => argument.evaluate(frame)));
    }
  }
  if (found.size === 0 && keys.length === 0) {
    found.set("", { rows: noRows(frame.rows.values.length), arguments: calls.map(() => []) });
  }
  for (const group of found.values()) {
    loadRows(frame, group.rows);
    frame.aggregates = calls.map((call, at) => call.compute(inOrder(call, group.arguments[at] ?? [])));
    yield null;
  }
}

/** The argument rows in the order of ORDER BY inside of the call; the keys stand behind the arguments. */
function inOrder(call: AggregateCall, rows: readonly (readonly Value[])[]): readonly (readonly Value[])[] {
  if (call.order.length === 0) return rows;
  const from = call.arguments.length;
  return [...rows].sort((a, b) => compareKeys(call.order, a.slice(from), b.slice(from)));
}
