/**
 * How dates, timestamps and intervals are shown: the settings DateStyle, TimeZone and IntervalStyle.
 *
 *     DateStyle            date          timestamptz (TimeZone PST8PDT)       IntervalStyle       interval
 *     ISO, MDY             2008-12-23    2008-12-23 09:30:00-08               postgres            1 day 02:00:00
 *     Postgres, MDY        12-23-2008    Tue Dec 23 09:30:00 2008 PST         postgres_verbose    @ 1 day 2 hours
 *
 * PST8PDT is there because PostgreSQL's own tests are run with it. Its summer time is that of the law of 2007 (from the
 * second Sunday of March to the first Sunday of November), also before that year.
 *
 * Not modelled: other date styles, interval styles and zones, and the zone in functions that take timestamps apart.
 * Sources: datetime.c (EncodeDateOnly, EncodeDateTime, EncodeInterval).
 */
import { UsageError } from "../../usage-error.ts";
import { civilFromDays, daysFromCivil } from "./calendar.ts";
import { formatInterval, type Interval } from "./interval.ts";
import { formatDate, formatTime, formatTimestamp } from "./timestamp.ts";

export interface TimeStyle {
  readonly date: "iso" | "postgres";
  /** What the Postgres style puts first. */
  readonly dayFirst: boolean;
  readonly zone: "utc" | "pst8pdt";
  readonly interval: "postgres" | "postgres_verbose";
}

export const ISO_UTC: TimeStyle = { date: "iso", dayFirst: false, zone: "utc", interval: "postgres" };

/** The style that these three settings make. What is not modelled is a UsageError. */
export function timeStyle(dateStyle: string, timeZone: string, intervalStyle: string): TimeStyle {
  const words = dateStyle.toLowerCase().split(/[\s,]+/);
  const zone = zoneNamed(timeZone);
  const interval = intervalStyle.toLowerCase();
  if (interval !== "postgres" && interval !== "postgres_verbose") {
    return notModelled("IntervalStyle", intervalStyle, "postgres and postgres_verbose");
  }
  const known = ["iso", "postgres", "mdy", "dmy", "ymd", "us", "european", "noneuropean"];
  if (words.some((word) => !known.includes(word))) return notModelled("DateStyle", dateStyle, "ISO and Postgres");
  const dayFirst = words.includes("dmy") || words.includes("european");
  return { date: words.includes("postgres") ? "postgres" : "iso", dayFirst, zone, interval };
}

/** The zone of this name; one that is not modelled is a UsageError. */
export function zoneNamed(name: string): TimeStyle["zone"] {
  return ZONES[name.toLowerCase()] ?? notModelled("TimeZone", name, "UTC and PST8PDT");
}

const ZONES: Readonly<Record<string, TimeStyle["zone"]>> = {
  utc: "utc",
  gmt: "utc",
  "etc/utc": "utc",
  pst8pdt: "pst8pdt",
};

function notModelled(setting: string, value: string, known: string): never {
  throw new UsageError("sql-not-supported", `${setting} = ${value} is not modelled`, `${known} are`);
}

/** A date: days since 2000-01-01. */
export function showDate(days: number, style: TimeStyle): string {
  if (style.date === "iso") return formatDate(days);
  const [year = "", month = "", day = ""] = formatDate(days).split("-");
  return style.dayFirst ? `${day}-${month}-${year}` : `${month}-${day}-${year}`;
}

/** A timestamp without zone: microseconds since 2000-01-01. */
export function showTimestamp(micros: number, style: TimeStyle): string {
  if (style.date === "iso") return formatTimestamp(micros);
  const days = Math.floor(micros / DAY);
  const { year, month, day } = civilFromDays(days);
  const two = String(day).padStart(2, "0");
  const date = style.dayFirst ? `${two} ${MONTHS[month - 1]}` : `${MONTHS[month - 1]} ${two}`;
  return `${DAYS_OF_WEEK[dayOfWeek(days)]} ${date} ${formatTime(micros - days * DAY)} ${String(year).padStart(4, "0")}`;
}

