/** The jsonb that a value of any type becomes. Source: json.c (datum_to_json). */
import type { TypeName } from "../catalog/catalog.ts";
import { type Json, jsonOf } from "../values/json.ts";
import { elementType } from "../values/type-names.ts";
import type { Value } from "../values/value.ts";
import { toText } from "../values/wire.ts";

export function toJson(type: TypeName, value: Value): Json {
  if (value === null || typeof value === "boolean") return value;
  const element = elementType(type);
  if (element !== null && Array.isArray(value)) return { array: value.map((item: Value) => toJson(element, item)) };
  if (type === "jsonb" && Array.isArray(value)) return jsonOf(["jsonb", String(value[1])]);
  const text = toText(type, value) ?? "";
  if (["int2", "int4", "int8", "numeric", "float8"].includes(type)) return { number: text };
  return type === "timestamptz" ? text.replace(" ", "T").replace(/\+00$/, "+00:00") : text;
}
