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
 * Not modelled: two transactions that create a table of one name at the same time.
 */

import type { Catalog, Table } from "../catalog/catalog.ts";
import { define } from "../catalog/define.ts";
import type { ParsedStatement } from "../grammar.ts";
import { keyOf } from "../locks/unique-key.ts";
import { SqlError } from "../sql-error.ts";
import { valuesEqual } from "../values/compare.ts";
import type { Value } from "../values/value.ts";
import { isLiveFor } from "../versions/heap.ts";
import { keyWords } from "./naming.ts";
import type { Transaction } from "./state.ts";
import { catalogOf, depthOf, heapOf } from "./state.ts";
import type { Step } from "./step.ts";
import { mine } from "./step.ts";
import { lockTable } from "./table-locks.ts";

/** Runs a DDL statement; returns its command tag. */
export function runDefinition(step: Step, transaction: Transaction, statement: ParsedStatement): string {
  const before = catalogOf(step.state, step.session);
  const definition = define(statement, before);
  if (transaction.readOnly) {
    throw new SqlError("25006", `cannot execute ${definition.command} in a read-only transaction`);
  }
  for (const { table, mode } of definition.locks) lockTable(step, table, mode);
  const heaps: Transaction["undo"][number]["heaps"] = {};
  for (const name of [...definition.created, ...definition.truncated, ...definition.dropped]) {
    heaps[name] = step.state.heaps[name] ?? null;
    step.state.heaps[name] = [];
  }
  for (const name of definition.dropped) delete step.state.heaps[name];
  transaction.undo.push({ depth: depthOf(mine(step)), catalog: before, heaps });
  transaction.catalog = definition.catalog;
  for (const table of Object.values(definition.catalog.tables)) checkNewIndexes(step, before.tables[table.name], table);
  step.notes.push(...definition.notices.map((notice) => `NOTICE: ${notice}`));
  return definition.command;
}

/** A unique index over rows that are there already: 23505 for the first pair of equal keys. */
function checkNewIndexes(step: Step, before: Table | undefined, table: Table): void {
  const rows = heapOf(step.state, table.name).filter((version) => isLiveFor(step.session, version));
  for (const index of table.indexes) {
    if (!index.unique || before?.indexes.some((known) => known.name === index.name)) continue;
    const keys = rows.map((version) => keyOf(index, version.values)).filter((key) => !key.includes(null));
    for (const [at, key] of keys.entries()) {
      if (!keys.slice(0, at).some((other) => sameKey(table, index.columns, { key, other }))) continue;
      const detail = `Key ${keyWords(table, index, key)} is duplicated.`;
      throw new SqlError("23505", `could not create unique index "${index.name}"`, detail);
    }
  }
}

function sameKey(
  table: Table,
  columns: readonly number[],
  { key, other }: { readonly key: readonly Value[]; readonly other: readonly Value[] },
): boolean {
  return columns.every((column, at) =>
    valuesEqual(table.columns[column]?.type ?? "text", key[at] ?? null, other[at] ?? null),
  );
}

/** ROLLBACK: the heaps and the catalog from before the first statement of this depth or deeper come back. */
export function undoDefinitions(step: Step, depth: number): void {
  const { transaction } = mine(step);
  if (transaction === null) return;
  for (let last = transaction.undo.at(-1); last && last.depth >= depth; last = transaction.undo.at(-1)) {
    for (const [name, heap] of Object.entries(last.heaps)) {
      if (heap === null) delete step.state.heaps[name];
      else step.state.heaps[name] = heap;
    }
    transaction.catalog = last.catalog;
    transaction.undo.pop();
  }
  if (transaction.undo.length === 0) transaction.catalog = null;
}

/** COMMIT: what this transaction changed becomes part of the shared catalog. */
export function publishCatalog(step: Step, { catalog, undo }: Transaction): void {
  const base = undo[0]?.catalog;
  if (catalog === null || base === undefined) return;
  const shared = step.state.catalog;
  step.state.catalog =
    shared === base
      ? catalog
      : {
          tables: merge(shared.tables, base.tables, catalog.tables),
          sequences: merge(shared.sequences, base.sequences, catalog.sequences),
        };
}

type Part = Catalog["tables"] | Catalog["sequences"];

function merge<T extends Part>(shared: T, base: T, changed: T): T {
  const merged: Record<string, unknown> = { ...shared };
  for (const name of new Set([...Object.keys(base), ...Object.keys(changed)])) {
    if (base[name] === changed[name]) continue;
    if (changed[name] === undefined) delete merged[name];
    else merged[name] = changed[name];
  }
  return merged as T;
}
