/** Options of sequences: START and INCREMENT are modelled, CACHE 1 and NO CYCLE are what there is. */
import type { DefElem, Node } from "libpg-query";
import { SqlError } from "../sql-error.ts";
import { refuse } from "../syntax/refuse.ts";

export interface SequenceOptions {
  readonly start: number;
  readonly increment: number;
}

export function sequenceOptions(sql: string, nodes: readonly Node[]): SequenceOptions {
  let start: number | null = null;
  let increment = 1;
  for (const node of nodes) {
    if (!("DefElem" in node)) continue;
    const option = node.DefElem;
    switch (option.defname) {
      case "start":
        start = numberOf(option);
        break;
      case "increment":
        increment = numberOf(option);
        break;
      case "as":
      case "owned_by":
        break;
      case "cache":
        if (numberOf(option) !== 1) refuse(sql, option.location, "CACHE of more than 1 for a sequence");
        break;
      case "cycle":
        if (option.arg !== undefined && "Boolean" in option.arg && option.arg.Boolean.boolval !== true) break;
        refuse(sql, option.location, "CYCLE for a sequence");
        break;
      default:
        if (option.arg !== undefined)
          refuse(sql, option.location, `${(option.defname ?? "").toUpperCase()} for a sequence`);
    }
  }
  if (increment === 0) throw new SqlError("22023", "INCREMENT must not be zero");
  return { start: start ?? (increment > 0 ? 1 : -1), increment };
}

function numberOf({ arg }: DefElem): number {
  if (arg !== undefined && "Integer" in arg) return arg.Integer.ival ?? 0;
  return arg !== undefined && "Float" in arg ? Number(arg.Float.fval ?? 0) : 0;
}
