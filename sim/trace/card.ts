/**
 * What is said of one block of a trace, line by line and without layout: text and list form print it in columns.
 *
 *     acquire 1                                      call
 *     UPDATE buffers SET locked_by = 'alice' …       sql
 *     → 1 row updated, committed                     answer
 *     = buffers id 1: locked_by null → 'alice'       rows
 *     * alice owns 1                                 belief
 */
import type { Query, Reply } from "../../model/protocol.ts";
import { moveOf } from "../system/system.ts";
import type { Block } from "./blocks.ts";
import { SERVER_MOVES } from "./experiment.ts";
import { statementName } from "./sql-text.ts";
import type { TraceStep } from "./trace.ts";
import { haltText, listed, replyLines, rowChanges, rowChangeText, viewText } from "./wording.ts";

export interface SqlLine {
  readonly kind: "sql";
  readonly query: Query;
}

export interface TextLine {
  readonly kind: "call" | "answer" | "error" | "wait" | "note" | "rows" | "belief" | "broken";
  /** Whose belief it is; the block's client for every other kind. */
  readonly client: string;
  readonly text: string;
}

export type CardLine = SqlLine | TextLine;

/** Names of moves by which a statement or a process goes on by itself; every other action is a call by its user. */
export const OWN_MOVES: ReadonlySet<string> = new Set(["next", ...SERVER_MOVES]);

/** Everything that a reader is told of a block. */
export function cardOf(block: Block): readonly CardLine[] {
  const { first, commit, client } = block;
  const steps = [first, ...(commit === null ? [] : [commit])];
  const text = (kind: TextLine["kind"]) => (said: string) => ({ kind, client, text: said });
  const woken = steps.flatMap((step) => step.woken);
  return [
    ...callLines(first).map(text("call")),
    ...statementLines(block),
    ...steps.flatMap(notesOf).map(text("note")),
    ...answerLines(block),
    ...changeLines(block).map(text("rows")),
    ...(woken.length === 0 ? [] : [text("wait")(`${listed(woken)} can go on`)]),
    ...beliefLines(block),
    ...steps
      .flatMap((step) => step.violations)
      .map(({ property }) => `${property} breaks here`)
      .map(text("broken")),
  ];
}

/** The notes of a step, but for one that says what the line of the wait says anyway. */
function notesOf({ notes, progress }: TraceStep): readonly string[] {
  return progress.kind === "waits" ? notes.filter((note) => !note.includes(progress.what)) : notes;
}

function callLines(step: TraceStep): readonly string[] {
  return OWN_MOVES.has(moveOf(step.action)) ? [] : [step.action];
}

function statementLines({ first, sentAt, client }: Block): readonly CardLine[] {
  if (first.sent !== null) return [{ kind: "sql", query: first.sent }];
  if (first.statement === null) return [];
  const does = MOVE_WORDS[first.action] ?? "goes on";
  return [{ kind: "call", client, text: `${statementName(first.statement)} of step ${sentAt ?? "?"} ${does}` }];
}

const MOVE_WORDS: Readonly<Record<string, string>> = {
  commit: "commits",
  deadlock: "finds the deadlock",
  disconnect: "is cut off",
  "lock-timeout": "gives up",
  "lost-commit done": "commits",
  "lost-commit undone": "is cut off",
};

function answerLines({ first, commit, client }: Block): readonly TextLine[] {
  const halt = haltText(first.progress);
  if (halt !== null) return [{ kind: "wait", client, text: halt }];
  if (first.progress.kind === "finished") {
    return commit === null ? replied(first, ", not yet committed") : finished(first, commit);
  }
  return replied(first, first.action === "commit" ? ", committed" : "");
}

/** The answer of a statement with its commit: told once where the commit does not change it. */
function finished(first: TraceStep, commit: TraceStep): readonly TextLine[] {
  const same = JSON.stringify(replyOf(first)) === JSON.stringify(replyOf(commit));
  return same ? replied(first, ", committed") : [...replied(first, ", then at its commit:"), ...replied(commit, "")];
}

function replyOf({ progress }: TraceStep): Reply | null {
  return progress.kind === "replied" || progress.kind === "finished" ? progress.reply : null;
}

function replied(step: TraceStep, tail: string): readonly TextLine[] {
  const reply = replyOf(step);
  if (reply === null) return [];
  const kind = reply.kind === "failed" ? "error" : "answer";
  return replyLines(reply).map((text, at, lines) => ({
    kind,
    client: step.client,
    text: at === lines.length - 1 && kind === "answer" ? `${text}${tail}` : text,
  }));
}

function changeLines({ before, after }: Block): readonly string[] {
  return Object.entries(after.tables).flatMap(([table, rows]) =>
    rowChanges(before.tables[table] ?? [], rows).map((change) => `${table} ${rowChangeText(change)}`),
  );
}

function beliefLines({ before, after }: Block): readonly TextLine[] {
  return Object.entries(after.views)
    .filter(([client, view]) => JSON.stringify(view) !== JSON.stringify(before.views[client]))
    .map(([client, view]) => ({ kind: "belief", client, text: `${client} believes: ${viewText(view)}` }));
}
