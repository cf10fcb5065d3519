/**
 * The moments at which an answer changes because time passes: until the next of them nothing that asks for the time is told anything else.
 *
 *     expires_at < now()      expires_at 12:00:30     12:00:30             neither earlier nor later, for < and <=
 *                                                     12:00:30.000001      over, and so until the next moment of all
 *
 * Time is continuous and its moments are not: of all the times between two deadlines one will do, and each deadline is one of its own.
 * So these are all the choices that there are of how much time passes, and they are as many as the times that are stored.
 */
import type { Microseconds, StoredValue } from "../postgres/server.ts";
import type { ClockComparison } from "../postgres/syntax/clock-comparisons.ts";
import { addIntervals, type Interval, multiplyInterval } from "../postgres/values/interval.ts";
import { addInterval } from "../postgres/values/timestamp.ts";

const DAY = 86_400_000_000;
/** From so many seconds since 1970 on, a number may be a time; a thousand times as many are milliseconds. */
const EPOCH_SECONDS_MIN = 1e8;
const EPOCH_SECONDS_MAX = 1e10;
/** 2000-01-01 in seconds since 1970. */
const EPOCH = 946_684_800;

/** All deadlines, past and to come. */
export function deadlinesIn(
  comparisons: readonly ClockComparison[],
  stored: readonly StoredValue[],
): readonly Microseconds[] {
  return [...new Set(comparisons.flatMap((each) => deadlinesOf(each, stored)))];
}

/** One moment of each kind that is still to come, in their order. */
export function comingMoments(deadlines: readonly Microseconds[], now: Microseconds): readonly Microseconds[] {
  const moments = new Set<Microseconds>();
  for (const deadline of deadlines) {
    if (deadline > now) moments.add(deadline);
    if (deadline >= now) moments.add(deadline + 1);
  }
  return [...moments].sort((a, b) => a - b);
}

/** How many deadlines lie before a moment; at one it is halfway. Moments of one place are alike. */
export function placeAmong(deadlines: readonly Microseconds[], moment: Microseconds): number {
  return deadlines.reduce((place, deadline) => place + (deadline < moment ? 2 : deadline === moment ? 1 : 0), 0);
}

function deadlinesOf(comparison: ClockComparison, stored: readonly StoredValue[]): readonly Microseconds[] {
  const { columns, moments, offsets, units, withItself } = comparison;
  const named = stored.filter(({ column }) =>
    column === null ? withItself : columns === "all" || columns.has(column),
  );
  const numbers = units.length === 0 ? [] : named.flatMap(numberIn);
  const epochs = numbers.flatMap(timeOfEpoch);
  const times = [...moments, ...named.flatMap(timesIn), ...epochs];
  const lengths = [
    ...offsets,
    ...named.flatMap(({ type, value }) => (type === "interval" ? [value as unknown as Interval] : [])),
    ...numbers.flatMap((number) => units.map((unit) => multiplyInterval(unit, number))),
  ];
  const itself = lengths.length === 0 || withItself;
  return times.flatMap((time) => [...(itself ? [time] : []), ...shifted(time, lengths)]);
}

/** So many lengths are tried two at a time; more are numbers of which one is the length. */
const PAIRED_MAX = 3;

/** The time earlier and later by each of the lengths, and by two of them together. */
function shifted(time: Microseconds, lengths: readonly Interval[]): readonly Microseconds[] {
  const paired = lengths.length > PAIRED_MAX ? [] : lengths;
  const pairs = paired.flatMap((a, at) => paired.slice(at + 1).map((b) => addIntervals(a, b)));
  return [...lengths, ...pairs].flatMap((length) => [addInterval(time, length, 1), addInterval(time, length, -1)]);
}

/** A date is compared as the day that it is: from its beginning to its end. */
function timesIn({ type, value }: StoredValue): readonly Microseconds[] {
  if (typeof value !== "number") return [];
  if (type === "timestamptz" || type === "timestamp") return [value];
  return type === "date" ? [value * DAY, (value + 1) * DAY] : [];
}

function numberIn({ type, value }: StoredValue): readonly number[] {
  if (value === null || !/^(int|float|numeric)/.test(type)) return [];
  const number = Number(value);
  return Number.isFinite(number) ? [number] : [];
}

function timeOfEpoch(number: number): readonly Microseconds[] {
  const seconds = number > EPOCH_SECONDS_MAX ? number / 1000 : number;
  return seconds >= EPOCH_SECONDS_MIN && seconds <= EPOCH_SECONDS_MAX ? [Math.round((seconds - EPOCH) * 1e6)] : [];
}
