/**
 * jsonb: canonical text, so that equal documents are equal values.
 *
 *     '{"b":1, "a":[1,2], "b":2}'  ->  ["jsonb", '{"a": [1, 2], "b": 2}']
 *
 * Keys are ordered by length and then by bytes, the last of equal keys counts, numbers keep their digits.
 * Comparison between different documents (which jsonb orders) is not modelled: only equality is.
 * Sources: jsonb.c, jsonb_util.c (lengthCompareJsonbStringValue).
 */
import { SqlError } from "../sql-error.ts";
import { formatDecimal, parseDecimal } from "./numeric.ts";

/** A parsed document; numbers are their canonical decimal text in a box, so that they stay exact. */
export type Json =
  | null
  | boolean
  | string
  | { readonly number: string }
  | { readonly array: readonly Json[] }
  | { readonly object: ReadonlyMap<string, Json> };

export type JsonbValue = readonly ["jsonb", string];

export function jsonbValue(json: Json): JsonbValue {
  return ["jsonb", formatJson(json)];
}

/** The document of a jsonb value. Its text is canonical, so it always parses. */
export function jsonOf(value: JsonbValue): Json {
  return parseJson(value[1]);
}

export function formatJson(json: Json): string {
  if (json === null) return "null";
  if (typeof json === "boolean") return String(json);
  if (typeof json === "string") return quote(json);
  if ("number" in json) return json.number;
  if ("array" in json) return `[${json.array.map(formatJson).join(", ")}]`;
  const keys = [...json.object.keys()].sort(compareKeys);
  return `{${keys.map((key) => `${quote(key)}: ${formatJson(json.object.get(key) ?? null)}`).join(", ")}}`;
}

/** The text by which documents are equal: numbers without the zeros at their ends. */
export function equalityText(json: Json): string {
  if (json === null || typeof json !== "object") return formatJson(json);
  if ("number" in json) return json.number.includes(".") ? json.number.replace(/\.?0+$/, "") : json.number;
  if ("array" in json) return `[${json.array.map(equalityText).join()}]`;
  const keys = [...json.object.keys()].sort(compareKeys);
  return `{${keys.map((key) => `${quote(key)}:${equalityText(json.object.get(key) ?? null)}`).join()}}`;
}

function compareKeys(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

const TOKEN =
  /[ \t\n\r]*(?:([[\]{},:])|("(?:[^"\\\p{Cc}]|\u007f|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])|(true|false|null)(?!\w))/uy;

/** Reads a document; 22P02 where the text is none. */
export function parseJson(text: string): Json {
  let at = 0;
  const fail = (): never => {
    throw new SqlError("22P02", "invalid input syntax for type json", null);
  };
  const next = (): RegExpExecArray => {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text) ?? fail();
    at = TOKEN.lastIndex;
    return match;
  };
  const value = (match: RegExpExecArray): Json => {
    const [, mark, string, number, word] = match;
    if (string !== undefined) return String(JSON.parse(string));
    if (number !== undefined) return { number: canonicalNumber(number) };
    if (word !== undefined) return word === "null" ? null : word === "true";
    return mark === "[" ? array() : mark === "{" ? object() : fail();
  };
  const array = (): Json => {
    const items: Json[] = [];
    let match = next();
    if (match[1] === "]") return { array: items };
    for (;;) {
      items.push(value(match));
      const mark = next()[1];
      if (mark === "]") return { array: items };
      if (mark !== ",") fail();
      match = next();
    }
  };
  const object = (): Json => {
    const members = new Map<string, Json>();
    let match = next();
    if (match[1] === "}") return { object: members };
    for (;;) {
      const key = match[2] ?? fail();
      if (next()[1] !== ":") fail();
      members.set(String(JSON.parse(key)), value(next()));
      const mark = next()[1];
      if (mark === "}") return { object: members };
      if (mark !== ",") fail();
      match = next();
    }
  };
  const document = value(next());
  if (/[^ \t\n\r]/.test(text.slice(at))) fail();
  return document;
}

function canonicalNumber(text: string): string {
  const decimal = parseDecimal(text);
  return decimal === null ? text : formatDecimal(decimal);
}
