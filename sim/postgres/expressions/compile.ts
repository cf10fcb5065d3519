/**
 * An expression's node to an analysed expression: the one place that knows every kind of node.
 *
 *     { A_Expr: { name: "+", lexpr: v, rexpr: 1 } }   ->   { type: "int4", evaluate: (frame) => … }
 *
 * Operators, calls, sub-selects and conditions have files of their own; they analyse their parts through
 * `context.compile`, which is this function. Source: parse_expr.c (transformExprRecurse).
 */
import type { CaseExpr, ColumnRef, Node, SQLValueFunction, TypeCast } from "libpg-query";
import { isKnownCast, isKnownCatalog } from "../known/known.ts";
import { SqlError } from "../sql-error.ts";
import { lastName, locationOf, stringOf } from "../syntax/nodes.ts";
import { compareValues } from "../values/compare.ts";
import { localTime } from "../values/time-style.ts";
import { dateOf } from "../values/timestamp.ts";
import { arrayType, elementType, isKnownType, typeLabel } from "../values/type-names.ts";
import type { Value } from "../values/value.ts";
import { applyOperator } from "./apply-operator.ts";
import { compileCall } from "./call.ts";
import { applyModifier, coerce, coerceToBoolean, coerceToCommon, commonType, resolveOpen } from "./coerce.ts";
import { compileBooleanExpression, compileOperatorExpression } from "./conditions.ts";
import { folded, foldedStrictly, isKnownNotNull, knownValue, withoutFolding } from "./constant-folding.ts";
import { compileConstant } from "./constants.ts";
import { type ExpressionContext, refuseHere } from "./context.ts";
import { type Frame, frameAt } from "./frame.ts";
import { itemInSight, missingItem, resolveColumn, type Scope } from "./scope.ts";
import { compileSubLink } from "./subselect.ts";
import { typeReference } from "./type-reference.ts";
import type { Typed } from "./typed.ts";
import { styleOf } from "./zoned-casts.ts";

/** A context for expressions of a clause where neither aggregates nor sets are allowed. */
export function plainContext(scope: Scope, clause: string): ExpressionContext {
  return { scope, clause, aggregates: null, series: null, grouped: null, compile };
}

export function compile(node: Node, context: ExpressionContext): Typed {
  if (context.grouped?.isKey(node, context.scope) === true) return compile(node, { ...context, grouped: null });
  if ("ColumnRef" in node) return compileColumn(node.ColumnRef, context);
  if ("A_Const" in node) return compileConstant(node.A_Const);
  if ("ParamRef" in node) return compileParameter(node.ParamRef.number ?? 0, context);
  if ("A_Expr" in node) return compileOperatorExpression(node.A_Expr, context);
  if ("BoolExpr" in node) return compileBooleanExpression(node.BoolExpr, context);
  if ("FuncCall" in node) return compileCall(node.FuncCall, context);
  if ("TypeCast" in node) return compileCast(node.TypeCast, context);
  if ("SubLink" in node) return compileSubLink(node.SubLink, context);
  if ("CaseExpr" in node) return compileCase(node.CaseExpr, context);
  return compileRare(node, context);
}

function compileRare(node: Node, context: ExpressionContext): Typed {
  if ("NullTest" in node) {
    const { arg, nulltesttype } = node.NullTest;
    return compileNullTest(required(arg, context), nulltesttype === "IS_NULL", context);
  }
  if ("BooleanTest" in node) {
    const { arg, booltesttype = "IS_TRUE" } = node.BooleanTest;
    return compileBooleanTest(required(arg, context), booltesttype, context);
  }
  if ("CoalesceExpr" in node) return compileCoalesce(node.CoalesceExpr.args ?? [], context);
  if ("MinMaxExpr" in node) {
    return compileExtreme(node.MinMaxExpr.args ?? [], node.MinMaxExpr.op === "IS_GREATEST", context);
  }
  if ("RowExpr" in node) return rowOf((node.RowExpr.args ?? []).map((part) => context.compile(part, context)));
  if ("A_ArrayExpr" in node) return compileArray(node.A_ArrayExpr.elements ?? [], context);
  if ("A_Indirection" in node) return compileSubscript(node.A_Indirection, context);
  if ("SQLValueFunction" in node) return compileValueFunction(node.SQLValueFunction, context);
  if ("SetToDefault" in node) throw new SqlError("42601", "DEFAULT is not allowed in this context");
  return refuseHere(context, locationOf(node), "this expression");
}

function required(node: Node | undefined, context: ExpressionContext): Node {
  return node ?? refuseHere(context, undefined, "an expression without an operand");
}

