/** One function of the function tables, and how a row is written. Source: pg_proc.dat. */
import type { TypeName } from "../catalog/catalog.ts";
import type { Value } from "../values/value.ts";
import type { Frame } from "./frame.ts";

type Arguments = readonly Value[];

export interface SqlFunction {
  readonly name: string;
  readonly parameters: readonly TypeName[];
  readonly result: TypeName;
  readonly call: (values: Arguments, frame: Frame) => Value;
  readonly strict: boolean;
  readonly volatile: boolean;
  /** The call, where it gives the same for the same arguments, whatever the session: one that does not look at the frame. */
  readonly immutable: ((values: Arguments) => Value) | null;
}

type Options = { readonly strict?: boolean; readonly volatile?: boolean };

/** One row of a table, written as `name(arguments) result`. It is strict and not volatile unless it says so. */
export function define(signature: string, call: SqlFunction["call"], options: Options = {}): SqlFunction {
  const match = /^(\w+)\(([^)]*)\) (\w+)$/.exec(signature);
  const [, name = "", list = "", result = ""] = match ?? [];
  const parameters = list === "" ? [] : list.split(", ");
  const { strict = true, volatile = false } = options;
  const looksAtFrame = volatile || call.length > 1;
  const immutable = looksAtFrame ? null : (call as (values: Arguments) => Value);
  return { name, parameters, result, call, strict, volatile, immutable };
}

/** An argument of a strict function as a text. */
export function text(value: Value | undefined): string {
  return String(value);
}
