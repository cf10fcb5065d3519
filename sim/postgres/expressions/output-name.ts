/** The names of output columns that were given none. Source: parse_target.c (FigureColname). */
import type { Node, TypeCast } from "libpg-query";
import { lastName, stringOf } from "../syntax/nodes.ts";

/** The name PostgreSQL gives an output column that has none. */
export function outputName(node: Node): string {
  if ("ColumnRef" in node) return stringOf(node.ColumnRef.fields?.at(-1));
  if ("FuncCall" in node) return lastName(node.FuncCall.funcname);
  if ("TypeCast" in node) return castName(node.TypeCast);
  if ("CaseExpr" in node) {
    const { defresult } = node.CaseExpr;
    const strong = defresult !== undefined && "ColumnRef" in defresult ? outputName(defresult) : "?column?";
    return strong === "?column?" ? "case" : strong;
  }
  if ("CoalesceExpr" in node) return "coalesce";
  if ("MinMaxExpr" in node) return node.MinMaxExpr.op === "IS_GREATEST" ? "greatest" : "least";
  if ("A_ArrayExpr" in node) return "array";
  if ("RowExpr" in node) return "row";
  if ("SQLValueFunction" in node)
    return (node.SQLValueFunction.op ?? "").replace("SVFOP_", "").replace(/_N$/, "").toLowerCase();
  if ("A_Expr" in node && node.A_Expr.kind === "AEXPR_NULLIF") return "nullif";
  if ("A_Indirection" in node && node.A_Indirection.arg !== undefined) return outputName(node.A_Indirection.arg);
  if ("SubLink" in node) return subLinkName(node);
  return "?column?";
}

/** A cast keeps the name of what it casts, unless that has no name of its own: a cast in it does not count. */
function castName(cast: TypeCast): string {
  const { arg } = cast;
  const inner = arg === undefined || "TypeCast" in arg ? castOfNamed(arg) : outputName(arg);
  return inner === "?column?" ? lastName(cast.typeName?.names) : inner;
}

function castOfNamed(node: Node | undefined): string {
  if (node === undefined) return "?column?";
  if ("TypeCast" in node) return castOfNamed(node.TypeCast.arg);
  return outputName(node);
}

function subLinkName(node: Node): string {
  if (!("SubLink" in node)) return "?column?";
  const { subLinkType, subselect } = node.SubLink;
  if (subLinkType === "EXISTS_SUBLINK") return "exists";
  if (subLinkType === "ARRAY_SUBLINK") return "array";
  if (subLinkType !== "EXPR_SUBLINK" || subselect === undefined || !("SelectStmt" in subselect)) return "?column?";
  const first = subselect.SelectStmt.targetList?.[0];
  if (first === undefined || !("ResTarget" in first)) return "?column?";
  return first.ResTarget.name ?? (first.ResTarget.val === undefined ? "?column?" : outputName(first.ResTarget.val));
}