function compileColumn(reference: ColumnRef, context: ExpressionContext): Typed {
  const parts = reference.fields ?? [];
  const names = parts.map(stringOf);
  if (parts.some((part) => "A_Star" in part)) {
    const table = names.at(-2) ?? "";
    if (!hasItem(context.scope, table)) throw missingItem(context.scope, table);
    refuseHere(context, reference.location, `the whole row ${table} as a value`);
  }
  const bare = names.length === 3 && names[0] === "public" ? names.slice(1) : names;
  const name = bare.at(-1) ?? "";
  const qualifier = bare.length === 2 ? (bare[0] ?? "") : null;
  if (bare.length > 2) refuseHere(context, reference.location, "a column name of more than two parts");
  refuseSystemNames(context, name, qualifier, reference.location);
  if (name === "ctid") return compileAddress(context, qualifier, reference.location);
  const { levels, column } = resolveColumn(context.scope, qualifier, name);
  checkGrouped(context, levels, column);
  if (column.unmodelled === true) refuseHere(context, reference.location, `the column ${name} of a sequence`);
  const { item, column: position, type } = column;
  if (levels === 0) return { type, evaluate: (frame) => frame.rows.values[item]?.[position] ?? null };
  return { type, evaluate: (frame) => frameAt(frame, levels).rows.values[item]?.[position] ?? null };
}

/** `ctid`: where the row's version stands on the page, in servers that count that. */
function compileAddress(context: ExpressionContext, qualifier: string | null, location: number | undefined): Typed {
  const { scope, grouped } = context;
  const tables = scope.items.flatMap(({ name, table }, item) =>
    table !== null && (qualifier === null || name === qualifier) ? [item] : [],
  );
  const [item] = tables;
  if (item === undefined || tables.length > 1 || grouped !== null) {
    return refuseHere(context, location, "the system column ctid here");
  }
  scope.tracker.reads.add(item);
  return {
    type: "tid",
    evaluate: (frame) => {
      const row = frame.rows.heaps[item];
      if (row === null || row === undefined) return null;
      return row.address === undefined ? refuseHere(context, location, "the system column ctid") : `(0,${row.address})`;
    },
  };
}

function hasItem(scope: Scope, name: string): boolean {
  for (let level: Scope | null = scope; level !== null; level = level.parent) {
    if (itemInSight(level, name) !== null) return true;
  }
  return false;
}

const SYSTEM_COLUMNS = ["xmin", "xmax", "cmin", "cmax", "tableoid"];

function refuseSystemNames(
  context: ExpressionContext,
  name: string,
  qualifier: string | null,
  location: number | undefined,
): void {
  if (SYSTEM_COLUMNS.includes(name)) refuseHere(context, location, `the system column ${name}`);
  if (qualifier !== null) return;
  for (let level: Scope | null = context.scope; level !== null; level = level.parent) {
    if (level.columns.some((column) => column.name === name)) return;
    if (itemInSight(level, name) !== null) refuseHere(context, location, `the whole row ${name} as a value`);
  }
}

/** In a grouped query a bare column must be grouped by, or belong to a table whose primary key is. */
function checkGrouped(
  context: ExpressionContext,
  levels: number,
  column: { readonly name: string; readonly item: number; readonly column: number },
): void {
  const { grouped } = context;
  if (grouped === null) return;
  let scope: Scope | null = context.scope;
  for (let up = 0; up < levels && scope !== null; up++) scope = scope.parent;
  if (scope !== grouped.scope || grouped.isColumnAllowed(column.item, column.column)) return;
  const table = scope.items[column.item]?.name ?? "";
  if (levels > 0)
    throw new SqlError("42803", `subquery uses ungrouped column "${table}.${column.name}" from outer query`);
  throw new SqlError(
    "42803",
    `column "${table}.${column.name}" must appear in the GROUP BY clause or be used in an aggregate function`,
  );
}

function compileParameter(number: number, context: ExpressionContext): Typed {
  if (number < 1) throw new SqlError("42P02", `there is no parameter $${number}`);
  const { parameters } = context.scope.analysis;
  while (parameters.length < number) parameters.push(null);
  const known = parameters[number - 1] ?? null;
  const evaluate = (frame: Frame): Value => frame.run.parameters[number - 1] ?? null;
  if (known !== null) return { type: known, evaluate };
  return { type: "unknown", evaluate, untyped: { kind: "parameter", number } };
}

