/** Expressions of indexes as PostgreSQL writes them in the details of an error. Source: ruleutils.c (pg_get_indexdef_columns). */
import type { A_Const, Node } from "libpg-query";
import { lastName, stringOf } from "../syntax/nodes.ts";
import type { Table, TypeName } from "./catalog.ts";

const OTHER = "expression";
const INTEGERS: readonly TypeName[] = ["int2", "int4", "int8"];

/** A part of a key: a call is written as it is, anything else in parentheses. */
export function expressionWords(node: Node, table: Table): string {
  const words = wordsOf(node, table) ?? OTHER;
  return "FuncCall" in node || "CoalesceExpr" in node ? words : `(${words})`;
}

/** The text of an expression; null where it would need casts and parentheses that are not known here. */
function wordsOf(node: Node, table: Table): string | null {
  if ("ColumnRef" in node) return stringOf(node.ColumnRef.fields?.at(-1));
  if ("A_Const" in node) return constantWords(node.A_Const);
  if ("FuncCall" in node) {
    const words = listed(node.FuncCall.args ?? [], (each) => argumentWords(each, table));
    return words === null ? null : `${lastName(node.FuncCall.funcname)}(${words})`;
  }
  if ("CoalesceExpr" in node) {
    const words = listed(node.CoalesceExpr.args ?? [], (each) => int4Words(each, table));
    return words === null ? null : `COALESCE(${words})`;
  }
  if ("NullTest" in node && node.NullTest.arg !== undefined) {
    const words = simpleWords(node.NullTest.arg, table);
    return words === null ? null : `${words} IS ${node.NullTest.nulltesttype === "IS_NULL" ? "" : "NOT "}NULL`;
  }
  return operationWords(node, table);
}

function operationWords(node: Node, table: Table): string | null {
  if (!("A_Expr" in node) || node.A_Expr.kind !== "AEXPR_OP") return null;
  const { lexpr, rexpr, name } = node.A_Expr;
  const sides = [lexpr, rexpr].map((side) => (side === undefined ? null : integerWords(side, table)));
  return sides.includes(null) ? null : sides.join(` ${lastName(name)} `);
}

function listed(nodes: readonly Node[], words: (node: Node) => string | null): string | null {
  const all = nodes.map(words);
  return all.includes(null) ? null : all.join(", ");
}

function isSimple(node: Node): boolean {
  return "ColumnRef" in node || "A_Const" in node || "FuncCall" in node || "CoalesceExpr" in node;
}

function simpleWords(node: Node, table: Table): string | null {
  return isSimple(node) ? wordsOf(node, table) : null;
}

/** Functions on texts take a varchar by a cast. */
function argumentWords(node: Node, table: Table): string | null {
  const words = wordsOf(node, table);
  return "ColumnRef" in node && typeOf(node, table) === "varchar" ? `${words}::text` : words;
}

/** Integers need no casts between each other. */
function integerWords(node: Node, table: Table): string | null {
  const isInteger = "A_Const" in node ? node.A_Const.ival !== undefined : INTEGERS.includes(typeOf(node, table) ?? "");
  return isInteger ? simpleWords(node, table) : null;
}

function int4Words(node: Node, table: Table): string | null {
  return "ColumnRef" in node && typeOf(node, table) !== "int4" ? null : integerWords(node, table);
}

function typeOf(node: Node, table: Table): TypeName | null {
  if (!("ColumnRef" in node)) return null;
  const name = stringOf(node.ColumnRef.fields?.at(-1));
  return table.columns.find((column) => column.name === name)?.type ?? null;
}

function constantWords(constant: A_Const): string | null {
  if (constant.ival !== undefined) return String(constant.ival.ival ?? 0);
  if (constant.sval !== undefined) return `'${(constant.sval.sval ?? "").replaceAll("'", "''")}'::text`;
  return null;
}
