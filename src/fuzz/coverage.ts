/**
 * What the runs of the fuzzer met: features, SQLSTATEs, waits, events. An easy run must not be taken for a strong one.
 *
 * All of it is counted where the real server showed it, but for the events inside of a statement, which only the simulated one tells.
 */
import type { Executed } from "./lock-step.ts";

export type Group = "statements" | "errors" | "waits" | "events";

export interface Coverage {
  readonly counts: Readonly<Record<Group, Map<string, number>>>;
}

export function newCoverage(): Coverage {
  return { counts: { statements: new Map(), errors: new Map(), waits: new Map(), events: new Map() } };
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

/** As lines for a terminal. */
export function coverageLines(coverage: Coverage, width: number): readonly string[] {
  return Object.entries(coverageJson(coverage)).flatMap(([group, counts]) => [
    `${group}:`,
    ...wrapped(
      Object.entries(counts).map(([name, number]) => `${name} ${number}`),
      width,
    ),
  ]);
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
