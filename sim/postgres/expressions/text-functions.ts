/** The functions of texts. A database of locale C is taken, as the embedded server's are. Source: varlena.c, oracle_compat.c. */
import { SqlError } from "../sql-error.ts";
import { hashText, utf8Bytes } from "../values/hash.ts";
import { withoutBlanks } from "../values/text.ts";
import { define, type SqlFunction, text } from "./function-table.ts";

export const TEXT_FUNCTIONS: readonly SqlFunction[] = [
  define("lower(text) text", ([value]) => lowerAscii(text(value))),
  define("upper(text) text", ([value]) => upperAscii(text(value))),
  define("length(text) int4", ([value]) => [...text(value)].length),
  define("length(bpchar) int4", ([value]) => [...withoutBlanks(text(value))].length),
  define("char_length(bpchar) int4", ([value]) => [...withoutBlanks(text(value))].length),
  define("character_length(bpchar) int4", ([value]) => [...withoutBlanks(text(value))].length),
  define("character_length(text) int4", ([value]) => [...text(value)].length),
  define("char_length(text) int4", ([value]) => [...text(value)].length),
  define("btrim(text) text", ([value]) => text(value).replace(/^ +| +$/g, "")),
  define("ltrim(text) text", ([value]) => text(value).replace(/^ +/, "")),
  define("rtrim(text) text", ([value]) => text(value).replace(/ +$/, "")),
  define("btrim(text, text) text", ([value, set]) => trimmed(text(value), text(set), { left: true, right: true })),
  define("ltrim(text, text) text", ([value, set]) => trimmed(text(value), text(set), { left: true })),
  define("rtrim(text, text) text", ([value, set]) => trimmed(text(value), text(set), { right: true })),
  define("repeat(text, int4) text", ([value, times]) => text(value).repeat(Math.max(0, Number(times)))),
  define("replace(text, text, text) text", ([value, from, to]) =>
    text(from) === "" ? text(value) : text(value).replaceAll(text(from), () => text(to)),
  ),
  define("position(text, text) int4", ([value, part]) => position(text(value), text(part))),
  define("strpos(text, text) int4", ([value, part]) => position(text(value), text(part))),
  define("substring(text, int4) text", ([value, from]) => substring(text(value), Number(from), null)),
  define("substring(text, int4, int4) text", ([value, from, length]) =>
    substring(text(value), Number(from), Number(length)),
  ),
  define("substr(text, int4) text", ([value, from]) => substring(text(value), Number(from), null)),
  define("substr(text, int4, int4) text", ([value, from, length]) =>
    substring(text(value), Number(from), Number(length)),
  ),
  define("hashtext(text) int4", ([value]) => hashText(text(value))),
  define("octet_length(text) int4", ([value]) => utf8Bytes(text(value)).length),
  define("octet_length(bpchar) int4", ([value]) => utf8Bytes(text(value)).length),
  define("left(text, int4) text", ([value, length]) => [...text(value)].slice(0, Number(length)).join("")),
  define("lpad(text, int4, text) text", ([value, length, fill]) => pad(text(value), Number(length), text(fill), true)),
  define("rpad(text, int4, text) text", ([value, length, fill]) => pad(text(value), Number(length), text(fill), false)),
  define("lpad(text, int4) text", ([value, length]) => pad(text(value), Number(length), " ", true)),
  define("rpad(text, int4) text", ([value, length]) => pad(text(value), Number(length), " ", false)),
];

function pad(value: string, length: number, fill: string, left: boolean): string {
  const characters = [...value];
  if (characters.length >= length) return characters.slice(0, Math.max(0, length)).join("");
  const filling = [...fill];
  if (filling.length === 0) return value;
  const added = Array.from({ length: length - characters.length }, (_, at) => filling[at % filling.length] ?? "").join(
    "",
  );
  return left ? added + value : value + added;
}

function position(value: string, part: string): number {
  const at = value.indexOf(part);
  return at < 0 ? 0 : [...value.slice(0, at)].length + 1;
}

function substring(value: string, from: number, length: number | null): string {
  if (length !== null && length < 0) throw new SqlError("22011", "negative substring length not allowed");
  const end = length === null ? Number.POSITIVE_INFINITY : from - 1 + length;
  return [...value].slice(Math.max(0, from - 1), Math.max(0, end)).join("");
}

/** Takes the characters of the set off the ends. */
function trimmed(
  value: string,
  set: string,
  { left = false, right = false }: { left?: boolean; right?: boolean },
): string {
  const characters = [...value];
  const taken = new Set(set);
  let from = 0;
  let to = characters.length;
  while (left && from < to && taken.has(characters[from] ?? "")) from += 1;
  while (right && to > from && taken.has(characters[to - 1] ?? "")) to -= 1;
  return characters.slice(from, to).join("");
}

/** Locale C knows the case of ASCII letters only. */
function lowerAscii(value: string): string {
  return value.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function upperAscii(value: string): string {
  return value.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}
