/** CREATE TABLE … AS: the table that takes a query's columns. Source: createas.c. */
import type { CreateTableAsStmt } from "libpg-query";
import type { Field } from "../execution/prepared.ts";
import { SqlError } from "../sql-error.ts";
import { stringOf } from "../syntax/nodes.ts";
import { refuse } from "../syntax/refuse.ts";
import type { Catalog, Column, Table } from "./catalog.ts";
import { type Definition, type DefinitionSite, unchanged } from "./definition.ts";

/** The definition of the new table, and its name; null for the name where it is there already and that is no error. */
export function createTableAs(
  { into, if_not_exists: ifNotExists }: CreateTableAsStmt,
  fields: readonly Field[],
  { sql, catalog, site }: { readonly sql: string; readonly catalog: Catalog; readonly site: DefinitionSite },
): { readonly definition: Definition; readonly name: string | null } {
  const start = unchanged(catalog, "CREATE TABLE AS");
  const name = into?.rel?.relname ?? "";
  if (into?.rel?.relpersistence === "t") refuse(sql, into.rel.location, "a temporary table", "use an ordinary table");
  if (!site.isFree(name, catalog)) {
    if (ifNotExists !== true) throw new SqlError("42P07", `relation "${name}" already exists`);
    return { definition: { ...start, notices: [`relation "${name}" already exists, skipping`] }, name: null };
  }
  const columns = columnsOf(fields, (into?.colNames ?? []).map(stringOf));
  site.claim(name, "table");
  const table: Table = { name, columns, indexes: [], checks: [], foreignKeys: [] };
  const tables = { ...catalog.tables, [name]: table };
  return { definition: { ...start, catalog: { ...catalog, tables }, created: [name] }, name };
}

function columnsOf(fields: readonly Field[], names: readonly string[]): readonly Column[] {
  if (names.length > fields.length) throw new SqlError("42601", "too many column names were specified");
  const columns = fields.map(({ name, type }, at): Column => {
    return { name: names[at] ?? name, type, notNull: false, default: null, identity: null };
  });
  const all = columns.map((column) => column.name);
  const twice = all.find((column, at) => all.indexOf(column) !== at);
  if (twice !== undefined) throw new SqlError("42701", `column "${twice}" specified more than once`);
  const pseudo = columns.find(({ type }) => type === "record" || type === "void");
  if (pseudo) throw new SqlError("42P16", `column "${pseudo.name}" has pseudo-type ${pseudo.type}`);
  return columns;
}
