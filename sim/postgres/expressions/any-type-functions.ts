/** Functions that take arguments of any type, or of an array and its element type. Sources: varlena.c, array_userfuncs.c, json.c. */
import type { TypeName } from "../catalog/catalog.ts";
import { SqlError } from "../sql-error.ts";
import { civilFromDays } from "../values/calendar.ts";
import { valuesEqual } from "../values/compare.ts";
import { type Json, jsonbValue, jsonOf } from "../values/json.ts";
import { arrayType, elementType, typeLabel } from "../values/type-names.ts";
import type { Value } from "../values/value.ts";
import { toText } from "../values/wire.ts";
import { findCast } from "./casts.ts";
import { coerce, resolveOpen } from "./coerce.ts";
import type { ExpressionContext } from "./context.ts";
import type { Frame } from "./frame.ts";
import { asInterval } from "./time-operators.ts";
import type { Typed } from "./typed.ts";
import { isStyled, styledText } from "./zoned-casts.ts";

const NAMES = new Set(
  (
    "concat concat_ws array_length cardinality array_append array_prepend array_remove array_position " +
    "to_jsonb jsonb_build_object jsonb_build_array pg_typeof extract date_part"
  ).split(" "),
);

/** Whether a function of this name is here. */
export function isAnyTypeFunction(name: string): boolean {
  return NAMES.has(name);
}

/** The call as an expression, or null where the name is none of these functions. */
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
    case "extract":
    case "date_part":
      return extract(name, values, context);
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

function missing(name: string, values: readonly Typed[]): SqlError {
  return new SqlError(
    "42883",
    `function ${name}(${values.map((value) => typeLabel(value.type)).join(", ")}) does not exist`,
  );
}

function arrayFunction(name: string, values: readonly Typed[], context: ExpressionContext): Typed {
  const { analysis } = context.scope;
  const swapped = name === "array_prepend" ? [...values].reverse() : values;
  const [first, second] = swapped;
  if (first === undefined || (name === "cardinality") !== (second === undefined)) throw missing(name, values);
  const element = elementType(first.type) ?? (first.untyped === undefined ? null : (second?.type ?? null));
  if (element === null) throw missing(name, values);
  const array = coerce(analysis, first, arrayType(element), "implicit") ?? first;
  const other =
    second === undefined ? null : coerce(analysis, second, name === "array_length" ? "int4" : element, "implicit");
  if (second !== undefined && other === null) throw missing(name, values);
  const compute = ARRAY_FUNCTIONS[name];
  return {
    type:
      name.startsWith("array_") && !name.endsWith("length") && !name.endsWith("position") ? arrayType(element) : "int4",
    evaluate: (frame) => {
      const list = array.evaluate(frame);
      const item = other?.evaluate(frame) ?? null;
      return compute?.(Array.isArray(list) ? list : null, item, element) ?? null;
    },
  };
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

function jsonFunction(name: string, values: readonly Typed[]): Typed {
  const parts = (frame: Frame): readonly Json[] => values.map((typed) => toJson(typed.type, typed.evaluate(frame)));
  if (name === "to_jsonb") {
    const [only] = values;
    if (only === undefined || values.length !== 1) throw missing(name, values);
    return {
      type: "jsonb",
      evaluate: (frame) => {
        const value = only.evaluate(frame);
        return value === null ? null : jsonbValue(toJson(only.type, value));
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
        const text = key === undefined ? null : asText(key)(frame);
        if (text === null) throw new SqlError("22004", `argument ${at + 1}: key must not be null`);
        members.set(text, toJson(values[at + 1]?.type ?? "text", values[at + 1]?.evaluate(frame) ?? null));
      }
      return jsonbValue({ object: members });
    },
  };
}

function toJson(type: TypeName, value: Value): Json {
  if (value === null || typeof value === "boolean") return value;
  const element = elementType(type);
  if (element !== null && Array.isArray(value)) return { array: value.map((item: Value) => toJson(element, item)) };
  if (type === "jsonb" && Array.isArray(value)) return jsonOf(["jsonb", String(value[1])]);
  const text = toText(type, value) ?? "";
  if (["int2", "int4", "int8", "numeric", "float8"].includes(type)) return { number: text };
  return type === "timestamptz" ? text.replace(" ", "T").replace(/\+00$/, "+00:00") : text;
}

/** extract(epoch from …) and the other fields that are whole numbers or seconds. */
function extract(name: string, values: readonly Typed[], context: ExpressionContext): Typed {
  const [unit, value] = values;
  const word = unit?.untyped?.kind === "literal" ? (unit.untyped.text ?? "").toLowerCase() : null;
  if (value === undefined || word === null) throw missing(name, values);
  const source =
    value.untyped === undefined ? value : (coerce(context.scope.analysis, value, "timestamptz", "implicit") ?? value);
  if (source.type !== "timestamptz" && source.type !== "interval") throw missing(name, values);
  const type = name === "extract" ? "numeric" : "float8";
  return {
    type,
    evaluate: (frame) => {
      const given = source.evaluate(frame);
      if (given === null) return null;
      const micros = source.type === "interval" ? intervalField(word, given) : timestampField(word, Number(given));
      if (micros === null) {
        throw new SqlError("22023", `unit "${word}" not recognized for type ${typeLabel(source.type)}`);
      }
      return type === "float8" ? micros.value / 10 ** micros.scale : decimalText(micros);
    },
  };
}

/** A field as an integer and the digits behind the point that PostgreSQL shows. */
interface FieldValue {
  readonly value: number;
  readonly scale: number;
}

function decimalText({ value, scale }: FieldValue): string {
  if (scale === 0) return String(value);
  const text = String(Math.abs(value)).padStart(scale + 1, "0");
  return `${value < 0 ? "-" : ""}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

const DAY = 86_400_000_000;

function timestampField(word: string, value: number): FieldValue | null {
  const days = Math.floor(value / DAY);
  const time = value - days * DAY;
  const date = civilFromDays(days);
  switch (word) {
    case "epoch":
      return { value: value + 10957 * DAY, scale: 6 };
    case "year":
      return { value: date.year, scale: 0 };
    case "month":
      return { value: date.month, scale: 0 };
    case "day":
      return { value: date.day, scale: 0 };
    case "dow":
      return { value: (((days + 6) % 7) + 7) % 7, scale: 0 };
    default:
      return clockField(word, time);
  }
}

function clockField(word: string, time: number): FieldValue | null {
  switch (word) {
    case "hour":
      return { value: Math.trunc(time / 3600e6), scale: 0 };
    case "minute":
      return { value: Math.trunc(time / 60e6) % 60, scale: 0 };
    case "second":
      return { value: time % 60e6, scale: 6 };
    case "milliseconds":
      return { value: time % 60e6, scale: 3 };
    case "microseconds":
      return { value: time % 60e6, scale: 0 };
    default:
      return null;
  }
}

function intervalField(word: string, given: Exclude<Value, null>): FieldValue | null {
  const [months, days, micros] = asInterval(given);
  switch (word) {
    case "epoch":
      return { value: Math.trunc(months / 12) * 365.25 * DAY + ((months % 12) * 30 + days) * DAY + micros, scale: 6 };
    case "year":
      return { value: Math.trunc(months / 12), scale: 0 };
    case "month":
      return { value: months % 12, scale: 0 };
    case "day":
      return { value: days, scale: 0 };
    default:
      return clockField(word, micros);
  }
}
