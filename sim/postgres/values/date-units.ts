/**
 * The names of fields of dates and intervals, in all spellings that PostgreSQL takes.
 *
 *     "mins", "min", "m"   ->  minute          deltatktbl: units of intervals, and what date_trunc() takes
 *     "dow", "epoch"       ->  dow, epoch      datetktbl: what only extract() and date_part() take
 *
 * Names are compared by their first ten characters (TOKMAXLEN). Source: datetime.c.
 */

export type DateField =
  | "microsecond"
  | "millisecond"
  | "second"
  | "minute"
  | "hour"
  | "day"
  | "week"
  | "month"
  | "quarter"
  | "year"
  | "decade"
  | "century"
  | "millennium"
  | "timezone"
  | "timezone_hour"
  | "timezone_minute"
  | "dow"
  | "isodow"
  | "doy"
  | "isoyear"
  | "julian"
  | "epoch"
  | "reserved";

function spelled(table: Readonly<Record<string, string>>): ReadonlyMap<string, DateField> {
  return new Map(
    Object.entries(table).flatMap(([field, words]) =>
      words.split(" ").map((word) => [word.slice(0, LENGTH_MAX), field as DateField] as const),
    ),
  );
}

const LENGTH_MAX = 10;

/** deltatktbl: the units of intervals. */
const UNITS = spelled({
  microsecond: "us usec usecond useconds usecs microsecond",
  millisecond: "ms msec msecond mseconds msecs millisecond",
  second: "s sec second seconds secs",
  minute: "m min mins minute minutes",
  hour: "h hour hours hr hrs",
  day: "d day days",
  week: "w week weeks",
  month: "mon mons month months",
  quarter: "qtr quarter",
  year: "y year years yr yrs",
  decade: "dec decade decades decs",
  century: "c cent centuries century",
  millennium: "mil millennia millennium mils",
  timezone: "timezone",
  timezone_hour: "timezone_h",
  timezone_minute: "timezone_m",
});

/** datetktbl: what a date has besides. */
const SPECIAL = spelled({
  dow: "dow",
  isodow: "isodow",
  doy: "doy",
  isoyear: "isoyear",
  julian: "j jd julian",
  epoch: "epoch",
  reserved: "now today tomorrow yesterday infinity -infinity allballs",
});

/** The unit that the word means in date_trunc(); null where it means none. */
export function unitNamed(word: string): DateField | null {
  return UNITS.get(word.toLowerCase().slice(0, LENGTH_MAX)) ?? null;
}

/** The field that the word means in extract() and date_part(); null where it means none. */
export function fieldNamed(word: string): DateField | null {
  return unitNamed(word) ?? SPECIAL.get(word.toLowerCase().slice(0, LENGTH_MAX)) ?? null;
}
