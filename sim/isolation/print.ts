/**
 * How PostgreSQL's isolation tester prints a permutation, to the byte.
 *
 *     starting permutation: w1 r2
 *     step w1: UPDATE t SET a = 1;
 *     step r2: SELECT * FROM t FOR UPDATE; <waiting ...>
 *     step r2: <... completed>
 *     a|b
 *     -+---
 *     1|one
 *     (1 row)
 *
 * A table is libpq's: a column is right-aligned when every value in it that is not empty looks like a number, NULL is
 * blank, the rule is made of `-` and `+`, the last column is padded as well, and widths count bytes.
 *
 * Not printed: the `LINE 1: …` excerpt that libpq puts into the message of a failed setup or teardown.
 */
import type { Answer, Message, Notification } from "./server.ts";
import type { Permutation, SpecStep } from "./spec.ts";

export function permutationLine(permutation: Permutation): string {
  return `\nstarting permutation: ${permutation.map(({ step }) => step.name).join(" ")}\n`;
}

/** A step that was sent and has completed. */
export function stepLine(step: SpecStep): string {
  return `step ${step.name}: ${step.sql}\n`;
}

/** A step that was sent and waits. */
export function waitingLine(step: SpecStep): string {
  return `step ${step.name}: ${step.sql} <waiting ...>\n`;
}

/** A step that was printed as waiting and has completed. */
export function completedLine(step: SpecStep): string {
  return `step ${step.name}: <... completed>\n`;
}

export function answerText(answer: Answer): string {
  switch (answer.kind) {
    case "rows":
      return tableText(answer.fields, answer.rows);
    case "done":
      return "";
    case "failed":
    case "notice":
      return `${answer.severity}:  ${answer.message}\n`;
    case "lost":
      return LOST;
  }
}

/** What libpq says when a connection ends in the middle of a message. */
const LOST =
  "server closed the connection unexpectedly\n" +
  "\tThis probably means the server terminated abnormally\n" +
  "\tbefore or while processing the request.\n\n";

/** A notice with the name of the session that it was sent to. */
export function noticeText(session: string, notice: Message): string {
  return `${session}: ${messageText(notice)}`;
}

/** A message with its detail and hint. */
export function messageText({ severity, message, detail, hint }: Message): string {
  const more = [...(detail === null ? [] : [`DETAIL:  ${detail}\n`]), ...(hint === null ? [] : [`HINT:  ${hint}\n`])];
  return `${severity}:  ${message}\n${more.join("")}`;
}

export function notificationText(session: string, { channel, payload, sender }: Notification): string {
  return `${session}: NOTIFY "${channel}" with payload "${payload}" from ${sender}\n`;
}

/** The rows as a table; nothing at all where there are no columns. */
export function tableText(fields: readonly string[], rows: readonly (readonly (string | null)[])[]): string {
  if (fields.length === 0) return "";
  const columns = fields.map((field, at) => {
    const values = rows.map((row) => row[at] ?? "");
    return {
      width: Math.max(...[field, ...values].map(byteLength)),
      right: values.every((value) => value === "" || looksNumeric(value)),
    };
  });
  const line = (cells: readonly (string | null)[]): string =>
    columns.map(({ width, right }, at) => padded(cells[at] ?? "", width, right)).join("|");
  const rule = columns.map(({ width }) => "-".repeat(width)).join("+");
  const count = `(${rows.length} row${rows.length === 1 ? "" : "s"})`;
  return `${[line(fields), rule, ...rows.map(line), count].join("\n")}\n\n`;
}

/** libpq's own idea of a number: such characters, no E at the start, a digit at the end. */
function looksNumeric(value: string): boolean {
  return /^[0-9.Ee -]*[0-9]$/.test(value) && !/^[Ee]/.test(value);
}

function padded(text: string, width: number, right: boolean): string {
  const padding = " ".repeat(Math.max(0, width - byteLength(text)));
  return right ? padding + text : text + padding;
}

/** The length in UTF-8. */
function byteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
