/**
 * The kinds of points at which others may move, for counting how often an exploration has met each.
 *
 * The simulated server says in words where a statement has stopped; the beginnings of those words are its kinds. What is not in the
 * table counts under its own first words, so a new kind shows by itself.
 */
import type { ServerProgress } from "../postgres/server.ts";

const KINDS: readonly (readonly [begins: string, kind: string])[] = [
  ["before the lock on table", "before a table lock"],
  ["before the lock on", "before a row lock"],
  ["before a check's lock on", "before a check's row lock"],
  ["before a new row of", "before an inserted row"],
  ["before the new row of", "between ON CONFLICT's look and its row"],
  ["before the key", "before a unique key"],
  ["before the look at the key of", "before the check of a deferred key"],
  ["before the check of", "before the check of a constraint"],
  ["before the look for another row of", "before the check of a constraint"],
  ["before nextval", "before a sequence call"],
  ["before setval", "before a sequence call"],
  ["where the plan", "where the plan has a choice"],
  ["before pg_", "before an advisory lock function"],
];

/** What a step's end lets others do. */
export function pointKind(progress: ServerProgress): string {
  switch (progress.kind) {
    case "replied":
      return "statement boundary";
    case "finished":
      return "before the commit of a statement alone";
    case "waits":
      return "wait";
    case "stopped": {
      const { at } = progress;
      return KINDS.find(([begins]) => at.startsWith(begins))?.[1] ?? at.split(" ").slice(0, 3).join(" ");
    }
  }
}
