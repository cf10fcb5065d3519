/**
 * The operators, as a table: name, operand types, result type, what it computes.
 *
 *     +   int4  int4  ->  int4          =   text  text  ->  bool
 *     -   timestamptz interval -> timestamptz
 *
 * All of them are strict: a NULL operand gives NULL. Operators on mixed types (integer = bigint) come from coercion,
 * with the result that PostgreSQL's own mixed operators have. What PostgreSQL has and the server does not is listed
 * too, so that it is refused and not called nonexistent. Source: pg_operator.dat.
 */
import type { TypeName } from "../catalog/catalog.ts";
import { SqlError } from "../sql-error.ts";
import { compareValues, valuesEqual } from "../values/compare.ts";
import { checkedFloat } from "../values/float.ts";
import { type IntegerOperation, type IntegerType, integerArithmetic } from "../values/integer.ts";
import { type NumericOperation, numericArithmetic } from "../values/numeric.ts";
import { compareText, matchesLike } from "../values/text.ts";
import type { Value } from "../values/value.ts";
import { JSON_OPERATORS } from "./json-operators.ts";
import type { Defined, Operator } from "./operator.ts";
import { TIME_OPERATORS } from "./time-operators.ts";

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  "=": (order) => order === 0,
  "<>": (order) => order !== 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

const COMPARABLE: readonly TypeName[] = [
  "int2",
  "int4",
  "int8",
  "numeric",
  "float8",
  "text",
  "bpchar",
  "tid",
  "bool",
  "money",
  "date",
  "timestamp",
  "timestamptz",
  "interval",
  "uuid",
];

function comparison(type: TypeName, name: string, test: (order: number) => boolean): Operator {
  const base = { name, left: type, right: type, result: "bool" };
  if (type === "text") return { ...base, call: (a, b) => test(compareText(String(a), String(b))) };
  if (name === "=") return { ...base, call: (a, b) => a === b || valuesEqual(type, a, b) };
  return { ...base, call: (a, b) => test(compareValues(type, a, b)) };
}

function arithmetic(): readonly Operator[] {
  const table: Operator[] = [];
  for (const type of ["int2", "int4", "int8"] as const) {
    for (const name of ["+", "-", "*", "/", "%"] as const) table.push(integerOperator(type, name));
    table.push({ name: "-", left: null, right: type, result: type, call: (_, b) => negate(type, b) });
    table.push({ name: "+", left: null, right: type, result: type, call: (_, b) => b });
    table.push({ name: "@", left: null, right: type, result: type, call: (_, b) => absolute(type, b) });
    for (const name of ["&", "|", "#", "<<", ">>"]) {
      table.push({
        name,
        left: type,
        right: name.length === 2 ? "int4" : type,
        result: type,
        call: bitwise(type, name),
      });
    }
    table.push({ name: "~", left: null, right: type, result: type, call: (_, b) => fromBig(type, ~BigInt(String(b))) });
  }
  for (const name of ["+", "-", "*", "/", "%"] as const) table.push(numericOperator(name));
  table.push({
    name: "-",
    left: null,
    right: "numeric",
    result: "numeric",
    call: (_, b) => numericArithmetic("-", "0", String(b)),
  });
  table.push({ name: "+", left: null, right: "numeric", result: "numeric", call: (_, b) => b });
  table.push({
    name: "@",
    left: null,
    right: "numeric",
    result: "numeric",
    call: (_, b) => String(b).replace(/^-/, ""),
  });
  for (const name of ["+", "-", "*", "/"] as const) table.push(floatOperator(name));
  table.push({ name: "-", left: null, right: "float8", result: "float8", call: (_, b) => -Number(b) });
  table.push({ name: "+", left: null, right: "float8", result: "float8", call: (_, b) => b });
  table.push({ name: "@", left: null, right: "float8", result: "float8", call: (_, b) => Math.abs(Number(b)) });
  table.push({
    name: "^",
    left: "float8",
    right: "float8",
    result: "float8",
    call: (a, b) => checkedFloat(Number(a) ** Number(b)),
  });
  table.push({ name: "^", left: "numeric", right: "numeric", result: "numeric", call: null });
  return table;
}

