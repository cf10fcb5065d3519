/**
 * The conditions of WHERE and ON: split at AND, ordered by cost, and handed down to the FROM item that they look at.
 *
 *     WHERE t.id = 1 AND pg_try_advisory_lock(t.id) AND t.a = u.a
 *           to t         to t, after the cheaper one    stays above the join
 *
 * The order is the planner's: cheap conditions first, equal ones as written. It shows only where a condition has an
 * effect or fails. Source: order_qual_clauses in createplan.c.
 */
import type { Node } from "libpg-query";
import { coerceToBoolean } from "../expressions/coerce.ts";
import { compile, plainContext } from "../expressions/compile.ts";
import { knownValue, withoutFolding } from "../expressions/constant-folding.ts";
import type { Frame } from "../expressions/frame.ts";
import { type Scope, tracked } from "../expressions/scope.ts";
import type { Typed } from "../expressions/typed.ts";

export interface Condition {
  readonly node: Node;
  readonly typed: Typed;
  /** The FROM items of its own level that it looks at. */
  readonly reads: ReadonlySet<number>;
  readonly volatile: boolean;
  readonly cost: number;
  /** Analyses a part of it once more, with the names that it was written among: a join's ON sees other columns than WHERE. */
  readonly within: <T>(analyse: () => T) => T;
}

/** The conditions that a clause connects by AND. */
export function compileConditions(nodes: readonly Node[], scope: Scope, clause: string): readonly Condition[] {
  const words = clause === "JOIN conditions" ? "JOIN/ON" : clause;
  let isDecided = false;
  return nodes.map((part) => {
    const analysed = tracked(scope, () =>
      withoutFolding(scope.analysis, isDecided, () =>
        coerceToBoolean(scope.analysis, compile(part, plainContext(scope, clause)), words),
      ),
    );
    isDecided ||= knownValue(analysed.result) === false;
    const { reads, volatile, cost } = analysed.tracker;
    return { node: part, typed: analysed.result, reads, volatile, cost, within: amongColumns(scope) };
  });
}

/** Runs an analysis with the names that mean something in the scope now, whatever they mean there later. */
export function amongColumns(scope: Scope): Condition["within"] {
  const { columns, visible } = scope;
  return (analyse) => {
    const later = { columns: scope.columns, visible: scope.visible };
    Object.assign(scope, { columns, visible });
    try {
      return analyse();
    } finally {
      Object.assign(scope, later);
    }
  };
}

export function byCost(conditions: readonly Condition[]): readonly Condition[] {
  return [...conditions].sort((a, b) => a.cost - b.cost);
}

/** Whether all of them are true for the rows in the frame. */
export function allHold(conditions: readonly Condition[], frame: Frame): boolean {
  for (const { typed } of conditions) if (typed.evaluate(frame) !== true) return false;
  return true;
}
