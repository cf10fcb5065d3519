/** Makes a query of its outputs and a way to run it; the outputs' types can be settled until it runs. */
import type { Frame, Row, Run } from "../expressions/frame.ts";
import type { Before, Query } from "../expressions/scope.ts";
import type { Typed } from "../expressions/typed.ts";

type Rows = (run: Run, outer: Frame | null, outputs: readonly Typed[], before: Before | undefined) => Iterable<Row>;

export function outputsOf(
  targets: readonly { readonly name: string; readonly typed: Typed }[],
  outerLevels: ReadonlySet<number>,
  rows: Rows,
): Query {
  let outputs = targets.map(({ typed }) => typed);
  return {
    get fields() {
      return targets.map(({ name }, at) => ({ name, type: outputs[at]?.type ?? "unknown" }));
    },
    get outputs() {
      return outputs;
    },
    outerLevels,
    coerceOutputs(coerce) {
      outputs = outputs.map(coerce);
    },
    rows: (run, outer, before) => rows(run, outer, outputs, before),
  };
}
