/**
 * Ranges of keys, as the planner would take them from an index of a table that was never analyzed.
 *
 *     WHERE id BETWEEN 1 AND 5          id >= 1, id <= 5 in t_pkey
 *     WHERE a = 1                       a = 1 in an index on (a, b)
 *     WHERE id = 1 OR k = 2             id = 1 in t_pkey and k = 2 in t_k_idx
 *     WHERE id > 3                      id > 3 in t_pkey where rows are narrow, otherwise the whole table
 *
 * The planner takes such a table for one of ten pages. Bounds on two sides, or an equality, are few rows to it; one
 * inequality is a third of all, for which the index pays only when a page holds many rows. It matters to SERIALIZABLE only.
 *
 * Sources: planned on a real server with rows of 8 to 112 bytes; get_rel_data_width in plancat.c, get_typavgwidth in lsyscache.c.
 */
import type { Node } from "libpg-query";
import type { Column, Index, Table } from "../catalog/catalog.ts";
import { conjuncts } from "../expressions/conditions.ts";
import type { Frame } from "../expressions/frame.ts";
import { lastName, listItems } from "../syntax/nodes.ts";
import type { Value } from "../values/value.ts";
import type { Condition } from "./conditions.ts";
import type { Bound, BoundOperator, IndexRange } from "./index-range.ts";

/** A column of the table against values that are known before the scan. For `=` any of them. */
export interface Comparison {
  readonly column: number;
  readonly operator: BoundOperator;
  readonly values: (frame: Frame) => readonly Value[];
}

/** How a column is compared: found by the caller, who knows the names. */
export type FindComparison = (
  column: Node,
  operator: BoundOperator,
  values: { readonly nodes: readonly Node[]; readonly array: boolean },
) => Comparison | null;

/** A condition, or a part of one, and how it is analysed with its own names. */
type Part = Pick<Condition, "node" | "within">;

/** Rows of at most so many bytes are read by index for one inequality. */
const NARROW_ROW_BYTES_MAX = 76;

const WIDTHS: Readonly<Record<string, number>> = {
  bool: 1,
  int2: 2,
  int4: 4,
  int8: 8,
  float8: 8,
  date: 4,
  timestamp: 8,
  timestamptz: 8,
  money: 8,
  uuid: 16,
  interval: 16,
};
/** What the planner assumes of a type without a fixed length. */
const UNKNOWN_WIDTH = 32;

/** The ranges that these conditions, all of which hold, can be looked up by; null where the table is scanned. */
export function rangesOf(
  table: Table,
  conditions: readonly Part[],
  find: FindComparison,
): ((frame: Frame) => readonly IndexRange[]) | null {
  const together = rangeIn(table, conditions, find);
  if (together !== null) return together;
  for (const condition of conditions) {
    const either = eitherOf(table, condition, find);
    if (either !== null) return either;
  }
  return null;
}

/** Each side of an OR by an index of its own. */
function eitherOf(
  table: Table,
  { node, within }: Part,
  find: FindComparison,
): ((frame: Frame) => readonly IndexRange[]) | null {
  if (!("BoolExpr" in node) || node.BoolExpr.boolop !== "OR_EXPR") return null;
  const partsOf = (side: Node): readonly Part[] => conjuncts(side).map((part) => ({ node: part, within }));
  const sides = (node.BoolExpr.args ?? []).map((side) => rangeIn(table, partsOf(side), find, false));
  if (sides.includes(null)) return null;
  return (frame) => sides.flatMap((side) => side?.(frame) ?? []);
}

function rangeIn(
  table: Table,
  conditions: readonly Part[],
  find: FindComparison,
  takesOneSided = isNarrow(table),
): ((frame: Frame) => readonly IndexRange[]) | null {
  const comparisons = conditions.flatMap(({ node, within }) => within(() => comparisonsOf(node, find)));
  if (comparisons.length === 0) return null;
  const onIndex = (index: Index): readonly Comparison[] =>
    comparisons.filter(({ column }) => index.columns.includes(column));
  const index = usable(table).find((each) => isSelective(onIndex(each)) || (takesOneSided && onIndex(each).length > 0));
  if (index === undefined) return null;
  const used = onIndex(index);
  return (frame) =>
    product(used.map((comparison) => boundsOf(table, index, comparison, frame))).map((bounds) => ({
      index: index.name,
      bounds,
    }));
}

/** An index whose first column is compared comes before one with a later column. */
function usable(table: Table): readonly Index[] {
  return table.indexes.filter(
    (index) => index.predicate === null && index.expressions === undefined && index.columns.length > 0,
  );
}

/** An equality, or bounds on both sides of one column. */
function isSelective(comparisons: readonly Comparison[]): boolean {
  return comparisons.some(
    ({ column, operator }) =>
      operator === "=" ||
      (operator.startsWith(">") &&
        comparisons.some((other) => other.column === column && other.operator.startsWith("<"))),
  );
}

function boundsOf(
  table: Table,
  index: Index,
  { column, operator, values }: Comparison,
  frame: Frame,
): readonly Bound[] {
  const at = index.columns.indexOf(column);
  const type = table.columns[column]?.type ?? "text";
  return values(frame).map((value) => ({ at, type, operator, value }));
}

/** One of each list, in every combination. */
function product<T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return lists.reduce<readonly (readonly T[])[]>(
    (rows, list) => rows.flatMap((row) => list.map((each) => [...row, each])),
    [[]],
  );
}

function comparisonsOf(node: Node, find: FindComparison): readonly Comparison[] {
  if (!("A_Expr" in node)) return [];
  const { kind, name, lexpr, rexpr } = node.A_Expr;
  if (lexpr === undefined || rexpr === undefined) return [];
  switch (kind) {
    case "AEXPR_OP":
      return comparison(lastName(name), lexpr, rexpr, find);
    case "AEXPR_IN":
      return present(lastName(name) === "=" ? find(lexpr, "=", { nodes: listItems(rexpr), array: false }) : null);
    case "AEXPR_OP_ANY":
      return present(lastName(name) === "=" ? find(lexpr, "=", { nodes: [rexpr], array: true }) : null);
    case "AEXPR_BETWEEN": {
      const [low, high] = listItems(rexpr);
      if (low === undefined || high === undefined) return [];
      return [...comparison(">=", lexpr, low, find), ...comparison("<=", lexpr, high, find)];
    }
    default:
      return [];
  }
}

const TURNED: Readonly<Record<string, { readonly operator: BoundOperator; readonly turned: BoundOperator }>> = {
  "=": { operator: "=", turned: "=" },
  "<": { operator: "<", turned: ">" },
  "<=": { operator: "<=", turned: ">=" },
  ">": { operator: ">", turned: "<" },
  ">=": { operator: ">=", turned: "<=" },
};

function comparison(name: string, left: Node, right: Node, find: FindComparison): readonly Comparison[] {
  const known = TURNED[name];
  if (known === undefined) return [];
  return present(
    find(left, known.operator, { nodes: [right], array: false }) ??
      find(right, known.turned, { nodes: [left], array: false }),
  );
}

function present<T>(value: T | null): readonly T[] {
  return value === null ? [] : [value];
}

function isNarrow(table: Table): boolean {
  return bytesOfRow(table) <= NARROW_ROW_BYTES_MAX;
}

/** How wide the planner takes the rows of a table to be that it knows nothing of. */
export function bytesOfRow(table: Table): number {
  const width = ({ type }: Column): number => WIDTHS[type] ?? UNKNOWN_WIDTH;
  return table.columns.reduce((bytes, column) => bytes + width(column), 0);
}
