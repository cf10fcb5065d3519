/** An analysed expression: its static type, and the function that evaluates it. */
import type { TypeName } from "../catalog/catalog.ts";
import type { Value } from "../values/value.ts";
import type { Frame } from "./frame.ts";

/** An expression whose type is still open: it takes the type that its surroundings ask for. */
export type Untyped =
  | { readonly kind: "literal"; readonly text: string | null }
  | { readonly kind: "parameter"; readonly number: number };

export interface Typed {
  /** `unknown` while the type is open. */
  readonly type: TypeName;
  readonly evaluate: (frame: Frame) => Value;
  /** Set while the type is open. */
  readonly untyped?: Untyped;
  /** The value of a literal: a cast of it costs nothing at run time. */
  readonly literal?: { readonly value: Value };
  /** The value that the planner has computed for it. */
  readonly known?: { readonly value: Value };
  /** The fields of a row constructor. */
  readonly fields?: readonly Typed[];
}

export function constant(type: TypeName, value: Value): Typed {
  return { type, evaluate: () => value, literal: { value } };
}
