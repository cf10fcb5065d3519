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
import type { TypeName } from "../catalog/catalog.ts";
import { isKnownCast, knownFunctions, knownType } from "../known/known.ts";
import { SqlError } from "../sql-error.ts";
import { lastName, stringOf } from "../syntax/nodes.ts";
import { groupingKey } from "../values/compare.ts";
import { jsonbValue } from "../values/json.ts";
import { isKnownType, typeCategory, typeLabel } from "../values/type-names.ts";
import type { Value } from "../values/value.ts";
import { type Aggregate, aggregatesNamed, anyTypeAggregate, COUNT_ROWS, isAggregate } from "./aggregates.ts";
import { anyTypeFunction, jsonIn } from "./any-type-functions.ts";
import { coerce, coerceToBoolean, resolveOpen } from "./coerce.ts";
import { folded } from "./constant-folding.ts";
import { type ExpressionContext, type OrderKey, refuseHere } from "./context.ts";
import type { SqlFunction } from "./function-table.ts";
import { functionsNamed } from "./functions.ts";
import { isCalledExactly, knownCall } from "./known-call.ts";
import { compareKeys, orderKey } from "./order.ts";
import { noteVolatile, type Scope, tracked } from "./scope.ts";
import { isSeries, type Series, seriesFor } from "./series.ts";
import type { Typed } from "./typed.ts";
import { userFunction } from "./user-function.ts";

const HINT = "docs/postgres-semantics.md lists the functions that are modelled";

export function compileCall(call: FuncCall, context: ExpressionContext): Typed {
  const name = lastName(call.funcname);
  if (isAggregate(name)) return compileAggregate(name, call, context);
  const own = context.scope.analysis.catalog.functions?.[name] !== undefined;
  const [known] = own ? [] : knownFunctions(name);
  if (known !== undefined && known.kind !== "function") {
    refuseHere(context, call.location, `the ${known.kind} ${name}`, HINT);
  }
  refuseAggregateWords(name, call);
  if (isSeries(name)) return compileSeries(call, context);
  const values = (call.args ?? []).map((node) => context.compile(node, context));
  return userFunction(name, values, context) ?? compileKnown(call, values, context);
}

/** What only an aggregate may say. */
function refuseAggregateWords(name: string, call: FuncCall): void {
  for (const [used, words] of [
    [call.agg_star === true, "*"],
    [call.agg_distinct === true, "DISTINCT"],
    [call.agg_order !== undefined, "ORDER BY"],
    [call.agg_filter !== undefined, "FILTER"],
  ] as const) {
    if (used) throw new SqlError("42809", `${words} specified, but ${name} is not an aggregate function`);
  }
}

/** A function of PostgreSQL's own: which one is asked of all that it has, and then whether that one is modelled. */
function compileKnown(call: FuncCall, values: readonly Typed[], context: ExpressionContext): Typed {
  const name = lastName(call.funcname);
  const types = values.map(({ type }) => type);
  const cast = isCalledExactly(name, types) ? null : namedAsType(call, values, context);
  if (cast !== null) return cast;
  const found = knownCall(name, types);
  if (found.kind !== "found") return failedCall(call, values, found.kind);
  checkPolymorphic(found.candidate.parameters, types);
  const any = anyTypeFunction(name, values, context);
  if (any !== null) return any;
  const parameters = found.candidate.parameters;
  const modelled = functionsNamed(name).find((candidate) => takes(candidate.parameters, parameters));
  return modelled === undefined ? unmodelledCall(call, parameters, context) : compilePlain(modelled, values, context);
}

/** Names of objects are texts here. */
const STAND_INS: Readonly<Record<TypeName, TypeName>> = { regclass: "text", any: "text" };

function takes(modelled: readonly TypeName[], parameters: readonly TypeName[]): boolean {
  return (
    modelled.length === parameters.length && parameters.every((type, at) => (STAND_INS[type] ?? type) === modelled[at])
  );
}

function unmodelledCall(call: FuncCall, parameters: readonly TypeName[], context: ExpressionContext): never {
  const name = lastName(call.funcname);
  const signature = (types: readonly TypeName[]): string => `${name}(${types.map(typeLabel).join(", ")})`;
  const modelled = functionsNamed(name).map((each) => signature(each.parameters));
  const shown = modelled.length === 0 ? name : signature(parameters);
  const hint = modelled.length === 0 ? HINT : `modelled: ${modelled.join(", ")}`;
  return refuseHere(context, call.location, `the function ${shown}`, hint);
}

function failedCall(call: FuncCall, values: readonly Typed[], kind: "none" | "ambiguous"): never {
  const name = (call.funcname ?? []).map(stringOf).join(".");
  const shown = `${name}(${values.map(({ type }) => typeLabel(type)).join(", ")})`;
  if (kind === "ambiguous") throw new SqlError("42725", `function ${shown} is not unique`);
  throw new SqlError("42883", `function ${shown} does not exist`);
}

/**
 * `date('2024-02-29')`: the name of a type with one argument is a cast, where the argument is open or the cast goes through
 * the text form.
 */
function namedAsType(call: FuncCall, values: readonly Typed[], context: ExpressionContext): Typed | null {
  const name = lastName(call.funcname);
  const [value] = values;
  if (value === undefined || values.length !== 1 || knownType(name) === null) return null;
  const throughText = typeCategory(name) === "S" || typeCategory(value.type) === "S";
  if (value.untyped === undefined && (!throughText || isKnownCast(value.type, name))) return null;
  if (!isKnownType(name)) return refuseHere(context, call.location, `the type ${name}`, HINT);
  return coerce(context.scope.analysis, value, name, "explicit");
}

