/**
 * Reading a table in the order of an index, as far as LIMIT asks: which query is planned so, for a table that was never analyzed.
 *
 *     SELECT … FROM job ORDER BY id LIMIT 1                        index: only the first row is looked at
 *     SELECT … FROM job WHERE state = 'new' ORDER BY id LIMIT 1    index: rows are looked at until one is new
 *     SELECT … FROM job WHERE state = 'new' ORDER BY id LIMIT 5    the whole table, sorted: five are too many of six
 *     SELECT max(id) FROM job                                      index: the last row
 *
 * It shows where looking at a row has an effect (pg_try_advisory_lock in WHERE), and in what SERIALIZABLE watches.
 *
 * The costs are the planner's: the table is taken for ten pages full of rows, a condition for a fixed share of them.
 * Not modelled: an order that only together with equalities is that of the index, GROUP BY and DISTINCT in index order.
 * Sources: costsize.c, selfuncs.h (DEFAULT_EQ_SEL, DEFAULT_INEQ_SEL), planagg.c; compared with EXPLAIN for rows of 8 to 108 bytes.
 */
import type { Node, SelectStmt } from "libpg-query";
import type { Index, Table } from "../catalog/catalog.ts";
import { conjuncts } from "../expressions/conditions.ts";
import type { Scope } from "../expressions/scope.ts";
import { lastName, listItems } from "../syntax/nodes.ts";
import type { Condition } from "./conditions.ts";
import type { From } from "./from.ts";
import { bytesOfRow } from "./range-path.ts";
import { columnOf } from "./scan-path.ts";
import { resolveItem } from "./sorting.ts";
import type { IndexOrder, Leaf } from "./source.ts";
import type { Target } from "./targets.ts";

export interface Ordered {
  readonly leaf: Leaf;
  readonly order: IndexOrder;
  /** Whether no two rows are equal in it. */
  readonly isTotal: boolean;
}

/** ORDER BY … LIMIT of one table by columns that begin an index; null where the rows are sorted. */
export function indexOrder(
  node: SelectStmt,
  targets: readonly Target[],
  scope: Scope,
  from: From | null,
): Ordered | null {
  const [leaf, other] = from?.leaves ?? [];
  if (leaf === undefined || other !== undefined || leaf.table === null || node.limitCount === undefined) return null;
  if (node.distinctClause !== undefined || node.sortClause === undefined) return null;
  const keys = node.sortClause.map((sort) => sortedColumn(sort, targets, scope, leaf));
  const [first] = keys;
  if (first === null || first === undefined) return null;
  if (keys.some((key) => key === null || key.descending !== first.descending)) return null;
  const index = usable(leaf.table).find(({ columns }) => keys.every((key, at) => key?.column === columns[at]));
  if (index === undefined) return null;
  const pays = paysOff(leaf.table, index, leaf.conditions, rowsWanted(node));
  const isTotal = index.unique && keys.length === index.columns.length && index.columns.every(isNotNull(leaf.table));
  return { leaf, order: { index: index.name, descending: first.descending, pays }, isTotal };
}

/** min() or max() of a column that begins an index; null where all rows are gone through. */
export function extremeOrder(node: SelectStmt, scope: Scope, from: From | null): Ordered | null {
  const [leaf, other] = from?.leaves ?? [];
  if (leaf === undefined || other !== undefined || leaf.table === null) return null;
  if (node.groupClause !== undefined || node.havingClause !== undefined || node.sortClause !== undefined) return null;
  const [target, more] = node.targetList ?? [];
  if (target === undefined || more !== undefined || !("ResTarget" in target)) return null;
  const call = target.ResTarget.val;
  if (call === undefined || !("FuncCall" in call)) return null;
  const { funcname, args, agg_filter, agg_order, agg_distinct } = call.FuncCall;
  const name = lastName(funcname);
  const [argument, second] = args ?? [];
  if ((name !== "min" && name !== "max") || argument === undefined || second !== undefined) return null;
  if (agg_filter !== undefined || agg_order !== undefined || agg_distinct === true) return null;
  const column = columnOf(scope, leaf.item, argument);
  const index = usable(leaf.table).find(({ columns }) => column !== null && columns[0] === column);
  if (index === undefined || !paysOff(leaf.table, index, leaf.conditions, 1)) return null;
  return { leaf, order: { index: index.name, descending: name === "max", pays: true }, isTotal: false };
}

function isNotNull(table: Table): (column: number) => boolean {
  return (column) => table.columns[column]?.notNull === true;
}

