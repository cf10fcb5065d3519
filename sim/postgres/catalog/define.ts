/**
 * Definitions: a DDL statement to the next catalog, and to what the server must do with rows and locks.
 *
 *     define("CREATE TABLE t (id int PRIMARY KEY)", catalog)
 *       ->  { catalog: with t, command: "CREATE TABLE", created: ["t"], … }
 *
 * Pure: the caller takes the locks, makes and drops heaps, and only then uses the new catalog.
 */
import type { Node, VacuumStmt } from "libpg-query";
import { findTable } from "../execution/relations.ts";
import type { ParsedStatement } from "../grammar.ts";
import { refuse } from "../syntax/refuse.ts";
import { alterTable } from "./alter-table.ts";
import type { Catalog } from "./catalog.ts";
import { createFunction, dropFunctions } from "./create-function.ts";
import { createIndex } from "./create-index.ts";
import { createTable } from "./create-table.ts";
import { ALONE, type Definition, type DefinitionSite, unchanged } from "./definition.ts";
import { drop, truncate } from "./drop.ts";
import { alterSequence, createSequence } from "./sequence-statements.ts";

export type { Definition, DefinitionSite } from "./definition.ts";

/** What a statement of the kind `ddl` does to this catalog. */
export function define(statement: ParsedStatement, catalog: Catalog, site: DefinitionSite = ALONE): Definition {
  const { sql } = statement;
  const node = statement.node as Node;
  if ("CreateStmt" in node) return createTable(node.CreateStmt, sql, catalog, site);
  if ("IndexStmt" in node) return createIndex(node.IndexStmt, sql, catalog, site);
  if ("CreateFunctionStmt" in node) return createFunction(node.CreateFunctionStmt, sql, catalog);
  if ("DropStmt" in node && node.DropStmt.removeType === "OBJECT_FUNCTION")
    return dropFunctions(node.DropStmt, catalog);
  if ("DropStmt" in node) return drop(node.DropStmt, sql, catalog, site);
  if ("TruncateStmt" in node) return truncate(node.TruncateStmt, sql, catalog, site);
  if ("CreateSeqStmt" in node) return createSequence(node.CreateSeqStmt, sql, catalog, site);
  if ("AlterSeqStmt" in node) return alterSequence(node.AlterSeqStmt, sql, catalog, site);
  if ("VacuumStmt" in node) return maintain(node.VacuumStmt, sql, catalog);
  if ("AlterTableStmt" in node) return alterTable(node.AlterTableStmt, sql, catalog, site);
  return refuse(sql, undefined, "this definition");
}

/** The statement's command tag, by which READ ONLY refuses it. */
export function commandOf({ node }: ParsedStatement): string {
  const [kind = "", body] = Object.entries(node as object)[0] ?? [];
  if (kind === "DropStmt") return `DROP ${String(body.removeType).replace("OBJECT_", "").replaceAll("_", " ")}`;
  if (kind === "VacuumStmt") return body.is_vacuumcmd === true ? "VACUUM" : "ANALYZE";
  return COMMANDS[kind] ?? "";
}

const COMMANDS: Readonly<Record<string, string>> = {
  CreateStmt: "CREATE TABLE",
  IndexStmt: "CREATE INDEX",
  CreateFunctionStmt: "CREATE FUNCTION",
  TruncateStmt: "TRUNCATE TABLE",
  CreateSeqStmt: "CREATE SEQUENCE",
  AlterSeqStmt: "ALTER SEQUENCE",
  AlterTableStmt: "ALTER TABLE",
};

/** VACUUM and ANALYZE change nothing that can be seen here: there are no dead rows to remove and no plans to choose. */
function maintain(node: VacuumStmt, sql: string, catalog: Catalog): Definition {
  const names = (node.rels ?? []).flatMap((item) =>
    "VacuumRelation" in item && item.VacuumRelation.relation !== undefined
      ? [findTable({ catalog, sql }, item.VacuumRelation.relation).name]
      : [],
  );
  return {
    ...unchanged(catalog, node.is_vacuumcmd === true ? "VACUUM" : "ANALYZE"),
    locks: names.map((table) => ({ table, mode: "share update exclusive" as const })),
  };
}
