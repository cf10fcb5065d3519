/**
 * A database in memory for one session, behind the `Access` seam: it never waits and has no other sessions.
 *
 * A statement sees the rows that were there when it began. What other sessions would do to a row is scripted: `meanwhile`
 * answers the locking of a row of the snapshot with a newer version, or with its end.
 */
import type { Cell } from "../../../model/protocol.ts";
import { type Catalog, EMPTY_CATALOG, type Table } from "../../../sim/postgres/catalog/catalog.ts";
import { define } from "../../../sim/postgres/catalog/define.ts";
import { indexKey } from "../../../sim/postgres/catalog/index-key.ts";
import type { Access, Arbiter, HeapRow, Inserted, Locked, ScanPath } from "../../../sim/postgres/execution/access.ts";
import { prepare } from "../../../sim/postgres/execution/prepare.ts";
import { parseStatements } from "../../../sim/postgres/grammar.ts";
import { SqlError } from "../../../sim/postgres/sql-error.ts";
import { valuesEqual } from "../../../sim/postgres/values/compare.ts";
import type { Value } from "../../../sim/postgres/values/value.ts";
import { toCell, toText } from "../../../sim/postgres/values/wire.ts";

export type Meanwhile = (row: HeapRow) => Locked;

export interface FakeResult {
  readonly rows: readonly (readonly (string | null)[])[];
  readonly fields: readonly string[];
  /** Null for a definition. */
  readonly rowCount: number | null;
}

export interface FakeDatabase {
  /** Runs statements; the rows of the last one, as text or as node-postgres' cells. */
  readonly text: (sql: string, parameters?: readonly Cell[]) => readonly (readonly (string | null)[])[];
  readonly cells: (sql: string, parameters?: readonly Cell[]) => readonly (readonly Cell[])[];
  /** Runs statements; all there is to say of the last one. */
  readonly full: (sql: string, parameters?: readonly Cell[]) => FakeResult;
  /** Runs one statement for its row count. */
  readonly count: (sql: string, parameters?: readonly Cell[]) => number;
  readonly catalog: () => Catalog;
  /** What the statements asked of the server, in order. */
  readonly calls: string[];
  meanwhile: Meanwhile;
}

