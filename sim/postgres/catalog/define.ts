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
import { type Definition, unchanged } from "./definition.ts";
import { drop, truncate } from "./drop.ts";
import { alterSequence, createSequence } from "./sequence-statements.ts";

export type { Definition } from "./definition.ts";

/** What a statement of the kind `ddl` does to this catalog. */
export function define(statement: ParsedStatement, catalog: Catalog): Definition {
  const { sql } = statement;
  const node = statement.node as Node;
  if ("CreateStmt" in node) return createTable(node.CreateStmt, sql, catalog);
  if ("IndexStmt" in node) return createIndex(node.IndexStmt, sql, catalog);
  if ("CreateFunctionStmt" in node) return createFunction(node.CreateFunctionStmt, sql, catalog);
  if ("DropStmt" in node && node.DropStmt.removeType === "OBJECT_FUNCTION")
    return dropFunctions(node.DropStmt, catalog);
  if ("DropStmt" in node) return drop(node.DropStmt, sql, catalog);
  if ("TruncateStmt" in node) return truncate(node.TruncateStmt, sql, catalog);
  if ("CreateSeqStmt" in node) return createSequence(node.CreateSeqStmt, sql, catalog);
  if ("AlterSeqStmt" in node) return alterSequence(node.AlterSeqStmt, sql, catalog);
  if ("VacuumStmt" in node) return maintain(node.VacuumStmt, sql, catalog);
  if ("AlterTableStmt" in node) return alterTable(node.AlterTableStmt, sql, catalog);
  return refuse(sql, undefined, "this definition");
}

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