function usable(table: Table): readonly Index[] {
  return table.indexes.filter((index) => index.predicate === null && index.expressions === undefined);
}

/** A key that is a bare column with NULLs where an index has them. */
function sortedColumn(
  node: Node,
  targets: readonly Target[],
  scope: Scope,
  leaf: Leaf,
): { readonly column: number; readonly descending: boolean } | null {
  if (!("SortBy" in node) || node.SortBy.node === undefined) return null;
  const { sortby_dir, sortby_nulls } = node.SortBy;
  const descending = sortby_dir === "SORTBY_DESC";
  if (sortby_dir === "SORTBY_USING") return null;
  if (sortby_nulls === (descending ? "SORTBY_NULLS_LAST" : "SORTBY_NULLS_FIRST")) return null;
  const column = columnOf(scope, leaf.item, resolveItem(node.SortBy.node, targets, scope, "ORDER BY").node);
  return column === null ? null : { column, descending };
}

/** LIMIT and OFFSET where they are written as numbers; null where they are only known later. */
function rowsWanted({ limitCount, limitOffset }: SelectStmt): number | null {
  const count = constant(limitCount);
  const offset = limitOffset === undefined ? 0 : constant(limitOffset);
  return count === null || offset === null ? null : count + offset;
}

function constant(node: Node | undefined): number | null {
  if (node === undefined || !("A_Const" in node) || node.A_Const.ival === undefined) return null;
  return node.A_Const.ival.ival ?? 0;
}

const PAGES = 10;
const BYTES_PER_PAGE = 8168;
const BYTES_PER_ROW_MORE = 28;
const COST = { page: 1, row: 0.01, condition: 0.0025, comparison: 0.005, indexPages: 44.14, indexRow: 0.015 };
/** LIMIT with a parameter is taken for a tenth of the rows. */
const UNKNOWN_LIMIT = 0.1;

/** Whether the index costs less for the rows that are wanted than sorting what the whole table gives. */
function paysOff(table: Table, index: Index, conditions: readonly Condition[], wanted: number | null): boolean {
  const all = PAGES * Math.floor(BYTES_PER_PAGE / (bytesOfRow(table) + BYTES_PER_ROW_MORE));
  const nodes = conditions.map(({ node }) => node);
  const share = nodes.reduce((left, node) => left * shareOf(node), 1);
  const rows = Math.max(1, Math.round(all * share));
  const limit = Math.min(wanted ?? rows * UNKNOWN_LIMIT, rows);
  const filter = COST.condition * all * nodes.length;
  const byIndex = (COST.indexPages + COST.indexRow * all + filter) * (limit / rows);
  const sorting = COST.comparison * rows * Math.log2(Math.max(2, 2 * limit));
  return index.columns.length > 0 && byIndex < PAGES * COST.page + COST.row * all + filter + sorting;
}

const SHARE = { equal: 0.005, inequality: 1 / 3, half: 0.5 };

/** The share of the rows for which the planner expects a condition to hold. */
function shareOf(node: Node): number {
  if ("BoolExpr" in node) {
    const { boolop, args = [] } = node.BoolExpr;
    if (boolop === "NOT_EXPR") return 1 - (args[0] === undefined ? 0 : shareOf(args[0]));
    if (boolop === "OR_EXPR") return 1 - args.reduce((left, side) => left * (1 - shareOf(side)), 1);
    return conjuncts(node).reduce((left, part) => left * shareOf(part), 1);
  }
  if ("NullTest" in node) return node.NullTest.nulltesttype === "IS_NULL" ? SHARE.equal : 1 - SHARE.equal;
  if ("ColumnRef" in node || "BooleanTest" in node) return SHARE.half;
  if ("A_Expr" in node) return shareOfOperator(node.A_Expr);
  return SHARE.inequality;
}

function shareOfOperator({ kind, name, rexpr }: { kind?: string; name?: Node[]; rexpr?: Node }): number {
  const operator = lastName(name);
  switch (kind) {
    case "AEXPR_BETWEEN":
      return SHARE.equal;
    case "AEXPR_IN": {
      const share = Math.min(1, SHARE.equal * (rexpr === undefined ? 1 : listItems(rexpr).length));
      return operator === "=" ? share : 1 - share;
    }
    default:
      if (operator === "=") return SHARE.equal;
      return operator === "<>" ? 1 - SHARE.equal : SHARE.inequality;
  }
}
