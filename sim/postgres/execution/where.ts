/**
 * FROM and WHERE together: conditions go where they can be looked at first, and sub-selects that PostgreSQL turns into
 * joins become joins.
 *
 *     WHERE k IN (SELECT k FROM u)                          semi-join: true with the first row of u that matches
 *     WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k)        semi-join
 *     WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.k = t.k)    anti-join
 *
 * It shows in the re-check after a row lock, where a join's other side is not looked up again:
 *
 *     s1  UPDATE t SET k = 2 WHERE id = 1
 *     s2  UPDATE t SET … WHERE k IN (SELECT k FROM u)       row 1 matched u's row 1: waits
 *     s1  COMMIT
 *     s2                                                    new k 2 against u's row 1: false, although u has a row 2
 *
 * An anti-join has no row on the other side, so it stays true. Sub-selects under OR, NOT IN, and those that do not look at
 * the row itself are no joins: they are evaluated as expressions.
 * Sources: subselect.c (convert_ANY_sublink_to_join, convert_EXISTS_sublink_to_join), prepjointree.c, PostgreSQL 18.
 */
import type { Node, SelectStmt, SubLink } from "libpg-query";
import { applyOperator, type Operands } from "../expressions/apply-operator.ts";
import { coerceToBoolean, resolveOpen } from "../expressions/coerce.ts";
import { compile, plainContext } from "../expressions/compile.ts";
import { conjuncts } from "../expressions/conditions.ts";
import { withoutFolding } from "../expressions/constant-folding.ts";
import { copyRows, type Frame, newFrame, once, type Row, type Rows, recheckFrame } from "../expressions/frame.ts";
import { newScope, type Scope, tracked, withEffects } from "../expressions/scope.ts";
import type { Typed } from "../expressions/typed.ts";
import { SqlError } from "../sql-error.ts";
import { lastName } from "../syntax/nodes.ts";
import { inAnyOrder, runsAgain } from "./any-order.ts";
import { type Condition, compileConditions } from "./conditions.ts";
import { compileFrom, type From, pushDown } from "./from.ts";
import { callsAggregate } from "./grouping.ts";
import { impliedConditions, lookUpKeys } from "./join-order.ts";
import { filtered, NO_FROM, type Source } from "./source.ts";
import { compileTargets } from "./targets.ts";

/** FROM with the conditions of WHERE where they belong. */
export function whereSource(where: Node | undefined, scope: Scope, from: From | null): Source {
  if (from === null) return filtered(NO_FROM, compileConditions(conjuncts(where), scope, "WHERE"));
  const joins: SemiJoin[] = [];
  const plain = conjuncts(where).filter((node) => {
    const join = semiJoin(node, scope);
    if (join !== null) joins.push(join);
    return join === null;
  });
  const given = compileConditions(plain, scope, "WHERE");
  const all = [...from.on, ...given];
  const conditions = [...given, ...impliedConditions(all, scope).filter((each) => isOfOneLeaf(each, from))];
  lookUpKeys(from, all, scope);
  const above = pushDown(conditions, from.leaves, from.nullable, scope);
  return joins.reduce(withSemiJoin, filtered(from.source, above));
}

function isOfOneLeaf({ reads }: Condition, { leaves, nullable }: From): boolean {
  const [only] = reads;
  return reads.size === 1 && only !== undefined && leaves.some(({ item }) => item === only) && !nullable.has(only);
}

/** The other side of a semi-join or anti-join. */
interface SemiJoin {
  readonly item: number;
  readonly anti: boolean;
  /** The candidates, as states of a frame of their own inside of the outer one. */
  readonly candidates: (frame: Frame) => Iterable<Frame>;
  /** The candidate that is fixed in a re-check, if it still is one. */
  readonly fixed: (frame: Frame, rows: Rows) => Iterable<Frame>;
  readonly matches: (candidate: Frame) => boolean;
  /** Whether it locks rows or calls something volatile: then it shows whether it is run once or again for each row. */
  readonly hasEffects: boolean;
}

function withSemiJoin(source: Source, join: SemiJoin): Source {
  const isAgain = (frame: Frame): boolean =>
    join.hasEffects && frame.fixed === null && once(frame, join, () => runsAgain(frame));
  return {
    items: source.items,
    flows: (frame) => source.flows(frame) || isAgain(frame),
    *open(frame) {
      const rows = source.open(frame);
      const item = source.items[0] ?? null;
      for (const _ of isAgain(frame) ? inAnyOrder(rows, frame, { keys: [], item }) : rows) {
        const found = firstMatch(join, frame);
        if ((found === null) !== join.anti) continue;
        frame.rows.nested[join.item] = found;
        yield null;
      }
    },
  };
}

