/**
 * Operators as they are written (=, IN, BETWEEN, LIKE, ANY, IS DISTINCT FROM, NULLIF) and AND, OR, NOT.
 *
 * AND and OR look at their operands from left to right and stop at the first that decides. Source: parse_expr.c.
 */
import type { A_Expr, BoolExpr, Node } from "libpg-query";
import { lastName, listItems, stringOf } from "../syntax/nodes.ts";
import type { Value } from "../values/value.ts";
import { applyOperator, applyToArray, not, resolveOperator } from "./apply-operator.ts";
import { coerce, coerceToBoolean, resolveOpen } from "./coerce.ts";
import { folded, knownValue, withoutFolding } from "./constant-folding.ts";
import { type ExpressionContext, refuseHere } from "./context.ts";
import { compareWithRow } from "./subselect.ts";
import type { Typed } from "./typed.ts";

export function compileBooleanExpression(expression: BoolExpr, context: ExpressionContext): Typed {
  const { analysis } = context.scope;
  const words = expression.boolop === "AND_EXPR" ? "AND" : expression.boolop === "OR_EXPR" ? "OR" : "NOT";
  const parts: Typed[] = [];
  for (const node of expression.args ?? []) {
    const isDecided = words !== "NOT" && parts.some((part) => knownValue(part) === (words === "OR"));
    parts.push(
      withoutFolding(analysis, isDecided, () => coerceToBoolean(analysis, context.compile(node, context), words)),
    );
  }
  const [first] = parts;
  if (words !== "NOT" || first === undefined) return connective(parts, words === "OR");
  const negated: Typed = { type: "bool", evaluate: (frame) => not(first.evaluate(frame)) };
  return folded(analysis, negated, [first], ([value = null]) => not(value));
}

/** AND (`decides` is false) or OR (`decides` is true) of conditions. */
function connective(parts: readonly Typed[], decides: boolean): Typed {
  const values = parts.map(knownValue);
  const value = values.includes(decides) ? decides : values.includes(null) ? null : !decides;
  return {
    type: "bool",
    ...(value === decides || !values.includes(undefined) ? { known: { value } } : {}),
    evaluate: (frame) => {
      let unknown = false;
      for (const part of parts) {
        const value = part.evaluate(frame);
        if (value === decides) return decides;
        if (value === null) unknown = true;
      }
      return unknown ? null : !decides;
    },
  };
}

export function compileOperatorExpression(expression: A_Expr, context: ExpressionContext): Typed {
  const { kind, lexpr, rexpr, location } = expression;
  const name = lastName(expression.name);
  if ((expression.name?.length ?? 0) > 1) refuseHere(context, location, "an operator with a schema name");
  if (rexpr === undefined) return refuseHere(context, location, "a postfix operator");
  if (lexpr === undefined) {
    return applyOperator(context, name, { left: null, right: context.compile(rexpr, context) }, location);
  }
  if (kind === "AEXPR_OP" && "RowExpr" in lexpr && "SubLink" in rexpr && rexpr.SubLink.subLinkType === "EXPR_SUBLINK") {
    return compareWithRow(rexpr.SubLink, lexpr, name, { context, location });
  }
  const left = context.compile(lexpr, context);
  switch (kind) {
    case "AEXPR_OP":
      return compileBinary(name, left, rexpr, { context, location });
    case "AEXPR_LIKE":
    case "AEXPR_ILIKE":
      return applyOperator(context, name, { left, right: context.compile(rexpr, context) }, location);
    case "AEXPR_IN":
      return compileIn(name, left, listItems(rexpr), { context, location });
    case "AEXPR_OP_ANY":
    case "AEXPR_OP_ALL": {
      const right = context.compile(rexpr, context);
      return applyToArray(context, name, { left, right }, { any: kind === "AEXPR_OP_ANY", location });
    }
    case "AEXPR_DISTINCT":
    case "AEXPR_NOT_DISTINCT":
      return compileDistinct(kind === "AEXPR_DISTINCT", left, context.compile(rexpr, context), { context, location });
    case "AEXPR_NULLIF":
      return compileNullIf(left, context.compile(rexpr, context), { context, location });
    case "AEXPR_BETWEEN":
    case "AEXPR_NOT_BETWEEN":
    case "AEXPR_BETWEEN_SYM":
    case "AEXPR_NOT_BETWEEN_SYM":
      return compileBetween(kind, left, listItems(rexpr), { context, location });
    default:
      return refuseHere(context, location, "SIMILAR TO");
  }
}

