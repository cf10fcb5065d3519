/** Dates, times and intervals are read, computed and printed as PostgreSQL does, in UTC. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { civilFromDays, daysFromCivil } from "../../../../sim/postgres/values/calendar.ts";
import { compareIntervals, formatInterval } from "../../../../sim/postgres/values/interval.ts";
import { parseInterval } from "../../../../sim/postgres/values/interval-text.ts";
import { addInterval, formatTimestamp, parseTimestamp } from "../../../../sim/postgres/values/timestamp.ts";
import { failure } from "../fake-access.ts";

const NEVER = (): never => {
  throw new Error("no clock");
};

describe("the calendar", () => {
  it("counts from 2000-01-01", () => {
    expect(daysFromCivil(2000, 1, 1)).toBe(0);
    expect(daysFromCivil(1970, 1, 1)).toBe(-10957);
    expect(daysFromCivil(2024, 3, 1) - daysFromCivil(2024, 2, 28)).toBe(2);
  });

  it("goes from days to dates and back", () => {
    fc.assert(
      fc.property(fc.integer({ min: -700_000, max: 1_000_000 }), (days) => {
        const { year, month, day } = civilFromDays(days);
        return daysFromCivil(year, month, day) === days;
      }),
    );
  });
});

describe("a timestamptz", () => {
  it("is shown in UTC, with a fraction only where there is one", () => {
    expect(formatTimestamp(parseTimestamp("2026-01-31 10:00+02", NEVER))).toBe("2026-01-31 08:00:00");
    expect(formatTimestamp(parseTimestamp("1999-12-31T23:59:59.123400Z", NEVER))).toBe("1999-12-31 23:59:59.1234");
  });

  it("refuses days that are not in the month, and what is no date", () => {
    expect(failure(() => parseTimestamp("2023-02-29", NEVER))).toBe(
      '22008 date/time field value out of range: "2023-02-29"',
    );
    expect(failure(() => parseTimestamp("soon", NEVER))).toBe(
      '22007 invalid input syntax for type timestamp with time zone: "soon"',
    );
  });

  it("keeps the day of the month where there is one when months are added", () => {
    const january = parseTimestamp("2020-01-31", NEVER);
    expect(formatTimestamp(addInterval(january, [1, 0, 0], 1))).toBe("2020-02-29 00:00:00");
    expect(formatTimestamp(addInterval(january, [1, 1, 0], 1))).toBe("2020-03-01 00:00:00");
  });
});

describe("an interval", () => {
  it("keeps months, days and time apart", () => {
    expect(parseInterval("1 year 2 months 3 days 04:05:06.5")).toEqual([14, 3, 14706500000]);
    expect(parseInterval("-1 mon +2 days")).toEqual([-1, 2, 0]);
    expect(parseInterval("1.5 days")).toEqual([0, 1, 43200000000]);
    expect(parseInterval("2 weeks ago")).toEqual([0, -14, 0]);
  });

  it("is shown in PostgreSQL's style", () => {
    expect(
      ["90 minutes", "1 day", "-1 day", "14 mons", "0", "1 day -1 hour"].map((text) =>
        formatInterval(parseInterval(text)),
      ),
    ).toEqual(["01:30:00", "1 day", "-1 days", "1 year 2 mons", "00:00:00", "1 day -01:00:00"]);
  });

  it("is compared with months of thirty days", () => {
    expect(compareIntervals([1, 0, 0], [0, 30, 0])).toBe(0);
    expect(compareIntervals([0, 1, 0], [0, 0, 86_400_000_000])).toBe(0);
    expect(compareIntervals([1, 0, 0], [0, 29, 0])).toBe(1);
  });
});
