/** When a world begins: the time that its clock shows while the set-up runs and before the first step, as text and as microseconds. */
import type { Microseconds } from "./postgres/server.ts";
import { SqlError } from "./postgres/sql-error.ts";
import { ISO_UTC, showTimestamptz } from "./postgres/values/time-style.ts";
import { parseTimestamp } from "./postgres/values/timestamp.ts";
import { UsageError } from "./usage-error.ts";

/** Days from 1970-01-01, from which machines count, to 2000-01-01, from which PostgreSQL does. */
const EPOCH_MS = 10_957 * 86_400_000;

/** The whole second in which a machine's clock is that shows so many milliseconds since 1970. */
export function startOfRun(unixMs: number): Microseconds {
  return Math.floor((unixMs - EPOCH_MS) / 1000) * 1_000_000;
}

/** `2026-01-01 12:00:00+00`. */
export function startText(start: Microseconds): string {
  return showTimestamptz(start, ISO_UTC);
}

/** Reads a timestamp as PostgreSQL writes it, in UTC where it names no zone. `what` says whose it is, for the message. */
export function parseStart(text: string, what: string): Microseconds {
  try {
    return parseTimestamp(text, notNow, "timestamptz");
  } catch (error) {
    if (!(error instanceof SqlError || error instanceof UsageError)) throw error;
    throw new UsageError(
      "not-a-time",
      `${what} "${text}" is no time: ${error.message}`,
      "Write a date and a time of day as PostgreSQL does, for instance '2026-01-31 12:00:00+00'; UTC is meant where it names no zone.",
    );
  }
}

function notNow(): never {
  throw new SqlError("22007", "a word such as now would be another time in the next run");
}
