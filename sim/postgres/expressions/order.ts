/** ORDER BY: directions, the place of NULLs, and the comparison of rows of keys. Source: parse_clause.c (addTargetToSortList). */
import type { SortBy } from "libpg-query";
import { compareValues } from "../values/compare.ts";
import type { Value } from "../values/value.ts";
import type { OrderKey } from "./context.ts";
import type { Typed } from "./typed.ts";

/** A key with the directions that were written; NULLs come last, or first under DESC, unless they are told otherwise. */
export function orderKey(typed: Typed, { sortby_dir, sortby_nulls }: SortBy): OrderKey {
  const descending = sortby_dir === "SORTBY_DESC";
  const nullsFirst = sortby_nulls === "SORTBY_NULLS_FIRST" || (descending && sortby_nulls !== "SORTBY_NULLS_LAST");
  return { typed, descending, nullsFirst };
}

/** Compares two rows of key values. */
export function compareKeys(keys: readonly OrderKey[], a: readonly Value[], b: readonly Value[]): number {
  for (const [at, key] of keys.entries()) {
    const left = a[at] ?? null;
    const right = b[at] ?? null;
    if (left === null || right === null) {
      if (left === right) continue;
      return (left === null) === key.nullsFirst ? -1 : 1;
    }
    const order = compareValues(key.typed.type, left, right);
    if (order !== 0) return key.descending ? -order : order;
  }
  return 0;
}
