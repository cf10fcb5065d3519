/**
 * What the runs of the fuzzer met: features, SQLSTATEs, waits, events. An easy run must not be taken for a strong one.
 *
 * What is to be met often stands there from the beginning, with 0: what was never met would not be missed otherwise.
 * All of it is counted where the real server showed it, but for the events inside of a statement, which only the simulated one tells.
 */
import type { Executed } from "./lock-step.ts";
import { TABLE_MODES } from "./locking.ts";
import { LOCK_MODES } from "./reading.ts";

export type Group = "statements" | "errors" | "waits" | "events";

export interface Coverage {
  readonly counts: Readonly<Record<Group, Map<string, number>>>;
}

/** How often each of what is expected is to be met before a campaign says something about it. */
const ENOUGH = 20;

/**
 * What a long campaign with the usual features is to meet: every lock mode asked for, every SQLSTATE that statements can
 * be answered with, and every lock waited for. Lost connections and the wait for a safe snapshot are not made by it.
 */
export const EXPECTED = {
  statements: [...LOCK_MODES, ...TABLE_MODES],
  errors: [
    ...["0A000", "21000", "22003", "22012", "23502", "23503", "23505", "23514", "25001", "25006", "25P01", "25P02"],
    ...["3B001", "40001", "40P01", "42703", "42P01", "55000", "55P03", "57014"],
  ],
  waits: [
    "transactionid ShareLock",
    // A place in a row's line: for FOR KEY SHARE, SHARE, NO KEY UPDATE and UPDATE.
    ...["AccessShareLock", "RowShareLock", "ExclusiveLock", "AccessExclusiveLock"].map((mode) => `tuple ${mode}`),
    ...TABLE_MODES.map((mode) => `relation ${lockName(mode)}`),
    "advisory ShareLock",
    "advisory ExclusiveLock",
  ],
} as const satisfies Partial<Record<Group, readonly string[]>>;

/** ROW SHARE is RowShareLock in pg_locks. */
function lockName(mode: string): string {
  return `${mode.replace(/\w+ ?/g, (part) => part.charAt(0) + part.slice(1).trim().toLowerCase())}Lock`;
}

export function newCoverage(): Coverage {
  const zeros = (group: "statements" | "errors" | "waits"): Map<string, number> =>
    new Map(EXPECTED[group].map((name) => [name, 0]));
  return {
    counts: { statements: zeros("statements"), errors: zeros("errors"), waits: zeros("waits"), events: new Map() },
  };
}

/** What the simulated server's notes say, as events. */
const EVENTS: readonly (readonly [RegExp, string])[] = [
  [/reads it again/, "row read again after an update"],
  [/was deleted meanwhile/, "row deleted meanwhile"],
  [/SKIP LOCKED leaves it out/, "row skipped"],
  [/^WARNING/, "warning"],
];

/** Counts one statement and what it did. */
export function cover(
  { counts }: Coverage,
  { send, observation, agreement }: Executed,
  waitedBefore: ReadonlySet<number>,
): void {
  for (const label of send.labels) count(counts.statements, label);
  for (const reply of observation.replies.values()) if (reply.kind === "failed") count(counts.errors, reply.sqlstate);
  for (const [session, { what }] of observation.waiting) if (!waitedBefore.has(session)) count(counts.waits, what);
  if (observation.replies.size > 1) count(counts.events, "statement that lets others go on");
  if (observation.waiting.size > 1) count(counts.events, "several wait");
  if (agreement === null) return;
  if (agreement.branches > 1) count(counts.events, "several outcomes possible");
  for (const wait of agreement.waits) count(counts.waits, `simulated: ${withoutNames(wait)}`);
  for (const note of agreement.notes) {
    const event = EVENTS.find(([pattern]) => pattern.test(note));
    if (event !== undefined) count(counts.events, event[1]);
  }
}

function withoutNames(what: string): string {
  return what
    .replace(/ \(?[\d(].*$/, "")
    .replace(/\b(of|on|in) .*$/, "")
    .trim();
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** As JSON: groups of counts, the largest first. */
export function coverageJson({ counts }: Coverage): Record<Group, Record<string, number>> {
  const sorted = (group: Group): Record<string, number> =>
    Object.fromEntries([...counts[group]].sort((a, b) => b[1] - a[1]));
  return {
    statements: sorted("statements"),
    errors: sorted("errors"),
    waits: sorted("waits"),
    events: sorted("events"),
  };
}

/** What was to be met often and was not, with how often it was. */
export function shortOf({ counts }: Coverage): Readonly<Record<string, number>> {
  const expected = (["statements", "errors", "waits"] as const).flatMap((group) =>
    EXPECTED[group].map((name): [string, number] => [name, counts[group].get(name) ?? 0]),
  );
  return Object.fromEntries(expected.filter(([, number]) => number < ENOUGH));
}

/** As lines for a terminal. */
export function coverageLines(coverage: Coverage, width: number): readonly string[] {
  const short = shortOf(coverage);
  const missing = Object.keys(short).length > 0;
  return [
    ...Object.entries(coverageJson(coverage)).flatMap(([group, counts]) => [`${group}:`, ...items(counts, width)]),
    missing ? `met less than ${ENOUGH} times:` : `all that is expected was met at least ${ENOUGH} times`,
    ...items(short, width),
  ];
}

function items(counts: Readonly<Record<string, number>>, width: number): readonly string[] {
  return wrapped(
    Object.entries(counts).map(([name, number]) => `${name} ${number}`),
    width,
  );
}

function wrapped(items: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  let line = " ";
  for (const item of items) {
    if (line.length + item.length + 3 > width && line.trim() !== "") {
      lines.push(line);
      line = " ";
    }
    line += `${line.trim() === "" ? " " : " · "}${item}`;
  }
  return line.trim() === "" ? lines : [...lines, line];
}
