/**
 * Calls of functions that were made by CREATE FUNCTION … LANGUAGE sql.
 *
 * The body is analysed as a query inside of the call, with the parameters as the columns of a row around it, and run for
 * each call. Its statement has the snapshot of the statement that calls it: that is what PostgreSQL does for STABLE and
 * IMMUTABLE functions, and above READ COMMITTED for all. A VOLATILE one at READ COMMITTED would need a snapshot of its own,
 * so a call of it is refused there. Source: functions.c (fmgr_sql).
 */
import type { Node } from "libpg-query";
import { UsageError } from "../../usage-error.ts";
import type { FunctionDefinition } from "../catalog/catalog.ts";
import { SqlError } from "../sql-error.ts";
import { typeLabel } from "../values/type-names.ts";
import type { Value } from "../values/value.ts";
import { coerce, resolveOpen } from "./coerce.ts";
import type { ExpressionContext } from "./context.ts";
import { type Frame, newFrame, type Run } from "./frame.ts";
import { type Analysis, newScope, noteVolatile, type Query } from "./scope.ts";
import type { Typed } from "./typed.ts";

/** The call as an expression, or null where there is no such function. */
export function userFunction(name: string, values: readonly Typed[], context: ExpressionContext): Typed | null {
  const { analysis } = context.scope;
  const definition = analysis.catalog.functions?.[name];
  if (definition === undefined) return null;
  const given = values.map((value, at) => coerce(analysis, value, definition.parameters[at]?.type ?? "", "implicit"));
  if (given.length !== definition.parameters.length || given.includes(null)) {
    throw new SqlError(
      "42883",
      `function ${name}(${values.map(({ type }) => typeLabel(type)).join(", ")}) does not exist`,
    );
  }
  const query = compileBody(definition, analysis);
  analysis.effects.cost += 100;
  if (definition.volatile) noteVolatile(context.scope);
  return {
    type: definition.result,
    evaluate: (frame) =>
      call(
        definition,
        query,
        given.map((value) => value?.evaluate(frame) ?? null),
        frame,
      ),
  };
}

/** Inside of the body `$1` and the parameters' names mean the arguments; what it locks, the caller locks. */
function compileBody(definition: FunctionDefinition, outer: Analysis): Query {
  const analysis: Analysis = {
    ...outer,
    sql: definition.body,
    parameters: definition.parameters.map(({ type }) => type),
    subselect: (node, parent) => {
      const query = outer.statement({ SelectStmt: node }, parent, analysis);
      query.coerceOutputs((output) => resolveOpen(analysis, output));
      return query;
    },
    statement: (node, parent) => outer.statement(node, parent, analysis),
  };
  const scope = newScope(analysis, null);
  scope.size = 1;
  scope.columns = definition.parameters.map(({ name, type }, column) => ({ name, type, item: 0, column }));
  scope.items.push({ name: definition.name, table: null, columns: scope.columns });
  const query = outer.statement(definition.statement as Node, scope, analysis);
  const { result } = definition;
  query.coerceOutputs((output) =>
    result === "void" ? resolveOpen(analysis, output) : returned(output, definition, analysis),
  );
  return query;
}

function returned(output: Typed, { result, name }: FunctionDefinition, analysis: Analysis): Typed {
  const coerced = coerce(analysis, output, result, "assignment");
  if (coerced !== null) return coerced;
  throw new SqlError("42P13", `return type mismatch in function "${name}" declared to return ${typeLabel(result)}`);
}

function call(definition: FunctionDefinition, query: Query, values: readonly Value[], frame: Frame): Value {
  if (definition.volatile && frame.run.access.setting("transaction_isolation") === "read committed") {
    throw new UsageError(
      "sql-not-supported",
      `the volatile SQL function ${definition.name} at READ COMMITTED is not modelled`,
      "declare it STABLE, or run the transaction at REPEATABLE READ or SERIALIZABLE",
    );
  }
  const run: Run = { ...frame.run, parameters: values };
  const outer = newFrame(run, null, 1);
  outer.rows.values[0] = values;
  const rows = [...query.rows(run, outer)];
  return definition.result === "void" ? null : (rows[0]?.[0] ?? null);
}
