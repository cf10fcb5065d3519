/**
 * Where the rows of a query come from: FROM items and joins as lazy sources.
 *
 * `open` puts one combination of rows after the other into the frame and pauses; what is done with it (locking,
 * updating) is done before the next one is looked for. So a condition with an effect on row 2 happens after row 1 was
 * locked, as in PostgreSQL's executor:
 *
 *     open -> row 1 in frame -> lock, write -> row 2 in frame -> …
 *
 * In a re-check (`frame.fixed`) every item gives the one row that it had, and joins and conditions are evaluated again:
 * that is EvalPlanQual. An item without a row (the empty side of an outer join) gives none.
 */
import type { Table } from "../catalog/catalog.ts";
import { type Frame, once, type Row } from "../expressions/frame.ts";
import { compareValues } from "../values/compare.ts";
import type { HeapRow, ScanPath } from "./access.ts";
import { flows } from "./any-order.ts";
import { allHold, type Condition } from "./conditions.ts";

export interface Source {
  readonly open: (frame: Frame) => Iterable<null>;
  /** The items whose rows it sets. */
  readonly items: readonly number[];
  /** Whether its rows are found with an effect and taken one by one; false where they may be gathered before the first is taken. */
  readonly flows: (frame: Frame) => boolean;
}

export type LeafKind = "a table" | "a subquery" | "a function" | "a WITH query" | "a sequence";

/** An index whose order may be taken. */
export interface IndexOrder {
  readonly index: string;
  readonly descending: boolean;
  /** Whether the planner would rather take it than sort. */
  readonly pays: boolean;
}

/** One FROM item. Conditions are handed to it after it was made, when WHERE is known. */
export interface Leaf {
  readonly item: number;
  readonly table: Table | null;
  /** What it is, in the words of the errors about locking it. */
  readonly kind: LeafKind;
  readonly source: Source;
  conditions: readonly Condition[];
  path: (frame: Frame) => ScanPath;
  /** Its rows are wanted in the order of this index, and perhaps not all of them. */
  order: IndexOrder | null;
  /** Whether it looks at items beside it. */
  readonly isLateral: boolean;
  /** True for the inner side of a join: its rows are gathered once and gone through again for each outer row. */
  inner: boolean;
}

const SEQUENTIAL: ScanPath = { kind: "sequential" };

/** A table in FROM. */
export function tableLeaf(item: number, table: Table): Leaf {
  const leaf: Leaf = {
    item,
    table,
    kind: "a table",
    conditions: [],
    path: () => SEQUENTIAL,
    order: null,
    isLateral: false,
    inner: false,
    source: {
      items: [item],
      open: (frame) => openTable(leaf, table, frame),
      flows: () => leaf.conditions.some((condition) => condition.volatile),
    },
  };
  return leaf;
}

const ORDERS = ["rows come in the order of an index", "all rows are looked at, and then sorted"];

/** Whether the order of the leaf's index is taken: a choice where looking at rows has an effect. */
export function takesIndexOrder({ order, source }: Leaf, frame: Frame): boolean {
  if (order === null) return false;
  return once(frame, order, () => {
    if (!frame.run.access.plansAreOpen || !source.flows(frame)) return order.pays;
    const [index = "", sort = ""] = ORDERS;
    return (frame.run.access.pick(order.pays ? [index, sort] : [sort, index]) === 0) === order.pays;
  });
}

function* openTable(leaf: Leaf, table: Table, frame: Frame): Generator<null> {
  const { rows, fixed } = frame;
  const { item } = leaf;
  if (fixed !== null) {
    rows.heaps[item] = fixed.heaps[item] ?? null;
    yield* openFixed(leaf, frame);
    return;
  }
  const found = leaf.inner
    ? once(frame, leaf, () => [...filterTable(leaf, table, frame)])
    : takenRows(leaf, table, frame);
  for (const heap of found) {
    rows.heaps[item] = heap;
    rows.values[item] = heap.values;
    if (leaf.inner || holds(leaf, frame)) yield null;
  }
}

interface First {
  readonly cost: number;
  readonly holds: () => boolean;
}

/** In this execution a condition from outside is looked at among the leaf's own, before those that cost more. */
export function lookFirst(leaf: Leaf, frame: Frame, cost: number, condition: () => boolean): void {
  frame.cache.set(leaf.source, { cost, holds: condition } satisfies First);
}

function holds({ source, conditions }: Leaf, frame: Frame): boolean {
  const first = frame.cache.get(source) as First | undefined;
  if (first === undefined || frame.fixed !== null) return allHold(conditions, frame);
  const isBefore = ({ cost }: Condition): boolean => cost <= first.cost;
  return (
    allHold(conditions.filter(isBefore), frame) &&
    first.holds() &&
    allHold(
      conditions.filter((condition) => !isBefore(condition)),
      frame,
    )
  );
}

/** The rows in the order in which they are taken, which is any order where looking at them has an effect. */
function takenRows(leaf: Leaf, table: Table, frame: Frame): Iterable<HeapRow> {
  const rows = rowsOf(leaf, table, frame);
  if (!frame.run.access.plansAreOpen || !leaf.source.flows(frame) || takesIndexOrder(leaf, frame)) return rows;
  return rowByRow(leaf, rows, frame);
}

function* rowByRow(leaf: Leaf, rows: Iterable<HeapRow>, frame: Frame): Generator<HeapRow> {
  const steady = leaf.conditions.filter((condition) => !condition.volatile);
  const left = [...rows].filter((heap) => {
    frame.rows.values[leaf.item] = heap.values;
    return allHold(steady, frame);
  });
  while (left.length > 0) {
    const [next] = left.splice(frame.run.access.pick(left), 1);
    if (next === undefined) return;
    yield next;
  }
}

