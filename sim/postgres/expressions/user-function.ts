/**
 * Calls of functions that were made by CREATE FUNCTION … LANGUAGE sql.
 *
 * Each statement of the body is analysed as a query inside of the call, with the parameters as the columns of a row around it,
 * and run for each call. In a STABLE or IMMUTABLE function it has the snapshot of the statement that calls it; in a VOLATILE one
 * it has one of its own and sees what has been done so far (`Access.nested`). Source: functions.c (fmgr_sql).
 */
import type { Node } from "libpg-query";
import type { FunctionDefinition } from "../catalog/catalog.ts";
import { SqlError } from "../sql-error.ts";
import { typeLabel } from "../values/type-names.ts";
import type { Value } from "../values/value.ts";
import { coerce, resolveOpen } from "./coerce.ts";
import type { ExpressionContext } from "./context.ts";
import { type Frame, newFrame, type Row, type Run } from "./frame.ts";
import { type Analysis, newScope, noteVolatile, type Query, type Scope } from "./scope.ts";
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
  const statements = compileBody(definition, analysis);
  analysis.effects.cost += 100;
  if (definition.volatile) noteVolatile(context.scope);
  return {
    type: definition.result,
    evaluate: (frame) =>
      call(
        definition,
        statements,
        given.map((value) => value?.evaluate(frame) ?? null),
        frame,
      ),
  };
}

interface Statement {
  readonly command: string;
  readonly query: Query;
  /** The tables of which it has a snapshot. */
  readonly reads: readonly string[];
}

/** Inside of the body `$1` and the parameters' names mean the arguments; what it locks, the caller locks. */
function compileBody(definition: FunctionDefinition, outer: Analysis): readonly Statement[] {
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
  return definition.statements.map((node, at) => {
    const known = analysis.relations.length;
    const query = outer.statement(node as Node, bodyScope(definition, analysis), analysis);
    const isResult = at === definition.statements.length - 1 && definition.result !== "void";
    query.coerceOutputs((output) =>
      isResult ? returned(output, definition, analysis) : resolveOpen(analysis, output),
    );
    const command = commandOf(node as Node);
    if (command !== "SELECT" && !definition.volatile) {
      throw new SqlError("0A000", `${command} is not allowed in a non-volatile function`);
    }
    const relations = analysis.relations.slice(known);
    const addsOnly = isInsertAlone(node as Node);
    const read = addsOnly ? relations.filter(({ mode }) => mode !== "row exclusive") : relations;
    return { command, query, reads: [...new Set(read.map(({ table }) => table))] };
  });
}

function bodyScope(definition: FunctionDefinition, analysis: Analysis): Scope {
  const scope: Scope = { ...newScope(analysis, null), isBody: true };
  scope.size = 1;
  scope.columns = definition.parameters.map(({ name, type }, column) => ({ name, type, item: 0, column }));
  scope.items.push({ name: definition.name, table: null, columns: scope.columns });
  return scope;
}

/** An INSERT looks at its own table by nothing but keys. */
function isInsertAlone(node: Node): boolean {
  return "InsertStmt" in node && node.InsertStmt.withClause === undefined;
}

function commandOf(node: Node): string {
  if ("InsertStmt" in node) return "INSERT";
  if ("UpdateStmt" in node) return "UPDATE";
  return "DeleteStmt" in node ? "DELETE" : "SELECT";
}

function returned(output: Typed, { result, name }: FunctionDefinition, analysis: Analysis): Typed {
  const coerced = coerce(analysis, output, result, "assignment");
  if (coerced !== null) return coerced;
  throw new SqlError("42P13", `return type mismatch in function "${name}" declared to return ${typeLabel(result)}`);
}

function call(
  definition: FunctionDefinition,
  statements: readonly Statement[],
  values: readonly Value[],
  frame: Frame,
): Value {
  const { access } = frame.run;
  let rows: readonly Row[] = [];
  for (const { command, query, reads } of statements) {
    if (command !== "SELECT") frame.run.touched.nested = true;
    rows = definition.volatile
      ? access.nested({ command, reads }, (inside) =>
          rowsOf(query, { ...frame.run, access: inside, touched: newTouched() }, values),
        )
      : rowsOf(query, frame.run, values);
  }
  return definition.result === "void" ? null : (rows[0]?.[0] ?? null);
}

function newTouched(): Run["touched"] {
  return { replaced: new Set(), made: new Set(), nested: false };
}

function rowsOf(query: Query, around: Run, values: readonly Value[]): readonly Row[] {
  const run: Run = { ...around, parameters: values };
  const outer = newFrame(run, null, 1);
  outer.rows.values[0] = values;
  return [...query.rows(run, outer)];
}
