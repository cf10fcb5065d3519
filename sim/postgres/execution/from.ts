/**
 * FROM: names for the scope and a source for the rows.
 *
 *     FROM t JOIN u USING (id), generate_series(1, 3) AS n
 *
 *     items    0: t    1: u    2: n          one row each in the frame
 *     columns  id, t's others, u's others, n (what a bare name can mean, in the order of *)
 *
 * Joins are nested loops, in the order in which they are written but for what join-order.ts says; the inner side is gathered once unless
 * it is lateral.
 * Not modelled: FULL JOIN, aliases of joins. Source: parse_clause.c (transformFromClauseItem).
 */
import type { JoinExpr, Node, RangeFunction, RangeSubselect, RangeVar, SelectStmt } from "libpg-query";
import type { Table } from "../catalog/catalog.ts";
import { applyOperator } from "../expressions/apply-operator.ts";
import { seriesCall } from "../expressions/call.ts";
import { resolveOpen } from "../expressions/coerce.ts";
import { plainContext } from "../expressions/compile.ts";
import { conjuncts } from "../expressions/conditions.ts";
import { withoutFolding } from "../expressions/constant-folding.ts";
import { type Frame, frameAt, once, type Row } from "../expressions/frame.ts";
import { outputName } from "../expressions/output-name.ts";
import {
  type Before,
  findCte,
  noteVolatile,
  type Query,
  type Scope,
  type ScopeColumn,
  withEffects,
} from "../expressions/scope.ts";
import { isSeries } from "../expressions/series.ts";
import type { Typed } from "../expressions/typed.ts";
import { SqlError } from "../sql-error.ts";
import { lastName, listItems, stringOf } from "../syntax/nodes.ts";
import { refuse } from "../syntax/refuse.ts";
import { runsAgain } from "./any-order.ts";
import { amongColumns, byCost, type Condition, compileConditions } from "./conditions.ts";
import { lookUpKeys, turnableJoin } from "./join-order.ts";
import type { Field } from "./prepared.ts";
import { findTable } from "./relations.ts";
import { choosePath } from "./scan-path.ts";
import { computedLeaf, type Leaf, memoOf, outerJoin, replayMemo, type Source, tableLeaf } from "./source.ts";

/** A FROM clause, or a part of one. */
export interface From {
  readonly source: Source;
  readonly leaves: readonly Leaf[];
  readonly columns: readonly ScopeColumn[];
  /** Items that may be without a row: the far sides of outer joins. */
  readonly nullable: ReadonlySet<number>;
  /** The conditions of its inner joins. */
  readonly on: readonly Condition[];
  /** Makes its last join go through the other side; null where that cannot be. */
  readonly turn: (() => void) | null;
}

/** What FROM needs to know of the rest of the query. */
export interface FromOptions {
  /** The clause that a locked sub-select is to carry, or null where the item of this name is not locked. */
  readonly lockFor: (name: string) => Node | null;
  /** The table lock of a table of this name. */
  readonly tableLock: (name: string) => "access share" | "row share";
}

/** Analyses the FROM items one after the other; commas are inner joins. */
export function compileFrom(nodes: readonly Node[], scope: Scope, options: FromOptions): From | null {
  let whole: From | null = null;
  for (const node of nodes) {
    const part = compileItem(node, scope, options);
    whole = whole === null ? part : joined(whole, part);
    scope.columns = [...whole.columns];
  }
  return whole;
}

/** Every combination of two parts. */
export function joined(left: From, right: From): From {
  return {
    ...turnableJoin(left, right, []),
    leaves: [...left.leaves, ...right.leaves],
    columns: [...left.columns, ...right.columns],
    nullable: new Set([...left.nullable, ...right.nullable]),
    on: [...left.on, ...right.on],
  };
}

function compileItem(node: Node, scope: Scope, options: FromOptions): From {
  if ("RangeVar" in node) return compileRelation(node.RangeVar, scope, options);
  if ("RangeSubselect" in node) return compileSubselect(node.RangeSubselect, scope, options);
  if ("RangeFunction" in node) return compileFunction(node.RangeFunction, scope);
  if ("JoinExpr" in node) return compileJoin(node.JoinExpr, scope, options);
  return refuse(scope.analysis.sql, undefined, "this FROM item");
}

