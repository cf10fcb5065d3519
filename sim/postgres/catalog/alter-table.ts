/**
 * ALTER TABLE: columns, constraints, defaults and NOT NULL.
 *
 *     ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT 0      rewritten: every row gets a 0 more
 *     ALTER TABLE t ADD CHECK (c > 0)                        verified: every row must pass
 *     ALTER TABLE t ADD UNIQUE (c)                           added: the server looks for duplicates
 *
 * Not modelled: ALTER COLUMN TYPE, RENAME, inheritance. Source: tablecmds.c (ATExecCmd).
 */
import type { AlterTableCmd, AlterTableStmt, ColumnDef, Constraint, Node } from "libpg-query";
import { compileConstraints } from "../execution/constraints.ts";
import { checkGenerated, mentions, withGenerated } from "../execution/generated-columns.ts";
import { findTable } from "../execution/relations.ts";
import { compileDefault, newRun, noAccess, rowFrame, standaloneAnalysis } from "../execution/row-expressions.ts";
import type { TableLockMode } from "../locks/table-lock-mode.ts";
import { SqlError } from "../sql-error.ts";
import { refuse } from "../syntax/refuse.ts";
import type { Value } from "../values/value.ts";
import type { Catalog, Column, Table } from "./catalog.ts";
import { defineColumn } from "./columns.ts";
import { addConstraint, isUsed } from "./constraints.ts";
import { type Definition, type DefinitionSite, unchanged } from "./definition.ts";
import { referencesTo, withoutReferences } from "./drop.ts";

export function alterTable(node: AlterTableStmt, sql: string, catalog: Catalog, site: DefinitionSite): Definition {
  const start = unchanged(catalog, "ALTER TABLE");
  const { relation } = node;
  if (relation === undefined || node.objtype !== "OBJECT_TABLE")
    return refuse(sql, relation?.location, "ALTER of this object");
  if (node.missing_ok === true && !Object.hasOwn(catalog.tables, relation.relname ?? "")) {
    return { ...start, notices: [`relation "${relation.relname ?? ""}" does not exist, skipping`] };
  }
  const name = findTable({ catalog, sql }, relation).name;
  site.lock(name, lockOf(node.cmds ?? []));
  site.mustBeUnused(name, "ALTER TABLE");
  return (node.cmds ?? []).reduce((definition, command) => {
    const table = definition.catalog.tables[name];
    if (!("AlterTableCmd" in command) || table === undefined) return refuse(sql, relation.location, "this ALTER TABLE");
    return applyCommand({ sql, definition, table, server: site }, command.AlterTableCmd);
  }, start);
}

/** The table's lock: the strongest that one of the commands needs. Source: tablecmds.c (AlterTableGetLockLevel). */
function lockOf(commands: readonly Node[]): TableLockMode {
  const modes = commands.map((command) =>
    "AlterTableCmd" in command ? lockOfCommand(command.AlterTableCmd) : undefined,
  );
  if (modes.includes("access exclusive")) return "access exclusive";
  return modes.includes("share row exclusive") ? "share row exclusive" : "share update exclusive";
}

function lockOfCommand({ subtype, def }: AlterTableCmd): TableLockMode {
  if (["AT_ValidateConstraint", "AT_SetRelOptions", "AT_ResetRelOptions", "AT_SetStatistics"].includes(subtype ?? ""))
    return "share update exclusive";
  const isForeign = def !== undefined && "Constraint" in def && def.Constraint.contype === "CONSTR_FOREIGN";
  return subtype === "AT_AddConstraint" && isForeign ? "share row exclusive" : "access exclusive";
}

interface State {
  readonly sql: string;
  readonly server: DefinitionSite;
  readonly definition: Definition;
  readonly table: Table;
}

