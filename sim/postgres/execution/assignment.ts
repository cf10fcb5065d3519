/** Storing an expression in a column: assignment casts, and the modifiers of varchar(n) and numeric(p,s). */
import type { Column } from "../catalog/catalog.ts";
import { applyModifier, coerce } from "../expressions/coerce.ts";
import type { Analysis } from "../expressions/scope.ts";
import type { Typed } from "../expressions/typed.ts";
import { SqlError } from "../sql-error.ts";
import { typeLabel } from "../values/type-names.ts";

/** `words` names the expression in the error. */
export function assign(analysis: Analysis, typed: Typed, column: Column, words = "expression"): Typed {
  const coerced = coerce(analysis, typed, column.type, "assignment");
  if (coerced === null) {
    throw new SqlError(
      "42804",
      `column "${column.name}" is of type ${typeLabel(column.type)} but ${words} is of type ${typeLabel(typed.type)}`,
    );
  }
  const modifier = column.modifier ?? [];
  if (modifier.length === 0) return coerced;
  return {
    type: column.type,
    evaluate: (frame) => applyModifier(column.type, modifier, coerced.evaluate(frame), false),
  };
}
