/**
 * NOT NULL and CHECK, on a new row before it is stored (and before an UPDATE locks the row that it replaces).
 * Unique and foreign keys are the other side's: they look at other rows. Source: execMain.c (ExecConstraints).
 */
import type { Node } from "libpg-query";
import type { Table } from "../catalog/catalog.ts";
import { coerceToBoolean } from "../expressions/coerce.ts";
import { compile, plainContext } from "../expressions/compile.ts";
import type { Run } from "../expressions/frame.ts";
import type { Analysis } from "../expressions/scope.ts";
import { SqlError } from "../sql-error.ts";
import type { Value } from "../values/value.ts";
import { toText } from "../values/wire.ts";
import { rowFrame, tableScope } from "./row-expressions.ts";

export type CheckRow = (values: readonly Value[], run: Run) => void;

/** Raises 23502 or 23514 for a row that the table does not take. */
export function compileConstraints(table: Table, analysis: Analysis): CheckRow {
  const scope = tableScope(table, analysis);
  // PostgreSQL looks at checks in the order of their names.
  const checks = [...table.checks]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, expression }) => ({
      name,
      typed: coerceToBoolean(analysis, compile(expression as Node, plainContext(scope, "CHECK")), "CHECK"),
    }));
  return (values, run) => {
    for (const [at, column] of table.columns.entries()) {
      if (!column.notNull || values[at] !== null) continue;
      throw new SqlError(
        "23502",
        `null value in column "${column.name}" of relation "${table.name}" violates not-null constraint`,
        failingRow(table, values),
      );
    }
    for (const { name, typed } of checks) {
      if (typed.evaluate(rowFrame(run, values)) !== false) continue;
      throw new SqlError(
        "23514",
        `new row for relation "${table.name}" violates check constraint "${name}"`,
        failingRow(table, values),
      );
    }
  };
}

/** Long values are cut at 64 bytes, as PostgreSQL does. */
function failingRow(table: Table, values: readonly Value[]): string {
  const shown = table.columns.map(({ type }, at) => {
    const text = toText(type, values[at] ?? null);
    return text === null ? "null" : text.length > 64 ? `${text.slice(0, 64)}...` : text;
  });
  return `Failing row contains (${shown.join(", ")}).`;
}