function applyCommand(state: State, command: AlterTableCmd): Definition {
  const { sql } = state;
  switch (command.subtype) {
    case "AT_AddColumn":
      return command.def !== undefined && "ColumnDef" in command.def
        ? addColumn(state, command.def.ColumnDef, command.missing_ok === true)
        : refuse(sql, undefined, "ADD COLUMN without a column");
    case "AT_DropColumn":
      return dropColumn(state, command);
    case "AT_AddConstraint":
      return command.def !== undefined && "Constraint" in command.def
        ? withConstraint(state, command.def.Constraint)
        : refuse(sql, undefined, "ADD CONSTRAINT without a constraint");
    case "AT_DropConstraint":
      return dropConstraint(state, command);
    case "AT_ValidateConstraint":
      return validate(state, command.name ?? "");
    case "AT_ColumnDefault":
      return changeColumn(state, command.name ?? "", (column) => {
        const changed = { ...column, default: command.def ?? null };
        compileDefault(changed, standaloneAnalysis(state.definition.catalog));
        return changed;
      });
    case "AT_SetNotNull":
      return verified(
        changeColumn(state, command.name ?? "", (column) => ({ ...column, notNull: true })),
        state.table.name,
      );
    case "AT_DropNotNull":
      return changeColumn(state, command.name ?? "", (column) => dropNotNull(state.table, column));
    case "AT_SetStatistics":
      return changeColumn(state, command.name ?? "", (column) => column);
    case "AT_SetRelOptions":
    case "AT_ResetRelOptions":
      return locked(state.definition, state.table.name, "share update exclusive");
    default:
      return refuse(
        sql,
        undefined,
        `ALTER TABLE … ${(command.subtype ?? "")
          .replace("AT_", "")
          .replace(/([a-z])([A-Z])/g, "$1 $2")
          .toUpperCase()}`,
      );
  }
}

function locked(definition: Definition, table: string, mode: TableLockMode): Definition {
  const known = definition.locks.some((lock) => lock.table === table && lock.mode === mode);
  return known ? definition : { ...definition, locks: [...definition.locks, { table, mode }] };
}

/** The definition with this table in place of the one of its name. */
function withTable(definition: Definition, table: Table): Definition {
  const catalog: Catalog = { ...definition.catalog, tables: { ...definition.catalog.tables, [table.name]: table } };
  return locked({ ...definition, catalog }, table.name, "access exclusive");
}

function changeColumn({ definition, table }: State, name: string, change: (column: Column) => Column): Definition {
  if (!table.columns.some((column) => column.name === name)) {
    throw new SqlError("42703", `column "${name}" of relation "${table.name}" does not exist`);
  }
  return withTable(definition, {
    ...table,
    columns: table.columns.map((column) => (column.name === name ? change(column) : column)),
  });
}

function dropNotNull(table: Table, column: Column): Column {
  const at = table.columns.indexOf(column);
  if (table.indexes.some((index) => index.primary && index.columns.includes(at))) {
    throw new SqlError("42P16", `column "${column.name}" is in a primary key`);
  }
  return { ...column, notNull: false };
}

/** The rows that are there must satisfy the table's NOT NULLs and checks as they are now. */
function verified(definition: Definition, of: string | Table): Definition {
  const table = typeof of === "string" ? definition.catalog.tables[of] : of;
  if (table === undefined) return definition;
  const checkRow = compileConstraints(table, standaloneAnalysis(definition.catalog));
  const check = (values: readonly Value[]): void => {
    try {
      checkRow(values, newRun(NO_ACCESS, []));
    } catch (error) {
      throw error instanceof SqlError ? existingRowError(error, table, values) : error;
    }
  };
  return { ...definition, verified: [...definition.verified, { table: table.name, check }] };
}

/** ALTER TABLE has its own words for rows that are there already. */
function existingRowError(error: SqlError, table: Table, values: readonly Value[]): SqlError {
  if (error.sqlstate === "23502") {
    const column = table.columns.find((candidate, at) => candidate.notNull && values[at] === null);
    return new SqlError("23502", `column "${column?.name ?? ""}" of relation "${table.name}" contains null values`);
  }
  const name = /check constraint "([^"]*)"/.exec(error.message)?.[1] ?? "";
  return new SqlError("23514", `check constraint "${name}" of relation "${table.name}" is violated by some row`);
}

