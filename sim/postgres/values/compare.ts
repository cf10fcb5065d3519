/**
 * Order and equality of two values of one type, as the type's btree operator class has them.
 *
 * NULLs are the caller's business: indexes and sorts place them, operators answer NULL.
 */

import { UsageError } from "../../usage-error.ts";
import type { TypeName } from "../catalog/catalog.ts";
import { compareInt8 } from "./integer.ts";
import { compareIntervals } from "./interval.ts";
import { equalityText, jsonOf } from "./json.ts";
import { compareNumeric } from "./numeric.ts";
import { compareText, withoutBlanks } from "./text.ts";
import { elementType } from "./type-names.ts";
import type { Value } from "./value.ts";

/** Negative, zero or positive; NULLs come last and are equal to each other. */
export function compareValues(type: TypeName, a: Value, b: Value): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (typeof a === "number" && typeof b === "number") return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (typeof a === "string" && typeof b === "string") return compareStrings(type, a, b);
  if (Array.isArray(a) && Array.isArray(b)) return compareLists(type, a, b);
  throw new Error(`values of type ${type} do not match: ${JSON.stringify(a)}, ${JSON.stringify(b)}`);
}

function compareStrings(type: TypeName, a: string, b: string): number {
  if (type === "int8" || type === "money") return compareInt8(a, b);
  if (type === "tid") return compareTids(a, b);
  if (type === "bpchar") return compareText(withoutBlanks(a), withoutBlanks(b));
  return type === "numeric" ? compareNumeric(a, b) : compareText(a, b);
}

function compareTids(a: string, b: string): number {
  const [aBlock = 0, aPlace = 0] = tidParts(a);
  const [bBlock = 0, bPlace = 0] = tidParts(b);
  return aBlock - bBlock || aPlace - bPlace;
}

/** `(0,3)` */
function tidParts(tid: string): readonly number[] {
  return tid.slice(1, -1).split(",").map(Number);
}

function compareLists(type: TypeName, a: readonly Value[], b: readonly Value[]): number {
  if (type === "interval") {
    return compareIntervals([Number(a[0]), Number(a[1]), Number(a[2])], [Number(b[0]), Number(b[1]), Number(b[2])]);
  }
  if (type === "jsonb") return compareJsonb(String(a[1]), String(b[1]));
  const element = elementType(type);
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const order = compareValues(element ?? fieldType(a[at]), fieldOf(element, a[at]), fieldOf(element, b[at]));
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** A record's field is a pair of type and value. */
function fieldType(field: Value | undefined): TypeName {
  return Array.isArray(field) ? String(field[0]) : "unknown";
}

function fieldOf(element: TypeName | null, item: Value | undefined): Value {
  if (element !== null) return item ?? null;
  return Array.isArray(item) ? ((item[1] as Value | undefined) ?? null) : null;
}

function compareJsonb(a: string, b: string): number {
  if (jsonKey(a) === jsonKey(b)) return 0;
  throw new UsageError(
    "sql-not-supported",
    "the order of jsonb values is not modelled",
    "compare jsonb with = or <> only",
  );
}

function jsonKey(text: string): string {
  return equalityText(jsonOf(["jsonb", text]));
}

/** Equality as the type's `=` has it; two NULLs are not equal here. */
export function valuesEqual(type: TypeName, a: Value, b: Value): boolean {
  if (a === null || b === null) return false;
  if (type === "jsonb" && Array.isArray(a) && Array.isArray(b)) return jsonKey(String(a[1])) === jsonKey(String(b[1]));
  return compareValues(type, a, b) === 0;
}

/** A text that is the same for equal values of the type (and NULLs), for DISTINCT and GROUP BY. */
export function groupingKey(type: TypeName, value: Value): string {
  if (value === null) return "n";
  if (type === "numeric" && typeof value === "string") return `v${trimScale(value)}`;
  if (type === "interval" && Array.isArray(value)) {
    const [months, days, micros] = value;
    const total = BigInt(Number(months) * 30 + Number(days)) * 86_400_000_000n + BigInt(Number(micros));
    return `v${total}`;
  }
  if (type === "jsonb" && Array.isArray(value)) return `v${jsonKey(String(value[1]))}`;
  if (type === "bpchar" && typeof value === "string") return `v${JSON.stringify(withoutBlanks(value))}`;
  const element = elementType(type);
  if (element !== null && Array.isArray(value)) {
    return `a${JSON.stringify(value.map((item: Value) => groupingKey(element, item)))}`;
  }
  return `v${JSON.stringify(value)}`;
}

function trimScale(numeric: string): string {
  return numeric.includes(".") ? numeric.replace(/\.?0+$/, "").replace(/^-0$/, "0") : numeric;
}
