/** DROP TABLE, DROP INDEX, DROP SEQUENCE and TRUNCATE. Source: tablecmds.c (RemoveRelations, ExecuteTruncate), dependency.c. */
import type { DropStmt, Node, TruncateStmt } from "libpg-query";
import { findTable } from "../execution/relations.ts";
import { SqlError } from "../sql-error.ts";
import { listItems, stringOf } from "../syntax/nodes.ts";
import { refuse } from "../syntax/refuse.ts";
import type { Catalog, Table } from "./catalog.ts";
import { type Definition, unchanged } from "./definition.ts";

/** The sequences that belong to a table's columns. */
function ownedSequences(catalog: Catalog, table: Table): readonly string[] {
  return table.columns.flatMap((column) => {
    const text = JSON.stringify(column.default ?? null);
    const owned = Object.keys(catalog.sequences).filter(
      (name) => text.includes(`"nextval"`) && text.includes(`{"sval":"${name}"}`),
    );
    return owned.filter((name) => name.startsWith(`${table.name}_`));
  });
}

function without<T>(record: Readonly<Record<string, T>>, names: readonly string[]): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}

export function drop(node: DropStmt, sql: string, catalog: Catalog): Definition {
  const names = (node.objects ?? []).map(objectName);
  switch (node.removeType) {
    case "OBJECT_TABLE":
      return dropTables(names, node, catalog);
    case "OBJECT_INDEX":
      return dropIndexes(names, node, catalog);
    case "OBJECT_SEQUENCE":
      return dropSequences(names, node, catalog);
    default:
      return refuse(sql, undefined, `DROP ${(node.removeType ?? "").replace("OBJECT_", "").replaceAll("_", " ")}`);
  }
}

function objectName(node: Node): string {
  const parts = listItems(node);
  return stringOf(parts.length > 0 ? parts.at(-1) : node);
}

/** What IF EXISTS says of a name that is not there; without IF EXISTS it is an error. */
function missing(kind: string, name: string, node: DropStmt, sqlstate: string): string {
  if (node.missing_ok === true) return `${kind} "${name}" does not exist, skipping`;
  throw new SqlError(sqlstate, `${kind} "${name}" does not exist`);
}

function dropTables(names: readonly string[], node: DropStmt, catalog: Catalog): Definition {
  const notices: string[] = [];
  const found = names.filter((name) => {
    if (Object.hasOwn(catalog.tables, name)) return true;
    notices.push(missing("table", name, node, "42P01"));
    return false;
  });
  const dropped = found.flatMap((name) => catalog.tables[name] ?? []);
  const sequences = dropped.flatMap((table) => ownedSequences(catalog, table));
  const left = Object.values(without(catalog.tables, found));
  const referring = left.flatMap((table) =>
    table.foreignKeys.filter((key) => found.includes(key.foreignTable)).map((key) => ({ table, key })),
  );
  const [first] = referring;
  if (first !== undefined && node.behavior !== "DROP_CASCADE") {
    throw new SqlError(
      "2BP01",
      `cannot drop table ${first.key.foreignTable} because other objects depend on it`,
      referring
        .map(({ table, key }) => `constraint ${key.name} on table ${table.name} depends on table ${key.foreignTable}`)
        .join("\n"),
    );
  }
  notices.push(...cascadeNotices(referring.map(({ table, key }) => `constraint ${key.name} on table ${table.name}`)));
  const tables = left.map((table) => {
    const foreignKeys = table.foreignKeys.filter((key) => !found.includes(key.foreignTable));
    return [table.name, { ...table, foreignKeys }] as const;
  });
  return {
    ...unchanged(catalog, "DROP TABLE"),
    catalog: { ...catalog, tables: Object.fromEntries(tables), sequences: without(catalog.sequences, sequences) },
    dropped: [...found, ...sequences],
    locks: found.map((table) => ({ table, mode: "access exclusive" as const })),
    notices,
  };
}

/** One object is named in the notice, several are counted there. */
function cascadeNotices(objects: readonly string[]): readonly string[] {
  if (objects.length === 0) return [];
  return [`drop cascades to ${objects.length === 1 ? objects[0] : `${objects.length} other objects`}`];
}

function dropIndexes(names: readonly string[], node: DropStmt, catalog: Catalog): Definition {
  let definition = unchanged(catalog, "DROP INDEX");
  for (const name of names) {
    const table = Object.values(definition.catalog.tables).find((candidate) =>
      candidate.indexes.some((index) => index.name === name),
    );
    if (table === undefined) {
      definition = { ...definition, notices: [...definition.notices, missing("index", name, node, "42704")] };
      continue;
    }
    if (table.indexes.some((index) => index.name === name && index.constraint)) {
      throw new SqlError(
        "2BP01",
        `cannot drop index ${name} because constraint ${name} on table ${table.name} requires it`,
      );
    }
    const changed = { ...table, indexes: table.indexes.filter((index) => index.name !== name) };
    definition = {
      ...definition,
      catalog: { ...definition.catalog, tables: { ...definition.catalog.tables, [table.name]: changed } },
      locks: [...definition.locks, { table: table.name, mode: "access exclusive" }],
    };
  }
  return definition;
}

function dropSequences(names: readonly string[], node: DropStmt, catalog: Catalog): Definition {
  const notices: string[] = [];
  const found = names.filter((name) => {
    if (Object.hasOwn(catalog.sequences, name)) return true;
    notices.push(missing("sequence", name, node, "42P01"));
    return false;
  });
  const owner = Object.values(catalog.tables).find((table) =>
    ownedSequences(catalog, table).some((name) => found.includes(name)),
  );
  if (owner !== undefined) {
    throw new SqlError("2BP01", `cannot drop sequence ${found[0] ?? ""} because other objects depend on it`);
  }
  return {
    ...unchanged(catalog, "DROP SEQUENCE"),
    catalog: { ...catalog, sequences: without(catalog.sequences, found) },
    dropped: found,
    locks: found.map((table) => ({ table, mode: "access exclusive" as const })),
    notices,
  };
}

export function truncate(node: TruncateStmt, sql: string, catalog: Catalog): Definition {
  const named = (node.relations ?? []).flatMap((item) =>
    "RangeVar" in item ? [findTable({ catalog, sql }, item.RangeVar).name] : [],
  );
  const all = new Set(named);
  const notices: string[] = [];
  for (const name of all) {
    for (const other of Object.values(catalog.tables)) {
      if (all.has(other.name) || !other.foreignKeys.some((key) => key.foreignTable === name)) continue;
      if (node.behavior !== "DROP_CASCADE") {
        throw new SqlError(
          "0A000",
          "cannot truncate a table referenced in a foreign key constraint",
          `Table "${other.name}" references "${name}".`,
        );
      }
      notices.push(`truncate cascades to table "${other.name}"`);
      all.add(other.name);
    }
  }
  const truncated = [...all];
  const tables = truncated.flatMap((name) => catalog.tables[name] ?? []);
  const restarted = node.restart_seqs === true ? tables.flatMap((table) => ownedSequences(catalog, table)) : [];
  return {
    ...unchanged(catalog, "TRUNCATE TABLE"),
    truncated,
    restarted,
    locks: [...truncated, ...restarted].map((table) => ({ table, mode: "access exclusive" as const })),
    notices,
  };
}