function compileCast(cast: TypeCast, context: ExpressionContext): Typed {
  const { type, modifier } = typeReference(context.scope.analysis.sql, cast.typeName);
  const inner = cast.arg;
  const node = required(inner, context);
  const typed =
    "A_ArrayExpr" in node && elementType(type) !== null
      ? compileArray(node.A_ArrayExpr.elements ?? [], context, elementType(type) ?? undefined)
      : context.compile(node, context);
  if (lastName(cast.typeName?.names) === "regclass") checkRelation(typed, cast, context);
  const coerced = coerce(context.scope.analysis, typed, type, "explicit");
  if (coerced === null && isKnownCast(typed.type, type)) {
    refuseHere(context, cast.location, `the cast of ${typeLabel(typed.type)} to ${typeLabel(type)}`);
  }
  if (coerced === null) throw new SqlError("42846", `cannot cast type ${typeLabel(typed.type)} to ${typeLabel(type)}`);
  if (modifier.length === 0) return coerced;
  const modified: Typed = {
    type,
    evaluate: (frame) => applyModifier(type, modifier, coerced.evaluate(frame), true),
  };
  return foldedStrictly(context.scope.analysis, modified, [coerced], ([value = null]) =>
    applyModifier(type, modifier, value, true),
  );
}

/** `'t'::regclass` is taken as the name; nothing else becomes one. */
function checkRelation(typed: Typed, cast: TypeCast, context: ExpressionContext): void {
  const { untyped } = typed;
  if (untyped === undefined) refuseHere(context, cast.location, "the cast of an expression to regclass");
  if (untyped.kind !== "literal" || untyped.text === null) return;
  const bare = untyped.text.replace(/^public\./, "");
  const name = bare.startsWith('"') ? bare.replaceAll('"', "") : bare.trim().toLowerCase();
  const { tables, sequences } = context.scope.analysis.catalog;
  const isThere = [tables, sequences].some((objects) => Object.hasOwn(objects, name));
  const isIndex = Object.values(tables).some(({ indexes }) => indexes.some((index) => index.name === name));
  if (isThere || isIndex) return;
  if (isKnownCatalog(name) || /^\d+$|\./.test(name)) refuseHere(context, cast.location, `${untyped.text}::regclass`);
  throw new SqlError("42P01", `relation "${name}" does not exist`);
}

function compileCase(expression: CaseExpr, context: ExpressionContext): Typed {
  const { analysis } = context.scope;
  const subject = expression.arg === undefined ? null : resolveOpen(analysis, context.compile(expression.arg, context));
  let isDecided = false;
  const branches = (expression.args ?? []).map((branch) => {
    const when = "CaseWhen" in branch ? branch.CaseWhen : {};
    const test = withoutFolding(analysis, isDecided, () => compileWhen(required(when.expr, context), subject, context));
    const found = knownValue(test);
    const isDropped = isDecided || found === false || found === null;
    isDecided ||= found === true;
    const compileResult = (): Typed => context.compile(required(when.result, context), context);
    return { test, result: withoutFolding(analysis, isDropped, compileResult) };
  });
  const { defresult } = expression;
  const otherwise =
    defresult === undefined
      ? NULL_LITERAL
      : withoutFolding(analysis, isDecided, () => context.compile(defresult, context));
  const results = [otherwise, ...branches.map((branch) => branch.result)];
  const type = commonType(
    results.map((result) => result.type),
    "CASE",
  );
  const fallback = coerceToCommon(analysis, otherwise, type, "CASE/ELSE");
  const cases = branches.map(({ test, result }) => ({
    test,
    result: coerceToCommon(analysis, result, type, "CASE/WHEN"),
  }));
  return {
    type,
    evaluate: (frame) => {
      const found = cases.find(({ test }) => test.evaluate(frame) === true);
      return (found?.result ?? fallback).evaluate(frame);
    },
  };
}

function compileWhen(node: Node, subject: Typed | null, context: ExpressionContext): Typed {
  const condition = context.compile(node, context);
  return subject === null
    ? coerceToBoolean(context.scope.analysis, condition, "CASE/WHEN")
    : applyOperator(context, "=", { left: subject, right: condition }, locationOf(node));
}

const NULL_LITERAL: Typed = { type: "unknown", evaluate: () => null, untyped: { kind: "literal", text: null } };

function compileNullTest(node: Node, isNull: boolean, context: ExpressionContext): Typed {
  const typed = context.compile(node, context);
  if (typed.fields !== undefined) {
    const parts = typed.fields;
    return { type: "bool", evaluate: (frame) => parts.every((part) => (part.evaluate(frame) === null) === isNull) };
  }
  const value = resolveOpen(context.scope.analysis, typed);
  const test: Typed = { type: "bool", evaluate: (frame) => (value.evaluate(frame) === null) === isNull };
  return folded(context.scope.analysis, test, [value], ([known]) => (known === null) === isNull);
}

function compileBooleanTest(node: Node, test: string, context: ExpressionContext): Typed {
  const words = test.replaceAll("_", " ");
  const value = coerceToBoolean(context.scope.analysis, context.compile(node, context), words);
  const wanted: Value = test.endsWith("TRUE") ? true : test.endsWith("FALSE") ? false : null;
  const negated = test.startsWith("IS_NOT");
  return { type: "bool", evaluate: (frame) => (value.evaluate(frame) === wanted) !== negated };
}

