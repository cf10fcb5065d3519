/**
 * Function calls: plain functions, aggregates, functions that return sets, and those that take any type.
 *
 *     now()                    one value
 *     count(*) FILTER (…)      one value a group: a slot that the query fills before the expression is evaluated
 *     generate_series(1, 3)    in a select list: a slot that the query fills once a row
 *
 * Sources: parse_func.c (ParseFuncOrColumn), parse_agg.c.
 */
import type { FuncCall, Node } from "libpg-query";
import { SqlError } from "../sql-error.ts";
import { lastName } from "../syntax/nodes.ts";
import { groupingKey } from "../values/compare.ts";
import { typeLabel } from "../values/type-names.ts";
import type { Value } from "../values/value.ts";
import { type Aggregate, aggregatesNamed, anyTypeAggregate, COUNT_ROWS, isAggregate } from "./aggregates.ts";
import { anyTypeFunction } from "./any-type-functions.ts";
import { coerce, coerceToBoolean, resolveOpen } from "./coerce.ts";
import { type ExpressionContext, type OrderKey, refuseHere } from "./context.ts";
import { functionsNamed, type SqlFunction } from "./functions.ts";
import { orderKey } from "./order.ts";
import { chooseCandidate } from "./resolve.ts";
import { noteVolatile, tracked } from "./scope.ts";
import { isSeries, type Series, seriesFor } from "./series.ts";
import type { Typed } from "./typed.ts";
import { userFunction } from "./user-function.ts";

const HINT = "see docs/postgres-semantics.md for the functions that are modelled";

export function compileCall(call: FuncCall, context: ExpressionContext): Typed {
  const name = lastName(call.funcname);
  if (isAggregate(name)) return compileAggregate(name, call, context);
  for (const [used, words] of [
    [call.agg_star, "*"],
    [call.agg_distinct, "DISTINCT"],
  ] as const) {
    if (used === true) throw new SqlError("42809", `${words} specified, but ${name} is not an aggregate function`);
  }
  if (call.agg_order !== undefined) {
    throw new SqlError("42809", `ORDER BY specified, but ${name} is not an aggregate function`);
  }
  if (call.agg_filter !== undefined) {
    throw new SqlError("42809", `FILTER specified, but ${name} is not an aggregate function`);
  }
  if (isSeries(name)) return compileSeries(call, context);
  const values = (call.args ?? []).map((node) => context.compile(node, context));
  return (
    anyTypeFunction(name, values, context) ??
    userFunction(name, values, context) ??
    compilePlain(name, values, context, call.location)
  );
}

function compilePlain(
  name: string,
  values: readonly Typed[],
  context: ExpressionContext,
  location: number | undefined,
): Typed {
  const candidates = functionsNamed(name);
  if (candidates.length === 0) refuseHere(context, location, `the function ${name}`, HINT);
  const chosen = choose(name, candidates, values);
  const { analysis } = context.scope;
  const coerced = values.map(
    (value, at) => coerce(analysis, value, chosen.parameters[at] ?? "text", "implicit") ?? value,
  );
  analysis.effects.cost += 1;
  if (chosen.volatile) noteVolatile(context.scope);
  const { call, strict } = chosen;
  return {
    type: chosen.result,
    evaluate: (frame) => {
      const given = coerced.map((value) => value.evaluate(frame));
      return strict && given.includes(null) ? null : call(given, frame);
    },
  };
}

function choose<T extends SqlFunction | Aggregate>(
  name: string,
  candidates: readonly T[],
  values: readonly Typed[],
): T {
  const types = values.map((value) => value.type);
  const exact = candidates.find(
    ({ parameters }) => parameters.length === types.length && parameters.every((type, at) => type === types[at]),
  );
  if (exact !== undefined) return exact;
  const choice = chooseCandidate(candidates, (candidate) => candidate.parameters, types);
  if (choice.kind === "found") return choice.candidate;
  const shown = `${name}(${types.map(typeLabel).join(", ")})`;
  if (choice.kind === "ambiguous") throw new SqlError("42725", `function ${shown} is not unique`);
  throw new SqlError("42883", `function ${shown} does not exist`);
}

