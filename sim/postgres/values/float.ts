/**
 * double precision: a JavaScript number, shown by its shortest exact digits as PostgreSQL does.
 *
 *     1e15 -> "1e+15"     123456.75 -> "123456.75"     0.00001 -> "1e-05"
 *
 * NaN and infinities are not modelled: arithmetic that would give them raises 22003, input of them is refused.
 * Sources: float.c, d2s.c.
 */
import { UsageError } from "../../usage-error.ts";
import { SqlError } from "../sql-error.ts";

export function parseFloat8(text: string): number {
  const trimmed = text.trim();
  if (/^([+-]?inf(inity)?|nan)$/i.test(trimmed)) {
    throw new UsageError(
      "sql-not-supported",
      `double precision value ${trimmed} is not modelled`,
      "use a finite number",
    );
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed)) {
    throw new SqlError("22P02", `invalid input syntax for type double precision: "${text}"`);
  }
  const value = Number(trimmed);
  if (!Number.isFinite(value)) throw new SqlError("22003", `"${text}" is out of range for type double precision`);
  return value;
}

/** Fixed notation for exponents from -4 to 14, else scientific with at least two digits of exponent. */
export function formatFloat8(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa = "", exponentText = "0"] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 15) return plain(mantissa, exponent);
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${size}`;
}

function plain(mantissa: string, exponent: number): string {
  const negative = mantissa.startsWith("-");
  const digits = mantissa.replace("-", "").replace(".", "");
  const sign = negative ? "-" : "";
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, "0");
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** A decimal text as the nearest double; 22003 where there is none. */
export function floatOfNumeric(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new SqlError("22003", `"${text}" is out of range for type double precision`);
  return value;
}

/** Raises 22003 where a finite operation overflowed. */
export function checkedFloat(value: number): number {
  if (!Number.isFinite(value)) throw new SqlError("22003", "value out of range: overflow");
  return value;
}
