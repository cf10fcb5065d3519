/**
 * SELECT: from its parts to rows, lazily, in the order of PostgreSQL's plan nodes.
 *
 *     FROM, WHERE -> GROUP BY, HAVING -> ORDER BY -> select list -> DISTINCT -> row locks -> LIMIT
 *
 * Each stage leaves its state in the frame and is pulled by the next one, so that a row is locked before the next one is
 * looked for (unless a sort or a group has to see all rows first). Source: planner.c (grouping_planner).
 */
import type { LockingClause, Node, SelectStmt } from "libpg-query";
import { coerceToBoolean, resolveOpen } from "../expressions/coerce.ts";
import { compile, plainContext } from "../expressions/compile.ts";
import type { AggregateCall, ExpressionContext, SeriesCall } from "../expressions/context.ts";
import { type Frame, newFrame, type Row } from "../expressions/frame.ts";
import { type Analysis, type Before, newScope, type Query, type Scope, tracked } from "../expressions/scope.ts";
import type { Typed } from "../expressions/typed.ts";
import { SqlError } from "../sql-error.ts";
import { refuse } from "../syntax/refuse.ts";
import { groupingKey } from "../values/compare.ts";
import type { Value } from "../values/value.ts";
import { type AnyOrder, inAnyOrder } from "./any-order.ts";
import { compileFrom, type From } from "./from.ts";
import { callsAggregate, type GroupKey, groupedBy, groups } from "./grouping.ts";
import { compileLocks, lockingClauses, lockRows, locks, lockWords, type RowLock } from "./locking.ts";
import { nullableItems } from "./nullable-side.ts";
import { extremeOrder, indexOrder, type Ordered } from "./ordered-path.ts";
import { outputsOf } from "./outputs.ts";
import { compileSetOperation } from "./set-operations.ts";
import { compileLimit, compileSort, type Limit, limited, resolveItem, type SortKey, sorted } from "./sorting.ts";
import { type Leaf, lookFirst, type Source, takesIndexOrder } from "./source.ts";
import { compileTargets, type Target } from "./targets.ts";
import { compileValues } from "./values-lists.ts";
import { whereSource } from "./where.ts";
import { compileWith, withCtes } from "./with.ts";

/** Analyses any SELECT, VALUES or set operation; its outputs may have open types. */
export function compileSelect(node: SelectStmt, analysis: Analysis, parent: Scope | null): Query {
  if (node.limitOption === "LIMIT_OPTION_WITH_TIES") refuse(analysis.sql, undefined, "FETCH FIRST … WITH TIES");
  const scope = newScope(analysis, parent);
  if (node.op !== undefined && node.op !== "SETOP_NONE") return compileSetOperation(node, scope, compileSelect);
  if (node.valuesLists !== undefined) return compileValues(node, scope);
  return compilePlain(node, scope);
}

interface Plan {
  readonly scope: Scope;
  readonly source: Source;
  readonly keys: readonly Typed[] | null;
  readonly aggregates: readonly AggregateCall[];
  readonly series: readonly SeriesCall[];
  readonly having: Typed | null;
  readonly sort: readonly SortKey[];
  /** The index that has the order of the sort, if there is one. */
  readonly ordered: Ordered | null;
  /** Whether an output has an effect: then the order of the rows shows. */
  readonly isVolatile: boolean;
  /** Rows come in an order in which the first without NULL decides its one aggregate. */
  readonly first: boolean;
  /** Null: no DISTINCT; `all`: over the outputs; else the expressions of DISTINCT ON. */
  readonly distinct: "all" | readonly Typed[] | null;
  readonly locked: readonly RowLock[];
  readonly limit: Limit;
}

function compilePlain(node: SelectStmt, scope: Scope): Query {
  const ctes = compileWith(node.withClause, scope);
  const clauses = lockingClauses(node.lockingClause);
  const from = compileFrom(node.fromClause ?? [], scope, {
    lockFor: (name) => pushedLock(clauses, name),
    tableLock: (name) => (clauses.some((clause) => locks(clause, name)) ? "row share" : "access share"),
  });
  return inOrderOfErrors(node, scope, () => compileBehindFrom(node, scope, { ctes, clauses, from }));
}

