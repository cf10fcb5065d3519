/**
 * The points inside a statement at which others may move, at fine granularity.
 *
 *     INSERT INTO t VALUES (1), (2)         row 1   |   row 2   |   checks of foreign keys
 *     UPDATE t SET v = 0                    snapshot   |   lock and write one row   |   lock and write the other
 *     SELECT pg_try_advisory_lock(id) …     snapshot   |   lock of one row's id     |   …
 *
 * One rule gives them: each call of `Access` that reads or writes what others can change has a point in front of it. A scan has none,
 * since its snapshot was taken before; and the first thing that a statement does has none where it has looked at nothing before
 * (`isFresh`): there the point would be the moment in which the statement is sent. Where the plan has a choice, that is a point as
 * well (plan-choice.ts).
 *
 * Where PostgreSQL can be held up: docs/postgres-semantics.md, "Points inside a statement".
 */
import type { Step } from "./step.ts";
import { mine, Suspended } from "./step.ts";

/** How far a statement has come. */
interface Place {
  readonly step: Step;
  /** How many answers it has had. */
  readonly given: number;
  /** Whether its snapshot is of this statement and tells it, or later statements, anything. */
  readonly reads: boolean;
  /** Whether it runs inside of a function. */
  readonly nested: boolean;
}

/** Fine granularity: others may move before what comes next. */
export function stopBefore(step: Step, at: string): void {
  const { running } = mine(step);
  if (step.options.granularity === "coarse" || running === null || running.stopped) return;
  running.stopped = true;
  throw new Suspended(at);
}

/** The same, unless the statement has looked at nothing and done nothing yet. */
export function stopUnlessFresh(place: Place, at: string): void {
  if (!isFresh(place)) stopBefore(place.step, at);
}

function isFresh({ given, reads, nested }: Place): boolean {
  return given === 0 && !reads && !nested;
}
