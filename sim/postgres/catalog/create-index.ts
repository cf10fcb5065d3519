/** CREATE INDEX, on columns and with WHERE. An index on an expression that is not unique changes nothing that can be seen here. Source: indexcmds.c. */
import type { IndexStmt } from "libpg-query";
import { findTable } from "../execution/relations.ts";
import { compileRowCondition } from "../execution/row-expressions.ts";
import { SqlError } from "../sql-error.ts";
import { refuse } from "../syntax/refuse.ts";
import type { Catalog, Index, Table } from "./catalog.ts";
import { columnPosition } from "./constraints.ts";
import { assertFree, isRelation } from "./create-table.ts";
import { type Definition, unchanged } from "./definition.ts";
import { chooseName, joinedColumns } from "./object-names.ts";

export function createIndex(node: IndexStmt, sql: string, catalog: Catalog): Definition {
  const start = unchanged(catalog, "CREATE INDEX");
  if (node.relation === undefined) return refuse(sql, undefined, "CREATE INDEX without a table");
  if (node.accessMethod !== undefined && node.accessMethod !== "btree" && node.accessMethod !== "hash") {
    refuse(sql, node.relation.location, `an index USING ${node.accessMethod}`);
  }
  const table = findTable({ catalog, sql }, node.relation);
  const elements = (node.indexParams ?? []).map((item) => ("IndexElem" in item ? item.IndexElem : {}));
  const names = elements.map((element) => element.name ?? "expr");
  const given = node.idxname;
  if (given !== undefined && isRelation(catalog, given) && node.if_not_exists === true) {
    return { ...start, notices: [`relation "${given}" already exists, skipping`] };
  }
  if (given !== undefined) assertFree(catalog, table, given);
  const locks = [{ table: table.name, mode: "share" as const }];
  if (elements.some((element) => element.name === undefined)) {
    if (node.unique === true)
      refuse(sql, node.relation.location, "a unique index on an expression", "use a column or a partial index");
    return { ...start, locks };
  }
  const index: Index = {
    name: given ?? chooseName([table.name, joinedColumns(names)], "idx", (name) => isRelation(catalog, name)),
    unique: node.unique === true,
    primary: false,
    constraint: false,
    columns: names.map((name) => indexedColumn(table, name)),
    predicate: node.whereClause ?? null,
    deferrable: false,
    initiallyDeferred: false,
  };
  if (index.predicate !== null) compileRowCondition(table, index.predicate);
  const changed: Table = { ...table, indexes: [...table.indexes, index] };
  return {
    ...start,
    catalog: { ...catalog, tables: { ...catalog.tables, [table.name]: changed } },
    added: index.unique ? [{ table: table.name, constraint: index.name }] : [],
    locks,
  };
}

function indexedColumn(table: Table, name: string): number {
  if (!table.columns.some((column) => column.name === name))
    throw new SqlError("42703", `column "${name}" does not exist`);
  return columnPosition(table, name);
}
