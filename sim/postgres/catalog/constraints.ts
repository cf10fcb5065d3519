/**
 * Constraints of a table, from their nodes: keys become unique indexes, CHECK and REFERENCES are kept as they are.
 *
 *     CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE, CHECK (id > 0))
 *
 *     index c_pkey (id), foreign key c_p_fkey (p -> p.id), check c_id_check
 *
 * Sources: parse_utilcmd.c, tablecmds.c (ATAddForeignKeyConstraint), heap.c (AddRelationNewConstraints).
 */
import type { Constraint, Node } from "libpg-query";
import { standaloneAnalysis, tableScope } from "../execution/row-expressions.ts";
import { coerceToBoolean } from "../expressions/coerce.ts";
import { compile, plainContext } from "../expressions/compile.ts";
import { newTracker } from "../expressions/scope.ts";
import { SqlError } from "../sql-error.ts";
import { stringOf } from "../syntax/nodes.ts";
import { refuse } from "../syntax/refuse.ts";
import { typeLabel } from "../values/type-names.ts";
import type { Catalog, Check, ForeignKey, Index, ReferentialAction, Table } from "./catalog.ts";
import type { DefinitionSite } from "./definition.ts";
import { chooseName, joinedColumns } from "./object-names.ts";

/** Where constraints are added: the table so far, in a catalog that may hold it already. */
export interface Site {
  readonly sql: string;
  readonly catalog: Catalog;
  readonly table: Table;
  readonly server: DefinitionSite;
}

/** Whether a name is out of the question where PostgreSQL chooses one: it looks at what others are about to give, too. */
export function isUsed(server: DefinitionSite, catalog: Catalog, name: string): boolean {
  return !server.isFree(name, catalog) || server.isClaimed(name);
}

function isOfTable({ table }: Site, name: string): boolean {
  const { indexes } = table;
  return table.name === name || indexes.some((index) => index.name === name) || constraintNames(table).includes(name);
}

function constraintNames(table: Table): readonly string[] {
  return [...table.checks, ...table.foreignKeys, ...table.indexes.filter((index) => index.constraint)].map(
    ({ name }) => name,
  );
}

/** The table with a constraint more; `columns` are those of a column constraint. */
export function addConstraint(site: Site, constraint: Constraint, column: string | null): Table {
  const { conname } = constraint;
  if (conname !== undefined && constraintNames(site.table).includes(conname)) {
    throw new SqlError("42710", `constraint "${conname}" for relation "${site.table.name}" already exists`);
  }
  switch (constraint.contype) {
    case "CONSTR_PRIMARY":
    case "CONSTR_UNIQUE":
      return addKey(site, constraint, column);
    case "CONSTR_CHECK":
      return addCheck(site, constraint, column);
    case "CONSTR_FOREIGN":
      return addForeignKey(site, constraint, column);
    default:
      return refuse(
        site.sql,
        constraint.location,
        `the constraint ${(constraint.contype ?? "").replace("CONSTR_", "")}`,
      );
  }
}

export function columnPosition(table: Table, name: string): number {
  const at = table.columns.findIndex((column) => column.name === name);
  if (at < 0) throw new SqlError("42703", `column "${name}" named in key does not exist`);
  return at;
}

function namesIn(nodes: readonly Node[] | undefined, column: string | null): readonly string[] {
  const names = (nodes ?? []).map(stringOf);
  return names.length === 0 && column !== null ? [column] : names;
}

