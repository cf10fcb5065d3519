/** RETURNING: a select list over the row that was written, and the other FROM items. */
import type { ReturningClause } from "libpg-query";
import { plainContext } from "../expressions/compile.ts";
import type { Frame, Row } from "../expressions/frame.ts";
import { type Query, type Scope, tracked } from "../expressions/scope.ts";
import { outputsOf } from "./outputs.ts";
import { compileTargets } from "./targets.ts";

const NOTHING: Row = [];

/**
 * A query of a modifying statement. `changes` writes one row after the other and pauses after each with the frame to
 * evaluate RETURNING in; without RETURNING the query gives one row without columns for each row written.
 */
export function returningQuery(
  clause: ReturningClause | undefined,
  scope: Scope,
  changes: (frame: Frame) => Iterable<Frame>,
  newFrame: (run: Frame["run"], outer: Frame | null) => Frame,
): Query {
  const targets =
    clause === undefined
      ? []
      : tracked(scope, () => compileTargets(clause.exprs ?? [], plainContext(scope, "RETURNING"))).result;
  return outputsOf(targets, scope.outerLevels, function* (run, outer, outputs) {
    for (const frame of changes(newFrame(run, outer))) {
      yield outputs.length === 0 ? NOTHING : outputs.map((output) => output.evaluate(frame));
    }
  });
}
