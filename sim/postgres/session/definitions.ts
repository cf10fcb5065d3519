/**
 * DDL inside transactions: CREATE, ALTER, DROP, TRUNCATE.
 *
 *     catalog (shared)      transaction.catalog      undo
 *     {t}                   {t, u}                   [{ depth 0, catalog {t}, heaps {u: none} }]
 *
 * The session works with a catalog of its own until it commits; others keep the shared one. The heaps that a statement
 * creates, empties or drops are replaced at once and the old ones set aside: the ACCESS EXCLUSIVE lock keeps everybody
 * else from the table meanwhile. So TRUNCATE is not undone for older snapshots: they see an empty table, as in PostgreSQL.
 *
 * Invariant: `undo` is not empty exactly when `transaction.catalog` is not null.
 */

import type { Catalog, ForeignKey, Index, Table } from "../catalog/catalog.ts";
import type { Definition } from "../catalog/define.ts";
import { commandOf, define } from "../catalog/define.ts";
import type { ParsedStatement } from "../grammar.ts";
import { isIndexed, keyOf } from "../locks/unique-key.ts";
import { SqlError } from "../sql-error.ts";
import { groupingKey } from "../values/compare.ts";
import type { Value } from "../values/value.ts";
import type { Version } from "../versions/heap.ts";
import { copyVersion, isLiveFor } from "../versions/heap.ts";
import { definitionSite } from "./definition-site.ts";
import { sameKeys } from "./foreign-key-values.ts";
import { keyWords } from "./naming.ts";
import type { Transaction, Undo } from "./state.ts";
import { catalogOf, depthOf, heapOf } from "./state.ts";
import type { Step } from "./step.ts";
import { mine } from "./step.ts";
import { isOneOfMany, lockTable } from "./table-locks.ts";

/** Runs a DDL statement; returns its command tag. */
export function runDefinition(step: Step, transaction: Transaction, statement: ParsedStatement): string {
  const command = commandOf(statement);
  if (command === "VACUUM" && (transaction.block === "open" || isOneOfMany(step))) {
    throw new SqlError("25001", "VACUUM cannot run inside a transaction block");
  }
  if (transaction.readOnly && command !== "VACUUM" && command !== "ANALYZE") {
    throw new SqlError("25006", `cannot execute ${command} in a read-only transaction`);
  }
  const definition = define(statement, catalogOf(step.state, step.session), definitionSite(step));
  applyDefinition(step, transaction, definition);
  return definition.command;
}

/** Takes the locks, and then makes the definition the transaction's own catalog. */
export function applyDefinition(step: Step, transaction: Transaction, definition: Definition): void {
  const before = catalogOf(step.state, step.session);
  for (const { table, mode } of definition.locks) lockTable(step, table, mode);
  const sequences = moveSequences(step, definition);
  const heaps = replaceHeaps(step, definition);
  transaction.undo.push({ depth: depthOf(mine(step)), catalog: before, heaps, sequences });
  transaction.catalog = definition.catalog;
  for (const { table, check } of definition.verified) for (const { values } of liveRows(step, table)) check(values);
  for (const { table, constraint } of definition.added) checkAdded(step, definition.catalog, { table, constraint });
  step.notes.push(...definition.notices.map((notice) => `NOTICE: ${notice}`));
}

/** Puts the new heaps in their places; returns those that were there. */
function replaceHeaps(step: Step, definition: Definition): Undo["heaps"] {
  const { heaps } = step.state;
  const aside: Undo["heaps"] = {};
  const emptied = [...definition.created, ...definition.truncated, ...definition.dropped];
  for (const name of [...emptied, ...definition.rewritten.map(({ table }) => table)]) aside[name] = heaps[name] ?? null;
  for (const name of emptied) {
    delete heaps[name];
    delete step.state.addresses[name];
  }
  for (const { table, row } of definition.rewritten) {
    const rewrite = (version: Version): Version => ({ ...copyVersion(version), values: row(version.values) });
    heaps[table] = heapOf(step.state, table).map(rewrite);
  }
  return aside;
}

