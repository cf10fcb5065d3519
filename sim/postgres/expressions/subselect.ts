/**
 * Sub-selects in expressions: scalar, EXISTS, IN, op ANY and ALL, ARRAY.
 *
 * A sub-select that looks at no row of the query around it is run once an execution of that query and keeps its value,
 * also in the re-check after a row lock; a correlated one is run for each row, on the statement's snapshot. That is
 * what makes `SET n = (SELECT n FROM c WHERE id = 1) + 1` lose updates at READ COMMITTED.
 *
 * Source: subselect.c (InitPlans and SubPlans), execMain.c (EvalPlanQualBegin copies InitPlan results).
 */
import type { Node, SelectStmt, SubLink } from "libpg-query";
import { SqlError } from "../sql-error.ts";
import { lastName } from "../syntax/nodes.ts";
import { arrayType } from "../values/type-names.ts";
import type { Value } from "../values/value.ts";
import { applyOperator } from "./apply-operator.ts";
import { withoutFolding } from "./constant-folding.ts";
import { type ExpressionContext, refuseHere } from "./context.ts";
import { type Frame, frameAt, once, type Row, rootFrame } from "./frame.ts";
import type { Query } from "./scope.ts";
import type { Typed } from "./typed.ts";

export function compileSubLink(link: SubLink, context: ExpressionContext): Typed {
  const { subselect, subLinkType, location } = link;
  if (subselect === undefined || !("SelectStmt" in subselect)) return refuseHere(context, location, "this sub-select");
  const { analysis } = context.scope;
  const query = withoutFolding(analysis, subLinkType === "EXISTS_SUBLINK", () =>
    analysis.subselect(subselect.SelectStmt, context.scope),
  );
  // PostgreSQL runs a sub-select that depends on no row apart from the row-by-row work; others count as dear.
  if (query.outerLevels.has(1)) analysis.effects.cost += 1000;
  switch (subLinkType) {
    case "EXISTS_SUBLINK":
      if (dropsOutputs(subselect.SelectStmt)) query.coerceOutputs(({ type }) => ({ type, evaluate: () => null }));
      return { type: "bool", evaluate: keeping(query, (frame) => hasRow(query, frame)) };
    case "EXPR_SUBLINK":
      return scalar(query);
    case "ARRAY_SUBLINK": {
      const type = onlyField(query);
      return {
        type: arrayType(type),
        evaluate: keeping(query, (frame) => [...rowsOf(query, frame)].map((row) => row[0] ?? null)),
      };
    }
    case "ANY_SUBLINK":
    case "ALL_SUBLINK":
      return quantified(link, query, context);
    default:
      return refuseHere(context, location, "a sub-select that gives a row");
  }
}

/** Whether EXISTS does not look at what the sub-select gives. Source: subselect.c (simplify_EXISTS_query). */
function dropsOutputs(select: SelectStmt): boolean {
  const { op = "SETOP_NONE", valuesLists, havingClause, lockingClause, limitOffset } = select;
  return (
    op === "SETOP_NONE" && [valuesLists, havingClause, lockingClause, limitOffset].every((part) => part === undefined)
  );
}

/** `(a, b) = (SELECT …)`: a row compared with the one row of a sub-select; no row compares as NULL. */
export function compareWithRow(
  link: SubLink,
  rowNode: Node,
  name: string,
  { context, location }: { readonly context: ExpressionContext; readonly location: number | undefined },
): Typed {
  const { subselect } = link;
  if (subselect === undefined || !("SelectStmt" in subselect)) return refuseHere(context, location, "this sub-select");
  const query = context.scope.analysis.subselect(subselect.SelectStmt, context.scope);
  const row = context.compile(rowNode, context);
  const fields = row.fields ?? [row];
  if (fields.length < query.fields.length) throw new SqlError("42601", "subquery has too many columns");
  if (fields.length > query.fields.length) throw new SqlError("42601", "subquery has too few columns");
  let current: Row = [];
  const cells = query.fields.map((field, at): Typed => ({ type: field.type, evaluate: () => current[at] ?? null }));
  const right: Typed = { type: "record", evaluate: () => null, fields: cells };
  const test = applyOperator(context, name, { left: { ...row, fields }, right }, location);
  const found = keepingRow(query);
  return {
    type: "bool",
    evaluate: (frame) => {
      const only = found(frame);
      if (only === null) return null;
      current = only;
      return test.evaluate(frame);
    },
  };
}

