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

const CREATED_TABLE = /\bcreate\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?([a-z_][\w.]*|"[^"]+")/gi;
const CREATED_SEQUENCE = /\bcreate\s+sequence\s+(?:if\s+not\s+exists\s+)?([a-z_][\w.]*|"[^"]+")/gi;

/** The sessions of an isolation test as a program: its permutations say nothing here. */
export function programOfSpec({ setups, teardown, sessions }: Spec): LitmusProgram {
  const named = (pattern: RegExp): readonly string[] =>
    setups.flatMap((text) => [...text.matchAll(pattern)].map(([, name = ""]) => name));
  return {
    schema: setups,
    rows: null,
    tables: named(CREATED_TABLE),
    sequences: named(CREATED_SEQUENCE),
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
