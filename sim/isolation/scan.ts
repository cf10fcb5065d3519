/**
 * The words of an isolation test: keywords, names, SQL blocks, numbers and punctuation, each with its place.
 *
 * Names are taken as they are written, with or without double quotes: nothing is folded. A block's SQL loses the spaces
 * (not the line ends) after its opening and before its closing brace, and cannot hold a closing brace. `#` starts a comment.
 */
import { UsageError } from "../usage-error.ts";

export type TokenKind = "keyword" | "name" | "sql" | "number" | "punctuation" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** The keyword, the name without its quotes, the trimmed SQL, the digits or the sign. */
  readonly text: string;
  readonly place: Place;
  /** Where it ends: the column behind its last character. */
  readonly end: Place;
}

/** A place in a file, for messages. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const KEYWORDS = new Set(["notices", "permutation", "session", "setup", "step", "teardown"]);

/** Each kind of word where it starts; exactly one of the groups takes part in a match. */
const WORD =
  /(?<blank>[ \t\r\f\n]+|#[^\n\r]*)|(?<word>[A-Za-z_\u0080-\uffff][A-Za-z_\u0080-\uffff0-9$]*)|(?<quoted>"(?:[^"\n]|"")*")|(?<sql>\{[^}]*\})|(?<digits>[0-9]+)|(?<sign>[,()*])/uy;

/** Splits a test into its words; the last one is the end of the file. */
export function scanSpec(text: string, file: string): readonly Token[] {
  const tokens: Token[] = [];
  const at = new Position(file);
  const word = new RegExp(WORD);
  while (word.lastIndex < text.length) {
    const start = word.lastIndex;
    const groups = word.exec(text)?.groups;
    if (groups === undefined) throw endedEarly(tokens) ?? unexpected(text, start, at.place());
    const place = at.place();
    at.pass(text.slice(start, word.lastIndex));
    const token = tokenOf(groups);
    if (token !== null) tokens.push({ ...token, place, end: at.place() });
  }
  return [...tokens, { kind: "end", text: "", place: at.place(), end: at.place() }];
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>): Omit<Token, "place" | "end"> | null {
  const { word, quoted, sql, digits, sign } = groups;
  if (word !== undefined) return { kind: KEYWORDS.has(word) ? "keyword" : "name", text: word };
  if (quoted !== undefined) return { kind: "name", text: quoted.slice(1, -1).replaceAll('""', '"') };
  if (sql !== undefined)
    return {
      kind: "sql",
      text: sql
        .slice(1, -1)
        .replace(/^[ \t\r\f]+/, "")
        .replace(/[ \t\r\f]+$/, ""),
    };
  if (digits !== undefined) return { kind: "number", text: digits };
  if (sign !== undefined) return { kind: "punctuation", text: sign };
  return null;
}

/**
 * What stands behind a block with an opening brace in it: the block ended at the first closing brace, which is in the SQL.
 * Null where a keyword stands between, or no such block.
 */
export function endedEarly(tokens: readonly Token[]): UsageError | null {
  const before = tokens.findLast(({ kind }) => kind === "sql" || kind === "keyword");
  if (before?.kind !== "sql" || !before.text.includes("{")) return null;
  const { file, line, column } = before.end;
  return specError(
    { file, line, column: column - 1 },
    "the block of SQL ended at this brace",
    "A block cannot hold a closing brace, as in PostgreSQL's own tester. Write '{a,b}' as ARRAY['a','b'], '{}' as " +
      "ARRAY[]::text[], and '{\"a\": 1}' as jsonb_build_object('a', 1).",
  );
}

function unexpected(text: string, at: number, place: Place): UsageError {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (character === "{") return specError(place, "this block of SQL has no closing brace", "Close it with }.");
  if (character === '"') return specError(place, "this quoted name does not end on its line", 'Close it with ".');
  return specError(
    place,
    `unexpected character ${JSON.stringify(character)}`,
    "SQL is written in braces: step name { SQL }.",
  );
}

/** An error in a test file, with its place. */
export function specError(place: Place, what: string, hint: string): UsageError {
  return new UsageError("isolation-spec", `${place.file}:${place.line}:${place.column}: ${what}`, hint);
}

/** Counts lines and columns as text passes by. */
class Position {
  readonly #file: string;
  #line = 1;
  #column = 1;

  constructor(file: string) {
    this.#file = file;
  }

  place(): Place {
    return { file: this.#file, line: this.#line, column: this.#column };
  }

  pass(text: string): void {
    const lines = text.split("\n");
    const last = lines[lines.length - 1] ?? "";
    this.#line += lines.length - 1;
    this.#column = lines.length === 1 ? this.#column + last.length : last.length + 1;
  }
}