function addColumn(state: State, node: ColumnDef, ifNotExists: boolean): Definition {
  const { sql, definition, table } = state;
  const name = node.colname ?? "";
  if (table.columns.some((column) => column.name === name)) {
    const text = `column "${name}" of relation "${table.name}" already exists`;
    if (!ifNotExists) throw new SqlError("42701", text);
    return { ...definition, notices: [...definition.notices, `${text}, skipping`] };
  }
  const isTaken = (other: string): boolean => isUsed(state.server, definition.catalog, other);
  const { column, sequence, constraints } = defineColumn(node, { sql, table: table.name, isTaken });
  if (sequence !== null)
    refuse(sql, node.location, "ADD COLUMN of a serial or identity column", "put it into CREATE TABLE");
  const widened: Table = { ...table, columns: [...table.columns, column] };
  checkGenerated(widened, definition.catalog, sql);
  const typed = compileDefault(column, { ...standaloneAnalysis(definition.catalog), sql });
  const value = typed.evaluate(rowFrame(newRun(NO_ACCESS, []), []));
  const changed = withTable(definition, widened);
  const rewritten = {
    ...changed,
    rewritten: [
      ...changed.rewritten,
      { table: table.name, row: (values: readonly Value[]) => withGenerated(widened, [...values, value]) },
    ],
  };
  const checked = column.notNull ? verified(rewritten, table.name) : rewritten;
  return constraints.reduce((next, constraint) => {
    const current = next.catalog.tables[table.name];
    return current === undefined
      ? next
      : withConstraint({ ...state, definition: next, table: current }, constraint, name);
  }, checked);
}

function dropColumn({ sql, server, definition, table }: State, command: AlterTableCmd): Definition {
  const name = command.name ?? "";
  const at = table.columns.findIndex((column) => column.name === name);
  if (at < 0) {
    const text = `column "${name}" of relation "${table.name}" does not exist`;
    if (command.missing_ok !== true) throw new SqlError("42703", text);
    return { ...definition, notices: [...definition.notices, `${text}, skipping`] };
  }
  const isReferred = Object.values(definition.catalog.tables).some((other) =>
    other.foreignKeys.some((key) => key.foreignTable === table.name && key.foreignColumns.includes(at)),
  );
  if (isReferred) refuse(sql, undefined, "DROP COLUMN of a column that a foreign key refers to");
  if (table.checks.some((check) => JSON.stringify(check.expression).includes(`{"sval":"${name}"}`))) {
    refuse(sql, undefined, "DROP COLUMN of a column in a check", "drop the check first");
  }
  if (table.columns.some(({ generated }) => generated !== undefined && mentions(generated, name))) {
    refuse(sql, undefined, "DROP COLUMN of a column that another is generated from", "drop that one first");
  }
  if (table.indexes.some((index) => index.expressions !== undefined)) {
    refuse(sql, undefined, "DROP COLUMN of a table with an index on an expression", "drop the index first");
  }
  for (const key of table.foreignKeys) if (key.columns.includes(at)) server.lock(key.foreignTable, "access exclusive");
  const moved = (columns: readonly number[]): readonly number[] =>
    columns.map((column) => (column > at ? column - 1 : column));
  const changed: Table = {
    ...table,
    columns: table.columns.filter((_, position) => position !== at),
    indexes: table.indexes
      .filter((index) => !index.columns.includes(at))
      .map((index) => ({ ...index, columns: moved(index.columns) })),
    foreignKeys: table.foreignKeys
      .filter((key) => !key.columns.includes(at))
      .map((key) => ({ ...key, columns: moved(key.columns) })),
  };
  const others = Object.entries(definition.catalog.tables).map(([other, value]) => [
    other,
    {
      ...value,
      foreignKeys: value.foreignKeys.map((key) =>
        key.foreignTable === table.name ? { ...key, foreignColumns: moved(key.foreignColumns) } : key,
      ),
    },
  ]);
  const catalog: Catalog = { ...definition.catalog, tables: Object.fromEntries(others) };
  const next = withTable({ ...definition, catalog }, changed);
  const row = (values: readonly Value[]): readonly Value[] => values.filter((_, position) => position !== at);
  return { ...next, rewritten: [...next.rewritten, { table: table.name, row }] };
}

