/**
 * Expressions by type.
 *
 *     expression(int4)  ->  column of the scope | constant | f(expression(text), …) | CASE … | (SELECT max(v) FROM t)
 *
 * Division and what overflows stay seldom: which of several rows or conditions fails first is the plan's choice.
 */
import { type Generation, ofType, type Reference, type Scope, someColumn, someType } from "./generation.ts";
import { literal } from "./literals.ts";
import { COMPARABLE, type Signature, type SqlType, signaturesOf } from "./signatures.ts";
import { existence, type Makers, rowSubSelect, scalarSubSelect, subSelectOf } from "./sub-selects.ts";

const FIELDS = ["day", "hour", "month", "week", "year", "quarter", "minute", "century", "DAY"] as const;

/** An expression of the type over the columns of the scope. */
export function expression(generation: Generation, scope: Scope, type: SqlType, depth = 2): string {
  const { draw, taste } = generation;
  const columns = ofType(scope, type);
  const leaf = (): string => (columns.length > 0 && draw.often(0.75) ? draw.pick(columns).text : literal(draw, type));
  if (depth <= 0 || !draw.often(taste.expressions)) return leaf();
  const inner = (of: SqlType): string => expression(generation, scope, of, depth - 1);
  const signatures = signaturesOf(type).filter(isSafe(draw.often(0.1)));
  return draw.one(
    [2, leaf],
    [signatures.length > 0 ? 10 : 0, () => call(generation, draw.pick(signatures), inner)],
    [1, () => `CASE WHEN ${condition(generation, scope, depth - 1)} THEN ${inner(type)} ELSE ${inner(type)} END`],
    [0.5, () => `CASE ${inner("int4")} WHEN 1 THEN ${inner(type)} WHEN 2 THEN ${inner(type)} END`],
    [1, () => `coalesce(${inner(type)}, ${inner(type)})`],
    [type === "jsonb" ? 0 : 0.5, () => `nullif(${inner(type)}, ${inner(type)})`],
    [type === "jsonb" ? 0 : 0.5, () => `${draw.pick(["greatest", "least"])}(${inner(type)}, ${inner(type)})`],
    [taste.subSelects * 4, () => scalarSubSelect(generation, scope, type, MAKERS)],
    [type === "bool" ? 6 : 0, () => condition(generation, scope, depth - 1)],
    [type === "text" ? 0.3 : 0, () => `pg_typeof(${inner(someType(generation))})::text`],
    [type === "text" ? 0.3 : 0, () => `${draw.pick(["current_schema()", "current_setting('TimeZone')"])}`],
  );
}