function compileAggregate(name: string, call: FuncCall, context: ExpressionContext): Typed {
  const { aggregates, scope } = context;
  if (aggregates === null) throw misplacedAggregate(context.clause);
  const inside: ExpressionContext = {
    ...context,
    aggregates: null,
    series: null,
    grouped: null,
    clause: "an aggregate",
  };
  const before = new Set(scope.outerLevels);
  const { result: values, tracker } = tracked(scope, () =>
    (call.args ?? []).map((node) => context.compile(node, inside)),
  );
  if (tracker.reads.size === 0 && scope.outerLevels.size > before.size) {
    refuseHere(context, call.location, "an aggregate of an outer query's columns");
  }
  const filterNode = call.agg_filter;
  const filter =
    filterNode === undefined
      ? null
      : coerceToBoolean(scope.analysis, context.compile(filterNode, { ...inside, clause: "FILTER" }), "FILTER");
  const aggregate = resolveAggregate(name, call, values, context);
  const arguments_ = values.map(
    (value, at) => coerce(scope.analysis, value, aggregate.parameters[at] ?? "text", "implicit") ?? value,
  );
  const slot = aggregates.length;
  aggregates.push({
    arguments: arguments_,
    filter,
    order: aggregateOrder(call, inside),
    distinct: call.agg_distinct === true,
    result: aggregate.result,
    compute: call.agg_distinct === true ? distinctly(arguments_, aggregate) : aggregate.compute,
  });
  return { type: aggregate.result, evaluate: (frame) => frame.aggregates[slot] ?? null };
}

function aggregateOrder(call: FuncCall, context: ExpressionContext): readonly OrderKey[] {
  const nodes = call.agg_order ?? [];
  if (nodes.length > 0 && call.agg_distinct === true)
    refuseHere(context, call.location, "DISTINCT with ORDER BY inside an aggregate");
  return nodes.flatMap((node) => {
    if (!("SortBy" in node) || node.SortBy.node === undefined) return [];
    return [orderKey(resolveOpen(context.scope.analysis, context.compile(node.SortBy.node, context)), node.SortBy)];
  });
}

function resolveAggregate(
  name: string,
  call: FuncCall,
  values: readonly Typed[],
  context: ExpressionContext,
): Aggregate {
  if (call.agg_star === true) {
    if (name === "count") return COUNT_ROWS;
    throw new SqlError("42883", `function ${name}() does not exist`);
  }
  const [first] = values;
  if (first !== undefined && values.length === 1) {
    const typed = resolveOpen(context.scope.analysis, first);
    const any = anyTypeAggregate(name, typed.type);
    if (any !== null) return any;
  }
  if (name === "count" && values.length === 0) {
    throw new SqlError("42809", "count(*) must be used to call a parameterless aggregate function");
  }
  return choose(name, aggregatesNamed(name), values);
}

function distinctly(values: readonly Typed[], aggregate: Aggregate): (rows: readonly (readonly Value[])[]) => Value {
  return (rows) => {
    const seen = new Map<string, readonly Value[]>();
    for (const row of rows) {
      const key = row.map((value, at) => groupingKey(values[at]?.type ?? "text", value)).join("\u0001");
      if (!seen.has(key)) seen.set(key, row);
    }
    return aggregate.compute([...seen.values()]);
  };
}

function misplacedAggregate(clause: string): SqlError {
  if (clause === "an aggregate") return new SqlError("42803", "aggregate function calls cannot be nested");
  return new SqlError("42803", `aggregate functions are not allowed in ${clause}`);
}

/** A set-returning function in a select list becomes a slot. */
function compileSeries(call: FuncCall, context: ExpressionContext): Typed {
  const { series } = context;
  if (series === null) throw new SqlError("0A000", `set-returning functions are not allowed in ${context.clause}`);
  const compiled = seriesCall(call, { ...context, series: null, clause: "a set-returning function" });
  const slot = series.length;
  series.push({ values: compiled.values });
  return { type: compiled.type, evaluate: (frame) => frame.series[slot] ?? null };
}

/** A set-returning function with its arguments, as FROM and select lists use it. */
export function seriesCall(call: FuncCall, context: ExpressionContext): Series {
  const name = lastName(call.funcname);
  const values = (call.args ?? []).map((node: Node) => context.compile(node, context));
  context.scope.analysis.effects.cost += 1;
  return seriesFor(name, values, context);
}
