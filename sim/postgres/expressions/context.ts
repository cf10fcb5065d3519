/** What the analysis of one expression knows of its surroundings. */
import type { Node } from "libpg-query";
import type { TypeName } from "../catalog/catalog.ts";
import { refuse } from "../syntax/refuse.ts";
import type { Value } from "../values/value.ts";
import type { Frame } from "./frame.ts";
import type { Scope } from "./scope.ts";
import type { Typed } from "./typed.ts";

/** An aggregate call, computed for each group. */
export interface AggregateCall {
  readonly arguments: readonly Typed[];
  /** ORDER BY inside of the call: the group's rows are put into this order first. */
  readonly order: readonly OrderKey[];
  /** FILTER (WHERE …), or null. */
  readonly filter: Typed | null;
  readonly distinct: boolean;
  readonly result: TypeName;
  /** Computes the aggregate of the argument rows of a group, NULLs included. */
  readonly compute: (rows: readonly (readonly Value[])[]) => Value;
}

/** A key to sort by. */
export interface OrderKey {
  readonly typed: Typed;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** A set-returning function in a select list. */
export interface SeriesCall {
  readonly values: (frame: Frame) => Iterable<Value>;
}

export interface ExpressionContext {
  readonly scope: Scope;
  /** Where the expression stands, in the words of PostgreSQL's errors: `WHERE`, `VALUES`, `JOIN conditions`. */
  readonly clause: string;
  /** Collects aggregate calls; null where they are not allowed. */
  readonly aggregates: AggregateCall[] | null;
  /** Collects set-returning calls; null where they are not allowed. */
  readonly series: SeriesCall[] | null;
  /** In a grouped query: whether an expression is one of those grouped by. Null elsewhere, and inside aggregates. */
  readonly grouped: Grouped | null;
  /** Analyses a part of the expression. */
  readonly compile: (node: Node, context: ExpressionContext) => Typed;
}

/** What a grouped query may use outside of aggregates. */
export interface Grouped {
  /** The query level that is grouped; sub-selects inside are checked against it too. */
  readonly scope: Scope;
  readonly isKey: (node: Node, scope: Scope) => boolean;
  /** Whether a column may be used bare: it is grouped by, or its table's primary key is. */
  readonly isColumnAllowed: (item: number, column: number) => boolean;
}

/** Refuses something in the expression, by name and place. */
export function refuseHere(
  context: ExpressionContext,
  location: number | undefined,
  what: string,
  hint?: string,
): never {
  return refuse(context.scope.analysis.sql, location, what, hint);
}
