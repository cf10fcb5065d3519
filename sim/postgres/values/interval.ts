/**
 * interval: months, days and microseconds, which do not turn into each other.
 *
 *     '1 mon 2 days 03:04:05'  ->  [1, 2, 11045000000]  ->  "1 mon 2 days 03:04:05"
 *
 * Comparison takes a month as 30 days and a day as 24 hours. Infinite intervals are not modelled.
 * Its text is read in interval-text.ts. Sources: datetime.c (EncodeInterval), timestamp.c (interval_cmp_value).
 */
/** `[months, days, microseconds]` */
export type Interval = readonly [number, number, number];

const DAY = 86_400_000_000;

/** A fraction of a month spills into days and of a day into microseconds, as PostgreSQL reads `1.5 months`. */
export function scaleUnit([months, days, micros]: Interval, amount: number): Interval {
  return spill(months * amount, days * amount, micros * amount);
}

function spill(months: number, days: number, micros: number): Interval {
  const wholeMonths = Math.trunc(months);
  const allDays = days + (months - wholeMonths) * 30;
  const wholeDays = Math.trunc(allDays + Math.sign(allDays) * 1e-9);
  return [wholeMonths + 0, wholeDays + 0, Math.round(micros + (allDays - wholeDays) * DAY) + 0];
}

export function addIntervals(a: Interval, b: Interval): Interval {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

export function negateInterval([months, days, micros]: Interval): Interval {
  return [0 - months, 0 - days, 0 - micros];
}

export function multiplyInterval([months, days, micros]: Interval, factor: number): Interval {
  const wholeMonths = Math.trunc(months * factor);
  const wholeDays = Math.trunc(days * factor);
  const monthRest = Math.round((months * factor - wholeMonths) * 30 * 1e6) / 1e6;
  const restDays = monthRest + (days * factor - wholeDays);
  const carried = Math.trunc(restDays);
  return [wholeMonths + 0, wholeDays + carried + 0, Math.round(micros * factor + (restDays - carried) * DAY) + 0];
}

/** Microseconds for comparison: a month is 30 days. Exact, since the sum may be beyond 2^53. */
function comparable([months, days, micros]: Interval): bigint {
  return BigInt(months * 30 + days) * BigInt(DAY) + BigInt(micros);
}

export function compareIntervals(a: Interval, b: Interval): number {
  const difference = comparable(a) - comparable(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** PostgreSQL's `IntervalStyle = postgres`. */
export function formatInterval([months, days, micros]: Interval): string {
  const years = Math.trunc(months / 12);
  const parts: string[] = [];
  let negativeBefore = false;
  for (const [amount, word] of [
    [years, "year"],
    [months - years * 12, "mon"],
    [days, "day"],
  ] as const) {
    if (amount === 0) continue;
    const plus = negativeBefore && amount > 0 ? "+" : "";
    parts.push(`${plus}${amount} ${word}${amount === 1 ? "" : "s"}`);
    negativeBefore = amount < 0;
  }
  if (micros !== 0 || parts.length === 0) {
    const sign = micros < 0 ? "-" : negativeBefore ? "+" : "";
    parts.push(sign + formatClock(Math.abs(micros)));
  }
  return parts.join(" ");
}

function formatClock(micros: number): string {
  const seconds = Math.floor(micros / 1e6);
  const fraction = micros - seconds * 1e6;
  const two = (number: number): string => String(number).padStart(2, "0");
  const shown = fraction === 0 ? "" : `.${String(fraction).padStart(6, "0").replace(/0+$/, "")}`;
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${shown}`;
}