interface NewItem {
  readonly name: string;
  readonly table: Table | null;
  readonly fields: readonly Field[];
  /** Column names of the alias, which replace the first of the fields' names. */
  readonly renamed: readonly string[];
}

/** Gives a FROM item its place in the frame and its names in the scope. */
export function addItem(
  scope: Scope,
  { name, table, fields, renamed }: NewItem,
): { readonly item: number; readonly columns: readonly ScopeColumn[] } {
  if (scope.items.some((other) => other.name === name)) {
    throw new SqlError("42712", `table name "${name}" specified more than once`);
  }
  if (renamed.length > fields.length) {
    throw new SqlError(
      "42P10",
      `table "${name}" has ${fields.length} columns available but ${renamed.length} columns specified`,
    );
  }
  const item = scope.size;
  scope.size += 1;
  const columns = fields.map((field, column) => ({
    name: renamed[column] ?? field.name,
    type: field.type,
    item,
    column,
    ...(field.unmodelled === true ? { unmodelled: true } : {}),
  }));
  scope.items.push({ name, table, columns });
  return { item, columns };
}

function aliasColumns(alias: { readonly colnames?: Node[] } | undefined): readonly string[] {
  return (alias?.colnames ?? []).map(stringOf);
}

export function single(leaf: Leaf, columns: readonly ScopeColumn[]): From {
  return { source: leaf.source, leaves: [leaf], columns, nullable: new Set(), on: [], turn: null };
}

function compileRelation(relation: RangeVar, scope: Scope, options: FromOptions): From {
  const name = relation.relname ?? "";
  const alias = relation.alias?.aliasname ?? name;
  const renamed = aliasColumns(relation.alias);
  const found = relation.schemaname === undefined ? findCte(scope, name) : null;
  if (found !== null) {
    const { cte, levels } = found;
    if (!cte.returns) throw new SqlError("0A000", `WITH query "${name}" does not have a RETURNING clause`);
    // Its effects come as far as it is read: they are those of whoever reads it.
    scope.analysis.effects.any ||= cte.hasEffects;
    const { item, columns } = addItem(scope, { name: alias, table: null, fields: cte.fields, renamed });
    return single(
      computedLeaf(item, { kind: "a WITH query", hasEffects: cte.hasEffects, isLateral: false }, (frame) =>
        cte.rows(frameAt(frame, levels)),
      ),
      columns,
    );
  }
  if (Object.hasOwn(scope.analysis.catalog.sequences, name) && options.tableLock(alias) === "access share") {
    return compileSequence(name, { alias, renamed }, scope);
  }
  const table = findTable(scope.analysis, relation);
  scope.analysis.relations.push({ table: table.name, mode: options.tableLock(alias) });
  const { item, columns } = addItem(scope, { name: alias, table, fields: table.columns, renamed });
  return single(tableLeaf(item, table), columns);
}

/** What is left of the log of a sequence is no part of a state. */
const SEQUENCE_FIELDS: readonly Field[] = [
  { name: "last_value", type: "int8" },
  { name: "log_cnt", type: "int8", unmodelled: true },
  { name: "is_called", type: "bool" },
];

/** A sequence in FROM is one row: what it has given last, whatever the snapshot. */
function compileSequence(
  name: string,
  { alias, renamed }: { readonly alias: string; readonly renamed: readonly string[] },
  scope: Scope,
): From {
  scope.analysis.relations.push({ table: name, mode: "access share" });
  noteVolatile(scope);
  const { item, columns } = addItem(scope, { name: alias, table: null, fields: SEQUENCE_FIELDS, renamed });
  const leaf = computedLeaf(
    item,
    { kind: "a sequence", hasEffects: false, isLateral: false },
    ({ run: { access } }) => [
      [
        String(access.sequence(name, "last_value", null, true)),
        null,
        access.sequence(name, "is_called", null, true) === 1,
      ],
    ],
  );
  return single(leaf, columns);
}