/** Whether a signature cannot fail with small values, unless failing ones are welcome. */
function isSafe(failing: boolean): (signature: Signature) => boolean {
  return ({ form }) =>
    failing || !/ [/%] |mod\(|div\(|sqrt|ln\(|factorial|chr\(|\|\/|make_date|\^|text\)::|width_b/.test(form);
}

function call({ draw }: Generation, { form, parameters }: Signature, inner: (type: SqlType) => string): string {
  return form
    .replace("FIELD", () => `'${draw.pick(FIELDS)}'`)
    .replace(/\$(\d)/g, (_, at: string) => inner(parameters[Number(at) - 1] ?? "int4"));
}

/** A boolean expression as it stands in WHERE: mostly about a key or a small number. */
export function condition(generation: Generation, scope: Scope, depth = 2): string {
  const { draw, taste } = generation;
  if (scope.length === 0) return comparison(generation, scope, depth);
  const deeper = (): string => condition(generation, scope, depth - 1);
  return draw.one(
    [8, () => keyCondition(generation, someColumn(draw, scope))],
    [5, () => comparison(generation, scope, depth)],
    [depth > 0 ? 3 : 0, () => `${deeper()} AND ${deeper()}`],
    [depth > 0 ? 1 : 0, () => `(${deeper()} OR ${deeper()})`],
    [depth > 0 ? 0.7 : 0, () => `NOT (${deeper()})`],
    [1, () => `${draw.pick(scope).text} IS ${draw.pick(["NULL", "NOT NULL"])}`],
    [0.6, () => `${draw.pick(scope).text} IS ${draw.pick(["DISTINCT FROM", "NOT DISTINCT FROM"])} NULL`],
    [ofType(scope, "bool").length > 0 ? 1 : 0, () => booleanTest(generation, draw.pick(ofType(scope, "bool")).text)],
    [taste.expressions * 2, () => timeCondition(generation)],
    [taste.subSelects * 8 * Number(depth > 0), () => subSelectCondition(generation, scope)],
  );
}

function booleanTest({ draw }: Generation, column: string): string {
  return draw.pick([column, `NOT ${column}`, `${column} IS TRUE`, `${column} IS NOT FALSE`, `${column} IS UNKNOWN`]);
}

/** What the clock says in a form that is the same whenever it is asked. */
function timeCondition({ draw }: Generation): string {
  return draw.pick([
    "now()::date = current_date",
    "now() = transaction_timestamp()",
    "current_timestamp = now()",
    "now() > timestamptz '1999-01-01'",
    "localtimestamp = now()::timestamp",
    "statement_timestamp() >= now()",
  ]);
}

/** A comparison of one column with constants. */
export function keyCondition({ draw }: Generation, { text, type }: Reference): string {
  const some = (): string => literal(draw, type);
  if (type === "jsonb") return `${text} ${draw.pick(["=", "@>", "<>"])} ${some()}`;
  const compare = draw.pick(["<", "<=", ">", ">=", "<>", "!="]);
  return draw.one(
    [8, () => `${text} = ${some()}`],
    [3, () => `${text} ${compare} ${some()}`],
    [5, () => `${text} ${draw.maybe(0.15, () => "NOT ")}IN (${draw.several(1, 3, some).join(", ")})`],
    [type.startsWith("_") ? 0 : 1, () => `${text} = ANY(ARRAY[${draw.several(1, 3, some).join(", ")}])`],
    [type.startsWith("_") ? 0 : 0.3, () => `${text} <> ALL(ARRAY[${draw.several(1, 2, some).join(", ")}])`],
    [type === "int4" ? 0.6 : 0, () => `6 / ${text} > ${draw.int(0, 3)}`],
    [1, () => `${text} BETWEEN ${some()} AND ${some()}`],
  );
}

function comparison(generation: Generation, scope: Scope, depth: number): string {
  const { draw } = generation;
  const type = someType(generation);
  const [left, right]: readonly [SqlType, SqlType] = draw.often(0.2) ? draw.pick(COMPARABLE) : [type, type];
  const operator = left === "jsonb" ? "=" : draw.pick(["=", "=", "<", "<=", ">", ">=", "<>"]);
  return `${expression(generation, scope, left, depth)} ${operator} ${expression(generation, scope, right, depth)}`;
}

function subSelectCondition(generation: Generation, scope: Scope): string {
  const { draw } = generation;
  const type = draw.pick(
    scope
      .filter((each) => each.type !== "jsonb")
      .map((each) => each.type)
      .concat("int4"),
  );
  const left = (): string => expression(generation, scope, type, 1);
  return draw.one(
    [3, () => `${draw.maybe(0.3, () => "NOT ")}EXISTS (${existence(generation, scope, MAKERS)})`],
    [3, () => `${left()} ${draw.maybe(0.3, () => "NOT ")}IN (${subSelectOf(generation, scope, type, MAKERS)})`],
    [
      1,
      () =>
        `${left()} ${draw.pick(["= ANY", "> ALL", "<> ALL", "< ANY"])} (${subSelectOf(generation, scope, type, MAKERS)})`,
    ],
    [1, () => `${left()} ${draw.pick(["=", "<", ">="])} ${scalarSubSelect(generation, scope, type, MAKERS)}`],
    [
      1,
      () =>
        `(${expression(generation, scope, "int4", 0)}, ${left()}) = (${rowSubSelect(generation, scope, type, MAKERS)})`,
    ],
    [1, () => `(${expression(generation, scope, "int4", 0)}, ${left()}) = (${literal(draw, "int4")}, ${left()})`],
  );
}

const MAKERS: Makers = { expression, condition };