interface Begun {
  readonly ctes: ReturnType<typeof compileWith>;
  readonly clauses: readonly LockingClause[];
  readonly from: From | null;
}

function compileBehindFrom(node: SelectStmt, scope: Scope, { ctes, clauses, from }: Begun): Query {
  const source = whereSource(node.whereClause, scope, from);
  const aggregates: AggregateCall[] = [];
  const series: SeriesCall[] = [];
  const { result: shown, tracker } = tracked(scope, () => compileOutputs(node, scope, { aggregates, series }));
  const { targets, keys, context } = shown;
  const isVolatile = tracker.volatile;
  const sort = compileSort(node.sortClause ?? [], targets, context);
  const order = keys === null && series.length === 0 ? indexOrder(node, targets, scope, from) : null;
  const extreme = keys === null ? null : extremeOrder(node, scope, from);
  for (const chosen of [order, extreme]) if (chosen !== null) chosen.leaf.order = chosen.order;
  const having = compileHaving(node.havingClause, context);
  if (node.distinctClause !== undefined) checkDistinct(node.distinctClause, sort);
  const distinct = distinctKeys(node.distinctClause, targets, context);
  const limit = compileLimit(node.limitCount, node.limitOffset, plainContext(scope, "LIMIT"));
  const [clause] = clauses;
  if (clause !== undefined) checkLockable(clause, node, { aggregates, series });
  const plan: Plan = {
    scope,
    source,
    keys,
    aggregates,
    series,
    having,
    sort,
    ordered: order,
    isVolatile,
    first: extreme !== null,
    distinct,
    locked: compileLocks(clauses, scope, { from, nullable: nullableItems(node, scope, from) }),
    limit,
  };
  const leaf = plainLeaf(node, plan, from);
  if (plan.locked.length > 0) scope.analysis.effects.any = true;
  return outputsOf(targets, scope.outerLevels, (run, outer, outputs, before) => {
    const frame = newFrame(run, outer, scope.size);
    if (before !== undefined && leaf !== null && !isVolatile)
      lookFirst(leaf, frame, before.cost, () => before.holds(lazyRow(outputs, frame)));
    return withCtes(
      ctes,
      frame,
      limited(() => project(plan, frame, outputs, before), frame, plan.limit),
    );
  });
}

/**
 * What is wrong first, in the order in which PostgreSQL analyses a query: the select list, WHERE, HAVING, ORDER BY, GROUP BY,
 * DISTINCT, LIMIT; whether what is not grouped by may be used is looked at last. Source: analyze.c (transformSelectStmt).
 */
function inOrderOfErrors<T>(node: SelectStmt, scope: Scope, analyse: () => T): T {
  const { parameters } = scope.analysis;
  const before = [...parameters];
  try {
    return analyse();
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    parameters.splice(0, parameters.length, ...before);
    const list = node.targetList ?? [];
    const context: ExpressionContext = { ...plainContext(scope, "SELECT"), series: [], aggregates: [] };
    const targets = compileTargets(list, context);
    whereSource(node.whereClause, scope, null);
    compileHaving(node.havingClause, context);
    compileSort(node.sortClause ?? [], targets, context);
    groupKeys(node.groupClause ?? [], list, scope);
    distinctKeys(node.distinctClause, targets, context);
    compileLimit(node.limitCount, node.limitOffset, plainContext(scope, "LIMIT"));
    throw error;
  }
}

/** The only table of a query that gives each of its rows by itself: conditions from outside can be looked at where its own are. */
function plainLeaf(node: SelectStmt, { keys, series, distinct }: Plan, from: From | null): Leaf | null {
  const [leaf, more] = from?.leaves ?? [];
  if (leaf === undefined || more !== undefined || leaf.table === null) return null;
  const isPlain = keys === null && series.length === 0 && distinct === null;
  return isPlain && node.limitCount === undefined && node.limitOffset === undefined ? leaf : null;
}

/** The outputs of the row in the frame, each computed when it is asked for. */
function lazyRow(outputs: readonly Typed[], frame: Frame): Row {
  const row: Value[] = [];
  for (const [at, output] of outputs.entries())
    Object.defineProperty(row, at, { get: () => output.evaluate(frame), enumerable: true });
  return row;
}

