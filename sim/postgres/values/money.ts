/** money: a decimal string of cents, shown as `$1,234.56`. Source: cash.c with the C locale. */
import { SqlError } from "../sql-error.ts";
import { decimalOf, parseDecimal, roundDecimal } from "./numeric.ts";

export function parseMoney(text: string): string {
  const match = /^\s*(-|\(|\+)?\s*\$?\s*(-)?([\d,]*\.?\d*)\)?\s*$/.exec(text);
  const decimal = parseDecimal((match?.[3] ?? "").replaceAll(",", ""));
  if (match === null || decimal === null) throw new SqlError("22P02", `invalid input syntax for type money: "${text}"`);
  const cents = roundDecimal(decimal, 2).digits;
  const negative = match[1] === "-" || match[1] === "(" || match[2] === "-";
  return (negative ? -cents : cents).toString();
}

export function formatMoney(cents: string): string {
  const digits = cents.replace("-", "").padStart(3, "0");
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${cents.startsWith("-") ? "-" : ""}$${whole}.${digits.slice(-2)}`;
}

export function moneyOfNumeric(numeric: string): string {
  return roundDecimal(decimalOf(numeric), 2).digits.toString();
}

export function numericOfMoney(cents: string): string {
  const digits = cents.replace("-", "").padStart(3, "0");
  return `${cents.startsWith("-") ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