function compileSubselect(node: RangeSubselect, scope: Scope, options: FromOptions): From {
  const { subquery, alias, lateral } = node;
  if (subquery === undefined || !("SelectStmt" in subquery))
    return refuse(scope.analysis.sql, undefined, "this FROM item");
  const name = alias?.aliasname ?? `unnamed_subquery_${scope.size}`;
  const lock = options.lockFor(name);
  const select: SelectStmt =
    lock === null || subquery.SelectStmt.valuesLists !== undefined
      ? subquery.SelectStmt
      : { ...subquery.SelectStmt, lockingClause: [...(subquery.SelectStmt.lockingClause ?? []), lock] };
  // What is not LATERAL cannot see the items beside it, but is one level further in than they are.
  const visible: Scope = lateral === true ? scope : { ...scope, visible: new Set(), columns: [] };
  const { result: query, hasEffects } = withEffects(scope.analysis, () =>
    withoutFolding(scope.analysis, true, () => scope.analysis.subselect(select, visible)),
  );
  const { item, columns } = addItem(scope, { name, table: null, fields: query.fields, renamed: aliasColumns(alias) });
  const isCut = select.limitCount !== undefined || select.limitOffset !== undefined;
  return single(
    computedLeaf(item, { kind: "a subquery", hasEffects, isLateral: query.outerLevels.has(1) }, (frame, leaf) =>
      subselectRows({ query, isCut, hasEffects }, frame, leaf),
    ),
    columns,
  );
}

interface Subselect {
  readonly query: Query;
  readonly isCut: boolean;
  readonly hasEffects: boolean;
}

/**
 * The rows of a sub-select in FROM. Conditions on a locking sub-select are looked at inside of it, before the lock:
 * PostgreSQL's planner pushes them down, so they filter on the old values and rows that fail them are never locked. Not below a
 * LIMIT or OFFSET (`isCut`), which would let other rows through. Source: allpaths.c (subquery_is_pushdown_safe).
 */
function subselectRows({ query, isCut, hasEffects }: Subselect, frame: Frame, leaf: Leaf): Iterable<Row> {
  const pushed = isCut ? [] : leaf.conditions.filter((condition) => !condition.volatile);
  const before: Before = {
    cost: Math.max(0, ...pushed.map(({ cost }) => cost)),
    holds: (row) => {
      frame.rows.values[leaf.item] = row;
      return pushed.every(({ typed }) => typed.evaluate(frame) === true);
    },
  };
  const rows = (): Iterable<Row> => query.rows(frame.run, frame, pushed.length === 0 ? undefined : before);
  if (query.outerLevels.has(1)) return rows();
  if (hasEffects && leaf.inner && once(frame, query, () => runsAgain(frame))) return rows();
  return replayMemo(once(frame, leaf, () => memoOf(rows())));
}

function compileFunction(node: RangeFunction, scope: Scope): From {
  const { alias, functions = [], ordinality } = node;
  const [call] = listItems(functions[0]);
  if (call === undefined || functions.length !== 1) return refuse(scope.analysis.sql, undefined, "ROWS FROM");
  const name = "FuncCall" in call ? lastName(call.FuncCall.funcname) : outputName(call);
  const { types, values, lateral } = compileFunctionRows(call, name, scope);
  const itemName = alias?.aliasname ?? name;
  // The alias names the only column; several have the function's name.
  const fields: Field[] = types.map((type) => ({ name: types.length === 1 ? itemName : name, type }));
  if (ordinality === true) fields.push({ name: "ordinality", type: "int8" });
  const { item, columns } = addItem(scope, { name: itemName, table: null, fields, renamed: aliasColumns(alias) });
  const rows = function* (frame: Frame): Generator<Row> {
    let n = 0;
    for (const value of values(frame)) {
      n += 1;
      yield ordinality === true ? [...value, String(n)] : value;
    }
  };
  const leaf = computedLeaf(item, { kind: "a function", hasEffects: false, isLateral: lateral }, (frame, self) =>
    lateral ? rows(frame) : replayMemo(once(frame, self, () => memoOf(rows(frame)))),
  );
  return single(leaf, columns);
}