function firstMatch(join: SemiJoin, frame: Frame): Rows | null {
  if (frame.fixed !== null) {
    const rows = frame.fixed.nested[join.item] ?? null;
    if (rows === null) return null;
    for (const candidate of join.fixed(frame, rows)) if (join.matches(candidate)) return rows;
    return null;
  }
  for (const candidate of join.candidates(frame)) if (join.matches(candidate)) return copyRows(candidate.rows);
  return null;
}

/** The condition as a join, or null where it stays an expression. */
function semiJoin(node: Node, scope: Scope): SemiJoin | null {
  const negated = "BoolExpr" in node && node.BoolExpr.boolop === "NOT_EXPR" ? node.BoolExpr.args?.[0] : undefined;
  const inner = negated ?? node;
  if (!("SubLink" in inner)) return null;
  const { subselect, subLinkType } = inner.SubLink;
  if (subselect === undefined || !("SelectStmt" in subselect)) return null;
  if (subLinkType === "EXISTS_SUBLINK") return existsJoin(subselect.SelectStmt, negated !== undefined, scope);
  if (subLinkType === "ANY_SUBLINK" && negated === undefined)
    return anyJoin(inner.SubLink, subselect.SelectStmt, scope);
  return null;
}

/** Gives a join its place in the frame; no name means it. */
function place(scope: Scope): number {
  const item = scope.size;
  scope.size += 1;
  scope.items.push({ name: "", table: null, columns: [] });
  return item;
}

/** Whether a sub-select is a plain join of FROM items with conditions. */
function isPlain(select: SelectStmt): boolean {
  return (
    (select.op === undefined || select.op === "SETOP_NONE") &&
    select.valuesLists === undefined &&
    select.fromClause !== undefined &&
    select.havingClause === undefined &&
    select.lockingClause === undefined &&
    select.withClause === undefined &&
    select.limitOffset === undefined &&
    !callsAggregate(select.targetList ?? [])
  );
}

interface Inner {
  readonly scope: Scope;
  readonly source: Source;
  readonly volatile: boolean;
  /** Whether FROM, and not only WHERE, looks at the outer row. */
  readonly lateral: boolean;
}

function compileInner(select: SelectStmt, outer: Scope): Inner {
  const scope = newScope(outer.analysis, outer);
  const { result, tracker } = tracked(scope, () => {
    const from = compileFrom(select.fromClause ?? [], scope, { lockFor: () => null, tableLock: () => "access share" });
    const lateral = scope.outerLevels.has(1);
    return { lateral, source: whereSource(select.whereClause, scope, from) };
  });
  return { scope, ...result, volatile: tracker.volatile };
}

function* openInner({ scope, source }: Inner, frame: Frame): Generator<Frame> {
  const inner = newFrame(frame.run, frame, scope.size);
  for (const _ of source.open(inner)) yield inner;
}

function* openFixed({ scope, source }: Inner, frame: Frame, rows: Rows): Generator<Frame> {
  const inner = recheckFrame(newFrame(frame.run, frame, scope.size), rows);
  for (const _ of source.open(inner)) yield inner;
}

/** EXISTS is a join where its WHERE, and nothing else of it, looks at the outer row, and nothing in it is volatile. */
function existsJoin(select: SelectStmt, anti: boolean, scope: Scope): SemiJoin | null {
  if (!isPlain(select) || select.limitCount !== undefined) return null;
  const inner = compileInner(select, scope);
  // The select list is analysed for its errors only: its values mean nothing.
  withoutFolding(scope.analysis, true, () =>
    compileTargets(select.targetList ?? [], plainContext(inner.scope, "SELECT")),
  );
  if (inner.lateral || inner.volatile || !inner.scope.outerLevels.has(1)) return null;
  return {
    item: place(scope),
    anti,
    candidates: (frame) => openInner(inner, frame),
    fixed: (frame, rows) => openFixed(inner, frame, rows),
    matches: () => true,
    hasEffects: false,
  };
}

/** `x IN (SELECT …)` is a join where x looks at the row and is not volatile. */
function anyJoin(link: SubLink, select: SelectStmt, scope: Scope): SemiJoin | null {
  const { testexpr } = link;
  if (testexpr === undefined) return null;
  const subject = tracked(scope, () =>
    errorsInOrder(select, scope, () => compile(testexpr, plainContext(scope, "WHERE"))),
  );
  if (subject.tracker.reads.size === 0 || subject.tracker.volatile) return null;
  const mergeable =
    isPlain(select) &&
    select.limitCount === undefined &&
    select.sortClause === undefined &&
    select.distinctClause === undefined &&
    select.groupClause === undefined;
  const test = { link, subject: subject.result, scope };
  return mergeable ? mergedAny(test, select) : separateAny(test, select);
}

