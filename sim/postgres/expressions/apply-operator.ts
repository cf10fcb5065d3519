/**
 * Applying an operator to analysed operands: resolution, coercion, NULLs, rows and arrays.
 *
 *     id = $1               the parameter becomes an integer
 *     (a, b) < (1, 2)       compared field by field
 *     tags || 'x'           array operators take any element type
 *
 * Sources: parse_oper.c (make_op, op_error), parse_expr.c (make_row_comparison_op).
 */
import type { TypeName } from "../catalog/catalog.ts";
import type { KnownOperator } from "../known/known.ts";
import { SqlError } from "../sql-error.ts";
import { compareValues, valuesEqual } from "../values/compare.ts";
import { arrayType, elementType, typeLabel } from "../values/type-names.ts";
import type { Value } from "../values/value.ts";
import { canCoerce, coerce } from "./coerce.ts";
import { folded } from "./constant-folding.ts";
import { type ExpressionContext, refuseHere } from "./context.ts";
import { knownOperation } from "./known-call.ts";
import type { Defined, Operator } from "./operator.ts";
import { comparisonHolds, isComparison, operatorsNamed } from "./operators.ts";
import { type Choice, chooseCandidate } from "./resolve.ts";
import type { Typed } from "./typed.ts";

export interface Operands {
  /** Null for a prefix operator. */
  readonly left: Typed | null;
  readonly right: Typed;
}

/** The operator applied to its operands; raises 42883 where there is none for their types. */
export function applyOperator(
  context: ExpressionContext,
  written: string,
  operands: Operands,
  location: number | undefined,
): Typed {
  const name = written === "!=" ? "<>" : written;
  const { left, right } = operands;
  if (left?.fields !== undefined && right.fields !== undefined) {
    return compareRows(context, name, { left: left.fields, right: right.fields }, location);
  }
  checkKnown(name, operands);
  const array = left === null ? null : arrayOperator(context, name, left, right);
  if (array !== null) return array;
  const given = name === "||" ? joinedAsText(context, operands) : operands;
  const operator = resolveOperator(context, name, given, location);
  return call(context, operator, given, location);
}

/** `||` takes a value of any type beside a text: it is cast to text. An open literal beside it counts as a text. */
function joinedAsText(context: ExpressionContext, { left, right }: Operands): Operands {
  if (left === null || left.type === "jsonb" || right.type === "jsonb") return { left, right };
  const isText = (typed: Typed): boolean =>
    typed.type === "text" || typed.type === "varchar" || typed.type === "unknown";
  if (isText(left) === isText(right)) return { left, right };
  const asText = (typed: Typed): Typed =>
    isText(typed) ? typed : (coerce(context.scope.analysis, typed, "text", "assignment") ?? typed);
  return { left: asText(left), right: asText(right) };
}

function call(
  context: ExpressionContext,
  operator: Operator,
  { left, right }: Operands,
  location: number | undefined,
): Typed {
  const { analysis } = context.scope;
  const compute = operator.call ?? refuseHere(context, location, `the operator ${operator.name} on these types`);
  const before = analysis.effects.cost;
  const b = coerce(analysis, right, operator.right, "implicit") ?? right;
  if (operator.left === null || left === null) {
    analysis.effects.cost += 1;
    const typed: Typed = {
      type: operator.result,
      evaluate: (frame) => {
        const value = b.evaluate(frame);
        return value === null ? null : compute(value, value);
      },
    };
    return folded(analysis, typed, [b], ([value = null]) => (value === null ? null : compute(value, value)));
  }
  const a = coerce(analysis, left, operator.left, "implicit") ?? left;
  // PostgreSQL has operators of its own between integers of different sizes: they need no cast.
  if (isInteger(left.type) && isInteger(right.type)) analysis.effects.cost = before;
  analysis.effects.cost += 1;
  return pairOf(context, operator.result, { a, b, compute });
}

interface Pair {
  readonly a: Typed;
  readonly b: Typed;
  readonly compute: (a: Defined, b: Defined) => Value;
}

function pairOf({ scope }: ExpressionContext, type: TypeName, { a, b, compute }: Pair): Typed {
  const typed: Typed = { type, evaluate: strictPair(a, b, compute) };
  // What is computed with moments depends on the session's zone, even where only its errors do.
  if (type === "timestamptz") return typed;
  return folded(scope.analysis, typed, [a, b], ([x = null, y = null]) =>
    x === null || y === null ? null : compute(x, y),
  );
}

function isInteger(type: TypeName): boolean {
  return type === "int2" || type === "int4" || type === "int8";
}

