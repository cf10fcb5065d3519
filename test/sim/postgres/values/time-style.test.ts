/** Dates, timestamps and intervals are shown as DateStyle, TimeZone and IntervalStyle say; the texts are PostgreSQL 18's. */
import { describe, expect, test } from "vitest";
import { momentOf, timeStyle } from "../../../../sim/postgres/values/time-style.ts";
import { fromText, toText } from "../../../../sim/postgres/values/wire.ts";

const POSTGRES = timeStyle("Postgres, MDY", "PST8PDT", "postgres_verbose");

describe("the style of pg_regress", () => {
  test.each([
    ["date", "2008-12-23", "12-23-2008"],
    ["timestamp", "2008-12-23 09:30:00.25", "Tue Dec 23 09:30:00.25 2008"],
    ["timestamptz", "2008-12-23 17:30:00+00", "Tue Dec 23 09:30:00 2008 PST"],
    ["timestamptz", "2024-07-04 07:00:00+00", "Thu Jul 04 00:00:00 2024 PDT"],
    ["timestamptz", "2024-03-10 09:59:59+00", "Sun Mar 10 01:59:59 2024 PST"],
    ["timestamptz", "2024-03-10 10:00:00+00", "Sun Mar 10 03:00:00 2024 PDT"],
    ["timestamptz", "2024-11-03 09:00:00+00", "Sun Nov 03 01:00:00 2024 PST"],
    ["interval", "0", "@ 0"],
    ["interval", "1 day 2 hours", "@ 1 day 2 hours"],
    ["interval", "14 mons -3 days 04:05:06.5", "@ 1 year 2 mons -3 days 4 hours 5 mins 6.5 secs"],
    ["interval", "-1 day -1 second", "@ 1 day 1 sec ago"],
    ["_date", "{2008-12-23}", "{12-23-2008}"],
  ])("shows %s %s as %s", (type, text, shown) => {
    expect(toText(type, fromText(type, text), POSTGRES)).toBe(shown);
  });
});

test("the day goes first where DateStyle says so", () => {
  const style = timeStyle("Postgres, DMY", "UTC", "postgres");
  expect(toText("date", fromText("date", "2008-12-23"), style)).toBe("23-12-2008");
  expect(toText("timestamptz", fromText("timestamptz", "2008-12-23 00:00+00"), style)).toBe(
    "Tue 23 Dec 00:00:00 2008 UTC",
  );
});

test("ISO shows the zone's offset", () => {
  const style = timeStyle("ISO, MDY", "PST8PDT", "postgres");
  expect(toText("timestamptz", fromText("timestamptz", "2024-07-04 07:00:00+00"), style)).toBe(
    "2024-07-04 00:00:00-07",
  );
});

test("what the zone's clocks show is a moment in it", () => {
  const local = Number(fromText("timestamp", "2024-07-04 00:00:00"));
  expect(toText("timestamptz", momentOf(local, "pst8pdt"))).toBe("2024-07-04 07:00:00+00");
});

test("a style that is not modelled is refused", () => {
  expect(() => timeStyle("German", "UTC", "postgres")).toThrow("DateStyle = German is not modelled");
  expect(() => timeStyle("ISO", "Europe/Berlin", "postgres")).toThrow("TimeZone = Europe/Berlin is not modelled");
});
