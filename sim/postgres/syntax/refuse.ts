/**
 * Refusing by name and place what the server does not model, so that no statement is silently misread.
 *
 *     GROUP BY ROLLUP is not modelled
 *     line 1, column 31
 *       SELECT a FROM t GROUP BY ROLLUP (a)
 *                                ^
 *
 * The grammar gives places as byte offsets of the UTF-8 text; people count characters, so they are converted here.
 */
import { UsageError } from "../../usage-error.ts";

/** What the server takes, for hints. */
const SUPPORTED_SQL =
  "supported: SELECT (joins, sub-selects, CTEs, GROUP BY, UNION, FOR UPDATE), INSERT … ON CONFLICT, UPDATE … FROM, " +
  "DELETE … USING, RETURNING, VALUES, CREATE/ALTER/DROP/TRUNCATE TABLE, indexes, sequences, LOCK TABLE, transactions, SET and SHOW";

/** Raises the refusal of `what` at a byte offset of the text; without one it points at the start. */
export function refuse(sql: string, location: number | undefined, what: string, hint: string = SUPPORTED_SQL): never {
  const at = location === undefined || location < 0 ? 0 : characterOffset(sql, location);
  throw new UsageError("sql-not-supported", `${what} is not modelled\n${excerpt(sql, at)}`, hint);
}

/** `line 2, column 5`, the line itself and a caret under the place. */
function excerpt(sql: string, at: number): string {
  const before = sql.slice(0, at);
  const line = before.split("\n").length;
  const start = before.lastIndexOf("\n") + 1;
  const end = sql.indexOf("\n", at);
  const text = sql.slice(start, end < 0 ? sql.length : end).replaceAll("\t", " ");
  const column = [...sql.slice(start, at)].length;
  // A long line is cut around the place, so that the caret stays on the screen.
  const from = Math.max(0, column - 60);
  const shown = [...text].slice(from, from + 100).join("");
  return `line ${line}, column ${column + 1}\n  ${shown}\n  ${" ".repeat(column - from)}^`;
}

/** The character offset (in code units) of a UTF-8 byte offset. */
export function characterOffset(sql: string, bytes: number): number {
  let seen = 0;
  let at = 0;
  for (const char of sql) {
    if (seen >= bytes) return at;
    const code = char.codePointAt(0) ?? 0;
    seen += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    at += char.length;
  }
  return at;
}
