/** Finding tables by name, with PostgreSQL's errors. */
import type { RangeVar } from "libpg-query";
import type { Table } from "../catalog/catalog.ts";
import type { Analysis } from "../expressions/scope.ts";
import { isKnownCatalog } from "../known/known.ts";
import { SqlError } from "../sql-error.ts";
import { refuse } from "../syntax/refuse.ts";

/** The name of a relation as it was written, for errors. */
function relationName(relation: RangeVar): string {
  const name = relation.relname ?? "";
  return relation.schemaname === undefined ? name : `${relation.schemaname}.${name}`;
}

/** The table that a name means; everything is in the schema public. */
export function findTable(analysis: Pick<Analysis, "catalog" | "sql">, relation: RangeVar): Table {
  const name = relation.relname ?? "";
  const { schemaname } = relation;
  if (
    schemaname === "pg_catalog" ||
    schemaname === "information_schema" ||
    (schemaname === undefined && isKnownCatalog(name))
  ) {
    refuse(analysis.sql, relation.location, `the system catalog ${relationName(relation)}`);
  }
  const { tables, sequences } = analysis.catalog;
  const table = Object.hasOwn(tables, name) ? tables[name] : undefined;
  if (table !== undefined && (schemaname === undefined || schemaname === "public")) return table;
  if (Object.hasOwn(sequences, name)) refuse(analysis.sql, relation.location, `the sequence ${name} as a table`);
  throw new SqlError("42P01", `relation "${relationName(relation)}" does not exist`);
}
