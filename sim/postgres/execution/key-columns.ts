/**
 * Which row lock an UPDATE takes: "update" where the value of a key column really changes, else "no key update".
 *
 * A key column is one of any unique index that is neither partial nor on an expression: the columns that a foreign key could refer to. Source:
 * relcache.c (RelationGetIndexAttrBitmap), heapam.c (HeapDetermineColumnsInfo), execMain.c (ExecUpdateLockMode).
 */
import type { Table } from "../catalog/catalog.ts";
import type { Value } from "../values/value.ts";
import type { RowLockMode } from "./access.ts";

export function keyColumns(table: Table): ReadonlySet<number> {
  const unique = table.indexes.filter(
    (index) => index.unique && index.predicate === null && index.expressions === undefined,
  );
  return new Set(unique.flatMap((index) => index.columns));
}

/** Values are compared as they are stored: 1.0 and 1.00 differ, as their bytes do in PostgreSQL. */
export function lockModeOfUpdate(
  keys: ReadonlySet<number>,
  before: readonly Value[],
  after: readonly Value[],
): RowLockMode {
  for (const column of keys) {
    if (JSON.stringify(before[column]) !== JSON.stringify(after[column])) return "update";
  }
  return "no key update";
}

/** The mode by the columns that SET names, whatever their values: ON CONFLICT DO UPDATE locks before it knows them. */
export function lockModeOfSet(keys: ReadonlySet<number>, columns: readonly number[]): RowLockMode {
  return columns.some((column) => keys.has(column)) ? "update" : "no key update";
}
