/** Which row versions a statement has touched: it never changes a row twice. */
import type { RowRef } from "./access.ts";

/** A row version as text. */
export function refOf({ table, version }: RowRef): string {
  return `${table}/${version}`;
}