function addKey(site: Site, constraint: Constraint, column: string | null): Table {
  const { table } = site;
  const primary = constraint.contype === "CONSTR_PRIMARY";
  if (constraint.indexname !== undefined) refuse(site.sql, constraint.location, "a constraint USING INDEX");
  if (primary && table.indexes.some((index) => index.primary)) {
    throw new SqlError("42P16", `multiple primary keys for table "${table.name}" are not allowed`);
  }
  const names = namesIn(constraint.keys, column);
  const columns = names.map((name) => columnPosition(table, name));
  const parts = primary ? [table.name] : [table.name, joinedColumns(names)];
  const name =
    constraint.conname ??
    chooseName(parts, primary ? "pkey" : "key", (taken) => {
      return isOfTable(site, taken) || isUsed(site.server, site.catalog, taken);
    });
  if (constraint.conname !== undefined && (isOfTable(site, name) || !site.server.isFree(name, site.catalog)))
    throw new SqlError("42P07", `relation "${name}" already exists`);
  site.server.claim(name, "index");
  const index: Index = {
    name,
    unique: true,
    primary,
    constraint: true,
    columns,
    predicate: null,
    deferrable: constraint.deferrable === true,
    initiallyDeferred: constraint.initdeferred === true,
  };
  const notNull = table.columns.map((item, at) =>
    primary && columns.includes(at) ? { ...item, notNull: true } : item,
  );
  // PostgreSQL makes the primary key's index before the others.
  const indexes = primary ? [index, ...table.indexes] : [...table.indexes, index];
  return { ...table, columns: notNull, indexes };
}

function addCheck(site: Site, constraint: Constraint, column: string | null): Table {
  const { table } = site;
  const expression = constraint.raw_expr;
  if (expression === undefined) return refuse(site.sql, constraint.location, "a CHECK without an expression");
  const scope = tableScope(table, { ...standaloneAnalysis(site.catalog), sql: site.sql });
  scope.tracker = newTracker();
  coerceToBoolean(scope.analysis, compile(expression, plainContext(scope, "check constraints")), "CHECK");
  // A check on exactly one column is named after it, wherever it is written.
  const reads = columnsOf(expression);
  const only = column ?? (reads.length === 1 ? (reads[0] ?? null) : null);
  const parts = only === null ? [table.name] : [table.name, only];
  const name = constraint.conname ?? chooseName(parts, "check", (taken) => constraintNames(table).includes(taken));
  const check: Check = { name, expression, ...notValid(constraint) };
  return { ...table, checks: [...table.checks, check] };
}

/** CREATE TABLE has no rows yet that it could skip. */
function notValid(constraint: Constraint): { readonly notValid?: true } {
  return constraint.skip_validation === true && constraint.initially_valid !== true ? { notValid: true } : {};
}

function columnsOf(tree: unknown): readonly string[] {
  const found = new Set<string>();
  const visit = (item: unknown): void => {
    if (Array.isArray(item)) for (const part of item) visit(part);
    else if (typeof item === "object" && item !== null) {
      if ("ColumnRef" in item) found.add(stringOf((item.ColumnRef as { readonly fields?: Node[] }).fields?.at(-1)));
      for (const part of Object.values(item)) visit(part);
    }
  };
  visit(tree);
  return [...found];
}

const ACTIONS: Readonly<Record<string, ReferentialAction>> = {
  a: "no action",
  r: "restrict",
  c: "cascade",
  n: "set null",
  d: "set default",
};

function addForeignKey(site: Site, constraint: Constraint, column: string | null): Table {
  const { table, catalog } = site;
  const foreignName = constraint.pktable?.relname ?? "";
  if (constraint.fk_matchtype === "f") refuse(site.sql, constraint.location, "MATCH FULL");
  const foreign =
    foreignName === table.name
      ? table
      : Object.hasOwn(catalog.tables, foreignName)
        ? catalog.tables[foreignName]
        : undefined;
  if (foreign === undefined) throw new SqlError("42P01", `relation "${foreignName}" does not exist`);
  if (foreign.name !== table.name) site.server.lock(foreign.name, "share row exclusive");
  const names = namesIn(constraint.fk_attrs, column);
  const columns = names.map((name) => {
    const at = table.columns.findIndex((item) => item.name === name);
    if (at < 0) throw new SqlError("42703", `column "${name}" referenced in foreign key constraint does not exist`);
    return at;
  });
  const foreignColumns = referencedColumns(foreign, namesIn(constraint.pk_attrs, null));
  if (columns.length !== foreignColumns.length) {
    throw new SqlError("42830", "number of referencing and referenced columns for foreign key disagree");
  }
  const name =
    constraint.conname ??
    chooseName([table.name, joinedColumns(names)], "fkey", (taken) => constraintNames(table).includes(taken));
  checkTypes({ name, table, foreign, sql: site.sql }, columns, foreignColumns);
  const key: ForeignKey = {
    name,
    columns,
    foreignTable: foreign.name,
    foreignColumns,
    onDelete: ACTIONS[constraint.fk_del_action ?? "a"] ?? "no action",
    onUpdate: ACTIONS[constraint.fk_upd_action ?? "a"] ?? "no action",
    deferrable: constraint.deferrable === true,
    initiallyDeferred: constraint.initdeferred === true,
    ...notValid(constraint),
  };
  return { ...table, foreignKeys: [...table.foreignKeys, key] };
}

