/**
 * Casts that depend on the session's DateStyle, TimeZone and IntervalStyle.
 *
 *     ts::text            in the session's style
 *     ts::timestamptz     the moment at which clocks of the session's zone show `ts`
 */
import type { TypeName } from "../catalog/catalog.ts";
import { ISO_UTC, localTime, momentOf, type TimeStyle, timeStyle } from "../values/time-style.ts";
import { dateOf, startOfDay } from "../values/timestamp.ts";
import type { Value } from "../values/value.ts";
import { toText } from "../values/wire.ts";
import type { Frame } from "./frame.ts";

type ZonedConversion = (value: Exclude<Value, null>, style: TimeStyle) => Value;

const STYLED: readonly TypeName[] = ["date", "timestamp", "timestamptz", "interval"];

/** Whether the type's text depends on the session's settings. */
export function isStyled(type: TypeName): boolean {
  return STYLED.includes(type.startsWith("_") ? type.slice(1) : type);
}

/** The style that the session has at this moment. */
export function styleOf({ run: { access } }: Frame): TimeStyle {
  return timeStyle(access.setting("datestyle"), access.setting("timezone"), access.setting("intervalstyle"));
}

/** The text form of a value, in the session's style. */
export function styledText(frame: Frame, type: TypeName, value: Value): string | null {
  return toText(type, value, isStyled(type) ? styleOf(frame) : ISO_UTC);
}

/** How one turns into the other where that depends on the settings; null where it does not. */
export function zonedCast(from: TypeName, to: TypeName): ZonedConversion | null {
  if (isStyled(from) && (to === "text" || to === "varchar" || to === "bpchar"))
    return (value, style) => toText(from, value, style);
  return ZONED[`${from} ${to}`] ?? null;
}

const ZONED: Readonly<Record<string, ZonedConversion>> = {
  "date timestamptz": (value, { zone }) => momentOf(startOfDay(Number(value)), zone),
  "timestamp timestamptz": (value, { zone }) => momentOf(Number(value), zone),
  "timestamptz timestamp": (value, { zone }) => localTime(Number(value), zone),
  "timestamptz date": (value, { zone }) => dateOf(localTime(Number(value), zone)),
};
