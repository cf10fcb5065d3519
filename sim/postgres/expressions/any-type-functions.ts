/** Functions that take arguments of any type, or of an array and its element type. Sources: varlena.c, array_userfuncs.c, json.c. */
import type { TypeName } from "../catalog/catalog.ts";
import { SqlError } from "../sql-error.ts";
import { valuesEqual } from "../values/compare.ts";
import { type Json, jsonbValue } from "../values/json.ts";
import { ISO_UTC } from "../values/time-style.ts";
import { arrayType, elementType, typeLabel } from "../values/type-names.ts";
import type { Value } from "../values/value.ts";
import { toText } from "../values/wire.ts";
import { findCast } from "./casts.ts";
import { canCoerce, coerce, resolveOpen } from "./coerce.ts";
import type { ExpressionContext } from "./context.ts";
import type { Frame } from "./frame.ts";
import { toJson } from "./json-values.ts";
import type { Typed } from "./typed.ts";
import { isStyled, styledText, styleOf } from "./zoned-casts.ts";

const NAMES = new Set(
  (
    "concat concat_ws array_length cardinality array_append array_prepend array_remove array_position " +
    "to_jsonb jsonb_build_object jsonb_build_array pg_typeof"
  ).split(" "),
);

/** Whether a function of this name is here. */
export function isAnyTypeFunction(name: string): boolean {
  return NAMES.has(name);
}

/** The call as an expression, or null where it is none of these functions or not modelled for these arguments. */
export function anyTypeFunction(name: string, values: readonly Typed[], context: ExpressionContext): Typed | null {
  if (!isAnyTypeFunction(name)) return null;
  const { analysis } = context.scope;
  switch (name) {
    case "concat":
    case "concat_ws":
      return concat(
        name,
        values.map((value) => resolveOpen(analysis, value)),
      );
    case "array_length":
    case "cardinality":
    case "array_append":
    case "array_prepend":
    case "array_remove":
    case "array_position":
      return arrayFunction(name, values, context);
    case "to_jsonb":
    case "jsonb_build_object":
    case "jsonb_build_array":
      return jsonFunction(
        name,
        values.map((value) => resolveOpen(analysis, value)),
      );
    case "pg_typeof":
      return { type: "text", evaluate: () => typeLabel(values[0]?.type ?? "unknown") };
    default:
      return null;
  }
}

/** The text that `||` and concat make of a value. */
function asText(typed: Typed): (frame: Frame) => string | null {
  const convert = findCast(typed.type, "text", "explicit");
  return (frame) => {
    const value = typed.evaluate(frame);
    if (value === null) return null;
    return isStyled(typed.type)
      ? styledText(frame, typed.type, value)
      : String(convert?.(value) ?? toText(typed.type, value));
  };
}

function concat(name: string, values: readonly Typed[]): Typed {
  // Unlike ::text, concat shows a boolean as t or f.
  const texts = values.map((typed) =>
    typed.type === "bool" ? (frame: Frame) => toText("bool", typed.evaluate(frame)) : asText(typed),
  );
  if (name === "concat") return { type: "text", evaluate: (frame) => texts.map((text) => text(frame) ?? "").join("") };
  const [separator, ...parts] = texts;
  return {
    type: "text",
    evaluate: (frame) => {
      const between = separator?.(frame) ?? null;
      if (between === null) return null;
      return parts
        .map((text) => text(frame))
        .filter((text) => text !== null)
        .join(between);
    },
  };
}

/** An array and a value beside it: the array's elements and the value are of their common type. */
function arrayFunction(name: string, values: readonly Typed[], context: ExpressionContext): Typed | null {
  const { analysis } = context.scope;
  const swapped = name === "array_prepend" ? [...values].reverse() : values;
  const [first, second] = swapped;
  if (first === undefined || values.length > 2) return null;
  const own = elementType(first.type);
  const beside = second === undefined || name === "array_length" ? null : second.type;
  const element = commonElement(own, beside);
  if (element === null || elementType(element) !== null) return null;
  const array = coerce(analysis, first, arrayType(element), "implicit");
  const other =
    second === undefined ? null : coerce(analysis, second, name === "array_length" ? "int4" : element, "implicit");
  if (array === null || (second !== undefined && other === null)) return null;
  const compute = ARRAY_FUNCTIONS[name];
  const givesArray = ["array_append", "array_prepend", "array_remove"].includes(name);
  return {
    type: givesArray ? arrayType(element) : "int4",
    evaluate: (frame) => {
      const list = array.evaluate(frame);
      const item = other?.evaluate(frame) ?? null;
      return compute?.(Array.isArray(list) ? list : null, item, element) ?? null;
    },
  };
}

function commonElement(own: TypeName | null, beside: TypeName | null): TypeName | null {
  if (own === null || beside === null || beside === "unknown" || beside === own) {
    return own ?? (beside === "unknown" ? null : beside);
  }
  if (canCoerce(own, beside, "implicit")) return beside;
  return canCoerce(beside, own, "implicit") ? own : null;
}

const ARRAY_FUNCTIONS: Readonly<
  Record<string, (list: readonly Value[] | null, item: Value, element: TypeName) => Value>
> = {
  cardinality: (list) => list?.length ?? null,
  array_length: (list, dimension) => (list === null || list.length === 0 || dimension !== 1 ? null : list.length),
  array_append: (list, item) => [...(list ?? []), item],
  array_prepend: (list, item) => [item, ...(list ?? [])],
  array_remove: (list, item, element) => list?.filter((each) => !same(element, each, item)) ?? null,
  array_position: (list, item, element) => {
    const at = list?.findIndex((each) => same(element, each, item)) ?? -1;
    return at < 0 ? null : at + 1;
  },
};

function same(element: TypeName, a: Value, b: Value): boolean {
  return a === null || b === null ? a === b : valuesEqual(element, a, b);
}

function keyText(json: Json): string | null {
  if (json === null || typeof json === "string") return json;
  if (typeof json === "boolean") return String(json);
  if ("number" in json) return json.number;
  throw new SqlError("22023", "key value must be scalar, not array, composite, or json");
}

/** The value as jsonb, with times in the session's zone. */
export function jsonIn(frame: Frame, { type, evaluate }: Typed): Json {
  return toJson(type, evaluate(frame), isStyled(type) ? styleOf(frame) : ISO_UTC);
}

function jsonFunction(name: string, values: readonly Typed[]): Typed | null {
  if (values.some(({ type }) => type === "record")) return null;
  const parts = (frame: Frame): readonly Json[] => values.map((typed) => jsonIn(frame, typed));
  if (name === "to_jsonb") {
    const [only] = values;
    if (only === undefined) return null;
    return {
      type: "jsonb",
      evaluate: (frame) => {
        const value = only.evaluate(frame);
        return value === null ? null : jsonbValue(jsonIn(frame, only));
      },
    };
  }
  if (name === "jsonb_build_array") return { type: "jsonb", evaluate: (frame) => jsonbValue({ array: parts(frame) }) };
  if (values.length % 2 === 1) throw new SqlError("22023", "argument list must have even number of elements");
  return {
    type: "jsonb",
    evaluate: (frame) => {
      const members = new Map<string, Json>();
      for (let at = 0; at < values.length; at += 2) {
        const key = values[at];
        const text = key === undefined ? null : keyText(jsonIn(frame, key));
        if (text === null) throw new SqlError("22023", `argument ${at + 1}: key must not be null`);
        const value = values[at + 1];
        members.set(text, value === undefined ? null : jsonIn(frame, value));
      }
      return jsonbValue({ object: members });
    },
  };
}
