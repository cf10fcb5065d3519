/**
 * The functions of dates, timestamps and intervals. Fields of a timestamptz are those of the session's time zone.
 * Sources: timestamp.c, date.c.
 */
import type { TypeName } from "../catalog/catalog.ts";
import { SqlError } from "../sql-error.ts";
import {
  dateField,
  epochOf,
  intervalField,
  isClockUnit,
  timestampField,
  truncateInterval,
  truncateTimestamp,
} from "../values/date-fields.ts";
import { type DateField, fieldNamed, unitNamed } from "../values/date-units.ts";
import { localTime, momentOf, type TimeStyle, zoneNamed } from "../values/time-style.ts";
import { dateOf } from "../values/timestamp.ts";
import { typeLabel } from "../values/type-names.ts";
import type { Value } from "../values/value.ts";
import { define, type SqlFunction, text } from "./function-table.ts";
import { asInterval } from "./time-operators.ts";
import { styleOf } from "./zoned-casts.ts";

type Zone = TimeStyle["zone"];

const CLOCKS: readonly SqlFunction[] = [
  define("now() timestamptz", (_, frame) => frame.run.access.clock("transaction")),
  define("transaction_timestamp() timestamptz", (_, frame) => frame.run.access.clock("transaction")),
  define("statement_timestamp() timestamptz", (_, frame) => frame.run.access.clock("statement")),
  define("clock_timestamp() timestamptz", (_, frame) => frame.run.access.clock("clock"), { volatile: true }),
  define("pg_sleep(float8) void", () => "", { volatile: true }),
  define("date(timestamp) date", ([value]) => dateOf(Number(value))),
  define("date(timestamptz) date", ([value], frame) => dateOf(localTime(Number(value), styleOf(frame).zone))),
];

const TRUNCATED: readonly SqlFunction[] = [
  define("date_trunc(text, timestamp) timestamp", ([unit, value]) =>
    withUnit(text(unit), "timestamp", unitNamed, (field) => truncateTimestamp(field, Number(value))),
  ),
  define("date_trunc(text, timestamptz) timestamptz", ([unit, value], frame) =>
    truncatedIn(styleOf(frame).zone, text(unit), Number(value)),
  ),
  define("date_trunc(text, timestamptz, text) timestamptz", ([unit, value, zone]) =>
    truncatedIn(zoneNamed(text(zone)), text(unit), Number(value)),
  ),
  define("date_trunc(text, interval) interval", ([unit, value = null]) =>
    withUnit(text(unit), "interval", unitNamed, (field) =>
      value === null ? null : (truncateInterval(field, asInterval(value)) as Value),
    ),
  ),
];

/** Cut on the clock of the zone; from a day upwards the offset is that of the new time. */
function truncatedIn(zone: Zone, unit: string, moment: number): Value {
  const local = localTime(moment, zone);
  return withUnit(unit, "timestamptz", unitNamed, (field) => {
    const cut = truncateTimestamp(field, local);
    if (cut === null) return null;
    return isClockUnit(field) ? cut - (local - moment) : momentOf(cut, zone);
  });
}

/** What `compute` makes of the field; the errors of a word that is no field and of a field that the type has not. */
function withUnit(
  word: string,
  type: TypeName,
  named: (word: string) => DateField | null,
  compute: (field: DateField) => Value,
): Value {
  const field = named(word);
  const shown = word.toLowerCase();
  if (field === null) throw new SqlError("22023", `unit "${shown}" not recognized for type ${typeLabel(type)}`);
  const value = compute(field);
  if (value !== null) return value;
  const detail = type === "interval" && field === "week" ? "Months usually have fractional weeks." : undefined;
  throw new SqlError("0A000", `unit "${shown}" not supported for type ${typeLabel(type)}`, detail);
}

type Extract = (field: DateField, value: Exclude<Value, null>) => string | null;

/** What does not depend on the session. */
const EXTRACT: Readonly<Record<string, Extract>> = {
  date: (field, value) => dateField(field, Number(value)),
  timestamp: (field, value) => (field === "epoch" ? epochOf(Number(value)) : timestampField(field, Number(value))),
  interval: (field, value) => intervalField(field, asInterval(value)),
};

function zonedField(field: DateField, moment: number, zone: Zone): string | null {
  const local = localTime(moment, zone);
  const offset = (local - moment) / 1e6;
  switch (field) {
    case "epoch":
      return epochOf(moment);
    case "timezone":
      return String(offset);
    case "timezone_hour":
      return String(Math.trunc(offset / 3600) + 0);
    case "timezone_minute":
      return String((Math.trunc(offset / 60) % 60) + 0);
    default:
      return timestampField(field, local);
  }
}

function extracted(type: string, [word, value = null]: readonly Value[], extract: Extract | undefined): Value {
  return withUnit(text(word), type, fieldNamed, (field) => (value === null ? null : (extract?.(field, value) ?? null)));
}

function extractedIn({ zone }: TimeStyle, given: readonly Value[]): Value {
  return extracted("timestamptz", given, (field, value) => zonedField(field, Number(value), zone));
}

/** extract() is exact; date_part() gives the nearest double, and takes a date as the timestamp of its midnight. */
function fields(): readonly SqlFunction[] {
  const plain = Object.entries(EXTRACT).flatMap(([type, extract]) => [
    define(`extract(text, ${type}) numeric`, (given) => extracted(type, given, extract)),
    define(`date_part(text, ${type}) float8`, ([word = null, value]) =>
      type === "date"
        ? Number(extracted("timestamp", [word, Number(value) * 86_400_000_000], EXTRACT.timestamp))
        : Number(extracted(type, [word, value ?? null], extract)),
    ),
  ]);
  return [
    ...plain,
    define("extract(text, timestamptz) numeric", (given, frame) => extractedIn(styleOf(frame), given)),
    define("date_part(text, timestamptz) float8", (given, frame) => Number(extractedIn(styleOf(frame), given))),
  ];
}

export const TIME_FUNCTIONS: readonly SqlFunction[] = [...CLOCKS, ...TRUNCATED, ...fields()];