interface Place {
  readonly context: ExpressionContext;
  readonly location: number | undefined;
}

function compileBinary(name: string, left: Typed, rexpr: Node, { context, location }: Place): Typed {
  const right = context.compile(rexpr, context);
  return applyOperator(context, name, { left, right }, location);
}

/** IN is = to any of the list, NOT IN is <> to all of it. The planner takes half of a list to be looked at. */
function compileIn(name: string, left: Typed, nodes: readonly Node[], { context, location }: Place): Typed {
  const { effects } = context.scope.analysis;
  const before = effects.cost;
  const tests = nodes.map((node) =>
    applyOperator(context, name, { left, right: context.compile(node, context) }, location),
  );
  if (tests.length > 1) effects.cost = before + (effects.cost - before) / 2;
  return connective(tests, name === "=");
}

function compileBetween(kind: string, left: Typed, bounds: readonly Node[], { context, location }: Place): Typed {
  const [low, high] = bounds.map((node) => context.compile(node, context));
  if (low === undefined || high === undefined) return refuseHere(context, location, "BETWEEN without two bounds");
  const within = (a: Typed, b: Typed): Typed =>
    connective(
      [
        applyOperator(context, ">=", { left, right: a }, location),
        applyOperator(context, "<=", { left, right: b }, location),
      ],
      false,
    );
  const test = kind.endsWith("_SYM") ? connective([within(low, high), within(high, low)], true) : within(low, high);
  return kind.includes("NOT_") ? { type: "bool", evaluate: (frame) => not(test.evaluate(frame)) } : test;
}

function compileDistinct(distinct: boolean, left: Typed, right: Typed, { context, location }: Place): Typed {
  const equal = applyOperator(context, "=", { left, right }, location);
  const { analysis } = context.scope;
  const a = resolveOpen(analysis, left);
  const b = resolveOpen(analysis, right);
  return {
    type: "bool",
    evaluate: (frame) => {
      const leftNull = a.evaluate(frame) === null;
      const rightNull = b.evaluate(frame) === null;
      const differs: Value = leftNull || rightNull ? leftNull !== rightNull : equal.evaluate(frame) !== true;
      return differs === distinct;
    },
  };
}

/** NULLIF has the type of its first operand, as the = operator takes it. */
function compileNullIf(left: Typed, right: Typed, { context, location }: Place): Typed {
  const equal = applyOperator(context, "=", { left, right }, location);
  const open = left.untyped !== undefined;
  const type = open ? (resolveOperator(context, "=", { left, right }, location).left ?? "text") : left.type;
  const value = open ? (coerce(context.scope.analysis, left, type, "implicit") ?? left) : left;
  return { type, evaluate: (frame) => (equal.evaluate(frame) === true ? null : value.evaluate(frame)) };
}

/** The conditions that a WHERE or ON connects by AND, from left to right. */
export function conjuncts(node: Node | undefined): readonly Node[] {
  if (node === undefined) return [];
  if ("BoolExpr" in node && node.BoolExpr.boolop === "AND_EXPR") return (node.BoolExpr.args ?? []).flatMap(conjuncts);
  return [node];
}

/** The name of a plain `=` with two sides, for finding index conditions. */
export function equalitySides(node: Node): { readonly left: Node; readonly right: Node } | null {
  if (!("A_Expr" in node) || node.A_Expr.kind !== "AEXPR_OP") return null;
  const { name, lexpr, rexpr } = node.A_Expr;
  if (stringOf(name?.[0]) !== "=" || lexpr === undefined || rexpr === undefined) return null;
  return { left: lexpr, right: rexpr };
}
