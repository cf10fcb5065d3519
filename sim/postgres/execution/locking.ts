/**
 * FOR UPDATE, FOR NO KEY UPDATE, FOR SHARE, FOR KEY SHARE: the locking of the rows that a SELECT returns.
 *
 * Locking happens above ORDER BY and below LIMIT. For each row, in output order:
 *
 *     lock -> same            give the row
 *          -> newer           evaluate FROM and WHERE again with the newest versions of the locked tables' rows, all other
 *                             tables' rows as they were; true: give the row made of them; false: drop it, next row
 *          -> gone, skipped   drop it, next row
 *
 * So rows are ordered by old values and shown with new ones, and a row that drops out is replaced by the next candidate
 * under LIMIT. Source: nodeLockRows.c, execMain.c (EvalPlanQual), parse analysis in analyze.c (transformLockingClause).
 */
import type { LockingClause, Node } from "libpg-query";
import { copyRows, type Frame, type Rows, recheckFrame } from "../expressions/frame.ts";
import type { Scope } from "../expressions/scope.ts";
import { SqlError } from "../sql-error.ts";
import type { LockWait, RowLockMode } from "./access.ts";
import type { From } from "./from.ts";
import type { Source } from "./source.ts";
import { refOf } from "./touched.ts";

export interface RowLock {
  readonly item: number;
  readonly mode: RowLockMode;
  readonly wait: LockWait;
}

const MODES: Readonly<Record<string, RowLockMode>> = {
  LCS_FORKEYSHARE: "key share",
  LCS_FORSHARE: "share",
  LCS_FORNOKEYUPDATE: "no key update",
  LCS_FORUPDATE: "update",
};
const STRENGTH: readonly RowLockMode[] = ["key share", "share", "no key update", "update"];
const WAITS: readonly LockWait[] = ["wait", "skip locked", "nowait"];

export function lockingClauses(nodes: readonly Node[] | undefined): readonly LockingClause[] {
  return (nodes ?? []).flatMap((node) => ("LockingClause" in node ? [node.LockingClause] : []));
}

/** The words of a clause: FOR UPDATE. */
export function lockWords(clause: LockingClause): string {
  return `FOR ${modeOf(clause).toUpperCase()}`;
}

function modeOf(clause: LockingClause): RowLockMode {
  return MODES[clause.strength ?? ""] ?? "update";
}

function waitOf(clause: LockingClause): LockWait {
  if (clause.waitPolicy === "LockWaitSkip") return "skip locked";
  return clause.waitPolicy === "LockWaitError" ? "nowait" : "wait";
}

function namesOf(clause: LockingClause): readonly string[] {
  return (clause.lockedRels ?? []).flatMap((node) => ("RangeVar" in node ? [node.RangeVar.relname ?? ""] : []));
}

/** Whether a clause locks the FROM item of this name. */
export function locks(clause: LockingClause, name: string): boolean {
  const names = namesOf(clause);
  return names.length === 0 || names.includes(name);
}

/** Which items of FROM are locked how; the strongest mode and the most impatient wait of several clauses win. */
export function compileLocks(clauses: readonly LockingClause[], scope: Scope, locked: Locked): readonly RowLock[] {
  const found = new Map<number, RowLock>();
  for (const clause of clauses) {
    for (const item of lockedItems(clause, scope, locked)) {
      const before = found.get(item);
      const mode = stronger(STRENGTH, before?.mode, modeOf(clause));
      const wait = stronger(WAITS, before?.wait, waitOf(clause));
      found.set(item, { item, mode, wait });
    }
  }
  return [...found.values()];
}

function stronger<T>(order: readonly T[], before: T | undefined, now: T): T {
  return before === undefined || order.indexOf(now) > order.indexOf(before) ? now : before;
}

/** What is locked: FROM, and the items of it that may be without a row. */
interface Locked {
  readonly from: From | null;
  readonly nullable: ReadonlySet<number>;
}

function lockedItems(clause: LockingClause, scope: Scope, { from, nullable }: Locked): readonly number[] {
  const leaves = from?.leaves ?? [];
  const words = lockWords(clause);
  const names = namesOf(clause);
  const wanted =
    names.length === 0
      ? leaves.filter(({ table, kind }) => table !== null || kind === "a subquery")
      : names.flatMap((name) => namedLeaf(name));
  // It is the planner that complains: when the tables are locked, and only of joins that are still outer ones then.
  if (wanted.some((leaf) => nullable.has(leaf.item))) {
    const text = `${words} cannot be applied to the nullable side of an outer join`;
    scope.analysis.complaints.push({ error: new SqlError("0A000", text), folding: false });
  }
  return wanted.filter((leaf) => leaf.table !== null).map((leaf) => leaf.item);

  function namedLeaf(name: string): From["leaves"] {
    const at = scope.items.findIndex((item) => item.name === name);
    const leaf = leaves.find(({ item }) => item === at);
    if (leaf === undefined) {
      throw new SqlError("42P01", `relation "${name}" in ${words} clause not found in FROM clause`);
    }
    if (leaf.kind === "a function" || leaf.kind === "a WITH query") {
      throw new SqlError("0A000", `${words} cannot be applied to ${leaf.kind}`);
    }
    return [leaf];
  }
}

/** Locks the rows in the frame; gives the frame to go on with, or null where the row drops out. */
export function lockRows(frame: Frame, locked: readonly RowLock[], source: Source): Frame | null {
  let renewed: Rows | null = null;
  for (const { item, mode, wait } of locked) {
    const heap = frame.rows.heaps[item] ?? null;
    if (heap === null) continue;
    if (frame.run.touched.replaced.has(refOf(heap.ref))) return null;
    const answer = frame.run.access.lockRow(heap, mode, wait);
    if (answer.kind === "gone" || answer.kind === "skipped") return null;
    if (answer.kind === "same") continue;
    renewed ??= copyRows(frame.rows);
    renewed.values[item] = answer.row.values;
    renewed.heaps[item] = answer.row;
  }
  return renewed === null ? frame : recheck(frame, renewed, source);
}

/** Evaluates FROM and WHERE again with these rows; gives the frame that holds them, or null where they do not match. */
export function recheck(frame: Frame, rows: Rows, source: Source): Frame | null {
  const copy = recheckFrame(frame, rows);
  for (const _ of source.open(copy)) return copy;
  return null;
}
