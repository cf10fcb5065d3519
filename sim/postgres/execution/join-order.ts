/**
 * Which side of a join of two is gone through and which is looked up for each of its rows, as the planner has it for tables that were
 * never analyzed. It shows in the order of rows, and so in the order in which they are locked.
 *
 *     t JOIN i ON i.tid = t.id, t.id a key          i is gone through, t is looked up       rows in the order of i
 *     UPDATE t … FROM unnest(ARRAY[2, 1]) …          the list is gone through, t looked up   2, 1
 *     t JOIN u ON t.v = u.v, neither a key           t is gone through                      rows in the order of t
 *
 * It is one plan of many: no text forces it, and at fine granularity any order may come (any-order.ts). What conditions imply is
 * worked out here as well, as the planner does it: `s.id = o.k AND o.k = 2` says `s.id = 2`, so that only this row of s is looked at.
 *
 * Not modelled: joins of three and more, outer joins, the sorted order of a merge join. Sources: joinpath.c, equivclass.c; plans of a real server.
 */
import type { Node } from "libpg-query";
import { equalitySides } from "../expressions/conditions.ts";
import type { Scope } from "../expressions/scope.ts";
import { SqlError } from "../sql-error.ts";
import { allHold, type Condition, compileConditions } from "./conditions.ts";
import { columnOf } from "./scan-path.ts";
import type { Leaf, Source } from "./source.ts";

interface Side {
  readonly source: Source;
  readonly leaves: readonly Leaf[];
}

/** An inner join whose sides can be turned until it runs. */
export interface TurnableJoin {
  readonly source: Source;
  readonly turn: () => void;
}

/** An inner join; the left side is gone through unless it is turned. */
export function turnableJoin(left: Side, right: Side, conditions: readonly Condition[]): TurnableJoin {
  let [outer, inner] = [left, right];
  const mark = (): void => {
    for (const leaf of outer.leaves) leaf.inner = false;
    for (const leaf of inner.leaves) leaf.inner = true;
  };
  for (const leaf of right.leaves) leaf.inner = true;
  return {
    turn: () => {
      [outer, inner] = [right, left];
      mark();
    },
    source: {
      items: [...left.source.items, ...right.source.items],
      flows: (frame) =>
        left.source.flows(frame) || right.source.flows(frame) || conditions.some((condition) => condition.volatile),
      *open(frame) {
        for (const _ of outer.source.open(frame)) {
          for (const __ of inner.source.open(frame)) if (allHold(conditions, frame)) yield null;
        }
      },
    },
  };
}

/** Turns a join of two where its left side is looked up by a key and its right side is not. */
export function lookUpKeys(
  { leaves, turn }: { readonly leaves: readonly Leaf[]; readonly turn: (() => void) | null },
  conditions: readonly Condition[],
  scope: Scope,
): void {
  const [left, right, more] = leaves;
  if (turn === null || left === undefined || right === undefined || more !== undefined || right.isLateral) return;
  if (isLookedUp(left, right, conditions, scope) && !isLookedUp(right, left, conditions, scope)) turn();
}

/** Whether the conditions give the leaf a whole unique key from the other one's row. */
function isLookedUp(leaf: Leaf, other: Leaf, conditions: readonly Condition[], scope: Scope): boolean {
  const given = new Set(
    conditions.flatMap(({ node, reads, within }) => {
      const sides = reads.has(other.item) && reads.has(leaf.item) ? equalitySides(node) : null;
      if (sides === null) return [];
      return [sides.left, sides.right].flatMap((side) => within(() => columnOf(scope, leaf.item, side)) ?? []);
    }),
  );
  return (leaf.table?.indexes ?? []).some(
    ({ unique, predicate, expressions, columns }) =>
      unique && predicate === null && expressions === undefined && columns.every((column) => given.has(column)),
  );
}

/** A column that one condition equates with another column, and another with a value: the conditions that follow. */
export function impliedConditions(conditions: readonly Condition[], scope: Scope): readonly Condition[] {
  const equalities = conditions.flatMap((condition) => {
    const sides = condition.volatile ? null : equalitySides(condition.node);
    return sides === null ? [] : [{ ...condition, sides }];
  });
  return equalities
    .filter(({ reads }) => reads.size === 2)
    .flatMap(({ sides: { left, right }, within }) =>
      [
        { known: left, other: right },
        { known: right, other: left },
      ].flatMap(({ known, other }) =>
        equalities
          .filter(({ reads }) => reads.size === 1)
          .flatMap((fixed) => fixedTo(known, fixed.sides, scope, within) ?? [])
          .flatMap((value) => within(() => equated(other, value, scope))),
      ),
    );
}

/** The other side of an equality of this column; null where it is about something else. */
function fixedTo(
  column: Node,
  { left, right }: { readonly left: Node; readonly right: Node },
  scope: Scope,
  within: Condition["within"],
): Node | null {
  const place = within(() => placeOf(scope, column));
  if (place === null || "ColumnRef" in left === "ColumnRef" in right) return null;
  const [named, value] = "ColumnRef" in left ? [left, right] : [right, left];
  return within(() => placeOf(scope, named)) === place ? value : null;
}

function placeOf(scope: Scope, node: Node): string | null {
  for (const { columns } of scope.items) {
    for (const { item } of columns.slice(0, 1)) {
      const column = columnOf(scope, item, node);
      if (column !== null) return `${item} ${column}`;
    }
  }
  return null;
}

/** `column = value`, where types allow that. */
function equated(column: Node, value: Node, scope: Scope): readonly Condition[] {
  const node: Node = {
    A_Expr: { kind: "AEXPR_OP", name: [{ String: { sval: "=" } }], lexpr: column, rexpr: value },
  };
  try {
    return compileConditions([node], scope, "WHERE");
  } catch (error) {
    if (error instanceof SqlError) return [];
    throw error;
  }
}
