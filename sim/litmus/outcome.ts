/**
 * The outcome of one run of a program, in a form in which two servers can be compared.
 *
 *     replies   by session: for each statement its command, how many rows, and the rows; or the SQLSTATE
 *     end       by table and sequence: the rows in the end, or the next number
 *
 * Rows are compared as texts. Their order counts where the statement's ORDER BY gives it; elsewhere it is the planner's free choice, and
 * they are sorted. Messages, details and which of several waits came first are not part of an outcome.
 */
import type { Reply } from "../../model/protocol.ts";

export interface Outcome {
  readonly replies: readonly (readonly string[])[];
  readonly end: readonly (readonly [of: string, rows: string])[];
}

/** A result as a server tells it. */
export type Told =
  | { readonly kind: "failed"; readonly sqlstate: string }
  | {
      readonly kind: "rows";
      readonly command: string;
      readonly rowCount: number | null;
      readonly rows: readonly (readonly (string | null)[])[];
    };

/** A reply of the simulated server with its cells as texts. */
export function toldOf(reply: Reply): Told {
  if (reply.kind === "failed") return { kind: "failed", sqlstate: reply.sqlstate };
  const { command, rowCount, rows } = reply;
  return {
    kind: "rows",
    command,
    rowCount,
    rows: rows.map((row) => row.map((cell) => (cell === null ? null : String(cell)))),
  };
}

/** `INSERT 2`, `SELECT 2: (1, 0) (2, 5)`, `40P01`. */
export function replyWords(told: Told, ordered: boolean): string {
  if (told.kind === "failed") return told.sqlstate;
  const count = told.rowCount === null ? "" : ` ${told.rowCount}`;
  const rows = rowsWords(told.rows, ordered);
  return `${told.command}${count}${rows === "" ? "" : `: ${rows}`}`;
}

export function rowsWords(rows: readonly (readonly (string | null)[])[], ordered: boolean): string {
  const texts = rows.map((row) => `(${row.map((cell) => cell ?? "null").join(", ")})`);
  return (ordered ? texts : texts.sort()).join(" ");
}

export function outcomeKey(outcome: Outcome): string {
  return JSON.stringify([outcome.replies, outcome.end]);
}

export function outcomeOf(key: string): Outcome {
  const [replies, end] = JSON.parse(key) as [Outcome["replies"], Outcome["end"]];
  return { replies, end };
}

/** In how many places two outcomes of a program differ. */
function distance(a: Outcome, b: Outcome): number {
  let apart = 0;
  for (const [session, replies] of a.replies.entries()) {
    for (const [at, reply] of replies.entries()) if (b.replies[session]?.[at] !== reply) apart++;
  }
  for (const [at, [, rows]] of a.end.entries()) if (b.end[at]?.[1] !== rows) apart++;
  return apart;
}

/** The outcomes that are nearest to one, at most so many. */
export function nearest(to: Outcome, among: readonly Outcome[], max: number): readonly Outcome[] {
  return among
    .map((outcome) => ({ outcome, apart: distance(to, outcome) }))
    .sort((a, b) => a.apart - b.apart)
    .slice(0, max)
    .map(({ outcome }) => outcome);
}

/** An outcome as lines; where `than` is given, what is other than there is marked. */
export function outcomeLines({ replies, end }: Outcome, than: Outcome | null = null): readonly string[] {
  const mark = (text: string, other: string | undefined): string =>
    than === null || text === other ? text : `»${text}«`;
  return [
    ...replies.map(
      (each, session) =>
        `s${session + 1}: ${each.map((reply, at) => mark(reply, than?.replies[session]?.[at])).join(" · ")}`,
    ),
    `end: ${end.map(([of, rows], at) => `${of} ${mark(rows === "" ? "empty" : rows, shown(than?.end[at]?.[1]))}`).join(" · ")}`,
  ];
}

function shown(rows: string | undefined): string | undefined {
  return rows === "" ? "empty" : rows;
}
