/**
 * numeric: exact decimal arithmetic with PostgreSQL's display scales.
 *
 * A value is its decimal text ("1.50" and "1.5" are equal and shown differently). Arithmetic works on an integer and a
 * scale:
 *
 *     1.50 + 2     = 3.50       scale: the larger of the two
 *     1.5  * 1.25  = 1.875      scale: the sum of the two
 *     1 / 3        = 0.33333333333333333333    scale: at least 16 significant digits, in steps of four digits
 *
 * Rounding is half away from zero. NaN and infinities are not modelled and are refused by input.
 * Sources: numeric.c (add_var, mul_var, select_div_scale, apply_typmod).
 */

import { UsageError } from "../../usage-error.ts";
import { SqlError } from "../sql-error.ts";

/** `digits` / 10^`scale`. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

const TEXT = /^([+-]?)(\d+(?:_\d+)*)?(?:\.(\d*(?:_\d+)*))?(?:[eE]([+-]?\d+))?$/;

export function parseDecimal(text: string): Decimal | null {
  const match = TEXT.exec(text);
  const whole = (match?.[2] ?? "").replaceAll("_", "");
  const fraction = (match?.[3] ?? "").replaceAll("_", "");
  if (match === null || (whole === "" && fraction === "")) return null;
  const exponent = Number(match[4] ?? "0");
  const magnitude = BigInt(whole + fraction);
  const digits = match[1] === "-" ? -magnitude : magnitude;
  const scale = fraction.length - exponent;
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

/** Reads `'1.50'::numeric`; 22P02 where it is no number. */
export function parseNumeric(text: string): string {
  const trimmed = text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, "");
  if (/^([+-]?inf(inity)?|nan)$/i.test(trimmed)) {
    throw new UsageError("sql-not-supported", `numeric value ${trimmed} is not modelled`, "use a finite number");
  }
  const decimal = parseDecimal(trimmed);
  if (decimal === null) throw new SqlError("22P02", `invalid input syntax for type numeric: "${text}"`);
  return formatDecimal(decimal);
}

export function formatDecimal({ digits, scale }: Decimal): string {
  const negative = digits < 0n;
  const text = (negative ? -digits : digits).toString().padStart(scale + 1, "0");
  const whole = text.slice(0, text.length - scale);
  const shown = scale === 0 ? whole : `${whole}.${text.slice(text.length - scale)}`;
  return negative ? `-${shown}` : shown;
}

/** A stored numeric as integer and scale. */
export function decimalOf(value: string): Decimal {
  const point = value.indexOf(".");
  if (point < 0) return { digits: BigInt(value), scale: 0 };
  return { digits: BigInt(value.slice(0, point) + value.slice(point + 1)), scale: value.length - point - 1 };
}

function atScale({ digits, scale }: Decimal, wanted: number): bigint {
  return digits * 10n ** BigInt(wanted - scale);
}

/** Division with rounding half away from zero. */
function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const rest = dividend % divisor;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  const size = divisor < 0n ? -divisor : divisor;
  if (twice < size) return quotient;
  return dividend < 0n === divisor < 0n ? quotient + 1n : quotient - 1n;
}

/** Rounds to `scale` digits behind the point; a negative scale rounds before it. */
export function roundDecimal(value: Decimal, scale: number): Decimal {
  if (scale >= value.scale) return { digits: atScale(value, scale), scale };
  const rounded = divideRounded(value.digits, 10n ** BigInt(value.scale - scale));
  return scale >= 0 ? { digits: rounded, scale } : { digits: rounded * 10n ** BigInt(-scale), scale: 0 };
}

export function truncateDecimal(value: Decimal, scale: number): Decimal {
  if (scale >= value.scale) return { digits: atScale(value, scale), scale };
  const cut = value.digits / 10n ** BigInt(value.scale - scale);
  return scale >= 0 ? { digits: cut, scale } : { digits: cut * 10n ** BigInt(-scale), scale: 0 };
}

export function compareNumeric(a: string, b: string): number {
  if (a === b) return 0;
  const left = decimalOf(a);
  const right = decimalOf(b);
  const scale = Math.max(left.scale, right.scale);
  const difference = atScale(left, scale) - atScale(right, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export type NumericOperation = "+" | "-" | "*" | "/" | "%";

export function numericArithmetic(operation: NumericOperation, a: string, b: string): string {
  const left = decimalOf(a);
  const right = decimalOf(b);
  const scale = Math.max(left.scale, right.scale);
  if ((operation === "/" || operation === "%") && right.digits === 0n) throw new SqlError("22012", "division by zero");
  switch (operation) {
    case "+":
      return formatDecimal({ digits: atScale(left, scale) + atScale(right, scale), scale });
    case "-":
      return formatDecimal({ digits: atScale(left, scale) - atScale(right, scale), scale });
    case "*":
      return formatDecimal({ digits: left.digits * right.digits, scale: left.scale + right.scale });
    case "%":
      return formatDecimal({ digits: atScale(left, scale) % atScale(right, scale), scale });
    case "/":
      return formatDecimal(divide(left, right));
  }
}

function divide(left: Decimal, right: Decimal): Decimal {
  const scale = quotientScale(left, right);
  // left / right * 10^scale = left.digits * 10^(scale + right.scale - left.scale) / right.digits
  const shift = scale + right.scale - left.scale;
  const dividend = shift >= 0 ? left.digits * 10n ** BigInt(shift) : left.digits;
  const divisor = shift >= 0 ? right.digits : right.digits * 10n ** BigInt(-shift);
  return { digits: divideRounded(dividend, divisor), scale };
}

/** The weight and the first digit of the value in base 10000, as numeric.c stores it. */
function leading({ digits, scale }: Decimal): { weight: number; first: bigint } {
  if (digits === 0n) return { weight: 0, first: 0n };
  const text = (digits < 0n ? -digits : digits).toString();
  // Position of the first decimal digit: 0 for units, 1 for tens, -1 for tenths.
  const position = text.length - 1 - scale;
  const weight = Math.floor(position / 4);
  const width = position - weight * 4 + 1;
  return { weight, first: BigInt(text.slice(0, width).padEnd(width, "0")) };
}

/** numeric.c, select_div_scale: at least 16 significant digits, counted in base-10000 digits, and no less than either operand's. */
function quotientScale(left: Decimal, right: Decimal): number {
  const a = leading(left);
  const b = leading(right);
  const weight = a.weight - b.weight - (a.first <= b.first ? 1 : 0);
  return Math.min(Math.max(16 - weight * 4, left.scale, right.scale, 0), 1000);
}

/** Applies numeric(precision, scale): rounds, and raises 22003 on overflow. */
export function applyNumericModifier(value: string, precision: number, scale: number): string {
  const rounded = roundDecimal(decimalOf(value), scale);
  const size = rounded.digits < 0n ? -rounded.digits : rounded.digits;
  if (size >= 10n ** BigInt(precision)) {
    const limit = precision - scale === 0 ? "1" : `10^${precision - scale}`;
    throw new SqlError(
      "22003",
      "numeric field overflow",
      `A field with precision ${precision}, scale ${scale} must round to an absolute value less than ${limit}.`,
    );
  }
  return formatDecimal(rounded);
}
