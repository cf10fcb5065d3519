/**
 * What the planner computes before the first row: operators, casts and functions of constants that give the same whenever
 * they are called.
 *
 *     SELECT 1 / 0 FROM t                           fails, also where t is empty
 *     SELECT CASE WHEN false THEN 1 / 0 END         does not: what is behind a constant that decides is not looked at
 *
 * An error is kept as a complaint of the planner, and the expression stays as it is. Of sub-selects in FROM, of WITH and of EXISTS
 * nothing is computed ahead here: the planner may drop outputs that nobody reads. Source: clauses.c (eval_const_expressions).
 */
import { SqlError } from "../sql-error.ts";
import type { Value } from "../values/value.ts";
import type { Analysis } from "./scope.ts";
import type { Typed } from "./typed.ts";

/** The value that the planner knows an expression to have; undefined where it knows none. */
export function knownValue({ known, literal }: Typed): Value | undefined {
  return (known ?? literal)?.value;
}

export function isKnownNotNull(typed: Typed): boolean {
  if (typed.untyped?.kind === "literal") return typed.untyped.text !== null;
  const value = knownValue(typed);
  return value !== undefined && value !== null;
}

/** The expression, with its value where those of all of its operands are known. */
export function folded(
  analysis: Analysis,
  typed: Typed,
  operands: readonly Typed[],
  compute: (values: readonly Value[]) => Value,
): Typed {
  const values = operands.map(knownValue).filter((value) => value !== undefined);
  if (values.length < operands.length) return typed;
  try {
    return { ...typed, known: { value: compute(values) } };
  } catch (error) {
    if (error instanceof SqlError) analysis.complaints.push({ error, folding: true });
    return typed;
  }
}

/** The same for what gives NULL where an operand is NULL. */
export function foldedStrictly(
  analysis: Analysis,
  typed: Typed,
  operands: readonly Typed[],
  compute: (values: readonly Value[]) => Value,
): Typed {
  return folded(analysis, typed, operands, (values) => (values.includes(null) ? null : compute(values)));
}

/** Analyses what the planner will not look at, or may drop, where that is so. */
export function withoutFolding<T>({ complaints }: Analysis, isDropped: boolean, analyse: () => T): T {
  const before = complaints.length;
  const result = analyse();
  if (isDropped) complaints.push(...complaints.splice(before).filter(({ folding }) => !folding));
  return result;
}
