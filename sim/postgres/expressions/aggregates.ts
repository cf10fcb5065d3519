/**
 * The aggregates, as a table: what they take, what they give, how they are computed from a group's values.
 *
 *     count(*)  bigint        sum(integer)  bigint      sum(bigint)  numeric      avg(integer)  numeric
 *
 * Sources: pg_aggregate.dat, numeric.c (numeric_avg), float.c.
 */
import type { TypeName } from "../catalog/catalog.ts";
import { compareValues } from "../values/compare.ts";
import { checkedFloat } from "../values/float.ts";
import { toInteger } from "../values/integer.ts";
import { numericArithmetic } from "../values/numeric.ts";
import { arrayType } from "../values/type-names.ts";
import type { Value } from "../values/value.ts";

type Rows = readonly (readonly Value[])[];

export interface Aggregate {
  readonly parameters: readonly TypeName[];
  readonly result: TypeName;
  readonly compute: (rows: Rows) => Value;
}

/** The first arguments that are not NULL. */
function present(rows: Rows): readonly Value[] {
  return rows.map(([value]) => value ?? null).filter((value) => value !== null);
}

function sumIntegers(values: readonly Value[]): bigint {
  return values.reduce((sum: bigint, value) => sum + BigInt(String(value)), 0n);
}

function sumNumerics(values: readonly Value[]): string {
  return values.reduce((sum: string, value) => numericArithmetic("+", sum, String(value)), "0");
}

/** NULL for a group without values. */
function unlessEmpty(compute: (values: readonly Value[]) => Value): (rows: Rows) => Value {
  return (rows) => {
    const values = present(rows);
    return values.length === 0 ? null : compute(values);
  };
}

function sum(type: TypeName): Aggregate {
  switch (type) {
    case "int2":
    case "int4":
      return {
        parameters: [type],
        result: "int8",
        compute: unlessEmpty((values) => toInteger("int8", sumIntegers(values))),
      };
    case "int8":
      return {
        parameters: [type],
        result: "numeric",
        compute: unlessEmpty((values) => sumIntegers(values).toString()),
      };
    case "numeric":
      return { parameters: [type], result: "numeric", compute: unlessEmpty(sumNumerics) };
    case "money":
      return {
        parameters: [type],
        result: type,
        compute: unlessEmpty((values) => toInteger("int8", sumIntegers(values))),
      };
    default:
      return { parameters: ["float8"], result: "float8", compute: unlessEmpty(sumFloats) };
  }
}

function sumFloats(values: readonly Value[]): number {
  return checkedFloat(values.reduce((total: number, value) => total + Number(value), 0));
}

function average(type: TypeName): Aggregate {
  if (type === "float8") {
    return { parameters: [type], result: type, compute: unlessEmpty((values) => sumFloats(values) / values.length) };
  }
  return {
    parameters: [type],
    result: "numeric",
    compute: unlessEmpty((values) => numericArithmetic("/", sumNumerics(values), String(values.length))),
  };
}

const ORDERED: readonly TypeName[] = [
  "int2",
  "int4",
  "int8",
  "numeric",
  "float8",
  "text",
  "money",
  "date",
  "timestamp",
  "timestamptz",
  "interval",
];

function extreme(type: TypeName, sign: 1 | -1): Aggregate {
  const compute = unlessEmpty((values) =>
    values.reduce((best, value) => (sign * compareValues(type, value, best) > 0 ? value : best)),
  );
  return { parameters: [type], result: type, compute };
}

function truth(every: boolean): Aggregate {
  const compute = unlessEmpty((values) => (every ? !values.includes(false) : values.includes(true)));
  return { parameters: ["bool"], result: "bool", compute };
}

function joinTexts(rows: Rows): Value {
  let joined: string | null = null;
  for (const [value = null, separator = null] of rows) {
    if (value === null) continue;
    joined = joined === null ? String(value) : joined + (separator === null ? "" : String(separator)) + String(value);
  }
  return joined;
}

const NUMBERS: readonly TypeName[] = ["int2", "int4", "int8", "numeric", "float8"];

/** Aggregates with fixed argument types; `count` and `array_agg` take any type and are made by `anyTypeAggregate`. */
const TABLE: Readonly<Record<string, readonly Aggregate[]>> = {
  sum: [...NUMBERS, "money"].map(sum),
  avg: NUMBERS.map(average),
  min: ORDERED.map((type) => extreme(type, -1)),
  max: ORDERED.map((type) => extreme(type, 1)),
  bool_and: [truth(true)],
  bool_or: [truth(false)],
  every: [truth(true)],
  string_agg: [{ parameters: ["text", "text"], result: "text", compute: joinTexts }],
};

export function isAggregate(name: string): boolean {
  return name === "count" || name === "array_agg" || Object.hasOwn(TABLE, name);
}

export function aggregatesNamed(name: string): readonly Aggregate[] {
  return Object.hasOwn(TABLE, name) ? (TABLE[name] ?? []) : [];
}

export const COUNT_ROWS: Aggregate = { parameters: [], result: "int8", compute: (rows) => String(rows.length) };

/** The aggregates that take an argument of any type; null for the others. */
export function anyTypeAggregate(name: string, type: TypeName): Aggregate | null {
  switch (name) {
    case "count":
      return { parameters: [type], result: "int8", compute: (rows) => String(present(rows).length) };
    case "array_agg":
      return {
        parameters: [type],
        result: arrayType(type),
        compute: (rows) => (rows.length === 0 ? null : rows.map(([value]) => value ?? null)),
      };
    default:
      return null;
  }
}
