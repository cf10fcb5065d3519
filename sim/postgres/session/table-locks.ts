/** Taking table locks, as every statement does before it starts and LOCK TABLE does by name. */
import type { ParsedStatement } from "../grammar.ts";
import { acquire, ownObject, tableObject } from "../locks/lock-object.ts";
import type { TableLockMode } from "../locks/table-lock-mode.ts";
import { SqlError } from "../sql-error.ts";
import { stopBefore } from "./points.ts";
import { cachedStatements } from "./prepared-cache.ts";
import { catalogOf, depthOf } from "./state.ts";
import type { Step } from "./step.ts";
import { mine } from "./step.ts";
import { waitFor } from "./wait.ts";

/** By the numbers of the parse tree: 1 is the weakest. */
const MODES: readonly TableLockMode[] = [
  "access share",
  "row share",
  "row exclusive",
  "share update exclusive",
  "share",
  "share row exclusive",
  "exclusive",
  "access exclusive",
];

/** Takes the lock, or waits for it. A lock that the transaction has already is taken again without a trace. */
export function lockTable(step: Step, table: string, mode: TableLockMode, nowait = false): void {
  if (holdsTable(step, table, mode)) return;
  const name = tableObject(table);
  const object = ownObject(step.state.locks, name);
  const acquired = acquire(object, { session: step.session, mode, depth: depthOf(mine(step)) }, !nowait);
  if (acquired === "deadlock") throw new SqlError("40P01", "deadlock detected");
  if (acquired === "busy") throw new SqlError("55P03", `could not obtain lock on relation "${table}"`);
  if (acquired === "queued") waitFor(step, { kind: "object", object: name });
}

/**
 * A further table lock of a statement that locks several tables, one by one: others may move before it. Queries need no such points: their
 * modes are in nobody's way but that of who locks like this.
 */
export function lockFurtherTable(step: Step, table: string, mode: TableLockMode, nowait = false): void {
  if (holdsTable(step, table, mode)) return;
  stopBefore(step, `before the lock on table ${table}`);
  const { running } = mine(step);
  if (running !== null) running.stopped = false;
  lockTable(step, table, mode, nowait);
}

/** Whether the transaction has the lock in this very mode. */
export function holdsTable(step: Step, table: string, mode: TableLockMode): boolean {
  const holders = step.state.locks[tableObject(table)]?.holders ?? [];
  return holders.some((held) => held.session === step.session && held.mode === mode);
}

/** Gives a lock back before the transaction ends, as PostgreSQL's own look-ups do. */
export function unlockTable(step: Step, table: string, mode: TableLockMode): void {
  if (!holdsTable(step, table, mode)) return;
  const object = ownObject(step.state.locks, tableObject(table));
  object.holders = object.holders.filter((held) => held.session !== step.session || held.mode !== mode);
}

interface LockNode {
  readonly relations?: readonly { readonly RangeVar: { readonly relname: string } }[];
  readonly mode: number;
  readonly nowait?: boolean;
}

/** Whether its message holds other statements, with which it shares an implicit transaction block. */
export function isOneOfMany(step: Step): boolean {
  const { running } = mine(step);
  return running !== null && cachedStatements(running.query).length > 1;
}

/** LOCK TABLE: the tables one by one. It takes no snapshot. */
export function runLockTable(step: Step, statement: ParsedStatement): void {
  const node = (statement.node as { readonly LockStmt: LockNode }).LockStmt;
  if (mine(step).transaction?.block !== "open" && !isOneOfMany(step)) {
    throw new SqlError("25P01", "LOCK TABLE can only be used in transaction blocks");
  }
  const mode = MODES[node.mode - 1] ?? "access exclusive";
  for (const [at, { RangeVar: table }] of (node.relations ?? []).entries()) {
    if (catalogOf(step.state, step.session).tables[table.relname] === undefined) {
      throw new SqlError("42P01", `relation "${table.relname}" does not exist`);
    }
    const lock = at === 0 ? lockTable : lockFurtherTable;
    lock(step, table.relname, mode, node.nowait === true);
    step.notes.push(`holds the ${mode} lock on table ${table.relname}`);
  }
}
