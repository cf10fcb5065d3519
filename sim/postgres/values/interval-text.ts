/**
 * Reading an interval: PostgreSQL's own form, the SQL standard's, and ISO 8601.
 *
 *     1 day 02:03:04      1-2 3 04:05      P1Y2M3DT4H5M6S      P0001-02-03T04:05:06
 *
 * A number without a unit is a number of seconds at the end and of days before a time; no field may come twice, and a date is
 * no interval. Sources: datetime.c (DecodeInterval, DecodeISO8601Interval).
 */
import { SqlError } from "../sql-error.ts";
import { type DateField, unitNamed } from "./date-units.ts";
import { addIntervals, type Interval, negateInterval, scaleUnit } from "./interval.ts";

/** What one of a unit is, as months, days and microseconds. */
const UNITS: Readonly<Partial<Record<DateField, Interval>>> = {
  microsecond: [0, 0, 1],
  millisecond: [0, 0, 1000],
  second: [0, 0, 1e6],
  minute: [0, 0, 60e6],
  hour: [0, 0, 3600e6],
  day: [0, 1, 0],
  week: [0, 7, 0],
  month: [1, 0, 0],
  year: [12, 0, 0],
  decade: [120, 0, 0],
  century: [1200, 0, 0],
  millennium: [12000, 0, 0],
};

/** Reads any form; 22007 where the text is none. */
export function parseInterval(text: string): Interval {
  const trimmed = text.trim();
  const interval = trimmed.startsWith("P") ? isoInterval(trimmed) : ownInterval(trimmed);
  if (interval !== null) return interval;
  throw new SqlError("22007", `invalid input syntax for type interval: "${text}"`);
}

const TOKEN =
  /\s*(?:([+-]?)\s*(\d+):(\d{1,2}(?:\.\d*)?)(?::(\d{1,2}(?:\.\d*)?))?(?![\d:])|([+-]?)\s*(\d+)-(\d{1,2})(?![\d-])|([+-]?)\s*(\d+\.?\d*|\.\d+)(?![\d:-])|([a-z]+)|@)/iy;

type Part =
  | { readonly kind: "amount"; readonly amount: number }
  | { readonly kind: "interval"; readonly interval: Interval; readonly fields: readonly DateField[] }
  | { readonly kind: "word"; readonly word: string };

/** The parts of the text from left to right, or null where something is none. */
function partsOf(text: string): readonly Part[] | null {
  const parts: Part[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) return null;
    const [, clockSign, hours, minutes, seconds, yearSign, years, months, sign, amount, word] = match;
    if (hours !== undefined) {
      const micros = clock(text, [hours, minutes ?? "0", seconds ?? ""]);
      const interval: Interval = [0, 0, clockSign === "-" ? 0 - micros : micros];
      parts.push({ kind: "interval", interval, fields: ["hour", "minute", "second"] });
    } else if (years !== undefined) {
      if (Number(months) > 11) throw outOfRange(text);
      const all = Number(years) * 12 + Number(months);
      parts.push({ kind: "interval", interval: [yearSign === "-" ? 0 - all : all, 0, 0], fields: ["year", "month"] });
    } else if (amount !== undefined) {
      parts.push({ kind: "amount", amount: sign === "-" ? 0 - Number(amount) : Number(amount) });
    } else if (word !== undefined) parts.push({ kind: "word", word });
  }
  return parts;
}

/** `hh:mm`, `hh:mm:ss.f`, or `mm:ss.f`. */
function clock(text: string, [first, second, third]: readonly [string, string, string]): number {
  const isShort = third === "" && second.includes(".");
  const [hours, minutes, seconds] = isShort ? ["0", first, second] : [first, second, third];
  if (Number(minutes) > 59 || Number(seconds) > 60) throw outOfRange(text);
  return Number(hours) * 3600e6 + Number(minutes) * 60e6 + Math.round(Number(seconds) * 1e6);
}

function outOfRange(text: string): SqlError {
  return new SqlError("22015", `interval field value out of range: "${text}"`);
}

function ownInterval(text: string): Interval | null {
  const parts = [...(partsOf(text) ?? [])];
  const last = parts.at(-1);
  const ago = last?.kind === "word" && last.word.toLowerCase() === "ago";
  if (ago) parts.pop();
  if (parts.length === 0) return null;
  const seen = new Set<DateField>();
  let sum: Interval = [0, 0, 0];
  for (const [at, part] of parts.entries()) {
    if (part.kind === "word") {
      if (parts[at - 1]?.kind !== "amount") return null;
      continue;
    }
    const [interval, fields] =
      part.kind === "interval" ? [part.interval, part.fields] : amountOf(part.amount, parts[at + 1]);
    if (interval === null || fields.some((field) => seen.has(field))) return null;
    for (const field of fields) seen.add(field);
    sum = addIntervals(sum, interval);
  }
  return ago ? negateInterval(sum) : sum;
}

/** A number with what stands behind it: its unit, a time, or nothing. */
function amountOf(amount: number, next: Part | undefined): readonly [Interval | null, readonly DateField[]] {
  if (next?.kind === "amount") return [null, []];
  const unit = next === undefined ? "second" : next.kind === "word" ? unitNamed(next.word) : "day";
  const one = unit === null ? undefined : UNITS[unit];
  return unit === null || one === undefined ? [null, []] : [scaleUnit(one, amount), [unit]];
}

const NUMBER = "([+-]?(?:\\d+\\.?\\d*|\\.\\d+))";
const DESIGNATED = new RegExp(
  `^P(?:${NUMBER}Y)?(?:${NUMBER}M)?(?:${NUMBER}W)?(?:${NUMBER}D)?(?:T(?:${NUMBER}H)?(?:${NUMBER}M)?(?:${NUMBER}S)?)?$`,
);
const DESIGNATORS: readonly DateField[] = ["year", "month", "week", "day", "hour", "minute", "second"];
const ALTERNATIVE = /^P(\d+)-(\d+)-(\d+)(?:T(\d+):(\d+):(\d+(?:\.\d*)?))?$/;
const POSITIONS: readonly DateField[] = ["year", "month", "day", "hour", "minute", "second"];

function isoInterval(text: string): Interval | null {
  if (text.length < 2) return null;
  const designated = DESIGNATED.exec(text);
  if (designated !== null) return sumOf(DESIGNATORS, designated.slice(1));
  const alternative = ALTERNATIVE.exec(text);
  return alternative === null ? null : sumOf(POSITIONS, alternative.slice(1));
}

function sumOf(fields: readonly DateField[], amounts: readonly (string | undefined)[]): Interval {
  return fields.reduce((sum: Interval, field, at) => {
    const amount = amounts[at];
    return amount === undefined ? sum : addIntervals(sum, scaleUnit(UNITS[field] ?? [0, 0, 0], Number(amount)));
  }, NOTHING);
}

const NOTHING: Interval = [0, 0, 0];