function compileCoalesce(nodes: readonly Node[], context: ExpressionContext): Typed {
  const { analysis } = context.scope;
  let isDecided = false;
  const typed = nodes.map((node) => {
    const part = withoutFolding(analysis, isDecided, () => context.compile(node, context));
    isDecided ||= isKnownNotNull(part);
    return part;
  });
  const type = commonType(
    typed.map((part) => part.type),
    "COALESCE",
  );
  const parts = typed.map((part) => coerceToCommon(analysis, part, type, "COALESCE"));
  return {
    type,
    evaluate: (frame) => {
      for (const part of parts) {
        const value = part.evaluate(frame);
        if (value !== null) return value;
      }
      return null;
    },
  };
}

function compileExtreme(nodes: readonly Node[], greatest: boolean, context: ExpressionContext): Typed {
  const { analysis } = context.scope;
  const words = greatest ? "GREATEST" : "LEAST";
  analysis.effects.cost += 1;
  const typed = nodes.map((node) => context.compile(node, context));
  const type = commonType(
    typed.map((part) => part.type),
    words,
  );
  const parts = typed.map((part) => coerceToCommon(analysis, part, type, words));
  const sign = greatest ? 1 : -1;
  return {
    type,
    evaluate: (frame) => {
      let best: Value = null;
      for (const part of parts) {
        const value = part.evaluate(frame);
        if (value !== null && (best === null || sign * compareValues(type, value, best) > 0)) best = value;
      }
      return best;
    },
  };
}

/** A row constructor: a record, whose fields are there for comparisons. */
function rowOf(fields: readonly Typed[]): Typed {
  return {
    type: "record",
    fields,
    evaluate: (frame) => fields.map((field) => [field.type, field.evaluate(frame)]),
  };
}

function compileArray(nodes: readonly Node[], context: ExpressionContext, wanted?: string): Typed {
  const { analysis } = context.scope;
  const typed = nodes.map((node) => context.compile(node, context));
  if (typed.length === 0 && wanted === undefined) throw new SqlError("42P18", "cannot determine type of empty array");
  const element =
    wanted ??
    commonType(
      typed.map((part) => part.type),
      "ARRAY",
    );
  if (!isKnownType(element) || elementType(element) !== null)
    refuseHere(context, locationOf(nodes[0]), "an array of arrays or records");
  const parts = typed.map(
    (part) => coerce(analysis, part, element, wanted === undefined ? "implicit" : "explicit") ?? part,
  );
  return { type: arrayType(element), evaluate: (frame) => parts.map((part) => part.evaluate(frame)) };
}

function compileSubscript(
  { arg, indirection = [] }: { readonly arg?: Node; readonly indirection?: Node[] },
  context: ExpressionContext,
): Typed {
  const array = context.compile(required(arg, context), context);
  const [step] = indirection;
  const index = step !== undefined && "A_Indices" in step ? step.A_Indices.uidx : undefined;
  if (index === undefined || indirection.length !== 1)
    refuseHere(context, locationOf(arg), "a field or nested subscript of a value");
  const type = elementType(array.type);
  if (array.type === "jsonb") refuseHere(context, locationOf(arg), "a subscript of jsonb", "use the operator ->");
  if (type === null)
    throw new SqlError(
      "42804",
      `cannot subscript type ${typeLabel(array.type)} because it does not support subscripting`,
    );
  const at = coerce(context.scope.analysis, context.compile(index, context), "int4", "assignment");
  if (at === null) throw new SqlError("42804", "array subscript must have type integer");
  return {
    type,
    evaluate: (frame) => {
      const list = array.evaluate(frame);
      const position = at.evaluate(frame);
      return Array.isArray(list) && position !== null
        ? ((list[Number(position) - 1] as Value | undefined) ?? null)
        : null;
    },
  };
}

function compileValueFunction(call: SQLValueFunction, context: ExpressionContext): Typed {
  if (call.op === "SVFOP_CURRENT_TIMESTAMP") {
    return { type: "timestamptz", evaluate: (frame) => frame.run.access.clock("transaction") };
  }
  if (call.op === "SVFOP_LOCALTIMESTAMP") {
    return { type: "timestamp", evaluate: localNow };
  }
  if (call.op === "SVFOP_CURRENT_DATE") return { type: "date", evaluate: (frame) => dateOf(localNow(frame)) };
  const words = (call.op ?? "").replace("SVFOP_", "").replace(/_N$/, "");
  return refuseHere(context, call.location, words);
}

/** What clocks of the session's zone show at the transaction's time. */
function localNow(frame: Frame): number {
  return localTime(frame.run.access.clock("transaction"), styleOf(frame).zone);
}
