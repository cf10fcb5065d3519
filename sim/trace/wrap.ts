/** Lines of limited width: prose broken between words, SQL broken at its clauses, control characters made visible. */
import type { Query } from "../../model/protocol.ts";
import { clauses } from "./sql-text.ts";

/** The text with control characters, and those that turn its direction, shown as escapes: what a database holds cannot steer a terminal. */
export function visible(text: string): string {
  return [...text].map((char) => (isControl(char) ? escaped(char) : char)).join("");
}

/** Marks, embeddings, overrides and isolates of the bidirectional algorithm (UAX #9, section 2), and the separators of lines. */
const TURNS = new Set([
  0x061c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069,
]);

function isControl(char: string): boolean {
  const code = char.codePointAt(0) ?? 0;
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || TURNS.has(code);
}

function escaped(char: string): string {
  if (char === "\n") return "\\n";
  if (char === "\t") return "\\t";
  const code = char.codePointAt(0) ?? 0;
  if (code > 0xff) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\x${code.toString(16).padStart(2, "0")}`;
}

/** The text in lines of at most `width`, broken between words; lines after the first begin with `hang` spaces. */
export function wrap(text: string, width: number, hang = 0): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of visible(text).split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (joined.length <= width || line.trim() === "") line = joined;
    else {
      lines.push(line);
      line = " ".repeat(hang) + word;
    }
    while (line.length > width) {
      const end = breakInWord(line, width);
      lines.push(line.slice(0, end));
      line = " ".repeat(hang) + line.slice(end);
    }
  }
  return [...lines, line];
}

/** Where a word that is too long is broken: after its last hyphen or underscore that fits, else at the width. */
function breakInWord(line: string, width: number): number {
  const start = line.length - line.trimStart().length;
  const seam = Math.max(line.lastIndexOf("-", width - 1), line.lastIndexOf("_", width - 1));
  return seam > start ? seam + 1 : width;
}

/** Columns this narrow indent by one. */
const NARROW = 20;

/** A statement in lines of at most `width`: on one line where it fits, else clause by clause, as many as fit on a line. */
export function wrapSql(query: Query, width: number): readonly string[] {
  const lines: string[] = [];
  const indent = width < NARROW ? 1 : 2;
  for (const clause of clauses(query).map(visible)) {
    const last = lines[lines.length - 1];
    if (last !== undefined && `${last} ${clause}`.length <= width) lines[lines.length - 1] = `${last} ${clause}`;
    else if (last === undefined) lines.push(...wrap(clause, width, indent));
    else lines.push(...wrap(clause, width - indent, indent).map((line) => " ".repeat(indent) + line));
  }
  return lines;
}
