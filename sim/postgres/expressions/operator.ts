/** One operator of the operator tables. */
import type { TypeName } from "../catalog/catalog.ts";
import type { Value } from "../values/value.ts";

/** A value that is not NULL: all operators are strict. */
export type Defined = Exclude<Value, null>;

export interface Operator {
  readonly name: string;
  /** Null for a prefix operator. */
  readonly left: TypeName | null;
  readonly right: TypeName;
  readonly result: TypeName;
  /** Null where PostgreSQL has the operator and the server does not. */
  readonly call: ((left: Defined, right: Defined) => Value) | null;
}