/** Sequences are outside of transactions, but not what DDL does to them. Returns where they stood. */
function moveSequences({ state: { sequences } }: Step, definition: Definition): Undo["sequences"] {
  const before: Undo["sequences"] = {};
  for (const { sequence: name, from, unused, check } of definition.positioned) {
    const last = sequences[name] ?? { last: unused, called: false };
    check(from ?? last.last);
    before[name] = sequences[name] ?? null;
    sequences[name] = from === null ? last : { last: from, called: false };
  }
  for (const name of [...definition.dropped, ...definition.restarted]) {
    before[name] ??= sequences[name] ?? null;
    delete sequences[name];
  }
  return before;
}

function liveRows(step: Step, table: string): readonly Version[] {
  return heapOf(step.state, table).filter((version) => isLiveFor(step.session, version));
}

/** A constraint that is added to a table with rows must hold for them. */
function checkAdded(
  step: Step,
  catalog: Catalog,
  added: { readonly table: string; readonly constraint: string },
): void {
  const table = catalog.tables[added.table];
  const index = table?.indexes.find((each) => each.name === added.constraint);
  const foreignKey = table?.foreignKeys.find((each) => each.name === added.constraint);
  if (table && index) checkUnique(step, table, index);
  if (table && foreignKey) checkReferences(step, table, foreignKey, catalog.tables[foreignKey.foreignTable]);
}

function checkUnique(step: Step, table: Table, index: Index): void {
  const rows = liveRows(step, table.name).filter(({ values }) => isIndexed(table, index, values));
  const keys = rows.map(({ values }) => keyOf(index, values)).filter((key) => !key.includes(null));
  const seen = new Set<string>();
  const twice = keys.find((key) => {
    const text = keyText(table, index.columns, key);
    if (seen.has(text)) return true;
    seen.add(text);
    return false;
  });
  if (twice === undefined) return;
  const detail = `Key ${keyWords(table, index, twice)} is duplicated.`;
  throw new SqlError("23505", `could not create unique index "${index.name}"`, detail);
}

/** A text that is the same for keys that are equal as the columns' types have it. */
function keyText({ columns }: Table, positions: readonly number[], key: readonly Value[]): string {
  return JSON.stringify(positions.map((at, place) => groupingKey(columns[at]?.type ?? "text", key[place] ?? null)));
}

function checkReferences(step: Step, child: Table, foreignKey: ForeignKey, parent: Table | undefined): void {
  if (parent === undefined) return;
  const keyAt = (columns: readonly number[], values: readonly Value[]): readonly Value[] =>
    columns.map((column) => values[column] ?? null);
  const parents = liveRows(step, parent.name).map(({ values }) => keyAt(foreignKey.foreignColumns, values));
  const link = { parent, child, foreignKey };
  for (const { values } of liveRows(step, child.name)) {
    const key = keyAt(foreignKey.columns, values);
    if (key.includes(null) || parents.some((each) => sameKeys(link, each, key))) continue;
    throw new SqlError(
      "23503",
      `insert or update on table "${child.name}" violates foreign key constraint "${foreignKey.name}"`,
      `Key ${keyWords(child, foreignKey, key)} is not present in table "${parent.name}".`,
    );
  }
}

/** ROLLBACK: the heaps and the catalog from before the first statement of this depth or deeper come back. */
export function undoDefinitions(step: Step, depth: number): void {
  const { transaction } = mine(step);
  if (transaction === null) return;
  for (let last = transaction.undo.at(-1); last && last.depth >= depth; last = transaction.undo.at(-1)) {
    for (const [name, heap] of Object.entries(last.heaps)) {
      if (heap === null) delete step.state.heaps[name];
      else step.state.heaps[name] = heap;
      if (last.catalog.sequences[name] === undefined) delete step.state.sequences[name];
    }
    for (const [name, sequence] of Object.entries(last.sequences)) {
      if (sequence === null) delete step.state.sequences[name];
      else step.state.sequences[name] = sequence;
    }
    transaction.catalog = last.catalog;
    transaction.undo.pop();
  }
  if (transaction.undo.length === 0) transaction.catalog = null;
}
