/**
 * A litmus program: what a few sessions send, each its statements in order, and nothing that says in which order they meet.
 *
 *     schema    CREATE TABLE t (id int PRIMARY KEY, v int)
 *     rows      INSERT INTO t VALUES (1, 0)
 *     s1        INSERT INTO t VALUES (2, 1), (3, 1)        s2   INSERT INTO t VALUES (3, 2), (2, 2)
 *
 * Each statement is sent whatever those before it were answered, as in a script without error handling. So a program is the same
 * on every server, and all that differs between its runs is how the sessions meet.
 *
 * Invariant: no session ends with a transaction open or with a lock of its own, so nobody waits for one that has ended.
 */
import type { Spec } from "../isolation/spec.ts";
import { parseStatements } from "../postgres/grammar.ts";

/** What a session sends as one message. */
export interface LitmusStatement {
  readonly text: string;
  /** Whether its ORDER BY puts all of its rows in order. Where it does not, rows are compared without their order. */
  readonly ordered: boolean;
}

export interface LitmusProgram {
  /** Makes the tables and sequences; run once. */
  readonly schema: readonly string[];
  /** The rows at the start; with `tables` and `sequences` they are all there is to be brought back. Null: run `schema` again. */
  readonly rows: readonly string[] | null;
  /** The tables that are read in the end, those that refer to others last. */
  readonly tables: readonly string[];
  readonly sequences: readonly string[];
  readonly sessions: readonly (readonly LitmusStatement[])[];
  /** Drops what `schema` has made. */
  readonly teardown: string | null;
}

export function statement(text: string, ordered = false): LitmusStatement {
  return { text, ordered };
}

const BEGINS = /^\s*(?:begin|start\s+transaction)\b/i;
const ENDS = /^\s*(?:commit|rollback|abort|end)\b(?!\s+to\b)/i;
const OF_SESSION = /\bpg_(?:try_)?advisory_lock/i;
const UNLOCKS = /\bpg_advisory_unlock_all\b/i;

/** The statements, and what a session has to send so that it leaves nothing behind. */
export function closed(statements: readonly LitmusStatement[]): readonly LitmusStatement[] {
  const texts = statements.map(({ text }) => text);
  const opened = texts.findLastIndex((text) => BEGINS.test(text));
  const isOpen = opened >= 0 && !texts.slice(opened).some((text) => ENDS.test(text));
  const unlocked = texts.findLastIndex((text) => UNLOCKS.test(text));
  const isHeld = texts.slice(unlocked + 1).some((text) => OF_SESSION.test(text));
  return [
    ...statements,
    ...(isOpen ? [statement("ROLLBACK")] : []),
    ...(isHeld ? [statement("SELECT pg_advisory_unlock_all()")] : []),
  ];
}

/** The statements that show a program's end, each with what it shows. */
export function finalQueries({ tables, sequences }: LitmusProgram): readonly { of: string; text: string }[] {
  return [
    ...tables.map((table) => ({ of: table, text: `TABLE ${table}` })),
    ...sequences.map((sequence) => ({ of: sequence, text: `SELECT nextval('${sequence}')` })),
  ];
}

/** Statements whose effects are the tables that they name and the rows in them. */
const MAKING = ["CreateStmt", "CreateSeqStmt", "IndexStmt"];
/** Columns that bring a sequence of their own. */
const HIDDEN_SEQUENCE = /\b(?:small|big)?serial\b|\bgenerated\b/i;

/** The sessions of an isolation test as a program: its permutations say nothing here. The grammar must be loaded. */
export function programOfSpec({ setups, teardown, sessions }: Spec): LitmusProgram {
  const made = setups.flatMap(parseStatements).map(({ node, text }) => ({ kind: kindOf(node), node, text }));
  const named = (wanted: string, relation: string): readonly string[] =>
    made.flatMap(({ kind, node }) => (kind === wanted ? [nameIn(node, kind, relation)] : []));
  const inserts = made.filter(({ kind }) => kind === "InsertStmt");
  const isPlain = made.every(
    ({ kind, text }) => kind === "InsertStmt" || (MAKING.includes(kind) && !HIDDEN_SEQUENCE.test(text)),
  );
  return {
    schema: isPlain ? made.filter(({ kind }) => kind !== "InsertStmt").map(({ text }) => text) : setups,
    rows: isPlain ? inserts.map(({ text }) => text) : null,
    tables: named("CreateStmt", "relation"),
    sequences: named("CreateSeqStmt", "sequence"),
    sessions: sessions.map(({ setup, steps, teardown: end }) =>
      closed(
        [setup, ...steps.map(({ sql }) => sql), end].flatMap((text) =>
          text === null ? [] : [statement(text.trim().replace(/;$/, ""))],
        ),
      ),
    ),
    teardown,
  };
}

function kindOf(node: unknown): string {
  return Object.keys(node as object)[0] ?? "";
}

/** The name of what a statement makes, as it is written in SQL. */
function nameIn(node: unknown, kind: string, relation: string): string {
  const made = (node as Record<string, Record<string, { readonly schemaname?: string; readonly relname?: string }>>)[
    kind
  ];
  const { schemaname, relname } = made?.[relation] ?? {};
  return [schemaname, relname].flatMap((part) => (part === undefined ? [] : [quoted(part)])).join(".");
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** A program in the notation of isolation tests. Without permutations: any order is one of it. */
export function specOf(program: LitmusProgram, comment: readonly string[]): string {
  const { schema, rows, sessions, tables, sequences, teardown } = program;
  const lines = comment.map((line) => `# ${line}`.trimEnd());
  const setup = [...schema, ...(rows ?? [])].map((text) => `  ${text.trim().replace(/;$/, "")};`);
  lines.push("", "setup", "{", ...setup, "}", "");
  const drops = [
    ...(tables.length === 0 ? [] : [`DROP TABLE ${[...tables].reverse().join(", ")};`]),
    ...(sequences.length === 0 ? [] : [`DROP SEQUENCE ${sequences.join(", ")};`]),
  ];
  lines.push("teardown", "{", `  ${teardown?.trim() ?? drops.join(" ")}`, "}");
  for (const [session, statements] of sessions.entries()) {
    lines.push("", `session s${session + 1}`);
    for (const [at, { text }] of statements.entries()) {
      lines.push(`step s${session + 1}${String.fromCharCode(97 + at)}  { ${text}; }`);
    }
  }
  return `${lines.join("\n")}\n`;
}