/** A function in FROM may always look at the items before it. */
function compileFunctionRows(
  call: Node,
  name: string,
  scope: Scope,
): { readonly types: readonly string[]; readonly values: (frame: Frame) => Iterable<Row>; readonly lateral: boolean } {
  const context = plainContext(scope, "functions in FROM");
  const before = new Set(scope.tracker.reads);
  if ("FuncCall" in call && isSeries(name)) {
    // unnest(a, b) is ROWS FROM (unnest(a), unnest(b)).
    const given = call.FuncCall.args ?? [];
    const calls =
      name === "unnest" && given.length > 1
        ? given.map((argument) => ({ ...call.FuncCall, args: [argument] }))
        : [call.FuncCall];
    const series = calls.map((each) => seriesCall(each, context));
    return {
      types: series.map(({ type }) => type),
      values: (frame) => sideBySide(series.map(({ values }) => values(frame))),
      lateral: scope.tracker.reads.size > before.size,
    };
  }
  const typed = resolveOpen(scope.analysis, context.compile(call, context));
  return {
    types: [typed.type],
    values: (frame) => [[typed.evaluate(frame)]],
    lateral: scope.tracker.reads.size > before.size,
  };
}

/** Rows of the lists' values; a list that is over gives NULL. */
function* sideBySide(lists: readonly Iterable<Row[number]>[]): Generator<Row> {
  const open = lists.map((list) => list[Symbol.iterator]());
  for (;;) {
    const next = open.map((list) => list.next());
    if (next.every(({ done }) => done === true)) return;
    yield next.map((each) => (each.done === true ? null : each.value));
  }
}

function compileJoin(join: JoinExpr, scope: Scope, options: FromOptions): From {
  const { larg, rarg, jointype, isNatural, usingClause, quals } = join;
  if (larg === undefined || rarg === undefined) return refuse(scope.analysis.sql, undefined, "this join");
  if (jointype === "JOIN_FULL")
    return refuse(scope.analysis.sql, undefined, "FULL JOIN", "use LEFT JOIN and UNION ALL");
  const outside = scope.columns;
  const left = compileItem(larg, scope, options);
  scope.columns = [...outside, ...left.columns];
  const right = compileItem(rarg, scope, options);
  const pairs = mergedColumns(left, right, isNatural === true ? null : (usingClause ?? []).map(stringOf));
  const conditions =
    quals === undefined ? pairs.map((pair) => equality(pair, scope)) : joinConditions(quals, scope, left, right);
  scope.columns = outside;
  const columns = joinColumns(left, right, pairs, jointype === "JOIN_RIGHT");
  return { ...combine(jointype ?? "JOIN_INNER", left, right, { conditions, scope }), columns };
}

/** ON sees the two sides of its join and nothing else of the FROM clause (but what is lateral). */
function joinConditions(quals: Node, scope: Scope, left: From, right: From): readonly Condition[] {
  const { columns, visible } = scope;
  scope.columns = [...left.columns, ...right.columns];
  scope.visible = new Set([...left.leaves, ...right.leaves].map(({ item }) => item));
  const conditions = compileConditions(conjuncts(quals), scope, "JOIN conditions");
  Object.assign(scope, { columns, visible });
  return conditions;
}

interface Parts {
  readonly conditions: readonly Condition[];
  readonly scope: Scope;
}

function combine(type: string, left: From, right: From, { conditions, scope }: Parts): Omit<From, "columns"> {
  const leaves = [...left.leaves, ...right.leaves];
  const nullable = new Set([...left.nullable, ...right.nullable]);
  if (type === "JOIN_INNER") {
    const above = pushDown(conditions, leaves, nullable, scope);
    const on = [...left.on, ...right.on, ...conditions];
    const from = { ...turnableJoin(left, right, above), leaves, nullable, on };
    lookUpKeys(from, on, scope);
    return from;
  }
  const [kept, other] = type === "JOIN_LEFT" ? [left, right] : [right, left];
  const above = pushDown(conditions, other.leaves, other.nullable, scope);
  for (const leaf of other.leaves) nullable.add(leaf.item);
  for (const leaf of other.leaves) leaf.inner = true;
  return { source: outerJoin(kept.source, other.source, byCost(above)), leaves, nullable, on: kept.on, turn: null };
}