/** The columns that a foreign key refers to: the primary key unless they are named, and always a unique key. */
function referencedColumns(foreign: Table, names: readonly string[]): readonly number[] {
  if (names.length === 0) {
    const primary = foreign.indexes.find((index) => index.primary);
    if (primary === undefined)
      throw new SqlError("42704", `there is no primary key for referenced table "${foreign.name}"`);
    if (primary.deferrable)
      throw new SqlError("55000", `cannot use a deferrable primary key for referenced table "${foreign.name}"`);
    return primary.columns;
  }
  const columns = names.map((name) => {
    const at = foreign.columns.findIndex((item) => item.name === name);
    if (at < 0) throw new SqlError("42703", `column "${name}" referenced in foreign key constraint does not exist`);
    return at;
  });
  const keys = foreign.indexes.filter(
    (index) =>
      index.unique &&
      index.predicate === null &&
      index.columns.length === columns.length &&
      index.columns.every((at) => columns.includes(at)),
  );
  if (keys.some((key) => !key.deferrable)) return columns;
  if (keys.length > 0)
    throw new SqlError("55000", `cannot use a deferrable unique constraint for referenced table "${foreign.name}"`);
  throw new SqlError(
    "42830",
    `there is no unique constraint matching given keys for referenced table "${foreign.name}"`,
  );
}

interface Reference {
  readonly name: string;
  readonly table: Table;
  readonly foreign: Table;
  readonly sql: string;
}

function checkTypes(
  { name, table, foreign, sql }: Reference,
  columns: readonly number[],
  foreignColumns: readonly number[],
): void {
  for (const [position, at] of columns.entries()) {
    const column = table.columns[at];
    const other = foreign.columns[foreignColumns[position] ?? 0];
    if (column === undefined || other === undefined || isComparable(column.type, other.type)) continue;
    if ([column, other].every(({ type }) => DATE_TYPES.includes(type)))
      refuse(sql, undefined, "a foreign key between dates and timestamps", "give both columns one type");
    throw new SqlError(
      "42804",
      `foreign key constraint "${name}" cannot be implemented`,
      `Key columns "${column.name}" of the referencing table and "${other.name}" of the referenced table are of incompatible types: ${typeLabel(column.type)} and ${typeLabel(other.type)}.`,
    );
  }
}

const DATE_TYPES = ["date", "timestamp", "timestamptz"];
const INTEGERS = ["int2", "int4", "int8"];

/** To which types a referencing column may refer: those that its operators know, or to which it is cast implicitly. */
const REFERS_TO: Readonly<Record<string, readonly string[]>> = {
  int2: [...INTEGERS, "numeric", "float4", "float8"],
  int4: [...INTEGERS, "numeric", "float4", "float8"],
  int8: [...INTEGERS, "numeric", "float4", "float8"],
  numeric: ["float4", "float8"],
  float4: ["float8"],
  float8: ["float4"],
  text: ["varchar", "bpchar"],
  varchar: ["text", "bpchar"],
  bpchar: ["text", "varchar"],
};

function isComparable(type: string, referenced: string): boolean {
  return type === referenced || REFERS_TO[type]?.includes(referenced) === true;
}
