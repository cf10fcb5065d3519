/** CREATE INDEX, on columns and expressions, and with WHERE. Source: indexcmds.c (DefineIndex, ChooseIndexColumnNames). */
import type { IndexStmt, Node } from "libpg-query";
import { findTable } from "../execution/relations.ts";
import { compileRowCondition } from "../execution/row-expressions.ts";
import { outputName } from "../expressions/output-name.ts";
import { SqlError } from "../sql-error.ts";
import { locationOf } from "../syntax/nodes.ts";
import { refuse } from "../syntax/refuse.ts";
import { typeLabel } from "../values/type-names.ts";
import type { Catalog, Index, IndexExpression, Table } from "./catalog.ts";
import { columnPosition, isUsed } from "./constraints.ts";
import { type Definition, type DefinitionSite, unchanged } from "./definition.ts";
import { expressionWords } from "./expression-words.ts";
import { compileIndexExpression } from "./index-key.ts";
import { chooseName, distinctNames, joinedColumns } from "./object-names.ts";

export function createIndex(node: IndexStmt, sql: string, catalog: Catalog, site: DefinitionSite): Definition {
  const start = unchanged(catalog, "CREATE INDEX");
  if (node.relation === undefined) return refuse(sql, undefined, "CREATE INDEX without a table");
  if (node.accessMethod !== undefined && node.accessMethod !== "btree" && node.accessMethod !== "hash") {
    refuse(sql, node.relation.location, `an index USING ${node.accessMethod}`);
  }
  const table = findTable({ catalog, sql }, node.relation);
  site.lock(table.name, "share");
  const elements = (node.indexParams ?? []).map((item) => ("IndexElem" in item ? item.IndexElem : {}));
  const names = elements.map(
    (element) => element.name ?? (element.expr === undefined ? "" : expressionName(element.expr)),
  );
  const given = node.idxname;
  if (given !== undefined && !site.isFree(given, catalog) && node.if_not_exists === true) {
    return { ...start, notices: [`relation "${given}" already exists, skipping`] };
  }
  const expressions: IndexExpression[] = [];
  const columns = elements.map((element) => {
    if (element.expr === undefined) return indexedColumn(table, element.name ?? "");
    expressions.push(indexExpression(element.expr, table, sql));
    return -expressions.length;
  });
  const isTaken = (name: string): boolean => isUsed(site, catalog, name);
  const index: Index = {
    name: given ?? chooseName([table.name, joinedColumns(distinctNames(names))], "idx", isTaken),
    unique: node.unique === true,
    primary: false,
    constraint: false,
    columns,
    ...(expressions.length > 0 ? { expressions } : {}),
    predicate: node.whereClause ?? null,
    deferrable: false,
    initiallyDeferred: false,
  };
  if (index.predicate !== null) compileRowCondition(table, index.predicate);
  if (given !== undefined && !site.isFree(given, catalog)) {
    throw new SqlError("42P07", `relation "${given}" already exists`);
  }
  site.claim(index.name, "index");
  site.mustBeUnused(table.name, "CREATE INDEX");
  const changed: Table = { ...table, indexes: [...table.indexes, index] };
  return {
    ...start,
    catalog: { ...catalog, tables: { ...catalog.tables, [table.name]: changed } },
    added: index.unique ? [{ table: table.name, constraint: index.name }] : [],
  };
}

/** Types whose equal values are the same value, so that keys of them can be compared without knowing the type. */
const PLAIN_TYPES = ["text", "varchar", "int2", "int4", "int8", "bool", "uuid", "date", "timestamptz", "timestamp"];

function indexExpression(node: Node, table: Table, sql: string): IndexExpression {
  const expression: IndexExpression = { node, words: expressionWords(node, table), columns: table.columns };
  const { type } = compileIndexExpression(expression);
  if (!PLAIN_TYPES.includes(type))
    refuse(sql, locationOf(node), `an index on an expression of type ${typeLabel(type)}`);
  return expression;
}

/** The part of an index's name that stands for an expression. */
function expressionName(node: Node): string {
  const name = outputName(node);
  return name === "?column?" ? "expr" : name;
}

function indexedColumn(table: Table, name: string): number {
  if (!table.columns.some((column) => column.name === name))
    throw new SqlError("42703", `column "${name}" does not exist`);
  return columnPosition(table, name);
}
