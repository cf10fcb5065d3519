/** The functions that return sets: generate_series and unnest. Sources: int.c, int8.c, numeric.c, arrayfuncs.c. */
import type { TypeName } from "../catalog/catalog.ts";
import { SqlError } from "../sql-error.ts";
import { compareValues } from "../values/compare.ts";
import { addInterval } from "../values/timestamp.ts";
import { elementType } from "../values/type-names.ts";
import type { Value } from "../values/value.ts";
import { coerce, resolveOpen } from "./coerce.ts";
import type { ExpressionContext } from "./context.ts";
import type { Frame } from "./frame.ts";
import { operatorsNamed } from "./operators.ts";
import { asInterval } from "./time-operators.ts";
import type { Typed } from "./typed.ts";

export interface Series {
  readonly type: TypeName;
  readonly values: (frame: Frame) => Iterable<Value>;
}

export function isSeries(name: string): boolean {
  return name === "generate_series" || name === "unnest";
}

/** The function with these arguments; null where the server does not model it for them. */
export function seriesFor(name: string, values: readonly Typed[], context: ExpressionContext): Series | null {
  return name === "unnest" ? unnest(values, context) : generateSeries(values, context);
}

function unnest(values: readonly Typed[], context: ExpressionContext): Series | null {
  const [array] = values;
  if (array === undefined || values.length !== 1) return null;
  const typed = resolveOpen(context.scope.analysis, array);
  const type = elementType(typed.type);
  if (type === null) return null;
  return {
    type,
    values: (frame) => {
      const list = typed.evaluate(frame);
      return Array.isArray(list) ? list : [];
    },
  };
}

const NUMBERS: readonly TypeName[] = ["int4", "int8", "numeric"];

function generateSeries(values: readonly Typed[], context: ExpressionContext): Series | null {
  if (values.length !== 2 && values.length !== 3) return null;
  const { analysis } = context.scope;
  const known = values.map((value) => value.type);
  const type = known.includes("timestamptz")
    ? "timestamptz"
    : NUMBERS.find((candidate) =>
        values.every((value) => value.untyped !== undefined || coerce(analysis, value, candidate, "implicit") !== null),
      );
  if (type === undefined || (type === "timestamptz" && values.length !== 3)) return null;
  const wanted = [type, type, type === "timestamptz" ? "interval" : type];
  const coerced = values.map((value, at) => coerce(analysis, value, wanted[at] ?? type, "implicit"));
  if (coerced.includes(null)) return null;
  return {
    type,
    values: (frame) => {
      const given = coerced.map((value) => value?.evaluate(frame) ?? null);
      return given.includes(null) ? [] : steps(type, given);
    },
  };
}

function* steps(type: TypeName, [from = null, to = null, given]: readonly Value[]): Generator<Value> {
  const add =
    type === "timestamptz"
      ? null
      : operatorsNamed("+", false)?.find((operator) => operator.left === type && operator.right === type);
  const one: Value = type === "int4" ? 1 : "1";
  const step = given ?? one;
  const sign = type === "timestamptz" ? Math.sign(addInterval(0, asInterval(step ?? 0), 1)) : Math.sign(Number(step));
  if (sign === 0) throw new SqlError("22023", "step size cannot equal zero");
  for (let value: Value = from; value !== null && to !== null && sign * compareValues(type, value, to) <= 0; ) {
    yield value;
    value =
      type === "timestamptz"
        ? addInterval(Number(value), asInterval(step ?? 0), 1)
        : nextNumber(add?.call ?? null, value, step);
  }
}

/** The series ends where the next number would leave the type. */
function nextNumber(
  add: ((a: Exclude<Value, null>, b: Exclude<Value, null>) => Value) | null,
  value: Exclude<Value, null>,
  step: Value,
): Value {
  if (add === null || step === null) return null;
  try {
    return add(value, step);
  } catch (error) {
    if (error instanceof SqlError && error.sqlstate === "22003") return null;
    throw error;
  }
}