function rowsOf(leaf: Leaf, table: Table, frame: Frame): Iterable<HeapRow> {
  const { path, order } = leaf;
  const { access } = frame.run;
  const chosen = path(frame);
  if (order === null || !takesIndexOrder(leaf, frame)) return access.scan(table, chosen);
  // Keys that are given find the few rows sooner than any order, and these are sorted then.
  if (chosen.kind === "index") return inOrderOf(table, order, access.scan(table, chosen));
  if (chosen.kind === "ranges" && chosen.ranges.length === 0) return access.scan(table, chosen);
  const [range, other] = chosen.kind === "ranges" ? chosen.ranges : [];
  const isOfIndex = range !== undefined && other === undefined && range.index === order.index;
  const whole = { index: order.index, bounds: [] };
  return access.scanInOrder(table, { range: isOfIndex ? range : whole, descending: order.descending });
}

/** The rows in the order of the index; NULLs come last, or first where it is read backwards. */
function inOrderOf(
  table: Table,
  { index: name, descending }: IndexOrder,
  rows: readonly HeapRow[],
): readonly HeapRow[] {
  const columns = table.indexes.find((index) => index.name === name)?.columns ?? [];
  const compare = (a: HeapRow, b: HeapRow): number => {
    for (const column of columns) {
      const type = table.columns[column]?.type ?? "text";
      const order = compareValues(type, a.values[column] ?? null, b.values[column] ?? null);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  };
  return [...rows].sort(compare);
}

function* filterTable(
  leaf: Leaf,
  table: Table,
  frame: Frame,
): Generator<{ readonly ref: { readonly table: string; readonly version: number }; readonly values: Row }> {
  for (const heap of frame.run.access.scan(table, leaf.path(frame))) {
    frame.rows.values[leaf.item] = heap.values;
    if (allHold(leaf.conditions, frame)) yield heap;
  }
}

function* openFixed(leaf: Leaf, frame: Frame): Generator<null> {
  const row = frame.fixed?.values[leaf.item] ?? null;
  if (row === null) return;
  frame.rows.values[leaf.item] = row;
  if (allHold(leaf.conditions, frame)) yield null;
}

/** A FROM item whose rows are computed: a sub-select, a CTE, a function, VALUES. */
export function computedLeaf(
  item: number,
  { kind, hasEffects, isLateral }: Pick<Leaf, "kind" | "isLateral"> & { readonly hasEffects: boolean },
  rowsOf: (frame: Frame, leaf: Leaf) => Iterable<Row>,
): Leaf {
  const flowKey = {};
  const leaf: Leaf = {
    item,
    table: null,
    kind,
    conditions: [],
    path: () => SEQUENTIAL,
    order: null,
    isLateral,
    inner: false,
    source: {
      items: [item],
      open: (frame) => openComputed(leaf, rowsOf, frame),
      flows: (frame) =>
        leaf.conditions.some((condition) => condition.volatile) ||
        (hasEffects && once(frame, flowKey, () => flows(frame))),
    },
  };
  return leaf;
}

function* openComputed(leaf: Leaf, rowsOf: (frame: Frame, leaf: Leaf) => Iterable<Row>, frame: Frame): Generator<null> {
  if (frame.fixed !== null) {
    yield* openFixed(leaf, frame);
    return;
  }
  for (const row of rowsOf(frame, leaf)) {
    frame.rows.values[leaf.item] = row;
    if (allHold(leaf.conditions, frame)) yield null;
  }
}

/** One row without columns: a SELECT without FROM. */
export const NO_FROM: Source = {
  items: [],
  open: () => [null],
  flows: () => false,
};

/** Every combination for which the conditions hold, and each row of `kept` without a partner once with NULLs on the other side. */
export function outerJoin(kept: Source, other: Source, conditions: readonly Condition[]): Source {
  return {
    items: [...kept.items, ...other.items],
    flows: (frame) => kept.flows(frame) || other.flows(frame) || conditions.some((condition) => condition.volatile),
    *open(frame) {
      for (const _ of kept.open(frame)) {
        let matched = false;
        for (const __ of other.open(frame)) {
          if (!allHold(conditions, frame)) continue;
          matched = true;
          yield null;
        }
        if (matched) continue;
        for (const item of other.items) {
          frame.rows.values[item] = null;
          frame.rows.heaps[item] = null;
        }
        yield null;
      }
    },
  };
}

/** The source with conditions on top. */
export function filtered(source: Source, conditions: readonly Condition[]): Source {
  if (conditions.length === 0) return source;
  return {
    items: source.items,
    flows: (frame) => source.flows(frame) || conditions.some((condition) => condition.volatile),
    *open(frame) {
      for (const _ of source.open(frame)) if (allHold(conditions, frame)) yield null;
    },
  };
}

/** A sequence that is computed as far as somebody looks, once, and can be gone through any number of times. */
export interface Memo {
  readonly items: Row[];
  readonly rest: Iterator<Row>;
  done: boolean;
}

export function memoOf(rows: Iterable<Row>): Memo {
  return { items: [], rest: rows[Symbol.iterator](), done: false };
}

export function* replayMemo(memo: Memo): Generator<Row> {
  for (let at = 0; ; at++) {
    const known = memo.items[at];
    if (known !== undefined) {
      yield known;
      continue;
    }
    if (memo.done) return;
    const next = memo.rest.next();
    if (next.done === true) {
      memo.done = true;
      return;
    }
    memo.items.push(next.value);
    yield next.value;
  }
}