/** FOR UPDATE without names, or with this one, goes on into a sub-select in FROM. */
function pushedLock(clauses: readonly LockingClause[], name: string): Node | null {
  const clause = clauses.find((candidate) => locks(candidate, name));
  if (clause === undefined) return null;
  const { lockedRels: _, ...unnamed } = clause;
  return { LockingClause: unnamed };
}

interface Calls {
  readonly aggregates: AggregateCall[];
  readonly series: SeriesCall[];
}

interface Outputs {
  readonly targets: readonly Target[];
  /** The GROUP BY keys; null where the query is not grouped. */
  readonly keys: readonly Typed[] | null;
  readonly context: ExpressionContext;
}

function compileOutputs(node: SelectStmt, scope: Scope, { aggregates, series }: Calls): Outputs {
  const list = node.targetList ?? [];
  const isGrouped =
    node.groupClause !== undefined ||
    node.havingClause !== undefined ||
    callsAggregate(list) ||
    callsAggregate(node.sortClause ?? []);
  const plain: ExpressionContext = { ...plainContext(scope, "SELECT"), series };
  if (!isGrouped) return { targets: compileTargets(list, plain), keys: null, context: plain };
  const keys = groupKeys(node.groupClause ?? [], list, scope);
  const context: ExpressionContext = { ...plain, aggregates, grouped: groupedBy(keys, scope) };
  return { targets: compileTargets(list, context), keys: keys.map(({ typed }) => typed), context };
}

/** GROUP BY may name outputs and positions: they are resolved against the bare select list. */
function groupKeys(nodes: readonly Node[], list: readonly Node[], scope: Scope): readonly GroupKey[] {
  const targets = list.flatMap((node) => {
    if (!("ResTarget" in node) || node.ResTarget.val === undefined) return [];
    const { val, name } = node.ResTarget;
    return [{ name: name ?? "", node: val, typed: NO_EXPRESSION }];
  });
  return nodes.map((node) => {
    const item = resolveItem(node, targets, scope, "GROUP BY");
    const typed = resolveOpen(scope.analysis, compile(item.node, plainContext(scope, "GROUP BY")));
    return { node: item.node, typed };
  });
}

const NO_EXPRESSION: Typed = { type: "unknown", evaluate: () => null };

function compileHaving(node: Node | undefined, context: ExpressionContext): Typed | null {
  if (node === undefined) return null;
  return coerceToBoolean(
    context.scope.analysis,
    compile(node, { ...context, clause: "HAVING", series: null }),
    "HAVING",
  );
}

function distinctKeys(
  clause: readonly Node[] | undefined,
  targets: readonly Target[],
  context: ExpressionContext,
): Plan["distinct"] {
  if (clause === undefined) return null;
  const nodes = clause.filter((node) => Object.keys(node).length > 0);
  if (nodes.length === 0) return "all";
  return nodes.map((node) => {
    const item = resolveItem(node, targets, context.scope, "DISTINCT ON");
    return targets[item.target]?.typed ?? resolveOpen(context.scope.analysis, compile(item.node, context));
  });
}

function checkDistinct(clause: readonly Node[], sort: readonly SortKey[]): void {
  const on = clause.some((node) => Object.keys(node).length > 0);
  if (!on && sort.some((key) => key.target < 0)) {
    throw new SqlError("42P10", "for SELECT DISTINCT, ORDER BY expressions must appear in select list");
  }
}

/** Locks need rows that are rows of tables. Source: analyze.c (CheckSelectLocking). */
function checkLockable(clause: LockingClause, node: SelectStmt, { aggregates, series }: Calls): void {
  const words = lockWords(clause);
  const fail = (what: string): never => {
    throw new SqlError("0A000", `${words} is not allowed with ${what}`);
  };
  if (node.distinctClause !== undefined) fail("DISTINCT clause");
  if (node.groupClause !== undefined) fail("GROUP BY clause");
  if (node.havingClause !== undefined) fail("HAVING clause");
  if (aggregates.length > 0) fail("aggregate functions");
  if (series.length > 0) fail("set-returning functions in the target list");
}

