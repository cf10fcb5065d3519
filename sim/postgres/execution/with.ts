/**
 * WITH: queries by name, run at most once an execution of the query that carries them.
 *
 * A CTE is computed as far as somebody reads it. One that modifies data runs to its end even if nobody does, after the
 * main query, the last one first; all of them share the statement's snapshot. Not modelled: WITH RECURSIVE that refers
 * to itself. Sources: parse_cte.c, nodeCtescan.c, execMain.c (ExecPostprocessPlan).
 */
import type { Node, WithClause } from "libpg-query";
import { resolveOpen } from "../expressions/coerce.ts";
import { withoutFolding } from "../expressions/constant-folding.ts";
import { type Frame, once, type Row } from "../expressions/frame.ts";
import { type Cte, type Scope, withEffects } from "../expressions/scope.ts";
import { SqlError } from "../sql-error.ts";
import { stringOf } from "../syntax/nodes.ts";
import { refuse } from "../syntax/refuse.ts";
import { memoOf, replayMemo } from "./source.ts";

/** Analyses the WITH of a query and puts its parts into the scope; gives them back in their order. */
export function compileWith(clause: WithClause | undefined, scope: Scope): readonly Cte[] {
  const parts = clause?.ctes ?? [];
  return parts.map((node) => {
    if (!("CommonTableExpr" in node)) return refuse(scope.analysis.sql, clause?.location, "this WITH");
    const { ctename = "", ctequery, aliascolnames, location } = node.CommonTableExpr;
    if (ctequery === undefined) return refuse(scope.analysis.sql, location, "this WITH");
    if (scope.ctes.has(ctename)) throw new SqlError("42712", `WITH query name "${ctename}" specified more than once`);
    if (clause?.recursive === true && mentions(ctequery, ctename))
      refuse(scope.analysis.sql, location, "WITH RECURSIVE that refers to itself");
    const cte = compileCte(ctename, ctequery, (aliascolnames ?? []).map(stringOf), scope);
    scope.ctes.set(ctename, cte);
    return cte;
  });
}

function compileCte(name: string, node: Node, renamed: readonly string[], scope: Scope): Cte {
  const modifying = !("SelectStmt" in node);
  if (modifying && scope.parent !== null && scope.parent.isBody !== true) {
    throw new SqlError("0A000", "WITH clause containing a data-modifying statement must be at the top level");
  }
  const { result: query, hasEffects } = withEffects(scope.analysis, () =>
    withoutFolding(scope.analysis, !modifying, () => scope.analysis.statement(node, scope)),
  );
  query.coerceOutputs((output) => resolveOpen(scope.analysis, output));
  if (renamed.length > query.fields.length) {
    throw new SqlError(
      "42P10",
      `WITH query "${name}" has ${query.fields.length} columns available but ${renamed.length} columns specified`,
    );
  }
  const fields = query.fields.map((field, at) => ({ ...field, name: renamed[at] ?? field.name }));
  const key = {};
  return {
    name,
    modifying,
    hasEffects,
    returns: "SelectStmt" in node || fields.length > 0,
    fields,
    rows: (frame) => replayMemo(once(frame, key, () => memoOf(query.rows(frame.run, frame)))),
  };
}

function mentions(tree: unknown, name: string): boolean {
  if (Array.isArray(tree)) return tree.some((item) => mentions(item, name));
  if (typeof tree !== "object" || tree === null) return false;
  if ("RangeVar" in tree && typeof tree.RangeVar === "object" && tree.RangeVar !== null && "relname" in tree.RangeVar) {
    if (tree.RangeVar.relname === name) return true;
  }
  return Object.values(tree).some((item) => mentions(item, name));
}

/** The rows of the main query, and after them the rest of every CTE that modifies data. */
export function* withCtes(ctes: readonly Cte[], frame: Frame, rows: Iterable<Row>): Generator<Row> {
  yield* rows;
  for (const cte of [...ctes].reverse()) {
    if (!cte.modifying) continue;
    for (const _ of cte.rows(frame));
  }
}
