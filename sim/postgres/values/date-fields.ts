/**
 * The fields of dates, timestamps and intervals: what extract() and date_part() take out, what date_trunc() cuts at.
 *
 * A field is a decimal text, with as many digits behind the point as PostgreSQL shows.
 * Source: timestamp.c (timestamp_part_common, interval_part_common, timestamp_trunc, interval_trunc).
 */
import { civilFromDays, daysFromCivil } from "./calendar.ts";
import type { DateField } from "./date-units.ts";
import type { Interval } from "./interval.ts";
import { numericArithmetic } from "./numeric.ts";

const DAY = 86_400_000_000;
/** The Julian day of 2000-01-01. */
const JULIAN_SHIFT = 2_451_545;
/** Days from 1970-01-01 to 2000-01-01. */
const EPOCH_SHIFT = 10_957;

/** A field of a local date (a number of days) as a decimal text; null where a date has no such field. */
export function dateField(field: DateField, days: number): string | null {
  const { year, month, day } = civilFromDays(days);
  switch (field) {
    case "day":
      return String(day);
    case "month":
      return String(month);
    case "quarter":
      return String(Math.floor((month - 1) / 3) + 1);
    case "year":
      return String(year);
    case "decade":
      return String(Math.floor(year / 10));
    case "century":
      return String(Math.floor((year + 99) / 100));
    case "millennium":
      return String(Math.floor((year + 999) / 1000));
    case "week":
      return String(Math.floor((thursdayOf(days) - daysFromCivil(isoYear(days), 1, 1)) / 7) + 1);
    case "isoyear":
      return String(isoYear(days));
    case "dow":
      return String(isoDay(days) % 7);
    case "isodow":
      return String(isoDay(days));
    case "doy":
      return String(days - daysFromCivil(year, 1, 1) + 1);
    case "julian":
      return String(days + JULIAN_SHIFT);
    case "epoch":
      return String((days + EPOCH_SHIFT) * 86_400);
    default:
      return null;
  }
}

/** Monday is 1, Sunday 7; 2000-01-01 was a Saturday. */
function isoDay(days: number): number {
  return ((((days + 5) % 7) + 7) % 7) + 1;
}

/** The Thursday of the week decides to which year the week belongs. */
function thursdayOf(days: number): number {
  return days - isoDay(days) + 4;
}

function isoYear(days: number): number {
  return civilFromDays(thursdayOf(days)).year;
}

/** A field of a local timestamp; null where a timestamp has no such field. `epoch` and zones are the caller's. */
export function timestampField(field: DateField, micros: number): string | null {
  const days = Math.floor(micros / DAY);
  const time = micros - days * DAY;
  if (field !== "julian") return clockField(field, time) ?? dateField(field, days);
  return numericArithmetic("+", String(days + JULIAN_SHIFT), numericArithmetic("/", String(time), String(DAY)));
}

export function epochOf(micros: number): string {
  return decimal(micros + EPOCH_SHIFT * DAY, 6);
}

function clockField(field: DateField, time: number): string | null {
  const inMinute = time % 60e6;
  switch (field) {
    case "hour":
      return String(Math.trunc(time / 3600e6));
    case "minute":
      return String(Math.trunc(time / 60e6) % 60);
    case "second":
      return decimal(inMinute, 6);
    case "millisecond":
      return decimal(inMinute, 3);
    case "microsecond":
      return String(inMinute);
    default:
      return null;
  }
}

/** An integer with the point `scale` digits from its end. */
function decimal(value: number, scale: number): string {
  const text = String(Math.abs(value)).padStart(scale + 1, "0");
  return `${value < 0 ? "-" : ""}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

/** A field of an interval; null where an interval has no such field. */
export function intervalField(field: DateField, [months, days, micros]: Interval): string | null {
  const years = Math.trunc(months / 12);
  const rest = months % 12;
  switch (field) {
    case "epoch":
      return intervalEpoch([months, days, micros]);
    case "millennium":
      return whole(years / 1000);
    case "century":
      return whole(years / 100);
    case "decade":
      return whole(years / 10);
    case "year":
      return whole(years);
    case "quarter":
      return whole(rest >= 0 ? Math.trunc(rest / 3) + 1 : Math.trunc(rest / 3) - 1);
    case "month":
      return whole(rest);
    case "week":
      return whole(days / 7);
    case "day":
      return whole(days);
    default:
      return clockField(field, micros);
  }
}

function whole(value: number): string {
  return String(Math.trunc(value) + 0);
}

/** A year has 365.25 days, a month 30. */
function intervalEpoch([months, days, micros]: Interval): string {
  const years = BigInt(Math.trunc(months / 12));
  const inDays = BigInt((months % 12) * 30 + days);
  const total = (years * 1461n * BigInt(DAY)) / 4n + inDays * BigInt(DAY) + BigInt(micros);
  const text = (total < 0n ? -total : total).toString().padStart(7, "0");
  return `${total < 0n ? "-" : ""}${text.slice(0, -6)}.${text.slice(-6)}`;
}

const CLOCK_UNITS: Readonly<Partial<Record<DateField, number>>> = {
  microsecond: 1,
  millisecond: 1000,
  second: 1e6,
  minute: 60e6,
  hour: 3600e6,
};

/** Whether the unit is shorter than a day, so that cutting at it keeps the offset of the zone. */
export function isClockUnit(unit: DateField): boolean {
  return CLOCK_UNITS[unit] !== undefined;
}

/** A local timestamp cut to the start of its unit; null where date_trunc() does not take the unit. */
export function truncateTimestamp(unit: DateField, micros: number): number | null {
  const size = CLOCK_UNITS[unit];
  if (size !== undefined) return Math.floor(micros / size) * size;
  const days = Math.floor(micros / DAY);
  const { year, month } = civilFromDays(days);
  switch (unit) {
    case "day":
      return days * DAY;
    case "week":
      return (days - isoDay(days) + 1) * DAY;
    case "month":
      return daysFromCivil(year, month, 1) * DAY;
    case "quarter":
      return daysFromCivil(year, month - ((month - 1) % 3), 1) * DAY;
    case "year":
      return daysFromCivil(year, 1, 1) * DAY;
    case "decade":
      return daysFromCivil(Math.floor(year / 10) * 10, 1, 1) * DAY;
    case "century":
      return daysFromCivil(Math.floor((year + 99) / 100) * 100 - 99, 1, 1) * DAY;
    case "millennium":
      return daysFromCivil(Math.floor((year + 999) / 1000) * 1000 - 999, 1, 1) * DAY;
    default:
      return null;
  }
}

const MONTH_UNITS: Readonly<Partial<Record<DateField, number>>> = {
  month: 1,
  quarter: 3,
  year: 12,
  decade: 120,
  century: 1200,
  millennium: 12000,
};

/** An interval cut towards zero at its unit; null where date_trunc() does not take the unit. */
export function truncateInterval(unit: DateField, [months, days, micros]: Interval): Interval | null {
  const size = CLOCK_UNITS[unit];
  if (size !== undefined) return [months, days, Math.trunc(micros / size) * size + 0];
  if (unit === "day") return [months, days, 0];
  const count = MONTH_UNITS[unit];
  return count === undefined ? null : [Math.trunc(months / count) * count + 0, 0, 0];
}
