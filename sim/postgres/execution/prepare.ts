/**
 * From a parsed query to one that is ready to run: names and types are settled here, with PostgreSQL's errors.
 *
 *     prepare("SELECT v FROM t WHERE id = $1")  ->  fields [v integer], relations [t access share], readOnly, run
 *
 * A prepared statement depends on the catalog that it was prepared against, and on nothing else: it keeps no state
 * between runs. Running it calls `Access` for everything that it does.
 */
import type { Node } from "libpg-query";
import type { Cell } from "../../../model/protocol.ts";
import type { Catalog, TypeName } from "../catalog/catalog.ts";
import { resolveOpen } from "../expressions/coerce.ts";
import type { Row } from "../expressions/frame.ts";
import type { Analysis, Query, Scope } from "../expressions/scope.ts";
import type { ParsedStatement } from "../grammar.ts";
import { SqlError } from "../sql-error.ts";
import { refuse } from "../syntax/refuse.ts";
import { fromCell } from "../values/wire.ts";
import type { Access } from "./access.ts";
import { compileDelete, compileUpdate } from "./change.ts";
import { compileInsert } from "./insert.ts";
import type { Prepared, Result } from "./prepared.ts";
import { readsBeforeLock } from "./reads-before-lock.ts";
import { newRun } from "./row-expressions.ts";
import { compileSelect } from "./select.ts";

/** An error of the analysis. It comes behind the waits for the tables that were looked up before: they are locked then. */
export class AnalysisError extends SqlError {
  readonly relations: Prepared["relations"];
  constructor({ sqlstate, message, detail }: SqlError, relations: Prepared["relations"]) {
    super(sqlstate, message, detail);
    this.relations = relations;
  }
}

/** Analyses a statement of the kind `query`. Raises AnalysisError as PostgreSQL's analysis does, UsageError for what is not modelled. */
export function prepare(statement: ParsedStatement, catalog: Catalog): Prepared {
  const analysis: Analysis = {
    sql: statement.sql,
    catalog,
    parameters: [...(statement.parameters ?? [])],
    relations: [],
    effects: { any: false, cost: 0 },
    complaints: [],
    subselect: (node, parent) => {
      const query = compileSelect(node, analysis, parent);
      query.coerceOutputs((output) => resolveOpen(analysis, output));
      return query;
    },
    statement: (node, parent, inner = analysis) => compileStatement(node, inner, parent),
  };
  try {
    return analyse(statement, analysis);
  } catch (error) {
    throw error instanceof SqlError ? new AnalysisError(error, distinctRelations(analysis)) : error;
  }
}

function analyse(statement: ParsedStatement, analysis: Analysis): Prepared {
  const node = statement.node as Node;
  const query = compileStatement(node, analysis, null);
  query.coerceOutputs((output) => resolveOpen(analysis, output));
  const { fields } = query;
  const parameters = analysis.parameters.map((type, at) => knownType(type, at));
  const relations = distinctRelations(analysis);
  return {
    command: commandOf(node),
    parameters: parameters.length,
    fields,
    relations,
    complaint: analysis.complaints[0]?.error ?? null,
    readOnly: !analysis.effects.any,
    reads: "InsertStmt" in node ? relations.some(({ mode }) => mode !== "row exclusive") : relations.length > 0,
    readsBeforeLock: readsBeforeLock(node, analysis.catalog),
    run: (access, cells) => run(query, access, readParameters(parameters, cells, access)),
  };
}

function compileStatement(node: Node, analysis: Analysis, parent: Scope | null): Query {
  if ("SelectStmt" in node) return compileSelect(node.SelectStmt, analysis, parent);
  if ("InsertStmt" in node) return compileInsert(node.InsertStmt, analysis, parent);
  if ("UpdateStmt" in node) return compileUpdate(node.UpdateStmt, analysis, parent);
  if ("DeleteStmt" in node) return compileDelete(node.DeleteStmt, analysis, parent);
  return refuse(analysis.sql, undefined, "this statement");
}

function commandOf(node: Node): string {
  if ("InsertStmt" in node) return "INSERT";
  if ("UpdateStmt" in node) return "UPDATE";
  return "DeleteStmt" in node ? "DELETE" : "SELECT";
}

function knownType(type: TypeName | null, at: number): TypeName {
  if (type === null) throw new SqlError("42P18", `could not determine data type of parameter $${at + 1}`);
  return type;
}

function distinctRelations({ relations }: Analysis): Prepared["relations"] {
  const seen = new Set<string>();
  return relations.filter(({ table, mode }) => {
    const key = `${mode} ${table}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function readParameters(types: readonly TypeName[], cells: readonly Cell[], access: Access): Row {
  // Without values node-postgres sends a simple query, which has no parameters at all.
  if (cells.length === 0 && types.length > 0) throw new SqlError("42P02", "there is no parameter $1");
  if (cells.length !== types.length) {
    throw new SqlError(
      "08P01",
      `bind message supplies ${cells.length} parameters, but prepared statement "" requires ${types.length}`,
    );
  }
  return types.map((type, at) => fromCell(type, cells[at] ?? null, () => access.clock("transaction")));
}

function run(query: Query, access: Access, parameters: Row): Result {
  const rows = [...query.rows(newRun(access, parameters), null)];
  return { rows: query.fields.length === 0 ? [] : rows, rowCount: rows.length };
}