/** The rows up to the LIMIT. */
function* project(plan: Plan, frame: Frame, outputs: readonly Typed[], before: Before | undefined): Generator<Row> {
  const seen = plan.distinct === null ? null : new Set<string>();
  for (const _ of ordered(plan, frame, outputs)) {
    const row = evaluateAll(outputs, frame);
    if (seen !== null && plan.distinct !== null && isRepeated(seen, plan.distinct, { outputs, row, frame })) continue;
    if (before?.holds(row) === false) continue;
    if (plan.locked.length === 0) {
      yield row;
      continue;
    }
    const found = lockRows(frame, plan.locked, plan.source);
    if (found === null) continue;
    const locked = found === frame ? row : evaluateAll(outputs, found);
    if (found === frame || before?.holds(locked) !== false) yield locked;
  }
}

function evaluateAll(outputs: readonly Typed[], frame: Frame): readonly Value[] {
  return outputs.map((output) => output.evaluate(frame));
}

interface Candidate {
  readonly outputs: readonly Typed[];
  readonly row: Row;
  readonly frame: Frame;
}

function isRepeated(
  seen: Set<string>,
  distinct: "all" | readonly Typed[],
  { outputs, row, frame }: Candidate,
): boolean {
  const keys = distinct === "all" ? outputs : distinct;
  const values = distinct === "all" ? row : evaluateAll(distinct, frame);
  const key = keys.map((typed, at) => groupingKey(typed.type, values[at] ?? null)).join("\u0001");
  if (seen.has(key)) return true;
  seen.add(key);
  return false;
}

function ordered(plan: Plan, frame: Frame, outputs: readonly Typed[]): Iterable<null> {
  const isInOrder = plan.ordered !== null && takesIndexOrder(plan.ordered.leaf, frame);
  const rows = plan.keys === null ? plan.source.open(frame) : grouped(plan, plan.keys, frame);
  const all = plan.series.length === 0 ? rows : expanded(plan.series, rows, frame);
  const keys = isInOrder ? [] : plan.sort;
  if (isOrderFree(plan, frame, isInOrder)) return inAnyOrder(all, frame, freedom(plan, outputs));
  return keys.length === 0 ? all : sorted(all, frame, keys);
}

/** Whether the order of rows shows and the text leaves some of it open: in what is locked or done, and in what a LIMIT lets through. */
function isOrderFree(plan: Plan, frame: Frame, isInOrder: boolean): boolean {
  if (!frame.run.access.plansAreOpen || frame.fixed !== null) return false;
  if (isInOrder && (plan.ordered?.isTotal === true || plan.source.flows(frame))) return false;
  if (plan.locked.length === 0 && !plan.isVolatile && plan.limit.count === null && plan.limit.offset === null)
    return false;
  return plan.sort.length > 0 || !plan.source.flows(frame);
}

function freedom({ sort, locked, isVolatile: hasEffects }: Plan, outputs: readonly Typed[]): AnyOrder {
  const item = locked[0]?.item ?? null;
  if (locked.length > 0 || hasEffects) return { keys: sort, item };
  return { keys: sort, item, telling: (frame) => JSON.stringify(evaluateAll(outputs, frame)) };
}

function* grouped(plan: Plan, keys: readonly Typed[], frame: Frame): Generator<null> {
  const rows = plan.source.open(frame);
  for (const _ of groups(plan.first ? upToFirst(rows, frame, plan.aggregates) : rows, frame, keys, plan.aggregates)) {
    if (plan.having === null || plan.having.evaluate(frame) === true) yield null;
  }
}

function* upToFirst(rows: Iterable<null>, frame: Frame, [call]: readonly AggregateCall[]): Generator<null> {
  for (const _ of rows) {
    yield null;
    if (call?.arguments[0]?.evaluate(frame) != null) return;
  }
}

/** Set-returning functions in the select list run side by side; the shorter ones give NULL at the end. */
function* expanded(series: readonly SeriesCall[], input: Iterable<null>, frame: Frame): Generator<null> {
  for (const _ of input) {
    const lists = series.map((call) => [...call.values(frame)]);
    const length = Math.max(...lists.map((list) => list.length));
    for (let at = 0; at < length; at++) {
      frame.series = lists.map((list) => list[at] ?? null);
      yield null;
    }
  }
}
