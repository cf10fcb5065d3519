/**
 * The text of a statement for readers: cut into coloured pieces, with its parameters filled in, on one line.
 *
 *     { text: "UPDATE buffers SET locked_by = $1\n WHERE id = $2", values: ["alice", 1] }
 *       -> UPDATE buffers SET locked_by = 'alice' WHERE id = 1
 *
 * Invariant: the pieces of a text, put together again, are that text. What is inside a string, a quoted name or a
 * comment is never taken for a parameter or a keyword.
 *
 * Not modelled: this is for display and knows words, not grammar; what a statement means is asked of PostgreSQL's own
 * parser (`sim/postgres/grammar.ts`).
 */
import type { Cell, Query } from "../../model/protocol.ts";

export type SqlPieceKind = "keyword" | "name" | "string" | "number" | "parameter" | "comment" | "space" | "symbol";

export interface SqlPiece {
  readonly kind: SqlPieceKind;
  readonly text: string;
}

const KEYWORDS: ReadonlySet<string> = new Set(
  `abort all and any array as asc begin between by case cast check coalesce commit conflict constraint create cross
   default deferrable delete desc distinct do drop else end except exists false fetch first for foreign from full group
   having if in index inner insert intersect interval into is isolation join key left level like limit lock locked mode
   no not nothing nowait null offset on only or order outer primary read references release repeatable returning right
   rollback row rows savepoint select serializable set share skip start table then to transaction true truncate union
   unique update using values when where with work write`.split(/\s+/),
);

/** One alternative for each kind of piece; the sticky flag makes the cut exact. */
const PIECE =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>[eE]?'(?:[^']|'')*(?:'|$)|\$(?<tag>[A-Za-z_]*)\$[\s\S]*?(?:\$\k<tag>\$|$))|(?<parameter>\$\d+)|(?<quoted>"(?:[^"]|"")*(?:"|$))|(?<number>\d+(?:\.\d+)?)|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(?<space>\s+)|(?<symbol>::|<=|>=|<>|!=|\|\||[\s\S])/gy;

/** Cuts a statement into pieces for colouring. */
export function sqlPieces(text: string): readonly SqlPiece[] {
  return [...text.matchAll(PIECE)].map((match) => ({ kind: pieceKind(match.groups ?? {}), text: match[0] }));
}

function pieceKind(groups: Readonly<Record<string, string | undefined>>): SqlPieceKind {
  if (groups["word"] !== undefined) return KEYWORDS.has(groups["word"].toLowerCase()) ? "keyword" : "name";
  if (groups["quoted"] !== undefined) return "name";
  for (const kind of ["comment", "string", "parameter", "number", "space"] as const) {
    if (groups[kind] !== undefined) return kind;
  }
  return "symbol";
}

/** Whether a statement begins a transaction or ends one; a rollback to a savepoint does neither. */
export function transactionEdge(text: string): "begins" | "ends" | null {
  const words = sqlPieces(text)
    .filter(({ kind }) => kind === "keyword" || kind === "name")
    .map((piece) => piece.text.toUpperCase());
  const [first = ""] = words;
  if (first === "BEGIN" || first === "START") return "begins";
  if (!["COMMIT", "END", "ABORT", "ROLLBACK"].includes(first)) return null;
  return first === "ROLLBACK" && words.includes("TO") ? null : "ends";
}

/** A value as an SQL literal: `'alice'`, `1`, `null`. */
export function literal(value: Cell): string {
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
}

/** The statement as pieces on one line, its parameters replaced by literals; comments are left out. */
function filledPieces(query: Query): readonly SqlPiece[] {
  const pieces = sqlPieces(query.text.trim())
    .map((piece) => filledPiece(piece, query.values))
    .map((piece): SqlPiece => (piece.kind === "comment" ? { kind: "space", text: " " } : piece));
  const joined = pieces.filter((piece, at) => piece.kind !== "space" || pieces[at - 1]?.kind !== "space");
  return joined.map((piece) => (piece.kind === "space" ? { kind: "space", text: " " } : piece));
}

function filledPiece(piece: SqlPiece, values: readonly Cell[]): SqlPiece {
  if (piece.kind !== "parameter") return piece;
  const value = values[Number(piece.text.slice(1)) - 1];
  if (value === undefined) return piece;
  const kind = typeof value === "string" ? "string" : typeof value === "number" ? "number" : "keyword";
  return { kind, text: literal(value) };
}

/** The statement on one line with its parameters filled in. */
export function filledText(query: Query): string {
  return filledPieces(query)
    .map((piece) => piece.text)
    .join("")
    .trim();
}

/** What people call a statement: its first keyword, with `FOR UPDATE` and the like where a SELECT locks. */
export function statementName(query: Query): string {
  const words = sqlPieces(query.text).filter((piece) => piece.kind === "keyword" || piece.kind === "name");
  const first = (words[0]?.text ?? "statement").toUpperCase();
  const lock = /\bFOR\s+((?:NO\s+KEY\s+)?UPDATE|(?:KEY\s+)?SHARE)\b/i.exec(
    sqlPieces(query.text)
      .filter((piece) => piece.kind !== "string" && piece.kind !== "comment")
      .map((piece) => piece.text)
      .join(""),
  );
  return first === "SELECT" && lock?.[1] !== undefined
    ? `SELECT FOR ${lock[1].toUpperCase().replace(/\s+/g, " ")}`
    : first;
}

/** Where a long statement may be broken first: in front of these words. */
const CLAUSES: ReadonlySet<string> = new Set([
  "from",
  "where",
  "set",
  "values",
  "returning",
  "order",
  "group",
  "having",
  "limit",
  "for",
  "on",
  "union",
  "join",
  "left",
  "inner",
  "and",
  "or",
]);

/** The statement cut at its clauses, for readers: `UPDATE buffers`, `SET …`, `WHERE …`. */
export function clauses(query: Query): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  for (const piece of filledPieces(query)) {
    if (piece.text === "(") depth += 1;
    if (piece.text === ")") depth -= 1;
    const opens = depth === 0 && piece.kind === "keyword" && CLAUSES.has(piece.text.toLowerCase());
    if (parts.length === 0 || opens) parts.push(piece.text);
    else parts[parts.length - 1] += piece.text;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}
