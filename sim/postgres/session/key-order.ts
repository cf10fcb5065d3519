/**
 * In which order the keys of rows come in a database, for whoever exchanges rows (sim/explore/row-orders.ts).
 *
 *     heap   #0 (2, NULL)   #1 (1, 'alice')   #2 (3, NULL)        order of 1, 2, 3:    2, 1, 3
 *
 * Exchanging numbers in rows moves no row. So the order is exchanged with them, and nothing else decides it: it tells which of all
 * the exchanged databases one has.
 *
 * Left aside are old versions that stand side by side: as a set they are in the order of their values (versions/history.ts).
 */
import { isHistory } from "../versions/history.ts";
import type { State } from "./state.ts";

/** The numbers that rows hold, in the order of the rows; null where SERIALIZABLE remembers which rows were read. */
export function keyOrder({ heaps, serial }: State, keys: readonly number[]): readonly number[] | null {
  if (serial.committed.length > 0 || Object.keys(serial.active).length > 0) return null;
  const order = new Set<number>();
  for (const table of Object.keys(heaps).sort()) {
    const heap = heaps[table] ?? [];
    for (const [at, version] of heap.entries()) {
      if (isHistory(version) && [heap[at - 1], heap[at + 1]].some((each) => each !== undefined && isHistory(each)))
        continue;
      for (const value of version.values) if (typeof value === "number" && keys.includes(value)) order.add(value);
    }
  }
  return [...order];
}
