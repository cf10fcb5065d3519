/** The committed rows of a database, as anybody outside sees them: by table, in primary-key order where there is one. */
import type { Row } from "../../../model/protocol.ts";
import type { Catalog, Table } from "../catalog/catalog.ts";
import type { Microseconds, StoredValue } from "../server.ts";
import { compareValues } from "../values/compare.ts";
import type { Value } from "../values/value.ts";
import { fromText, toCell } from "../values/wire.ts";
import { isCommitted } from "../versions/heap.ts";
import { heapOf, type State } from "./state.ts";

export type Rows = Readonly<Record<string, readonly Row[]>>;

export function committedRows(state: State): Rows {
  const tables = Object.values(state.catalog.tables);
  return Object.fromEntries(tables.map((table) => [table.name, rowsOf(state, table)]));
}

function rowsOf(state: State, table: Table): readonly Row[] {
  const rows = heapOf(state, table.name)
    .filter(isCommitted)
    .map((version) => version.values);
  return byKey(table, rows, (values, at) => values[at] ?? null).map((values) =>
    Object.fromEntries(table.columns.map(({ name, type }, at) => [name, toCell(type, values[at] ?? null)])),
  );
}

/** What all row versions hold, committed or not, and the beginnings of transactions. */
export function storedValues(state: State, start: Microseconds): readonly StoredValue[] {
  const inRows = Object.values(state.catalog.tables).flatMap(({ name: table, columns }) =>
    heapOf(state, table).flatMap(({ values }) =>
      columns.map(({ name: column, type }, at) => ({ column, type, value: values[at] ?? null })),
    ),
  );
  const beginnings = state.sessions.flatMap(({ transaction }) =>
    transaction === null ? [] : [start + (transaction.startedAfterUs ?? 0)],
  );
  return [...inRows, ...beginnings.map((value) => ({ column: null, type: "timestamptz", value }))];
}

/** The rows in the order in which they would be told as committed ones; those without a key as they are. */
export function inOrder({ tables }: Catalog, rows: Rows): Rows {
  return Object.fromEntries(
    Object.entries(rows).map(([name, each]) => {
      const table = tables[name];
      return [name, table === undefined ? each : byKey(table, each, (row, at) => valueIn(table, row, at))];
    }),
  );
}

function valueIn({ columns }: Table, row: Row, at: number): Value {
  const { name = "", type = "" } = columns[at] ?? {};
  const cell = row[name] ?? null;
  return typeof cell === "string" ? fromText(type, cell) : cell;
}

function byKey<T>(table: Table, rows: readonly T[], valueAt: (row: T, at: number) => Value): readonly T[] {
  const primary = table.indexes.find((index) => index.primary);
  if (primary === undefined) return rows;
  return rows.toSorted((a, b) => {
    for (const at of primary.columns) {
      const order = compareValues(table.columns[at]?.type ?? "text", valueAt(a, at), valueAt(b, at));
      if (order !== 0) return order;
    }
    return 0;
  });
}