/** The one row of a sub-select, computed once where it looks at no row of the query around it; null where there is none. */
function keepingRow(query: Query): (frame: Frame) => Row | null {
  const key = {};
  const compute = (frame: Frame): Row | null => {
    const [first = null, second] = rowsOf(query, frame);
    if (second !== undefined)
      throw new SqlError("21000", "more than one row returned by a subquery used as an expression");
    return first;
  };
  return (frame) => {
    const owner = keeper(query, frame);
    return owner === null ? compute(frame) : once(owner, key, () => compute(frame));
  };
}

function rowsOf(query: Query, frame: Frame): Iterable<Row> {
  return query.rows(frame.run, frame);
}

function hasRow(query: Query, frame: Frame): boolean {
  for (const _ of rowsOf(query, frame)) return true;
  return false;
}

/** The frame whose execution the sub-select's result belongs to, or null where every row needs a run of its own. */
export function keeper(query: Query, frame: Frame): Frame | null {
  if (query.outerLevels.size === 0) return rootFrame(frame);
  const nearest = Math.min(...query.outerLevels);
  return nearest === 1 ? null : frameAt(frame, nearest - 2);
}

/** The value of a sub-select, computed once where it looks at no row of the query around it. */
function keeping(query: Query, compute: (frame: Frame) => Value): (frame: Frame) => Value {
  const key = {};
  return (frame) => {
    const owner = keeper(query, frame);
    return owner === null ? compute(frame) : once(owner, key, () => compute(frame));
  };
}

function onlyField(query: Query): string {
  if (query.fields.length !== 1) throw new SqlError("42601", "subquery must return only one column");
  return query.fields[0]?.type ?? "text";
}

function scalar(query: Query): Typed {
  const type = onlyField(query);
  const compute = (frame: Frame): Value => {
    let found: Row | null = null;
    for (const row of rowsOf(query, frame)) {
      if (found !== null) throw new SqlError("21000", "more than one row returned by a subquery used as an expression");
      found = row;
    }
    return found?.[0] ?? null;
  };
  return { type, evaluate: keeping(query, compute) };
}

/** `x IN (SELECT …)`, `x op ANY (SELECT …)`, `x op ALL (SELECT …)`, with rows on the left where it is in parentheses. */
function quantified(link: SubLink, query: Query, context: ExpressionContext): Typed {
  const any = link.subLinkType === "ANY_SUBLINK";
  const name = link.operName === undefined ? "=" : lastName(link.operName);
  const testNode = link.testexpr;
  if (testNode === undefined) return refuseHere(context, link.location, "this sub-select");
  const subject = context.compile(testNode, context);
  const lefts = subject.fields ?? [subject];
  if (lefts.length < query.fields.length) throw new SqlError("42601", "subquery has too many columns");
  if (lefts.length > query.fields.length) throw new SqlError("42601", "subquery has too few columns");
  let current: Row = [];
  const cells = query.fields.map((field, at): Typed => ({ type: field.type, evaluate: () => current[at] ?? null }));
  const [firstLeft, firstCell] = [lefts[0], cells[0]];
  const operands =
    subject.fields === undefined && firstLeft !== undefined && firstCell !== undefined
      ? { left: firstLeft, right: firstCell }
      : { left: subject, right: { type: "record", evaluate: () => null, fields: cells } };
  const test = applyOperator(context, name, operands, link.location);
  const key = {};
  return {
    type: "bool",
    evaluate: (frame) => {
      const owner = keeper(query, frame);
      const rows = owner === null ? rowsOf(query, frame) : once(owner, key, () => [...rowsOf(query, frame)]);
      let unknown = false;
      for (const row of rows) {
        current = row;
        const holds = test.evaluate(frame);
        if (holds === null) unknown = true;
        else if ((holds === true) === any) return any;
      }
      return unknown ? null : !any;
    },
  };
}