export function fakeDatabase(): FakeDatabase {
  let catalog: Catalog = EMPTY_CATALOG;
  const heaps = new Map<string, HeapRow[]>();
  const sequences = new Map<string, number>();
  const calls: string[] = [];
  let version = 0;
  const fake: FakeDatabase = {
    text: (sql, parameters = []) => run(sql, parameters, toText),
    cells: (sql, parameters = []) => run(sql, parameters, toCell),
    full: (sql, parameters = []) => {
      last = { fields: [], rowCount: null };
      const rows = run(sql, parameters, toText);
      return { rows, ...last };
    },
    count: (sql, parameters = []) => fake.full(sql, parameters).rowCount ?? 0,
    catalog: () => catalog,
    calls,
    meanwhile: () => ({ kind: "same" }),
  };
  let last: { readonly fields: readonly string[]; readonly rowCount: number | null } = { fields: [], rowCount: null };

  function run<T>(
    sql: string,
    parameters: readonly Cell[],
    show: (type: string, value: Value) => T,
  ): readonly (readonly T[])[] {
    let rows: readonly (readonly T[])[] = [];
    for (const statement of parseStatements(sql)) {
      if (statement.kind === "ddl") {
        const definition = define(statement, catalog);
        for (const name of [...definition.dropped, ...definition.truncated]) heaps.delete(name);
        for (const { table, row } of definition.rewritten) {
          heaps.set(
            table,
            (heaps.get(table) ?? []).map((heap) => ({ ...heap, values: row(heap.values) })),
          );
        }
        for (const { table, check } of definition.verified)
          for (const heap of heaps.get(table) ?? []) check(heap.values);
        catalog = definition.catalog;
        continue;
      }
      const prepared = prepare(statement, catalog);
      const result = prepared.run(access(), parameters);
      last = { fields: prepared.fields.map(({ name }) => name), rowCount: result.rowCount };
      rows = result.rows.map((row) => prepared.fields.map(({ type }, at) => show(type, row[at] ?? null)));
    }
    return rows;
  }

  function access(): Access {
    const snapshot = new Map([...heaps].map(([name, rows]) => [name, [...rows]]));
    const heapOf = (name: string): HeapRow[] => {
      const heap = heaps.get(name) ?? [];
      heaps.set(name, heap);
      return heap;
    };
    const remove = (row: HeapRow): void => {
      const heap = heapOf(row.ref.table);
      heaps.set(
        row.ref.table,
        heap.filter((other) => other.ref.version !== row.ref.version),
      );
    };
    const add = (table: string, values: readonly Value[]): HeapRow => {
      version += 1;
      const row = { ref: { table, version }, values };
      heapOf(table).push(row);
      return row;
    };
    return {
      catalog,
      pick: () => 0,
      plansAreOpen: false,
      scan: (table: Table, path: ScanPath) => {
        calls.push(`scan ${table.name}${pathWords(path)}`);
        return snapshot.get(table.name) ?? [];
      },
      scanInOrder: (table, { range, descending }) => {
        calls.push(
          `scan ${table.name} in ${descending ? "descending " : ""}order${pathWords({ kind: "ranges", ranges: [range] })}`,
        );
        const index = table.indexes.find((each) => each.name === range.index);
        const order = (row: HeapRow): number => Number(index === undefined ? 0 : indexKey(index, row.values)[0]);
        const rows = [...(snapshot.get(table.name) ?? [])].sort((a, b) => order(a) - order(b));
        return descending ? rows.reverse() : rows;
      },
      lockRow: (row, mode, wait) => {
        calls.push(
          `lock ${row.ref.table} ${JSON.stringify(row.values)} ${mode}${["wait", "change", "conflict"].includes(wait) ? "" : ` ${wait}`}`,
        );
        return fake.meanwhile(row);
      },
      update: (row, values) => {
        calls.push(`update ${row.ref.table} ${JSON.stringify(row.values)} to ${JSON.stringify(values)}`);
        remove(row);
        return add(row.ref.table, values);
      },
      delete: (row) => {
        calls.push(`delete ${row.ref.table} ${JSON.stringify(row.values)}`);
        remove(row);
      },
      insert: (table, values, arbiter) => insert(table, values, arbiter, { rows: heapOf(table.name), add }),
      sequence: (name, call, argument) => {
        calls.push(`${call} ${name}`);
        const definition = catalog.sequences[name];
        const last = sequences.get(name);
        if (call === "setval") sequences.set(name, argument ?? 0);
        else if (call === "nextval") {
          sequences.set(name, last === undefined ? (definition?.start ?? 1) : last + (definition?.increment ?? 1));
        }
        return sequences.get(name) ?? 0;
      },
      advisory: (name, key) => {
        calls.push(`${name}(${key.join(", ")})`);
        return name.startsWith("pg_try") ? true : null;
      },
      nested: (_, work) => work(access()),
      clock: () => 823075200000000,
      setting: (name) => `value of ${name}`,
      sessionNumber: 7,
    };
  }

  function insert(
    table: Table,
    values: readonly Value[],
    arbiter: Arbiter | null,
    heap: { readonly rows: HeapRow[]; readonly add: (table: string, values: readonly Value[]) => HeapRow },
  ): Inserted {
    calls.push(`insert ${table.name} ${JSON.stringify(values)}`);
    for (const index of table.indexes.filter(({ unique }) => unique)) {
      const key = indexKey(index, values);
      const there = heap.rows.find((row) =>
        indexKey(index, row.values).every((part, at) =>
          valuesEqual(table.columns[index.columns[at] ?? -1]?.type ?? "text", part, key[at] ?? null),
        ),
      );
      if (there === undefined) continue;
      if (arbiter?.indexes.includes(index.name) === true) return { kind: "conflict", row: there };
      throw new SqlError("23505", `duplicate key value violates unique constraint "${index.name}"`);
    }
    return { kind: "inserted", row: heap.add(table.name, values) };
  }

  return fake;
}

/** The SQLSTATE and text that a statement fails with; `none` where it does not fail. */
export function failure(run: () => unknown): string {
  try {
    run();
    return "none";
  } catch (error) {
    if (error instanceof SqlError) return `${error.sqlstate} ${error.message}`;
    throw error;
  }
}

function pathWords(path: ScanPath): string {
  switch (path.kind) {
    case "sequential":
      return "";
    case "index":
      return ` by ${path.index} ${JSON.stringify(path.keys)}`;
    case "ranges":
      return ` by ${path.ranges.map(({ index, bounds }) => `${index} ${bounds.map(({ at, operator, value }) => `#${at} ${operator} ${value}`).join(" and ")}`).join(" or ")}`;
  }
}
