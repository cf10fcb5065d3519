/** DROP TABLE, DROP INDEX, DROP SEQUENCE and TRUNCATE. Source: tablecmds.c (RemoveRelations, ExecuteTruncate), dependency.c. */
import type { DropStmt, Node, TruncateStmt } from "libpg-query";
import { findTable } from "../execution/relations.ts";
import { SqlError } from "../sql-error.ts";
import { listItems, stringOf } from "../syntax/nodes.ts";
import { refuse } from "../syntax/refuse.ts";
import type { Catalog, ForeignKey, Table } from "./catalog.ts";
import { type Definition, type DefinitionSite, unchanged } from "./definition.ts";

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

export function drop(node: DropStmt, sql: string, catalog: Catalog, site: DefinitionSite): Definition {
  const names = (node.objects ?? []).map(objectName);
  switch (node.removeType) {
    case "OBJECT_TABLE":
      return dropTables(names, node, catalog, site);
    case "OBJECT_INDEX":
      return dropIndexes(names, node, catalog, site);
    case "OBJECT_SEQUENCE":
      return dropSequences(names, node, catalog, site);
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

/** Locks the objects that are there, one by one, as their names are looked up; returns their names. */
function lookUp(
  names: readonly string[],
  { node, site }: { readonly node: DropStmt; readonly site: DefinitionSite },
  { kind, sqlstate, tableOf }: Kind,
): readonly string[] {
  return names.filter((name) => {
    const table = tableOf(name);
    if (table === null) site.notice(missing(kind, name, node, sqlstate));
    else site.lock(table, "access exclusive");
    return table !== null;
  });
}

interface Kind {
  readonly kind: string;
  readonly sqlstate: string;
  /** What is locked for it; null where there is no object of the name. */
  readonly tableOf: (name: string) => string | null;
}

function dropTables(names: readonly string[], node: DropStmt, catalog: Catalog, site: DefinitionSite): Definition {
  const tableOf = (name: string): string | null => (Object.hasOwn(catalog.tables, name) ? name : null);
  const found = [...new Set(lookUp(names, { node, site }, { kind: "table", sqlstate: "42P01", tableOf }))];
  const dropped = found.flatMap((name) => catalog.tables[name] ?? []);
  const sequences = dropped.flatMap((table) => ownedSequences(catalog, table));
  const referring = Object.values(without(catalog.tables, found)).flatMap((table) =>
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
  const left = withoutReferences(referring, catalog, site);
  // A foreign key has its triggers on both of its tables.
  for (const table of dropped) for (const key of table.foreignKeys) site.lock(key.foreignTable, "access exclusive");
  for (const name of sequences) site.lock(name, "access exclusive");
  for (const name of found) site.mustBeUnused(name, "DROP TABLE");
  return {
    ...unchanged(catalog, "DROP TABLE"),
    catalog: { ...left, tables: without(left.tables, found), sequences: without(catalog.sequences, sequences) },
    dropped: [...found, ...sequences],
  };
}

export interface Reference {
  readonly table: Table;
  readonly key: ForeignKey;
}

/** CASCADE: the catalog without these foreign keys, whose tables are locked for it. */
export function withoutReferences(references: readonly Reference[], catalog: Catalog, site: DefinitionSite): Catalog {
  const objects = references.map(({ table, key }) => `constraint ${key.name} on table ${table.name}`);
  for (const text of cascadeNotices(objects)) site.notice(text);
  const tables = { ...catalog.tables };
  for (const { table, key } of references) {
    site.lock(table.name, "access exclusive");
    const before = tables[table.name] ?? table;
    tables[table.name] = { ...before, foreignKeys: before.foreignKeys.filter((each) => each.name !== key.name) };
  }
  return { ...catalog, tables };
}

/** One object is named in the notice, several are counted there and named in its detail. */
function cascadeNotices(objects: readonly string[]): readonly string[] {
  if (objects.length === 0) return [];
  if (objects.length === 1) return [`drop cascades to ${objects[0]}`];
  const details = objects.map((object) => `drop cascades to ${object}`).join("\n");
  return [`drop cascades to ${objects.length} other objects\nDETAIL:  ${details}`];
}

/** The foreign keys that depend on a unique index: they refer to its columns, and no index before it has the same. */
export function referencesTo(table: Table, name: string, catalog: Catalog): readonly Reference[] {
  const isOn = (columns: readonly number[], others: readonly number[]): boolean =>
    columns.length === others.length && columns.every((at) => others.includes(at));
  return Object.values(catalog.tables).flatMap((other) =>
    other.foreignKeys
      .filter(({ foreignTable, foreignColumns }) => {
        if (foreignTable !== table.name) return false;
        const index = table.indexes.find((each) => {
          return each.unique && each.predicate === null && isOn(each.columns, foreignColumns);
        });
        return index?.name === name;
      })
      .map((key) => ({ table: other, key })),
  );
}

function dropIndexes(names: readonly string[], node: DropStmt, catalog: Catalog, site: DefinitionSite): Definition {
  const ownerOf = (name: string): Table | undefined =>
    Object.values(catalog.tables).find(({ indexes }) => indexes.some((index) => index.name === name));
  const tableOf = (name: string): string | null => ownerOf(name)?.name ?? null;
  const found = lookUp(names, { node, site }, { kind: "index", sqlstate: "42704", tableOf });
  let after = catalog;
  for (const name of found) {
    const table = after.tables[tableOf(name) ?? ""];
    if (table === undefined) continue;
    if (table.indexes.some((index) => index.name === name && index.constraint)) {
      throw new SqlError(
        "2BP01",
        `cannot drop index ${name} because constraint ${name} on table ${table.name} requires it`,
      );
    }
    const references = referencesTo(table, name, after);
    if (references.length > 0 && node.behavior !== "DROP_CASCADE")
      throw new SqlError("2BP01", `cannot drop index ${name} because other objects depend on it`);
    after = withoutReferences(references, after, site);
    const changed = { ...table, indexes: table.indexes.filter((index) => index.name !== name) };
    after = { ...after, tables: { ...after.tables, [table.name]: changed } };
  }
  return { ...unchanged(catalog, "DROP INDEX"), catalog: after };
}

function dropSequences(names: readonly string[], node: DropStmt, catalog: Catalog, site: DefinitionSite): Definition {
  const tableOf = (name: string): string | null => (Object.hasOwn(catalog.sequences, name) ? name : null);
  const found = lookUp(names, { node, site }, { kind: "sequence", sqlstate: "42P01", tableOf });
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
  };
}

export function truncate(node: TruncateStmt, sql: string, catalog: Catalog, site: DefinitionSite): Definition {
  const take = (name: string): string => {
    site.lock(name, "access exclusive");
    site.mustBeUnused(name, "TRUNCATE");
    return name;
  };
  const named = (node.relations ?? []).flatMap((item) =>
    "RangeVar" in item ? [take(findTable({ catalog, sql }, item.RangeVar).name)] : [],
  );
  const all = new Set(named);
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
      site.lock(other.name, "access exclusive");
      site.notice(`truncate cascades to table "${other.name}"`);
      all.add(take(other.name));
    }
  }
  const truncated = [...all];
  const tables = truncated.flatMap((name) => catalog.tables[name] ?? []);
  const restarted = node.restart_seqs === true ? tables.flatMap((table) => ownedSequences(catalog, table)) : [];
  for (const name of restarted) site.lock(name, "access exclusive");
  return { ...unchanged(catalog, "TRUNCATE TABLE"), truncated, restarted };
}