function strictPair(a: Typed, b: Typed, compute: (a: Defined, b: Defined) => Value): Typed["evaluate"] {
  const first = a.evaluate;
  const second = b.evaluate;
  return (frame) => {
    const x = first(frame);
    const y = second(frame);
    return x === null || y === null ? null : compute(x, y);
  };
}

/** Raises PostgreSQL's error where it has no such operator for these types, or several. */
function checkKnown(name: string, { left, right }: Operands): Choice<KnownOperator> {
  const types = left === null ? [right.type] : [left.type, right.type];
  const found = knownOperation(name, types);
  if (found.kind === "found") return found;
  const shown = [...types.slice(0, -1).map(typeLabel), name, typeLabel(right.type)].join(" ");
  if (found.kind === "ambiguous") throw new SqlError("42725", `operator is not unique: ${shown}`);
  throw new SqlError("42883", `operator does not exist: ${shown}`);
}

/** The operator that operands of these types mean. */
export function resolveOperator(
  context: ExpressionContext,
  name: string,
  { left, right }: Operands,
  location: number | undefined,
): Operator {
  const found = checkKnown(name, { left, right });
  const candidates = operatorsNamed(name, left === null) ?? refuseHere(context, location, `the operator ${name}`);
  const types = left === null ? [right.type] : [left.type, right.type];
  const exact = exactMatch(candidates, types);
  if (exact !== undefined) return exact;
  const known = found.kind === "found" ? found.candidate : null;
  const same = candidates.find((candidate) => candidate.left === known?.left && candidate.right === known?.right);
  if (same !== undefined) return same;
  const shown = [known?.left ?? "", name, known?.right ?? ""]
    .filter((word) => word !== "")
    .map(typeLabel)
    .join(" ");
  if (known === null || !isMixed(known)) return refuseHere(context, location, `the operator ${shown}`);
  const choice = chooseCandidate(
    candidates,
    (candidate) => (candidate.left === null ? [candidate.right] : [candidate.left, candidate.right]),
    types,
  );
  return choice.kind === "found" ? choice.candidate : refuseHere(context, location, `the operator ${shown}`);
}

/** Operators on two integer types, or two of dates and timestamps, do what those on their common type do. */
const MIXED: readonly (readonly TypeName[])[] = [
  ["int2", "int4", "int8"],
  ["date", "timestamp", "timestamptz"],
];

function isMixed({ left, right }: KnownOperator): boolean {
  return left !== null && MIXED.some((family) => family.includes(left) && family.includes(right));
}

/** An open operand is first taken to have the other's type. */
function exactMatch(candidates: readonly Operator[], types: readonly TypeName[]): Operator | undefined {
  const known = types.find((type) => type !== "unknown");
  if (known === undefined) return undefined;
  const wanted = types.map((type) => (type === "unknown" ? known : type));
  return candidates.find((candidate) =>
    candidate.left === null
      ? candidate.right === wanted[0]
      : candidate.left === wanted[0] && candidate.right === wanted[1],
  );
}

/** Comparison, containment and concatenation of arrays, for any element type. */
function arrayOperator(context: ExpressionContext, name: string, left: Typed, right: Typed): Typed | null {
  const leftElement = elementType(left.type);
  const rightElement = elementType(right.type);
  if (leftElement === null && rightElement === null) return null;
  const { analysis } = context.scope;
  const element = commonElement(leftElement, rightElement, left, right);
  if (element === null) return null;
  const whole = arrayType(element);
  const a = coerce(analysis, left, leftElement === null && left.untyped === undefined ? element : whole, "implicit");
  const b = coerce(analysis, right, rightElement === null && right.untyped === undefined ? element : whole, "implicit");
  if (a === null || b === null) return null;
  context.scope.analysis.effects.cost += 1;
  if (name === "||")
    return { type: whole, evaluate: (frame) => concatenate(a.evaluate(frame), b.evaluate(frame), a.type, b.type) };
  if (a.type !== whole || b.type !== whole) return null;
  const compute = arrayTest(name, element);
  return compute === null ? null : pairOf(context, "bool", { a, b, compute });
}

function commonElement(left: TypeName | null, right: TypeName | null, a: Typed, b: Typed): TypeName | null {
  const first = left ?? a.type;
  const second = right ?? b.type;
  if (first === second || second === "unknown") return first;
  if (first === "unknown" || canCoerce(first, second, "implicit")) return second;
  return canCoerce(second, first, "implicit") ? first : null;
}

function items(value: Value): readonly Value[] {
  return Array.isArray(value) ? value : [];
}

