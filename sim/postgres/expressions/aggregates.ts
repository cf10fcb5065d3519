/**
 * The aggregates, as a table: what they take, what they give, how they are computed from a group's values.
 *
 *     count(*)  bigint        sum(integer)  bigint      sum(bigint)  numeric      avg(integer)  numeric
 *
 * Sources: pg_aggregate.dat, numeric.c (numeric_avg), float.c.
 */
import type { TypeName } from "../catalog/catalog.ts";
import { knownFunctions } from "../known/known.ts";
import { compareValues } from "../values/compare.ts";
import { checkedFloat } from "../values/float.ts";
import { toInteger } from "../values/integer.ts";
import { addIntervals, type Interval, multiplyInterval } from "../values/interval.ts";
import { jsonbValue, jsonOf } from "../values/json.ts";
import { numericArithmetic } from "../values/numeric.ts";
import { arrayType, elementType } from "../values/type-names.ts";
import type { Value } from "../values/value.ts";
import { asInterval } from "./time-operators.ts";

type Rows = readonly (readonly Value[])[];

export interface Aggregate {
  readonly parameters: readonly TypeName[];
  readonly result: TypeName;
  readonly compute: (rows: Rows) => Value;
  /** Whether the result depends on the order of the rows. */
  readonly ordered?: boolean;
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
    case "interval":
      return { parameters: [type], result: type, compute: unlessEmpty(sumIntervals) };
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

function sumIntervals(values: readonly Value[]): Interval {
  return values.reduce(
    (total: Interval, value) => (value === null ? total : addIntervals(total, asInterval(value))),
    NONE,
  );
}

const NONE: Interval = [0, 0, 0];

function sumFloats(values: readonly Value[]): number {
  return checkedFloat(values.reduce((total: number, value) => total + Number(value), 0));
}

function average(type: TypeName): Aggregate {
  if (type === "float8") {
    return { parameters: [type], result: type, compute: unlessEmpty((values) => sumFloats(values) / values.length) };
  }
  if (type === "interval") {
    const compute = unlessEmpty((values) => multiplyInterval(sumIntervals(values), 1 / values.length));
    return { parameters: [type], result: type, compute };
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
  "bpchar",
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
export const AGGREGATES: Readonly<Record<string, readonly Aggregate[]>> = {
  sum: [...NUMBERS, "money", "interval"].map(sum),
  avg: [...NUMBERS, "interval"].map(average),
  min: ORDERED.map((type) => extreme(type, -1)),
  max: ORDERED.map((type) => extreme(type, 1)),
  bool_and: [truth(true)],
  bool_or: [truth(false)],
  every: [truth(true)],
  string_agg: [{ parameters: ["text", "text"], result: "text", compute: joinTexts, ordered: true }],
};

/** Whether PostgreSQL has an aggregate of this name, modelled or not. */
export function isKnownAggregate(name: string): boolean {
  return isAggregate(name) || knownFunctions(name)[0]?.kind === "aggregate";
}

export function isAggregate(name: string): boolean {
  return ["count", "array_agg", "jsonb_agg"].includes(name) || Object.hasOwn(AGGREGATES, name);
}

export function aggregatesNamed(name: string): readonly Aggregate[] {
  return Object.hasOwn(AGGREGATES, name) ? (AGGREGATES[name] ?? []) : [];
}

export const COUNT_ROWS: Aggregate = { parameters: [], result: "int8", compute: (rows) => String(rows.length) };

/** Of values that are jsonb already. */
function jsonArray(type: TypeName): Aggregate {
  const compute = (rows: Rows): Value =>
    rows.length === 0
      ? null
      : jsonbValue({
          array: rows.map(([value]) => jsonOf(["jsonb", Array.isArray(value) ? String(value[1]) : "null"])),
        });
  return { parameters: [type], result: "jsonb", compute, ordered: true };
}

/** The aggregates that take an argument of any type; null for the others. */
export function anyTypeAggregate(name: string, type: TypeName): Aggregate | null {
  switch (name) {
    case "count":
      return { parameters: [type], result: "int8", compute: (rows) => String(present(rows).length) };
    case "min":
    case "max":
      return elementType(type) === null ? null : extreme(type, name === "min" ? -1 : 1);
    case "jsonb_agg":
      return type === "record" || type === "_record" ? null : jsonArray(type);
    case "array_agg":
      if (elementType(type) !== null) return null;
      return {
        ordered: true,
        parameters: [type],
        result: arrayType(type),
        compute: (rows) => (rows.length === 0 ? null : rows.map(([value]) => value ?? null)),
      };
    default:
      return null;
  }
}