/** Hands conditions that look at one item to that item, where no outer join is in between; gives back the others. */
export function pushDown(
  conditions: readonly Condition[],
  leaves: readonly Leaf[],
  nullable: ReadonlySet<number>,
  scope: Scope,
): readonly Condition[] {
  const above: Condition[] = [];
  const pushed = new Set<Leaf>();
  for (const condition of conditions) {
    const [only] = condition.reads;
    const leaf = condition.reads.size === 1 ? leaves.find(({ item }) => item === only) : undefined;
    if (leaf === undefined || nullable.has(leaf.item)) above.push(condition);
    else {
      leaf.conditions = [...leaf.conditions, condition];
      pushed.add(leaf);
    }
  }
  for (const leaf of pushed) arrange(leaf, scope);
  return byCost(above);
}

/** Index conditions first, then the cheap ones. */
function arrange(leaf: Leaf, scope: Scope): void {
  if (leaf.table === null) {
    leaf.conditions = byCost(leaf.conditions);
    return;
  }
  const { path, answered } = choosePath(scope, leaf.item, leaf.table, leaf.conditions);
  leaf.path = path;
  const others = leaf.conditions.filter((condition) => !answered.includes(condition));
  leaf.conditions = [...answered, ...byCost(others)];
}

interface Pair {
  readonly left: ScopeColumn;
  readonly right: ScopeColumn;
}

/** The columns that USING names, or that NATURAL finds on both sides. */
function mergedColumns(left: From, right: From, names: readonly string[] | null): readonly Pair[] {
  const common =
    names ??
    left.columns.map(({ name }) => name).filter((name) => right.columns.some((column) => column.name === name));
  return common.map((name) => ({ left: onlyColumn(left, name, "left"), right: onlyColumn(right, name, "right") }));
}

function onlyColumn(from: From, name: string, side: string): ScopeColumn {
  const found = from.columns.filter((column) => column.name === name);
  const [column] = found;
  if (column === undefined) {
    throw new SqlError("42703", `column "${name}" specified in USING clause does not exist in ${side} table`);
  }
  if (found.length > 1)
    throw new SqlError("42702", `common column name "${name}" appears more than once in ${side} table`);
  return column;
}

function columnValue({ item, column, type }: ScopeColumn): Typed {
  return { type, evaluate: (frame) => frame.rows.values[item]?.[column] ?? null };
}

function equality({ left, right }: Pair, scope: Scope): Condition {
  const operands = { left: columnValue(left), right: columnValue(right) };
  const typed = applyOperator(plainContext(scope, "JOIN/USING"), "=", operands, undefined);
  const reads = new Set([left.item, right.item]);
  const node: Node = {
    A_Expr: {
      kind: "AEXPR_OP",
      name: [{ String: { sval: "=" } }],
      lexpr: referenceTo(left, scope),
      rexpr: referenceTo(right, scope),
    },
  };
  return { node, typed, reads, volatile: false, cost: 1, within: amongColumns(scope) };
}

/** The column with the name of its FROM item, which means it wherever the item is in sight. */
function referenceTo({ item, column, name }: ScopeColumn, scope: Scope): Node {
  const isIt = (each: ScopeColumn): boolean => each.item === item && each.column === column;
  const of = scope.items.find(({ columns }) => columns.some(isIt));
  const names = of === undefined ? [name] : [of.name, of.columns.find(isIt)?.name ?? name];
  return { ColumnRef: { fields: names.map((sval) => ({ String: { sval } })) } };
}

/** Merged columns come first, and once; a right join takes them from the right. */
function joinColumns(left: From, right: From, pairs: readonly Pair[], fromRight: boolean): readonly ScopeColumn[] {
  const merged = pairs.map((pair) => (fromRight ? pair.right : pair.left));
  return [
    ...merged,
    ...left.columns.filter((column) => !pairs.some((pair) => pair.left === column)),
    ...right.columns.filter((column) => !pairs.some((pair) => pair.right === column)),
  ];
}
