/**
 * What a step reads and writes, for whoever asks which transaction depends on which (sim/explore/dependencies.ts). Told only where row
 * versions have addresses, since elsewhere nothing tells one version from the next.
 */
import type { Table } from "../catalog/catalog.ts";
import type { HeapRow, ScanPath } from "../execution/access.ts";
import { covers } from "../execution/index-range.ts";
import { keyOf, sameValues } from "../locks/unique-key.ts";
import type { Touch } from "../server.ts";
import type { Value } from "../values/value.ts";
import { rowWords } from "./naming.ts";
import type { Step } from "./step.ts";

/** A look for rows by this path, and the rows that there are for it. */
export function touchScan(step: Step, table: Table, path: ScanPath, rows: readonly HeapRow[]): void {
  if (step.options.addresses !== true) return;
  const covered = coverOf(table, path);
  const at = rows.filter(({ values }) => covered(values)).flatMap(({ address }) => address ?? []);
  step.touched.push({ kind: "looked", table: table.name, at, covers: covered });
}

/** A row version that was met as the newest one. */
export function touchRead(step: Step, { ref, address }: HeapRow): void {
  if (address !== undefined) step.touched.push({ kind: "read", table: ref.table, at: address });
}

/** A row version that was written in the place of `before`. */
export function touchWrite(step: Step, table: Table, before: HeapRow | null, after: HeapRow): void {
  const { address, values } = after;
  if (address === undefined) return;
  const row = rowWords(table, values);
  step.touched.push({ kind: "wrote", table: table.name, at: address, before: before?.address ?? null, values, row });
}

export function touchDelete(step: Step, table: Table, { address, values }: HeapRow): void {
  if (address === undefined) return;
  step.touched.push({ kind: "deleted", table: table.name, at: address, row: rowWords(table, values) });
}

/** Whether a look by this path could have come upon a row: by an index it comes upon the keys that it asks for. */
function coverOf(table: Table, path: ScanPath): Extract<Touch, { kind: "looked" }>["covers"] {
  const indexed = (name: string, test: (key: readonly Value[], columns: readonly number[]) => boolean) => {
    const index = table.indexes.find((each) => each.name === name);
    return (values: readonly Value[]): boolean => index === undefined || test(keyOf(index, values), index.columns);
  };
  switch (path.kind) {
    case "sequential":
      return () => true;
    case "index":
      return indexed(path.index, (key, columns) => {
        return path.keys.some((asked) => sameValues(table, columns, asked, key));
      });
    case "ranges": {
      const parts = path.ranges.map((range) => indexed(range.index, (key) => covers(range, key)));
      return (values) => parts.some((part) => part(values));
    }
  }
}
