/**
 * A row that INSERT adds, and what ON CONFLICT meets in its place.
 *
 *     INSERT INTO t (id, v) … ON CONFLICT (id)     t has unique keys on id and on v
 *       look for the id          free                        taken: ON CONFLICT's row; held: wait
 *       |
 *       write the row
 *       enter its id             taken or held by now: noted
 *       |
 *       enter its v              free                        taken: 23505; held: wait
 *       noted: take the row back, look again
 *
 * Others may move at each `|`. Where all unique keys are ON CONFLICT's, the look and the entry are one step: whatever others do between
 * the two sends the row back to the look, and it is as if they had done it before.
 *
 * Sources: src/backend/executor/nodeModifyTable.c, ExecInsert; execIndexing.c, ExecInsertIndexTuples (`specConflict`).
 */
import type { Table } from "../catalog/catalog.ts";
import type { Arbiter, Inserted } from "../execution/access.ts";
import { watchInsert } from "../serializable/watch.ts";
import type { Value } from "../values/value.ts";
import { newVersion } from "../versions/heap.ts";
import { enterKeys, findConflict, hasOtherKeys } from "./keys.ts";
import { stopBefore, stopUnlessFresh } from "./points.ts";
import type { Run } from "./run.ts";
import { addressFor, answer, author, hasMoved, rowAt } from "./run.ts";
import type { Answer } from "./state.ts";
import { heapOf } from "./state.ts";
import type { Step } from "./step.ts";
import { mine } from "./step.ts";
import { touchRead, touchWrite } from "./touched.ts";

export function insert(run: Run, table: Table, values: readonly Value[], arbiter: Arbiter | null): Inserted {
  const given = answer(run, () => added(run, table, values, arbiter));
  if (given.kind !== "version") throw new RangeError("the statement asks something else than in its first run");
  const row = rowAt(run.step, table.name, given.version);
  if (given.what === "conflict") return { kind: "conflict", row };
  run.changes.push({ table, before: null, after: row });
  return { kind: "inserted", row };
}

function added(run: Run, table: Table, values: readonly Value[], arbiter: Arbiter | null): Answer {
  const { step } = run;
  if (isNew(step)) stopUnlessFresh(run, `before a new row of ${table.name}`);
  for (;;) {
    const conflict = arbiter !== null && isNew(step) ? lookedFor(step, table, values, arbiter) : null;
    if (conflict !== null) return { kind: "version", what: "conflict", table: table.name, version: conflict };
    const version = mine(step).running?.pending?.version ?? append(run, table, values);
    if (enterKeys(step, table, version, { before: null, arbiter })) {
      touchWrite(step, table, null, rowAt(step, table.name, version));
      return { kind: "version", what: "written", table: table.name, version };
    }
    step.notes.push("another row has come with the key: takes its own back, and looks again");
    hasMoved(step);
    stopBefore(step, `before a new row of ${table.name}`);
  }
}

/** Whether nothing has been done about the row yet. */
function isNew(step: Step): boolean {
  return mine(step).running?.pending == null;
}

/** The version that ON CONFLICT meets, or null. */
function lookedFor(step: Step, table: Table, values: readonly Value[], arbiter: Arbiter): number | null {
  const conflict = findConflict(step, table, values, arbiter);
  const { running } = mine(step);
  if (conflict !== null) touchRead(step, rowAt(step, table.name, conflict));
  else if (running !== null && hasOtherKeys(table, values, arbiter)) {
    running.pending = { table: table.name, version: null };
    hasMoved(step);
    stopBefore(step, `before the new row of ${table.name}, whose key was free`);
  }
  return conflict;
}

function append(run: Run, table: Table, values: readonly Value[]): number {
  const { step } = run;
  watchInsert(step, table.name);
  const version = heapOf(step.state, table.name).push(newVersion(values, author(run), addressFor(run, table.name))) - 1;
  hasMoved(step);
  return version;
}