function concatenate(a: Value, b: Value, leftType: TypeName, rightType: TypeName): Value {
  const leftIsArray = elementType(leftType) !== null;
  const rightIsArray = elementType(rightType) !== null;
  if (leftIsArray && rightIsArray && (a === null || b === null)) return a ?? b;
  return [...(leftIsArray ? items(a) : [a]), ...(rightIsArray ? items(b) : [b])];
}

function arrayTest(name: string, element: TypeName): ((a: Defined, b: Defined) => Value) | null {
  const holds = (list: readonly Value[], item: Value): boolean =>
    list.some((other) => valuesEqual(element, other, item));
  if (isComparison(name)) return (a, b) => comparisonHolds(name, compareValues(arrayType(element), a, b));
  switch (name) {
    case "@>":
      return (a, b) => items(b).every((item) => holds(items(a), item));
    case "<@":
      return (a, b) => items(a).every((item) => holds(items(b), item));
    case "&&":
      return (a, b) => items(a).some((item) => holds(items(b), item));
    default:
      return null;
  }
}

/** (a, b) = (c, d) and the like: equality field by field, order by the first field that differs. */
function compareRows(
  context: ExpressionContext,
  name: string,
  { left, right }: { readonly left: readonly Typed[]; readonly right: readonly Typed[] },
  location: number | undefined,
): Typed {
  if (left.length !== right.length) throw new SqlError("42601", "unequal number of entries in row expressions");
  if (!isComparison(name)) refuseHere(context, location, `the operator ${name} on rows`);
  const pair = (operator: string): readonly Typed[] =>
    left.map((a, at) => applyOperator(context, operator, { left: a, right: right[at] ?? a }, location));
  const equals = pair("=");
  if (name === "=") return { type: "bool", evaluate: (frame) => allOf(equals.map((part) => part.evaluate(frame))) };
  if (name === "<>")
    return { type: "bool", evaluate: (frame) => not(allOf(equals.map((part) => part.evaluate(frame)))) };
  const strict = pair(name.slice(0, 1));
  const whenEqual = name.length === 2;
  return {
    type: "bool",
    evaluate: (frame) => {
      for (const [at, equal] of equals.entries()) {
        const same = equal.evaluate(frame);
        if (same === null) return null;
        if (same !== true) return strict[at]?.evaluate(frame) ?? null;
      }
      return whenEqual;
    },
  };
}

/** AND of three-valued truth values. */
function allOf(values: readonly Value[]): Value {
  if (values.includes(false)) return false;
  return values.includes(null) ? null : true;
}

export function not(value: Value): Value {
  return value === null ? null : value !== true;
}

/** `x op ANY (array)` and `x op ALL (array)`. */
export function applyToArray(
  context: ExpressionContext,
  name: string,
  { left, right }: { readonly left: Typed; readonly right: Typed },
  { any, location }: { readonly any: boolean; readonly location: number | undefined },
): Typed {
  const { analysis } = context.scope;
  const wantedType = right.untyped === undefined ? right.type : arrayType(left.type === "unknown" ? "text" : left.type);
  const array = coerce(analysis, right, wantedType, "implicit") ?? right;
  const element = elementType(array.type);
  if (element === null) throw new SqlError("42809", "op ANY/ALL (array) requires array on right side");
  // The element under test stands in a cell that the compared expression reads.
  let current: Value = null;
  const item: Typed = { type: element, evaluate: () => current };
  let subject: Value = null;
  const leftTyped = left.untyped === undefined ? left : (coerce(analysis, left, element, "implicit") ?? left);
  const leftCell: Typed = { type: leftTyped.type, evaluate: () => subject };
  const { effects } = analysis;
  const before = effects.cost;
  const test = applyOperator(context, name, { left: leftCell, right: item }, location);
  // The planner takes an array whose length it does not know to have ten elements, and half of them to be looked at.
  const length = array.literal === undefined ? 10 : items(array.literal.value).length;
  effects.cost = before + ((effects.cost - before) * length) / 2;
  if (test.type !== "bool") throw new SqlError("42809", "op ANY/ALL (array) requires operator to yield boolean");
  return {
    type: "bool",
    evaluate: (frame) => {
      const value = leftTyped.evaluate(frame);
      const list = array.evaluate(frame);
      if (list === null) return null;
      subject = value;
      let unknown = false;
      for (const each of items(list)) {
        current = each;
        const holds = test.evaluate(frame);
        if (holds === null) unknown = true;
        else if ((holds === true) === any) return any;
      }
      return unknown ? null : !any;
    },
  };
}
