/**
 * Unique keys: whether a key is free, taken, or in the hands of a transaction that has not ended.
 *
 *     INSERT (1)   s0: INSERT (1), not committed        held by s0: wait, then look again
 *                  committed row (1)                    taken: 23505, or ON CONFLICT's row
 *                  row (1) deleted by s0, not committed  held by s0: it may come back
 *                  row (1) replaced by s0, key kept      held by s0 too: PostgreSQL waits although the key stays
 *
 * There is no queue: when the holder ends, all who wait for the key wake, one gets it, and the others wait for that one.
 *
 * Sources: postgres-semantics, section 11; src/backend/access/nbtree/nbtinsert.c, _bt_check_unique.
 */
import type { Index, Table } from "../catalog/catalog.ts";
import { indexKey } from "../catalog/index-key.ts";
import { columnNames } from "../execution/reads-before-lock.ts";
import { compileRowCondition } from "../execution/row-expressions.ts";
import type { SessionId } from "../server.ts";
import { valuesEqual } from "../values/compare.ts";
import type { Value } from "../values/value.ts";
import type { Author, Heap, Version } from "../versions/heap.ts";

export interface KeyProbe {
  readonly session: SessionId;
  readonly table: Table;
  readonly index: Index;
  readonly key: readonly Value[];
  /** The version for which the session asks, which is no rival of itself. */
  readonly except: number | null;
}

export type KeyState =
  | { readonly kind: "free" }
  | { readonly kind: "held"; readonly by: Author }
  | { readonly kind: "taken"; readonly version: number };

/** The key of a row in the index. */
export function keyOf(index: Index, values: readonly Value[]): readonly Value[] {
  return indexKey(index, values);
}

/** Nulls are never equal to each other: a key with one of them is always free. */
export function keyState(heap: Heap, probe: KeyProbe): KeyState {
  const place = probe.table.indexes.findIndex((index) => index.name === probe.index.name);
  if (probe.key.includes(null)) return { kind: "free" };
  for (const [at, version] of heap.entries()) {
    if (at === probe.except || version.dead) continue;
    if (version.indexed !== null && version.indexed <= place) continue;
    if (!sameKey(probe, version)) continue;
    const state = stateOf(version, at, probe.session);
    if (state !== null) return state;
  }
  return { kind: "free" };
}

function stateOf(version: Version, at: number, session: SessionId): KeyState | null {
  const { inserted, removed } = version;
  if (inserted !== null && inserted.session !== session) return { kind: "held", by: inserted };
  if (removed === null) return { kind: "taken", version: at };
  if (removed.by !== null && removed.by.session !== session) return { kind: "held", by: removed.by };
  return null;
}

function sameKey(probe: KeyProbe, version: Version): boolean {
  const { table, index, key } = probe;
  return sameValues(table, index.columns, keyOf(index, version.values), key) && isIndexed(table, index, version.values);
}

/** Whether two keys over these columns are equal, as their types have it. NULLs are not. */
export function sameValues(
  table: Table,
  columns: readonly number[],
  left: readonly Value[],
  right: readonly Value[],
): boolean {
  return columns.every((column, at) =>
    valuesEqual(table.columns[column]?.type ?? "text", left[at] ?? null, right[at] ?? null),
  );
}

/** Whether the row has an entry in the index: a partial index leaves out rows for which its condition does not hold. */
export function isIndexed(table: Table, index: Index, values: readonly Value[]): boolean {
  if (index.predicate === null) return true;
  const condition = conditions.get(index) ?? compileRowCondition(table, index.predicate);
  conditions.set(index, condition);
  return condition(values);
}

/** Whether a row that changes leaves a key of a partial unique index behind. */
export function leavesKey(table: Table, before: readonly Value[], after: readonly Value[]): boolean {
  return table.indexes.some((index) => {
    if (!index.unique || index.predicate === null || !isIndexed(table, index, before)) return false;
    return (
      !isIndexed(table, index, after) || !sameValues(table, index.columns, keyOf(index, before), keyOf(index, after))
    );
  });
}

/** The compiled conditions of partial indexes; an index is part of one table for ever. */
const conditions = new WeakMap<Index, (values: readonly Value[]) => boolean>();

/** The columns that an index looks at: its own, and those of its expressions and its condition. */
export function usedColumns(table: Table, index: Index): readonly number[] {
  const known = usedBy.get(index);
  if (known !== undefined) return known;
  const names = columnNames([index.expressions, index.predicate]);
  const used = [
    ...new Set([...index.columns, ...names.map((name) => table.columns.findIndex((c) => c.name === name))]),
  ];
  const columns = used.filter((at) => at >= 0);
  usedBy.set(index, columns);
  return columns;
}

const usedBy = new WeakMap<Index, readonly number[]>();
