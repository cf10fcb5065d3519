/**
 * Sequences: their options in CREATE SEQUENCE, ALTER SEQUENCE, serial and identity columns. CACHE 1 is what there is.
 *
 * Bounds that were not written are the type's, and left out of the catalog. Source: sequence.c (init_params).
 */
import type { DefElem, Node } from "libpg-query";
import { SqlError } from "../sql-error.ts";
import { refuse } from "../syntax/refuse.ts";
import type { Sequence } from "./catalog.ts";

export type SequenceOptions = Omit<Sequence, "name">;

const DEFAULTS: SequenceOptions = { start: 1, increment: 1 };

/** The options as they are after those of a statement; `before` for ALTER SEQUENCE. */
export function sequenceOptions(
  sql: string,
  nodes: readonly Node[],
  before: SequenceOptions | null = null,
): SequenceOptions {
  const options = nodes.flatMap((node) => ("DefElem" in node ? [node.DefElem] : []));
  const find = (name: string): DefElem | undefined => options.find(({ defname }) => defname === name);
  for (const option of options) mustBeKnown(sql, option);
  const increment = numberOf(find("increment")) ?? before?.increment ?? DEFAULTS.increment;
  if (increment === 0) throw new SqlError("22023", "INCREMENT must not be zero");
  const bound = (name: "minvalue" | "maxvalue", old: number | undefined): number | undefined =>
    find(name) === undefined ? old : (numberOf(find(name)) ?? undefined);
  const min = bound("minvalue", before?.min);
  const max = bound("maxvalue", before?.max);
  const first = increment > 0 ? (min ?? 1) : (max ?? -1);
  const start = numberOf(find("start")) ?? before?.start ?? first;
  const cycles = find("cycle") === undefined ? before?.cycles === true : isOn(find("cycle"));
  const made: SequenceOptions = {
    start,
    increment,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(cycles ? { cycles } : {}),
  };
  mustFit(made, "START", start);
  return made;
}

function mustBeKnown(sql: string, option: DefElem): void {
  const { defname = "", location } = option;
  if (defname === "cache" && numberOf(option) !== 1) refuse(sql, location, "CACHE of more than 1 for a sequence");
  if (KNOWN.includes(defname)) return;
  refuse(sql, location, `${defname.toUpperCase()} for a sequence`);
}

const KNOWN = ["start", "increment", "minvalue", "maxvalue", "cycle", "cache", "as", "owned_by", "restart"];

/** `NO MAXVALUE` and the like have no value. */
export function numberOf(option: DefElem | undefined): number | null {
  const arg = option?.arg;
  if (arg !== undefined && "Integer" in arg) return arg.Integer.ival ?? 0;
  return arg !== undefined && "Float" in arg ? Number(arg.Float.fval ?? 0) : null;
}

function isOn(option: DefElem | undefined): boolean {
  return option?.arg !== undefined && "Boolean" in option.arg && option.arg.Boolean.boolval === true;
}

/** Raises 22023 for a value outside of the bounds. */
export function mustFit(options: SequenceOptions, what: "START" | "RESTART", value: number): void {
  const { least, most } = bounds(options);
  if (BigInt(least) > BigInt(most) || least === most) {
    throw new SqlError("22023", `MINVALUE (${least}) must be less than MAXVALUE (${most})`);
  }
  if (BigInt(value) < BigInt(least)) {
    throw new SqlError("22023", `${what} value (${value}) cannot be less than MINVALUE (${least})`);
  }
  if (BigInt(value) > BigInt(most)) {
    throw new SqlError("22023", `${what} value (${value}) cannot be greater than MAXVALUE (${most})`);
  }
}

/** The bounds of a sequence, as PostgreSQL writes them. */
export function bounds({ increment, min, max }: SequenceOptions): { readonly least: string; readonly most: string } {
  const rises = increment > 0;
  return {
    least: String(min ?? (rises ? 1 : "-9223372036854775808")),
    most: String(max ?? (rises ? "9223372036854775807" : -1)),
  };
}
