/** Counts that outgrow a double: a row of them and one power of ten that all of them share. */

/** A number of things, as mantissa * 10^exponent; the exponent is 0 where the mantissa says it all. */
export interface ScaledCount {
  readonly mantissa: number;
  readonly exponent: number;
}

const LARGEST = 1e250;
const STEP = 250;

/** Divides a row by a power of ten where one of its counts is too large, and tells which power: 0 where none is. */
export function scaledDown(row: Float64Array): number {
  if (!row.some((count) => count > LARGEST)) return 0;
  for (let at = 0; at < row.length; at++) row[at] = (row[at] as number) / 10 ** STEP;
  return STEP;
}

/** `142`, or from 2^53 on, where it is rounded, `1.84e+19`. */
export function countText({ mantissa, exponent }: ScaledCount): string {
  if (exponent === 0 && mantissa < 2 ** 53) return String(mantissa);
  const [digits = "0", own = "0"] = mantissa.toExponential(2).split("e");
  return `${digits}e+${Number(own) + exponent}`;
}