/** Polymorphic parameters need one argument at least whose type is known. */
function checkPolymorphic(parameters: readonly TypeName[], types: readonly TypeName[]): void {
  const polymorphic = parameters.flatMap((type, at) => (OF_ONE_TYPE.includes(type) ? [types[at]] : []));
  if (polymorphic.length > 0 && polymorphic.every((type) => type === "unknown")) {
    throw new SqlError("42804", "could not determine polymorphic type because input has type unknown");
  }
}

const OF_ONE_TYPE: readonly TypeName[] = ["anyelement", "anyarray", "anynonarray", "anyenum"];

function compilePlain(chosen: SqlFunction, values: readonly Typed[], context: ExpressionContext): Typed {
  const { analysis } = context.scope;
  const coerced = values.map(
    (value, at) => coerce(analysis, value, chosen.parameters[at] ?? "text", "implicit") ?? value,
  );
  analysis.effects.cost += 1;
  if (chosen.volatile) noteVolatile(context.scope);
  const { call, strict, immutable } = chosen;
  const typed: Typed = {
    type: chosen.result,
    evaluate: (frame) => {
      const given = coerced.map((value) => value.evaluate(frame));
      return strict && given.includes(null) ? null : call(given, frame);
    },
  };
  if (immutable === null) return typed;
  return folded(analysis, typed, coerced, (given) => (strict && given.includes(null) ? null : immutable(given)));
}

function compileAggregate(name: string, call: FuncCall, context: ExpressionContext): Typed {
  const { aggregates, scope } = context;
  const inside: ExpressionContext = {
    ...context,
    aggregates: null,
    series: null,
    grouped: null,
    clause: "an aggregate",
  };
  const before = [...scope.outerLevels];
  scope.outerLevels.clear();
  const { result: values, tracker } = tracked(scope, () =>
    (call.args ?? []).map((node) => (name === "count" ? wholeRow(node, scope) : null) ?? context.compile(node, inside)),
  );
  const looksOut = scope.outerLevels.size > 0;
  for (const level of before) scope.outerLevels.add(level);
  if (tracker.reads.size === 0 && looksOut) {
    refuseHere(context, call.location, "an aggregate of an outer query's columns");
  }
  const filterNode = call.agg_filter;
  const filter =
    filterNode === undefined
      ? null
      : coerceToBoolean(scope.analysis, context.compile(filterNode, { ...inside, clause: "FILTER" }), "FILTER");
  const aggregate = resolveAggregate(name, call, values, context);
  // Its arguments are analysed, and it is found, before its place is looked at.
  if (aggregates === null) throw misplacedAggregate(context.clause);
  const arguments_ =
    name === "jsonb_agg"
      ? values.map(asJson)
      : values.map(
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

function asJson(typed: Typed): Typed {
  return { type: "jsonb", evaluate: (frame) => jsonbValue(jsonIn(frame, typed)) };
}

/** `t.*` as what count() counts: NULL where an outer join has found no row. Null where the node is something else. */
function wholeRow(node: Node, scope: Scope): Typed | null {
  const [table, star, more] = "ColumnRef" in node ? (node.ColumnRef.fields ?? []) : [];
  if (star === undefined || !("A_Star" in star) || more !== undefined) return null;
  const at = scope.items.findIndex((item) => item.name === stringOf(table));
  const item = scope.items[at]?.columns[0]?.item;
  if (item === undefined) return null;
  scope.tracker.reads.add(item);
  return { type: "bool", evaluate: (frame) => (frame.rows.values[item] === null ? null : true) };
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
  if (name === "count" && values.length === 0) {
    throw new SqlError("42809", "count(*) must be used to call a parameterless aggregate function");
  }
  const found = knownCall(
    name,
    values.map(({ type }) => type),
  );
  if (found.kind !== "found") return failedCall(call, values, found.kind);
  const { parameters } = found.candidate;
  checkPolymorphic(
    parameters,
    values.map(({ type }) => type),
  );
  const [first] = values;
  const any = first === undefined ? null : anyTypeAggregate(name, resolveOpen(context.scope.analysis, first).type);
  const modelled = any ?? aggregatesNamed(name).find((candidate) => takes(candidate.parameters, parameters));
  if (modelled !== undefined) return modelled;
  const shown = `${name}(${parameters.map(typeLabel).join(", ")})`;
  return refuseHere(context, call.location, `the aggregate ${shown}`, HINT);
}

/** The distinct rows in the order of their values, as the sort that finds them leaves them. */
function distinctly(values: readonly Typed[], aggregate: Aggregate): (rows: readonly (readonly Value[])[]) => Value {
  return (rows) => {
    const seen = new Map<string, readonly Value[]>();
    for (const row of rows) {
      const key = row.map((value, at) => groupingKey(values[at]?.type ?? "text", value)).join("\u0001");
      if (!seen.has(key)) seen.set(key, row);
    }
    const distinct = [...seen.values()];
    if (!aggregate.ordered) return aggregate.compute(distinct);
    const keys = values.map((typed) => ({ typed, descending: false, nullsFirst: false }));
    return aggregate.compute(distinct.sort((a, b) => compareKeys(keys, a, b)));
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
  const found = knownCall(
    name,
    values.map(({ type }) => type),
  );
  if (found.kind !== "found") return failedCall(call, values, found.kind);
  return seriesFor(name, values, context) ?? unmodelledCall(call, found.candidate.parameters, context);
}
