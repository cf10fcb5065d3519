/**
 * smallint, integer and bigint: ranges, input, arithmetic with PostgreSQL's overflow errors.
 *
 * int2 and int4 are numbers, int8 is a canonical decimal string; arithmetic on int8 goes through BigInt, so no
 * result is ever rounded.
 *
 *     add("int4", 2147483647, 1)  ->  22003 integer out of range
 *
 * Sources: int.c, int8.c, numutils.c.
 */
import { SqlError } from "../sql-error.ts";
import { typeLabel } from "./type-names.ts";

export type IntegerType = "int2" | "int4" | "int8";

const LIMITS: Readonly<Record<IntegerType, readonly [bigint, bigint]>> = {
  int2: [-32768n, 32767n],
  int4: [-2147483648n, 2147483647n],
  int8: [-9223372036854775808n, 9223372036854775807n],
};

/** Turns an exact integer into a value of the type, or raises 22003. */
export function toInteger(type: IntegerType, exact: bigint): number | string {
  const [low, high] = LIMITS[type];
  if (exact < low || exact > high) throw new SqlError("22003", `${typeLabel(type)} out of range`);
  return type === "int8" ? exact.toString() : Number(exact);
}

export function isInRange(type: IntegerType, exact: bigint): boolean {
  const [low, high] = LIMITS[type];
  return exact >= low && exact <= high;
}

/** Reads the text form, as in `'42'::int`: decimal, 0x, 0o, 0b, with underscores between digits, and blanks around it. */
export function parseInteger(type: IntegerType, text: string): number | string {
  const trimmed = text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, "");
  const match = /^([+-]?)(0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|[0-9](?:_?[0-9])*)$/.exec(trimmed);
  if (match === null) throw new SqlError("22P02", `invalid input syntax for type ${typeLabel(type)}: "${text}"`);
  const magnitude = BigInt((match[2] ?? "0").replaceAll("_", "").toLowerCase());
  const exact = match[1] === "-" ? -magnitude : magnitude;
  if (!isInRange(type, exact)) {
    throw new SqlError("22003", `value "${text}" is out of range for type ${typeLabel(type)}`);
  }
  return toInteger(type, exact);
}

export type IntegerOperation = "+" | "-" | "*" | "/" | "%";

/** One arithmetic operation on two values of the same integer type. */
export function integerArithmetic(
  type: IntegerType,
  operation: IntegerOperation,
  left: number | string,
  right: number | string,
): number | string {
  if (type !== "int8") return smallArithmetic(type, operation, Number(left), Number(right));
  const a = BigInt(left);
  const b = BigInt(right);
  if ((operation === "/" || operation === "%") && b === 0n) throw new SqlError("22012", "division by zero");
  switch (operation) {
    case "+":
      return toInteger(type, a + b);
    case "-":
      return toInteger(type, a - b);
    case "*":
      return toInteger(type, a * b);
    case "/":
      return toInteger(type, a / b);
    case "%":
      return toInteger(type, a % b);
  }
}

/** Doubles hold every sum and nearly every product of two int4 exactly; a product beyond 2^53 is out of range anyway. */
function smallArithmetic(type: "int2" | "int4", operation: IntegerOperation, a: number, b: number): number {
  if ((operation === "/" || operation === "%") && b === 0) throw new SqlError("22012", "division by zero");
  const result = smallResult(operation, a, b);
  const limit = type === "int2" ? 32768 : 2147483648;
  if (result < -limit || result >= limit) throw new SqlError("22003", `${typeLabel(type)} out of range`);
  // Adding zero turns a negative zero into zero.
  return result + 0;
}

function smallResult(operation: IntegerOperation, a: number, b: number): number {
  switch (operation) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return Math.trunc(a / b);
    case "%":
      return a % b;
  }
}

/** Compares two int8 values without making BigInts where the lengths decide. */
export function compareInt8(a: string, b: string): number {
  if (a === b) return 0;
  const negative = a.startsWith("-");
  if (negative !== b.startsWith("-")) return negative ? -1 : 1;
  const larger = a.length === b.length ? a > b : a.length > b.length;
  return larger !== negative ? 1 : -1;
}
