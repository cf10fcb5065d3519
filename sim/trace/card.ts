/**
 * What is said of one block of a trace, line by line and without layout: text and list form print it in columns.
 *
 *     acquire 1                                      call
 *     UPDATE buffers SET locked_by = 'alice' …       sql
 *     → 1 row updated, committed                     answer
 *     = buffers id 1: locked_by null → 'alice'       rows
 *     * alice owns 1                                 belief
 */
import type { Query } from "../../model/protocol.ts";
import type { Block } from "./blocks.ts";
import { statementName } from "./sql-text.ts";
import type { TraceStep } from "./trace.ts";
import { listed, replyLines, rowChanges, rowChangeText, viewText } from "./wording.ts";

export type CardLine =
  | { readonly kind: "sql"; readonly query: Query }
  | {
      readonly kind: "call" | "answer" | "error" | "wait" | "note" | "rows" | "belief" | "broken";
      readonly text: string;
    };

/** Names of moves by which a statement or a process goes on by itself; every other action is a call by its user. */
const MOVES: ReadonlySet<string> = new Set(["next", "resume", "commit", "deadlock"]);

/** Everything that a reader is told of a block. */
export function cardOf(block: Block): readonly CardLine[] {
  const { first, commit } = block;
  const last = commit ?? first;
  return [
    ...callLines(first),
    ...statementLines(block),
    ...answerLines(block),
    ...[first, ...(commit === null ? [] : [commit])].flatMap((step) => step.notes).map(line("note")),
    ...changeLines(block),
    ...(last.woken.length === 0 ? [] : [line("wait")(`${listed(last.woken)} can go on`)]),
    ...beliefLines(block),
    ...[first, ...(commit === null ? [] : [commit])]
      .flatMap((step) => step.violations)
      .map(({ property }) => line("broken")(`${property} breaks here`)),
  ];
}

function line(kind: Exclude<CardLine["kind"], "sql">): (text: string) => CardLine {
  return (text) => ({ kind, text });
}

function callLines(step: TraceStep): readonly CardLine[] {
  return MOVES.has(step.action) ? [] : [line("call")(step.action)];
}

function statementLines({ first, sentAt }: Block): readonly CardLine[] {
  if (first.sent !== null) return [{ kind: "sql", query: first.sent }];
  if (first.statement === null) return [];
  const name = `${statementName(first.statement)} of step ${sentAt ?? "?"}`;
  switch (first.action) {
    case "commit":
      return [line("call")(`${name} commits`)];
    case "deadlock":
      return [line("call")(`${name} finds the deadlock`)];
    default:
      return [line("call")(`${name} goes on`)];
  }
}

function answerLines({ first, commit }: Block): readonly CardLine[] {
  switch (first.progress.kind) {
    case "local":
      return [];
    case "waits":
      return [line("wait")(`waits for ${listed(first.progress.waitsFor)}: ${first.progress.what}`)];
    case "stopped":
      return [line("wait")(`stops ${first.progress.at}`)];
    case "replied":
      return replied(first, first.action === "commit" ? ", committed" : "");
    case "finished":
      return commit === null ? replied(first, ", not yet committed") : finished(first, commit);
  }
}

/** The answer of a statement with its commit: told once where the commit does not change it. */
function finished(first: TraceStep, commit: TraceStep): readonly CardLine[] {
  const same = JSON.stringify(replyOf(first)) === JSON.stringify(replyOf(commit));
  return same ? replied(first, ", committed") : [...replied(first, ", then at its commit:"), ...replied(commit, "")];
}

function replyOf({ progress }: TraceStep): unknown {
  return progress.kind === "replied" || progress.kind === "finished" ? progress.reply : null;
}

function replied({ progress }: TraceStep, tail: string): readonly CardLine[] {
  if (progress.kind !== "replied" && progress.kind !== "finished") return [];
  const { reply } = progress;
  const lines = replyLines(reply);
  return lines.map((text, at) =>
    line(reply.kind === "failed" ? "error" : "answer")(at === lines.length - 1 ? `${text}${tail}` : text),
  );
}

function changeLines({ before, after }: Block): readonly CardLine[] {
  return Object.entries(after.tables).flatMap(([table, rows]) =>
    rowChanges(before.tables[table] ?? [], rows).map((change) => line("rows")(`${table} ${rowChangeText(change)}`)),
  );
}

function beliefLines({ before, after }: Block): readonly CardLine[] {
  return Object.entries(after.views)
    .filter(([client, view]) => JSON.stringify(view) !== JSON.stringify(before.views[client]))
    .map(([client, view]) => line("belief")(`${client} believes: ${viewText(view)}`));
}