/** PostgreSQL analyses the sub-select before what is compared with it: of two errors that of the sub-select is told. */
function errorsInOrder(select: SelectStmt, scope: Scope, compileSubject: () => Typed): Typed {
  try {
    return compileSubject();
  } catch (error) {
    scope.analysis.subselect(select, scope);
    throw error;
  }
}

interface AnyTest {
  readonly link: SubLink;
  readonly subject: Typed;
  readonly scope: Scope;
}

/** The comparison of the subject, which stands one level up, with the sub-select's outputs. */
function comparison({ link, subject, scope }: AnyTest, outputs: readonly Typed[]): Typed {
  const up = (typed: Typed): Typed => ({ ...typed, evaluate: (frame) => typed.evaluate(frame.outer ?? frame) });
  const lefts = (subject.fields ?? [subject]).map(up);
  if (lefts.length !== outputs.length) {
    throw new SqlError("42601", `subquery has too ${lefts.length < outputs.length ? "many" : "few"} columns`);
  }
  const row = (fields: readonly Typed[]): Typed => ({ type: "record", evaluate: () => null, fields });
  const [left, right] = [lefts[0], outputs[0]];
  const operands: Operands =
    subject.fields === undefined && left !== undefined && right !== undefined
      ? { left, right }
      : { left: row(lefts), right: row(outputs) };
  const name = link.operName === undefined ? "=" : lastName(link.operName);
  const context = plainContext(scope, "WHERE");
  return coerceToBoolean(scope.analysis, applyOperator(context, name, operands, link.location), "WHERE");
}

/** A plain sub-select becomes part of the join: its tables' rows are what a re-check keeps. */
function mergedAny(test: AnyTest, select: SelectStmt): SemiJoin | null {
  const { scope } = test;
  const inner = compileInner(select, scope);
  const { result: targets, tracker } = tracked(inner.scope, () =>
    compileTargets(select.targetList ?? [], plainContext(inner.scope, "SELECT")),
  );
  if (inner.volatile || tracker.volatile) return separateAny(test, select);
  const holds = comparison(
    test,
    targets.map(({ typed }) => resolveOpen(scope.analysis, typed)),
  );
  const correlated = inner.scope.outerLevels.has(1);
  const key = {};
  return {
    item: place(scope),
    anti: false,
    candidates: (frame) => (correlated ? openInner(inner, frame) : kept(frame, key, inner)),
    fixed: (frame, rows) => openFixed(inner, frame, rows),
    matches: (candidate) => holds.evaluate(candidate) === true,
    hasEffects: false,
  };
}

/** The candidates of a sub-select that does not look at the row: gathered once. */
function* kept(frame: Frame, key: object, inner: Inner): Generator<Frame> {
  const all = once(frame, key, () => Array.from(openInner(inner, frame), (candidate) => copyRows(candidate.rows)));
  const base = newFrame(frame.run, frame, inner.scope.size);
  for (const rows of all) yield { ...base, rows };
}

/** Any other sub-select is run by itself; a re-check keeps the row that it gave. */
function separateAny(test: AnyTest, select: SelectStmt): SemiJoin {
  const { scope } = test;
  const { result: query, hasEffects } = withEffects(scope.analysis, () => scope.analysis.subselect(select, scope));
  const isCorrelated = query.outerLevels.has(1);
  const outputs = query.fields.map(
    ({ type }, at): Typed => ({ type, evaluate: (frame) => frame.rows.values[0]?.[at] ?? null }),
  );
  const holds = comparison(test, outputs);
  const key = {};
  const rowFrame = (frame: Frame, row: Row): Frame => {
    const inner = newFrame(frame.run, frame, 1);
    inner.rows.values[0] = row;
    return inner;
  };
  const rowsOf = (frame: Frame): Iterable<Row> => query.rows(frame.run, frame);
  const join: SemiJoin = {
    item: place(scope),
    anti: false,
    hasEffects: hasEffects && !isCorrelated,
    *candidates(frame) {
      const isAgain = isCorrelated || (join.hasEffects && once(frame, join, () => runsAgain(frame)));
      const rows = isAgain ? rowsOf(frame) : once(frame, key, () => [...rowsOf(frame)]);
      for (const row of rows) yield rowFrame(frame, row);
    },
    fixed: (frame, rows) => [rowFrame(frame, rows.values[0] ?? [])],
    matches: (candidate) => holds.evaluate(candidate) === true,
  };
  return join;
}
