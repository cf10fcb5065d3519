/**
 * date, timestamp and timestamptz: days and microseconds since 2000-01-01, read in ISO style and shown so in UTC.
 *
 *     "2026-01-31 10:00+02"  ->  823075200000000   ->  "2026-01-31 08:00:00+00"
 *
 * The session's own style of output is in time-style.ts. BC dates, infinity and time zone names other than UTC are not
 * modelled. Sources: datetime.c, timestamp.c.
 */
import { UsageError } from "../../usage-error.ts";
import { SqlError } from "../sql-error.ts";
import { addMonths, civilFromDays, daysFromCivil, daysInMonth } from "./calendar.ts";
import type { Interval } from "./interval.ts";
import { typeLabel } from "./type-names.ts";

const DAY = 86_400_000_000;

const TEXT =
  /^(\d{4,6})-(\d{1,2})-(\d{1,2})(?:[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?\s*(Z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?(?::?\d{2})?)?$/i;

export type TimeType = "date" | "timestamp" | "timestamptz";

/** Reads the text form; `now` is what `'now'`, `'today'` and the like stand for. A timestamp without zone ignores the zone. */
export function parseTimestamp(text: string, now: () => number, type: TimeType = "timestamptz"): number {
  const trimmed = text.trim();
  const special = specialTimestamp(trimmed.toLowerCase(), now);
  if (special !== null) return special;
  const match = TEXT.exec(isoDate(trimmed));
  if (match === null) {
    if (mayBeDate(trimmed)) {
      throw new UsageError(
        "sql-not-supported",
        `the date "${text}" is not modelled`,
        "write it as 2026-01-31 10:00:00+00",
      );
    }
    throw new SqlError(
      "22007",
      `invalid input syntax for type ${type === "timestamp" ? type : typeLabel(type)}: "${text}"`,
    );
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const sound = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
  if (!sound || hour > 24 || minute > 59 || second > 60) {
    throw new SqlError("22008", `date/time field value out of range: "${text}"`);
  }
  const fraction = Math.round(Number(`0.${match[7] ?? "0"}`) * 1e6);
  const time = ((hour * 60 + minute) * 60 + second) * 1e6 + fraction;
  return daysFromCivil(year, month, day) * DAY + time - (type === "timestamptz" ? zoneOffset(match[8]) : 0);
}

/** `20260131` and `2026/01/31` as `2026-01-31`. */
function isoDate(text: string): string {
  return text
    .replace(/^(\d{4})(\d{2})(\d{2})(?=$|[T ])/, "$1-$2-$3")
    .replace(/^(\d{4})\/(\d{1,2})\/(\d{1,2})/, "$1-$2-$3");
}

/** Whether PostgreSQL may read it in one of the forms that are not modelled: all of them have a number of two digits or a month. */
function mayBeDate(text: string): boolean {
  return (
    /^[\w\s:.,/+-]+$/.test(text) && /\d\d|\d.*\d/.test(text) && /\d[-./ ,]+\w|[a-z]{3,}[-./ ,]*\d|^j\d/i.test(text)
  );
}

function specialTimestamp(word: string, now: () => number): number | null {
  switch (word) {
    case "epoch":
      return daysFromCivil(1970, 1, 1) * DAY;
    case "now":
      return now();
    case "today":
      return Math.floor(now() / DAY) * DAY;
    case "tomorrow":
      return (Math.floor(now() / DAY) + 1) * DAY;
    case "yesterday":
      return (Math.floor(now() / DAY) - 1) * DAY;
    case "infinity":
    case "-infinity":
      throw new UsageError("sql-not-supported", `timestamp ${word} is not modelled`, "use a finite timestamp");
    default:
      return null;
  }
}

/** Whether the text names a zone, so that it means the same moment whatever the session's TimeZone is. */
export function hasZone(text: string): boolean {
  const match = TEXT.exec(text.trim());
  return match === null || match[8] !== undefined;
}

/** The offset in microseconds that a zone such as `+02:30` stands for. */
function zoneOffset(zone: string | undefined): number {
  const match = /^([+-])(\d{1,2}):?(\d{2})?:?(\d{2})?$/.exec(zone ?? "");
  if (match === null) return 0;
  const seconds = Number(match[2]) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0);
  return (match[1] === "-" ? -seconds : seconds) * 1e6;
}

/** Reads a date: the day of a timestamp. */
export function parseDate(text: string, now: () => number): number {
  return Math.floor(parseTimestamp(text, now, "date") / DAY);
}

export function dateOf(timestamp: number): number {
  return Math.floor(timestamp / DAY);
}

export function startOfDay(date: number): number {
  return date * DAY;
}

export function formatDate(days: number): string {
  const { year, month, day } = civilFromDays(days);
  if (year < 1) throw new UsageError("sql-not-supported", "dates before year 1 are not modelled", "use a later date");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

/** Without a zone; a timestamptz has `+00` behind it. */
export function formatTimestamp(value: number): string {
  const days = Math.floor(value / DAY);
  return `${formatDate(days)} ${formatTime(value - days * DAY)}`;
}

/** `hh:mm:ss` with a fraction only where there is one. */
export function formatTime(micros: number): string {
  const seconds = Math.floor(micros / 1e6);
  const fraction = micros - seconds * 1e6;
  const shown = fraction === 0 ? "" : `.${String(fraction).padStart(6, "0").replace(/0+$/, "")}`;
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${shown}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}

/** Adds months first, then days, then the rest, as PostgreSQL does. */
export function addInterval(value: number, [months, days, micros]: Interval, sign: 1 | -1): number {
  const day = Math.floor(value / DAY);
  const time = value - day * DAY;
  const moved = months === 0 ? day : addMonths(day, sign * months);
  return (moved + sign * days) * DAY + time + sign * micros;
}

/** The difference as PostgreSQL gives it: days and a time of the same sign, no months. */
export function timestampDifference(left: number, right: number): Interval {
  const micros = left - right;
  const days = Math.trunc(micros / DAY);
  return [0, days + 0, micros - days * DAY + 0];
}