function withConstraint(
  { sql, server, definition, table }: State,
  constraint: Constraint,
  column: string | null = null,
): Definition {
  const before = new Set(namesOf(table));
  const changed = addConstraint({ sql, server, catalog: definition.catalog, table }, constraint, column);
  const foreign = changed.foreignKeys.find((key) => !before.has(key.name));
  const catalog: Catalog = { ...definition.catalog, tables: { ...definition.catalog.tables, [table.name]: changed } };
  const base = { ...definition, catalog };
  if (foreign !== undefined) {
    const both = locked(locked(base, table.name, "share row exclusive"), foreign.foreignTable, "share row exclusive");
    if (foreign.notValid) return both;
    return { ...both, added: [...both.added, { table: table.name, constraint: foreign.name }] };
  }
  const next = locked(base, table.name, "access exclusive");
  if (changed.checks.some((check) => check.notValid && !before.has(check.name))) return next;
  const index = changed.indexes.find((candidate) => !before.has(candidate.name));
  const added = index === undefined ? next.added : [...next.added, { table: table.name, constraint: index.name }];
  return index === undefined || index.primary ? verified({ ...next, added }, table.name) : { ...next, added };
}

/** VALIDATE CONSTRAINT: rows are looked at while others write; those hold to the constraint themselves. */
function validate({ definition, table }: State, name: string): Definition {
  const foreign = table.foreignKeys.find((key) => key.name === name);
  const check = table.checks.find((each) => each.name === name);
  if (foreign === undefined && check === undefined) {
    if (namesOf(table).includes(name)) {
      const text = `cannot validate constraint "${name}" of relation "${table.name}"`;
      throw new SqlError("42809", text, "This operation is not supported for this type of constraint.");
    }
    throw new SqlError("42704", `constraint "${name}" of relation "${table.name}" does not exist`);
  }
  const valid = <T extends { readonly name: string; readonly notValid?: true }>(items: readonly T[]): readonly T[] =>
    items.map((item) => {
      if (item.name !== name) return item;
      const { notValid: _, ...rest } = item;
      return rest as T;
    });
  const changed: Table = { ...table, checks: valid(table.checks), foreignKeys: valid(table.foreignKeys) };
  const catalog: Catalog = { ...definition.catalog, tables: { ...definition.catalog.tables, [table.name]: changed } };
  const next = locked({ ...definition, catalog }, table.name, "share update exclusive");
  if (foreign?.notValid) {
    const both = locked(next, foreign.foreignTable, "row share");
    return { ...both, added: [...both.added, { table: table.name, constraint: name }] };
  }
  return check?.notValid
    ? verified(next, { ...changed, checks: changed.checks.filter((each) => each.name === name) })
    : next;
}

function namesOf(table: Table): readonly string[] {
  return [...table.checks, ...table.foreignKeys, ...table.indexes].map(({ name }) => name);
}

function dropConstraint({ server, definition, table }: State, command: AlterTableCmd): Definition {
  const name = command.name ?? "";
  const kept = <T extends { readonly name: string }>(items: readonly T[]): readonly T[] =>
    items.filter((item) => item.name !== name);
  const indexes = table.indexes.filter((index) => !(index.constraint && index.name === name));
  const changed: Table = { ...table, indexes, checks: kept(table.checks), foreignKeys: kept(table.foreignKeys) };
  if (namesOf(changed).length === namesOf(table).length) {
    const text = `constraint "${name}" of relation "${table.name}" does not exist`;
    if (command.missing_ok !== true) throw new SqlError("42704", text);
    return { ...definition, notices: [...definition.notices, `${text}, skipping`] };
  }
  const foreign = table.foreignKeys.find((key) => key.name === name)?.foreignTable ?? table.name;
  if (foreign !== table.name) {
    server.lock(foreign, "access exclusive");
    server.mustBeUnused(foreign, "ALTER TABLE");
  }
  const references = indexes.length < table.indexes.length ? referencesTo(table, name, definition.catalog) : [];
  if (references.length > 0 && command.behavior !== "DROP_CASCADE") {
    const text = `cannot drop constraint ${name} on table ${table.name} because other objects depend on it`;
    throw new SqlError("2BP01", text);
  }
  const catalog = withoutReferences(references, definition.catalog, server);
  const own = catalog.tables[table.name]?.foreignKeys ?? [];
  const foreignKeys = changed.foreignKeys.filter((key) => own.includes(key));
  return withTable({ ...definition, catalog }, { ...changed, foreignKeys });
}

/** Defaults and checks of ALTER TABLE look at their row only. */
const NO_ACCESS = noAccess("0A000", "a volatile default is not available in ALTER TABLE");
