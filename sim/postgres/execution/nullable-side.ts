/**
 * The nullable sides of outer joins, as they are left when the planner has made inner joins of those that it can.
 *
 *     t LEFT JOIN o ON o.k = t.id                   o may be without a row
 *     t LEFT JOIN o ON o.k = t.id WHERE o.k = 1     a row of NULLs does not pass: an inner join
 *
 * A condition is strict for an item when it cannot be true for a row of NULLs. What stands above a join goes down into it; the
 * conditions of an outer join go down into its nullable side only.
 * Sources: prepjointree.c (reduce_outer_joins), clauses.c (find_nonnullable_rels).
 */
import type { ColumnRef, JoinExpr, Node, SelectStmt } from "libpg-query";
import { conjuncts } from "../expressions/conditions.ts";
import type { Scope } from "../expressions/scope.ts";
import { lastName, listItems, stringOf } from "../syntax/nodes.ts";
import type { From } from "./from.ts";

type Items = ReadonlySet<number>;
const NONE: Items = new Set();

/** The items of FROM that an outer join may leave without a row. */
export function nullableItems({ fromClause, whereClause }: SelectStmt, scope: Scope, from: From | null): Items {
  if (from === null || from.nullable.size === 0) return NONE;
  const order = from.leaves.map(({ item }) => item);
  const trees = (fromClause ?? []).map((node) => treeOf(node, order));
  const nullable = new Set<number>();
  const above = neverNull(whereClause, { scope, within: new Set(from.leaves.map(({ item }) => item)) });
  for (const tree of trees) collect(tree, above, { scope, nullable });
  return nullable;
}

/** A FROM item or a join, with the places of its items in the frame. */
interface Tree {
  readonly items: Items;
  readonly join: { readonly node: JoinExpr; readonly left: Tree; readonly right: Tree } | null;
}

/** Items have their places in the order in which they are written. */
function treeOf(node: Node, order: number[]): Tree {
  if (!("JoinExpr" in node) || node.JoinExpr.larg === undefined || node.JoinExpr.rarg === undefined) {
    const item = order.shift();
    return { items: new Set(item === undefined ? [] : [item]), join: null };
  }
  const left = treeOf(node.JoinExpr.larg, order);
  const right = treeOf(node.JoinExpr.rarg, order);
  return { items: new Set([...left.items, ...right.items]), join: { node: node.JoinExpr, left, right } };
}

interface Found {
  readonly scope: Scope;
  readonly nullable: Set<number>;
}

function collect({ items, join }: Tree, above: Items, found: Found): void {
  if (join === null) return;
  const { node, left, right } = join;
  const { jointype, quals, usingClause, isNatural } = node;
  const site = { scope: found.scope, within: items };
  const pairs = usingClause !== undefined || isNatural === true ? new Set([...left.items, ...right.items]) : NONE;
  const own = new Set([...neverNull(quals, site), ...(pairs.size === 2 ? pairs : [])]);
  const [kept, other] = jointype === "JOIN_RIGHT" ? [right, left] : [left, right];
  const isInner = jointype === "JOIN_INNER" || [...other.items].some((item) => above.has(item));
  if (isInner) {
    const both = new Set([...above, ...own]);
    collect(left, both, found);
    collect(right, both, found);
    return;
  }
  for (const item of other.items) found.nullable.add(item);
  collect(kept, above, found);
  collect(other, own, found);
}

interface Site {
  readonly scope: Scope;
  /** The items that names can mean. */
  readonly within: Items;
}

/** The items of which no row of NULLs makes the condition true. */
function neverNull(where: Node | undefined, site: Site): Items {
  return union(conjuncts(where).map((node) => ofCondition(node, site, true)));
}

/** `isTop`: it must be true; else only NULL is excluded. */
function ofCondition(node: Node, site: Site, isTop: boolean): Items {
  if ("BoolExpr" in node) {
    const { boolop, args = [] } = node.BoolExpr;
    if (boolop === "NOT_EXPR") return union(args.map((arg) => ofCondition(arg, site, false)));
    const parts = args.map((arg) => ofCondition(arg, site, isTop));
    return boolop === "AND_EXPR" && isTop ? union(parts) : intersection(parts);
  }
  if ("NullTest" in node) {
    const { nulltesttype, arg } = node.NullTest;
    return isTop && nulltesttype === "IS_NOT_NULL" && arg !== undefined ? ofValue(arg, site) : NONE;
  }
  if ("BooleanTest" in node) {
    const { booltesttype = "", arg } = node.BooleanTest;
    const excludesNull = ["IS_TRUE", "IS_FALSE", "IS_NOT_UNKNOWN"].includes(booltesttype);
    return isTop && excludesNull && arg !== undefined ? ofCondition(arg, site, false) : NONE;
  }
  return ofValue(node, site);
}

/** The items of which a row of NULLs makes the value NULL. */
function ofValue(node: Node, site: Site): Items {
  if ("ColumnRef" in node) return ofColumn(node.ColumnRef, site);
  if ("TypeCast" in node) return node.TypeCast.arg === undefined ? NONE : ofValue(node.TypeCast.arg, site);
  if ("FuncCall" in node) {
    const { funcname, args = [] } = node.FuncCall;
    return TAKES_NULLS.includes(lastName(funcname)) ? NONE : union(args.map((arg) => ofValue(arg, site)));
  }
  if ("SubLink" in node) {
    const { subLinkType, testexpr } = node.SubLink;
    return subLinkType === "ANY_SUBLINK" && testexpr !== undefined ? ofValue(testexpr, site) : NONE;
  }
  if (!("A_Expr" in node)) return NONE;
  const { kind = "", lexpr, rexpr } = node.A_Expr;
  const left = lexpr === undefined ? NONE : ofValue(lexpr, site);
  if (kind === "AEXPR_OP" || kind === "AEXPR_LIKE" || kind === "AEXPR_ILIKE")
    return union([left, rexpr === undefined ? NONE : ofValue(rexpr, site)]);
  if (kind === "AEXPR_OP_ANY") return rexpr !== undefined && "A_ArrayExpr" in rexpr ? left : NONE;
  if (kind === "AEXPR_BETWEEN") return union([left, ...listItems(rexpr).map((bound) => ofValue(bound, site))]);
  return kind === "AEXPR_IN" ? left : NONE;
}

/** Functions that are called with NULLs, too. */
const TAKES_NULLS = ["concat", "concat_ws", "format", "num_nulls", "num_nonnulls", "jsonb_build_object"];

function ofColumn({ fields = [] }: ColumnRef, { scope, within }: Site): Items {
  const name = stringOf(fields.at(-1));
  const qualifier = fields.length > 1 ? stringOf(fields.at(-2)) : null;
  const isThere = ({ item }: { readonly item: number }): boolean => within.has(item);
  const merged =
    qualifier === null ? scope.columns.find((column) => column.name === name && isThere(column)) : undefined;
  const items = scope.items.filter((each) => qualifier === null || each.name === qualifier);
  const column = merged ?? items.flatMap(({ columns }) => columns).find((each) => each.name === name && isThere(each));
  return column === undefined ? NONE : new Set([column.item]);
}

function union(parts: readonly Items[]): Items {
  return new Set(parts.flatMap((part) => [...part]));
}

function intersection([first = NONE, ...others]: readonly Items[]): Items {
  return new Set([...first].filter((item) => others.every((other) => other.has(item))));
}