function fromBig(type: IntegerType, exact: bigint): Value {
  const bits = type === "int2" ? 16 : type === "int4" ? 32 : 64;
  const wrapped = BigInt.asIntN(bits, exact);
  return type === "int8" ? wrapped.toString() : Number(wrapped);
}

function bitwise(type: IntegerType, name: string): (left: Defined, right: Defined) => Value {
  return (left, right) => {
    const a = BigInt(String(left));
    const b = BigInt(String(right));
    switch (name) {
      case "&":
        return fromBig(type, a & b);
      case "|":
        return fromBig(type, a | b);
      case "#":
        return fromBig(type, a ^ b);
      case "<<":
        return fromBig(type, a << (b & (type === "int8" ? 63n : 31n)));
      default:
        return fromBig(type, a >> (b & (type === "int8" ? 63n : 31n)));
    }
  };
}

function integerOperator(type: IntegerType, name: IntegerOperation): Operator {
  return {
    name,
    left: type,
    right: type,
    result: type,
    call: (a, b) => integerArithmetic(type, name, asInteger(a), asInteger(b)),
  };
}

function asInteger(value: Defined): number | string {
  return typeof value === "string" ? value : Number(value);
}

function negate(type: IntegerType, value: Defined): Value {
  return integerArithmetic(type, "-", type === "int8" ? "0" : 0, asInteger(value));
}

function absolute(type: IntegerType, value: Defined): Value {
  return String(value).startsWith("-") ? negate(type, value) : value;
}

function numericOperator(name: NumericOperation): Operator {
  return {
    name,
    left: "numeric",
    right: "numeric",
    result: "numeric",
    call: (a, b) => numericArithmetic(name, String(a), String(b)),
  };
}

function floatOperator(name: "+" | "-" | "*" | "/"): Operator {
  const call = (left: Defined, right: Defined): Value => {
    const a = Number(left);
    const b = Number(right);
    if (name === "/" && b === 0) throw new SqlError("22012", "division by zero");
    return checkedFloat(name === "+" ? a + b : name === "-" ? a - b : name === "*" ? a * b : a / b);
  };
  return { name, left: "float8", right: "float8", result: "float8", call };
}

function like(name: string, negated: boolean, insensitive: boolean): Operator {
  return {
    name,
    left: "text",
    right: "text",
    result: "bool",
    call: (a, b) => matchesLike(String(a), String(b), insensitive) !== negated,
  };
}

const TEXT: readonly Operator[] = [
  { name: "||", left: "text", right: "text", result: "text", call: (a, b) => String(a) + String(b) },
  like("~~", false, false),
  like("!~~", true, false),
  like("~~*", false, true),
  like("!~~*", true, true),
  ...["~", "~*", "!~", "!~*"].map(
    (name): Operator => ({ name, left: "text", right: "text", result: "bool", call: null }),
  ),
];

const ALL: readonly Operator[] = [
  ...COMPARABLE.flatMap((type) => Object.entries(COMPARISONS).map(([name, test]) => comparison(type, name, test))),
  ...arithmetic(),
  ...TIME_OPERATORS,
  ...TEXT,
  ...JSON_OPERATORS,
];

const BY_NAME = new Map<string, Operator[]>();
for (const operator of ALL) BY_NAME.set(operator.name, [...(BY_NAME.get(operator.name) ?? []), operator]);

/** The operators of this name with one or two operands; null where no operator of the name is known at all. */
export function operatorsNamed(name: string, prefix: boolean): readonly Operator[] | null {
  const found = BY_NAME.get(name);
  return found === undefined ? null : found.filter((operator) => (operator.left === null) === prefix);
}

export function isComparison(name: string): boolean {
  return Object.hasOwn(COMPARISONS, name);
}

/** Applies a comparison's test to an order. */
export function comparisonHolds(name: string, order: number): boolean {
  return COMPARISONS[name]?.(order) ?? false;
}
