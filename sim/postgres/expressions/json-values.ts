/** The jsonb that a value of any type becomes. Source: json.c (datum_to_json). */
import type { TypeName } from "../catalog/catalog.ts";
import { type Json, jsonOf } from "../values/json.ts";
import { ISO_UTC, type TimeStyle } from "../values/time-style.ts";
import { elementType } from "../values/type-names.ts";
import type { Value } from "../values/value.ts";
import { toText } from "../values/wire.ts";

export function toJson(type: TypeName, value: Value, style: TimeStyle = ISO_UTC): Json {
  if (value === null || typeof value === "boolean") return value;
  const element = elementType(type);
  if (element !== null && Array.isArray(value))
    return { array: value.map((item: Value) => toJson(element, item, style)) };
  if (type === "jsonb" && Array.isArray(value)) return jsonOf(["jsonb", String(value[1])]);
  // Times are in ISO 8601 whatever the DateStyle, in the session's zone.
  const text = toText(type, value, { ...style, date: "iso" }) ?? "";
  if (NUMBERS.includes(type)) return { number: text };
  if (type === "timestamp") return text.replace(" ", "T");
  return type === "timestamptz" ? text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00") : text;
}

const NUMBERS: readonly TypeName[] = ["int2", "int4", "int8", "numeric", "float8"];
