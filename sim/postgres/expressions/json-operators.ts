/** The operators of jsonb: it is a value here, so reaching into it, equality, containment and concatenation. Source: jsonfuncs.c. */

import { UsageError } from "../../usage-error.ts";
import { equalityText, formatJson, type Json, type JsonbValue, jsonbValue, jsonOf } from "../values/json.ts";
import type { Value } from "../values/value.ts";
import type { Defined, Operator } from "./operator.ts";

function document(value: Defined): Json {
  return jsonOf(["jsonb", Array.isArray(value) ? String(value[1]) : "null"] satisfies JsonbValue);
}

/** The member of an object or the element of an array; undefined where there is none. */
function reach(json: Json, key: string | number): Json | undefined {
  if (json === null || typeof json !== "object") return undefined;
  if ("object" in json) return typeof key === "string" ? json.object.get(key) : undefined;
  if (!("array" in json)) return undefined;
  const at = typeof key === "number" ? key : /^-?\d+$/.test(key) ? Number(key) : Number.NaN;
  return json.array.at(Number.isNaN(at) ? json.array.length : at);
}

/** `at(-n)` counts from the end, but an index beyond either end finds nothing. */
function asText(json: Json | undefined): Value {
  if (json === undefined || json === null) return null;
  return typeof json === "string" ? json : formatJson(json);
}

function asJsonb(json: Json | undefined): Value {
  return json === undefined ? null : jsonbValue(json);
}

function follow(value: Defined, path: Defined): Json | undefined {
  let found: Json | undefined = document(value);
  for (const key of Array.isArray(path) ? path : []) {
    if (found === undefined || key === null) return undefined;
    found = reach(found, String(key));
  }
  return found;
}

function contains(outer: Json, inner: Json): boolean {
  if (isArray(outer)) {
    if (!isArray(inner)) return isScalar(inner) && outer.array.some((item) => isScalar(item) && sameJson(item, inner));
    return inner.array.every((wanted) =>
      outer.array.some((item) =>
        isScalar(wanted) ? isScalar(item) && sameJson(item, wanted) : !isScalar(item) && contains(item, wanted),
      ),
    );
  }
  if (isObject(outer) && isObject(inner)) {
    return [...inner.object].every(([key, wanted]) => {
      const item = outer.object.get(key);
      if (item === undefined) return false;
      return isScalar(wanted) ? isScalar(item) && sameJson(item, wanted) : !isScalar(item) && contains(item, wanted);
    });
  }
  return isScalar(outer) && isScalar(inner) && sameJson(outer, inner);
}

function isArray(json: Json): json is { readonly array: readonly Json[] } {
  return typeof json === "object" && json !== null && "array" in json;
}

function isObject(json: Json): json is { readonly object: ReadonlyMap<string, Json> } {
  return typeof json === "object" && json !== null && "object" in json;
}

function isScalar(json: Json): boolean {
  return !isArray(json) && !isObject(json);
}

function sameJson(a: Json, b: Json): boolean {
  return equalityText(a) === equalityText(b);
}

function concatenate(a: Json, b: Json): Json {
  if (isObject(a) && isObject(b)) return { object: new Map([...a.object, ...b.object]) };
  if (isObject(a) !== isObject(b) && !isArray(a) && !isArray(b)) {
    throw new UsageError(
      "sql-not-supported",
      "jsonb || of an object and a scalar is not modelled",
      "concatenate two objects or two arrays",
    );
  }
  return { array: [...(isArray(a) ? a.array : [a]), ...(isArray(b) ? b.array : [b])] };
}

function remove(json: Json, key: string): Json {
  if (isObject(json)) return { object: new Map([...json.object].filter(([name]) => name !== key)) };
  return isArray(json) ? { array: json.array.filter((item) => item !== key) } : json;
}

function removeKey(json: Json, key: Value): Json {
  return key === null ? json : remove(json, String(key));
}

function hasKey(json: Json, key: string): boolean {
  if (isObject(json)) return json.object.has(key);
  return isArray(json) ? json.array.includes(key) : json === key;
}

export const JSON_OPERATORS: readonly Operator[] = [
  {
    name: "->",
    left: "jsonb",
    right: "text",
    result: "jsonb",
    call: (a, b) => asJsonb(memberOnly(document(a), String(b))),
  },
  {
    name: "->",
    left: "jsonb",
    right: "int4",
    result: "jsonb",
    call: (a, b) => asJsonb(elementOnly(document(a), Number(b))),
  },
  {
    name: "->>",
    left: "jsonb",
    right: "text",
    result: "text",
    call: (a, b) => asText(memberOnly(document(a), String(b))),
  },
  {
    name: "->>",
    left: "jsonb",
    right: "int4",
    result: "text",
    call: (a, b) => asText(elementOnly(document(a), Number(b))),
  },
  { name: "#>", left: "jsonb", right: "_text", result: "jsonb", call: (a, b) => asJsonb(follow(a, b)) },
  { name: "#>>", left: "jsonb", right: "_text", result: "text", call: (a, b) => asText(follow(a, b)) },
  { name: "=", left: "jsonb", right: "jsonb", result: "bool", call: (a, b) => sameJson(document(a), document(b)) },
  { name: "<>", left: "jsonb", right: "jsonb", result: "bool", call: (a, b) => !sameJson(document(a), document(b)) },
  ...["<", "<=", ">", ">="].map(
    (name): Operator => ({ name, left: "jsonb", right: "jsonb", result: "bool", call: null }),
  ),
  { name: "@>", left: "jsonb", right: "jsonb", result: "bool", call: (a, b) => contains(document(a), document(b)) },
  { name: "<@", left: "jsonb", right: "jsonb", result: "bool", call: (a, b) => contains(document(b), document(a)) },
  {
    name: "||",
    left: "jsonb",
    right: "jsonb",
    result: "jsonb",
    call: (a, b) => jsonbValue(concatenate(document(a), document(b))),
  },
  { name: "?", left: "jsonb", right: "text", result: "bool", call: (a, b) => hasKey(document(a), String(b)) },
  {
    name: "-",
    left: "jsonb",
    right: "text",
    result: "jsonb",
    call: (a, b) => jsonbValue(remove(document(a), String(b))),
  },
  {
    name: "-",
    left: "jsonb",
    right: "_text",
    result: "jsonb",
    call: (a, b) =>
      jsonbValue((Array.isArray(b) ? b : []).reduce((json: Json, key: Value) => removeKey(json, key), document(a))),
  },
  { name: "-", left: "jsonb", right: "int4", result: "jsonb", call: null },
  { name: "#-", left: "jsonb", right: "_text", result: "jsonb", call: null },
  { name: "?|", left: "jsonb", right: "_text", result: "bool", call: null },
  { name: "?&", left: "jsonb", right: "_text", result: "bool", call: null },
];

/** `->` with a text looks into objects only, with an integer into arrays only. */
function memberOnly(json: Json, key: string): Json | undefined {
  return isObject(json) ? json.object.get(key) : undefined;
}

function elementOnly(json: Json, at: number): Json | undefined {
  return isArray(json) ? json.array.at(at) : undefined;
}
