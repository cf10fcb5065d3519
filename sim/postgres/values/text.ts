/** text, varchar, char(n) and uuid: order by code points (the C collation), LIKE, and uuid input. */
import { SqlError } from "../sql-error.ts";

/** Compares by code points, as UTF-8 bytes compare. Code units differ from that only where surrogates are involved. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return codePointOrder(left) < codePointOrder(right) ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

/** Surrogates stand for code points above all other code units. */
function codePointOrder(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** The text without the blanks at its end, which do not count in a char(n). */
export function withoutBlanks(text: string): string {
  return text.replace(/ +$/, "");
}

/** LIKE and ILIKE: `%`, `_` and the backslash as escape. */
export function matchesLike(text: string, pattern: string, insensitive: boolean): boolean {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at);
    if (char === "%") source += "[\\s\\S]*";
    else if (char === "_") source += "[\\s\\S]";
    else if (char !== "\\") source += escapeRegExp(char);
    else {
      at += 1;
      if (at >= pattern.length) throw new SqlError("22025", "LIKE pattern must not end with escape character");
      source += escapeRegExp(pattern.charAt(at));
    }
  }
  return new RegExp(`^${source}$`, insensitive ? "i" : "").test(text);
}

function escapeRegExp(char: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(char) ? `\\${char}` : char;
}

/** Reads a uuid in any of the forms that PostgreSQL takes, and gives the canonical one. */
export function parseUuid(text: string): string {
  const bare = /^\{.*\}$/.test(text) ? text.slice(1, -1) : text;
  if (!/^(?:[0-9a-fA-F]{4}-?){7}[0-9a-fA-F]{4}$/.test(bare)) {
    throw new SqlError("22P02", `invalid input syntax for type uuid: "${text}"`);
  }
  const hex = bare.replaceAll("-", "").toLowerCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
