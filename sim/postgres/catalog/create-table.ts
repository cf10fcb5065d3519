/** CREATE TABLE. Storage options and UNLOGGED are accepted and mean nothing here; TEMPORARY is refused. Source: parse_utilcmd.c. */
import type { Constraint, CreateStmt } from "libpg-query";
import { checkGenerated } from "../execution/generated-columns.ts";
import { compileDefault, standaloneAnalysis } from "../execution/row-expressions.ts";
import { SqlError } from "../sql-error.ts";
import { refuse } from "../syntax/refuse.ts";
import type { Catalog, Sequence, Table } from "./catalog.ts";
import { type DefinedColumn, defineColumn } from "./columns.ts";
import { addConstraint, isUsed } from "./constraints.ts";
import { type Definition, type DefinitionSite, unchanged } from "./definition.ts";

export function createTable(node: CreateStmt, sql: string, catalog: Catalog, site: DefinitionSite): Definition {
  const { relation } = node;
  const name = relation?.relname ?? "";
  const start = unchanged(catalog, "CREATE TABLE");
  const schema = relation?.schemaname ?? "public";
  if (schema !== "public") throw new SqlError("3F000", `schema "${schema}" does not exist`);
  if (relation?.relpersistence === "t") refuse(sql, relation.location, "a temporary table", "use an ordinary table");
  if (node.oncommit !== undefined && node.oncommit !== "ONCOMMIT_NOOP") refuse(sql, relation?.location, "ON COMMIT");
  const empty: Table = { name, columns: [], indexes: [], checks: [], foreignKeys: [] };
  if (!site.isFree(name, catalog)) {
    if (node.if_not_exists === true) return { ...start, notices: [`relation "${name}" already exists, skipping`] };
    throw new SqlError("42P07", `relation "${name}" already exists`);
  }
  const { table, sequences } = withColumns({ node, sql, catalog, server: site }, empty);
  for (const sequence of Object.keys(sequences)) site.claim(sequence, "sequence");
  site.claim(name, "table");
  const around = { ...catalog, sequences: { ...catalog.sequences, ...sequences } };
  const withConstraints = allConstraints({ node, sql, catalog: around, server: site }, table);
  for (const column of withConstraints.columns)
    compileDefault(column, {
      ...standaloneAnalysis({ ...catalog, sequences: { ...catalog.sequences, ...sequences } }),
      sql,
    });
  checkGenerated(withConstraints, catalog, sql);
  const foreign = [...new Set(withConstraints.foreignKeys.map((key) => key.foreignTable))].filter(
    (other) => other !== name,
  );
  return {
    ...start,
    catalog: {
      ...catalog,
      tables: { ...catalog.tables, [name]: withConstraints },
      sequences: { ...catalog.sequences, ...sequences },
    },
    created: [name, ...Object.keys(sequences)],
    locks: foreign.map((table_) => ({ table: table_, mode: "share row exclusive" as const })),
  };
}

interface Parts {
  readonly node: CreateStmt;
  readonly sql: string;
  readonly catalog: Catalog;
  readonly server: DefinitionSite;
}

function columnDefinitions({ node, sql, catalog, server }: Parts): readonly DefinedColumn[] {
  const table = node.relation?.relname ?? "";
  const taken = new Set<string>();
  const isTaken = (name: string): boolean => taken.has(name) || isUsed(server, catalog, name);
  return (node.tableElts ?? []).flatMap((element) => {
    if (!("ColumnDef" in element)) return [];
    const defined = defineColumn(element.ColumnDef, { sql, table, isTaken });
    if (defined.sequence !== null) taken.add(defined.sequence.name);
    return [defined];
  });
}

function withColumns(
  parts: Parts,
  empty: Table,
): { readonly table: Table; readonly sequences: Readonly<Record<string, Sequence>> } {
  const defined = columnDefinitions(parts);
  const columns = defined.map(({ column }) => column);
  const names = columns.map((column) => column.name);
  const twice = names.find((column, at) => names.indexOf(column) !== at);
  if (twice !== undefined) throw new SqlError("42701", `column "${twice}" specified more than once`);
  const sequences = defined.flatMap(({ sequence }) => (sequence === null ? [] : [[sequence.name, sequence] as const]));
  return { table: { ...empty, columns }, sequences: Object.fromEntries(sequences) };
}

interface Placed {
  readonly constraint: Constraint;
  readonly column: string | null;
}

/** Keys first, so that a table can refer to itself; then checks, then foreign keys. */
function allConstraints({ node, sql, catalog, server }: Parts, start: Table): Table {
  const placed: Placed[] = (node.tableElts ?? []).flatMap((element): readonly Placed[] => {
    if ("Constraint" in element) return [{ constraint: element.Constraint, column: null }];
    if (!("ColumnDef" in element)) return [];
    const { constraints } = defineColumn(element.ColumnDef, { sql, table: start.name, isTaken: () => false });
    return constraints.map((constraint) => ({ constraint, column: element.ColumnDef.colname ?? "" }));
  });
  const order = ["CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_CHECK", "CONSTR_FOREIGN"];
  const rank = ({ constraint }: Placed): number => {
    const at = order.indexOf(constraint.contype ?? "");
    return at < 0 ? order.length : at;
  };
  return [...placed]
    .sort((a, b) => rank(a) - rank(b))
    .reduce(
      (table, { constraint, column }) => addConstraint({ sql, catalog, table, server }, constraint, column),
      start,
    );
}