/** A timestamp with its zone. */
export function showTimestamptz(micros: number, style: TimeStyle): string {
  const offset = zoneHours(micros, style.zone);
  const local = showTimestamp(localTime(micros, style.zone), style);
  if (style.date === "postgres") return `${local} ${style.zone === "utc" ? "UTC" : offset === -7 ? "PDT" : "PST"}`;
  return `${local}${offset < 0 ? "-" : "+"}${String(Math.abs(offset)).padStart(2, "0")}`;
}

/** The moment at which clocks of the zone show this. Of the hour that summer time skips or repeats, standard time is meant. */
export function momentOf(local: number, zone: TimeStyle["zone"]): number {
  if (zone === "utc") return local;
  const summer = local + 7 * HOUR;
  return zoneHours(summer, zone) === -7 && zoneHours(local + 8 * HOUR, zone) === -7 ? summer : local + 8 * HOUR;
}

/** What clocks of the zone show at this moment. */
export function localTime(moment: number, zone: TimeStyle["zone"]): number {
  return moment + zoneHours(moment, zone) * HOUR;
}

const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS_OF_WEEK = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** 0 is Sunday; 2000-01-01 was a Saturday. */
function dayOfWeek(days: number): number {
  return (((days + 6) % 7) + 7) % 7;
}

/** How far the zone's clocks are ahead of UTC at this moment. */
function zoneHours(micros: number, zone: TimeStyle["zone"]): number {
  if (zone === "utc") return 0;
  const { year } = civilFromDays(Math.floor((micros - 8 * HOUR) / DAY));
  const from = sundayOnOrAfter(daysFromCivil(year, 3, 8)) * DAY + 10 * HOUR;
  const to = sundayOnOrAfter(daysFromCivil(year, 11, 1)) * DAY + 9 * HOUR;
  return micros >= from && micros < to ? -7 : -8;
}

function sundayOnOrAfter(days: number): number {
  return days + ((7 - dayOfWeek(days)) % 7);
}

export function showInterval(interval: Interval, style: TimeStyle): string {
  return style.interval === "postgres" ? formatInterval(interval) : verboseInterval(interval);
}

/** `@ 1 year 2 mons -3 days 4 hours 5.5 secs`; the sign of the first part decides whether it is `ago`. */
function verboseInterval([months, days, micros]: Interval): string {
  const years = Math.trunc(months / 12);
  const hours = Math.trunc(micros / HOUR);
  const minutes = Math.trunc((micros - hours * HOUR) / 60e6);
  const seconds = micros - hours * HOUR - minutes * 60e6;
  const parts: readonly (readonly [number, string])[] = [
    [years, "year"],
    [months - years * 12, "mon"],
    [days, "day"],
    [hours, "hour"],
    [minutes, "min"],
  ];
  const first = [...parts.map(([amount]) => amount), seconds].find((amount) => amount !== 0) ?? 0;
  const sign = first < 0 ? -1 : 1;
  const shown = parts.flatMap(([amount, unit]) =>
    amount === 0 ? [] : [`${sign * amount} ${unit}${sign * amount === 1 ? "" : "s"}`],
  );
  if (seconds !== 0) shown.push(secondsText(sign * seconds));
  if (shown.length === 0) return "@ 0";
  return `@ ${shown.join(" ")}${sign < 0 ? " ago" : ""}`;
}

function secondsText(micros: number): string {
  const whole = Math.trunc(Math.abs(micros) / 1e6);
  const fraction = Math.abs(micros) - whole * 1e6;
  const shown = fraction === 0 ? "" : `.${String(fraction).padStart(6, "0").replace(/0+$/, "")}`;
  return `${micros < 0 ? "-" : ""}${whole}${shown} sec${whole === 1 && fraction === 0 && micros > 0 ? "" : "s"}`;
}
