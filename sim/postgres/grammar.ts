/**
 * SQL text to statements, by PostgreSQL's own grammar (libpg-query, WebAssembly).
 *
 *     "BEGIN; SELECT 1"  ->  [{ kind: "transaction", text: "BEGIN", offset: 0 }, { kind: "query", text: "SELECT 1", offset: 7 }]
 *
 * Every statement is walked against the table of known nodes (`syntax/known-nodes.ts`): what the server does not model
 * is refused here, by name and place, and never reaches the analysis. A syntax error is PostgreSQL's own (42601).
 * `loadGrammar` must be awaited once before any SQL is parsed.
 */
import { hasSqlDetails, loadModule, parseSync } from "libpg-query";
import { UsageError } from "../usage-error.ts";
import { SqlError } from "./sql-error.ts";
import { checkKnown } from "./syntax/check-known.ts";
import { nodeWords } from "./syntax/known-nodes.ts";
import { characterOffset, refuse } from "./syntax/refuse.ts";

/** Loads PostgreSQL's grammar. */
export async function loadGrammar(): Promise<void> {
  await loadModule();
}

export type StatementKind =
  | "query"
  | "ddl"
  | "transaction"
  | "set"
  | "show"
  | "lock table"
  | "create table as"
  | "prepare"
  | "execute"
  | "deallocate";

export interface ParsedStatement {
  readonly kind: StatementKind;
  /** The statement's node of the parse tree, in its wrapper: `{ SelectStmt: {…} }`. */
  readonly node: unknown;
  /** The statement's own text. */
  readonly text: string;
  /** The whole text that it was sent in: places in the node count from its start. */
  readonly sql: string;
  /** Where `text` begins in `sql`, in characters. */
  readonly offset: number;
  /** The types that PREPARE gives to `$1…`; left out where there are none. */
  readonly parameters?: readonly string[];
}

const KINDS: Readonly<Record<string, StatementKind>> = {
  SelectStmt: "query",
  InsertStmt: "query",
  UpdateStmt: "query",
  DeleteStmt: "query",
  CreateStmt: "ddl",
  IndexStmt: "ddl",
  AlterTableStmt: "ddl",
  DropStmt: "ddl",
  TruncateStmt: "ddl",
  CreateSeqStmt: "ddl",
  AlterSeqStmt: "ddl",
  VacuumStmt: "ddl",
  CreateTableAsStmt: "create table as",
  CreateFunctionStmt: "ddl",
  TransactionStmt: "transaction",
  VariableSetStmt: "set",
  VariableShowStmt: "show",
  LockStmt: "lock table",
  PrepareStmt: "prepare",
  ExecuteStmt: "execute",
  DeallocateStmt: "deallocate",
};

/** The statements of a text, none for an empty one. Raises SqlError 42601, or a UsageError for what is not modelled. */
export function parseStatements(sql: string): readonly ParsedStatement[] {
  if (sql.includes("\0")) throw new SqlError("22021", 'invalid byte sequence for encoding "UTF8": 0x00');
  const statements = parseTree(sql);
  return statements.map((raw) => {
    const location = raw.stmt_location ?? 0;
    const from = characterOffset(sql, location);
    const to = raw.stmt_len === undefined ? sql.length : characterOffset(sql, location + raw.stmt_len);
    const slice = sql.slice(from, to);
    const offset = from + (slice.length - slice.trimStart().length);
    const kind = kindOf(sql, raw.stmt, location + (offset - from));
    checkKnown(sql, raw.stmt, location + (offset - from));
    return { kind, node: raw.stmt, text: slice.trim(), sql, offset };
  });
}

/** The parse tree of each statement, whether or not it is modelled; null for a text that is no SQL. */
export function parsed(sql: string): readonly RawStatement[] | null {
  try {
    return parseTree(sql);
  } catch (error) {
    if (error instanceof SqlError) return null;
    throw error;
  }
}

interface RawStatement {
  readonly stmt?: unknown;
  readonly stmt_location?: number;
  readonly stmt_len?: number;
}

function parseTree(sql: string): readonly RawStatement[] {
  if (sql.trim() === "") return [];
  try {
    return parseSync(sql).stmts ?? [];
  } catch (error) {
    if (hasSqlDetails(error)) throw new SqlError("42601", error.message);
    if (error instanceof Error && error.message === "Query cannot be empty") return [];
    if (error instanceof Error && error.message.startsWith("WASM module not initialized")) throw notLoaded();
    throw error;
  }
}

function notLoaded(): UsageError {
  return new UsageError(
    "grammar-not-loaded",
    "PostgreSQL's grammar has not been loaded, which takes a moment, once in a process",
    "Call `await loadGrammar()` before `createServer`, `systemOf` or `buildSystem`; `check` does it by itself.",
  );
}

function kindOf(sql: string, node: unknown, location: number): StatementKind {
  const type = typeof node === "object" && node !== null ? (Object.keys(node)[0] ?? "") : "";
  return KINDS[type] ?? refuse(sql, location, nodeWords(type));
}
