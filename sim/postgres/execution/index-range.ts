/** A part of an index: the entries whose columns lie within bounds. */
import { compareValues } from "../values/compare.ts";
import type { Value } from "../values/value.ts";

export type BoundOperator = "=" | "<" | "<=" | ">" | ">=";

export interface Bound {
  /** The position of the column in the index. */
  readonly at: number;
  readonly type: string;
  readonly operator: BoundOperator;
  readonly value: Value;
}

/** All of its bounds hold. */
export interface IndexRange {
  readonly index: string;
  readonly bounds: readonly Bound[];
}

/** Whether a key of the index lies in the range. */
export function covers({ bounds }: Pick<IndexRange, "bounds">, key: readonly Value[]): boolean {
  return bounds.every(({ at, type, operator, value }) => {
    const part = key[at] ?? null;
    return part !== null && value !== null && holds(operator, compareValues(type, part, value));
  });
}

function holds(operator: BoundOperator, order: number): boolean {
  switch (operator) {
    case "=":
      return order === 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}
