/**
 * The text form of one-dimensional arrays: `{1,NULL,"a b"}`. Arrays of arrays are not modelled.
 * Source: arrayfuncs.c (array_in, array_out).
 */
import { SqlError } from "../sql-error.ts";

/** Splits `{…}` into its elements; null is an unquoted NULL. */
export function parseArrayText(text: string): readonly (string | null)[] {
  const trimmed = text.trim();
  const malformed = (detail: string): SqlError => new SqlError("22P02", `malformed array literal: "${text}"`, detail);
  if (!trimmed.startsWith("{")) throw malformed('Array value must start with "{" or dimension information.');
  if (!trimmed.endsWith("}")) throw malformed("Unexpected end of input.");
  const body = trimmed.slice(1, -1);
  if (body.trim() === "") return [];
  const element = /\s*(?:"((?:[^"\\]|\\[\s\S])*)"|((?:[^",{}\\]|\\[\s\S])+?))\s*(,|$)/y;
  const items: (string | null)[] = [];
  for (let at = 0; ; at = element.lastIndex) {
    element.lastIndex = at;
    const match = element.exec(body);
    if (match === null) throw malformed("Unexpected array element.");
    const [, quoted, bare] = match;
    if (quoted !== undefined) items.push(withoutEscapes(quoted));
    else items.push(/^null$/i.test(bare ?? "") ? null : withoutEscapes(bare ?? ""));
    if (match[3] !== ",") return items;
  }
}

function withoutEscapes(text: string): string {
  return text.replace(/\\([\s\S])/g, "$1");
}

export function formatArrayText(items: readonly (string | null)[]): string {
  return `{${items.map((item) => (item === null ? "NULL" : quoteElement(item))).join(",")}}`;
}

function quoteElement(text: string): string {
  if (text !== "" && !/^null$/i.test(text) && !/[\s{},"\\]/.test(text)) return text;
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
