/**
 * Draws a trace as a Mermaid sequence diagram: the clients with PostgreSQL among them, a message a statement and a reply.
 *
 *     alice ->> PostgreSQL    1 SELECT …            the statement, with its step
 *     PostgreSQL -->> alice   locked_by null        its answer
 *     Note over bob           waits for alice       what is no message: waits, beliefs, committed rows, the break
 *     rect … end              around the steps of the race, from the first to the second
 *
 * Invariant: whatever a statement or a row holds, the diagram stays valid: every character with a meaning in Mermaid's
 * grammar (`;` and `#`, quotes, `<`, `%`, `$`, `:`) is written as an entity, and control characters are made visible.
 *
 * Source: the grammar and the entity codes of Mermaid 11, https://mermaid.js.org/syntax/sequenceDiagram.html
 */
import { type Block, blockNumber, blocksOf, lastStepOf } from "./blocks.ts";
import { type CardLine, cardOf } from "./card.ts";
import { repeatSentence } from "./lasso.ts";
import type { Trace } from "./trace.ts";
import { anomalySentence } from "./wording.ts";
import { visible, wrap, wrapSql } from "./wrap.ts";

const DATABASE = "db";
const MESSAGE_WIDTH = 46;
const NOTE_WIDTH = 40;
const RACE_COLOR = "rgba(235, 170, 40, 0.18)";
const BROKEN_COLOR = "rgba(215, 60, 50, 0.18)";

/** The trace as the text of a Mermaid diagram; it ends with a newline. */
export function renderMermaid(trace: Trace): string {
  const ids = new Map(trace.parameters.clients.map((client, at) => [client, `c${at + 1}`]));
  const blocks = blocksOf(trace);
  const lines = [
    "sequenceDiagram",
    `title ${entities(`${trace.parameters.scenario}, ${trace.parameters.protocol}`)}`,
    ...participants(trace.parameters.clients, ids),
    ...loopFrame(
      trace,
      blocks.map((block) => ({ n: block.first.n, lines: raceFrame(trace, block, messages(block, ids)) })),
    ),
    ...verdictNote(trace, ids),
  ];
  return `${lines.map((line, at) => (at === 0 ? line : `  ${line}`)).join("\n")}\n`;
}

/** The server stands in the middle: messages of the first clients go right, those of the others left. */
function participants(clients: readonly string[], ids: ReadonlyMap<string, string>): readonly string[] {
  const declared = clients.map((client) => `participant ${ids.get(client) ?? ""} as ${entities(client)}`);
  const middle = Math.ceil(clients.length / 2);
  return [...declared.slice(0, middle), `participant ${DATABASE} as PostgreSQL`, ...declared.slice(middle)];
}

function messages(block: Block, ids: ReadonlyMap<string, string>): readonly string[] {
  const client = ids.get(block.client) ?? "";
  const card = cardOf(block);
  const asked = card.filter(({ kind }) => kind === "call" || kind === "sql");
  const answers = card.filter(({ kind }) => kind === "answer" || kind === "error");
  const notes = card.filter((line) => !asked.includes(line) && !answers.includes(line));
  return [
    ...askedMessage(block, asked, client),
    ...answerMessage(block, answers, client),
    ...notes.flatMap((line) => note(line, ids)),
  ];
}

function askedMessage(block: Block, asked: readonly CardLine[], client: string): readonly string[] {
  const { first } = block;
  const lines = asked.flatMap((line) =>
    line.kind === "sql" ? wrapSql(line.query, MESSAGE_WIDTH) : wrap(line.text, MESSAGE_WIDTH),
  );
  const text = [`${blockNumber(block)} ${lines[0] ?? first.action}`, ...lines.slice(1)]
    .map((line) => entities(line.trim()))
    .join("<br/>");
  return first.sent === null ? [`Note over ${client}: ${text}`] : [`${client}->>${DATABASE}: ${text}`];
}

/** A reply is a message back; what a finished statement would answer before its commit is a note at the server. */
function answerMessage({ first }: Block, answers: readonly CardLine[], client: string): readonly string[] {
  if (answers.length === 0) return [];
  const text = answers
    .flatMap((line) => ("text" in line ? wrap(line.text, MESSAGE_WIDTH) : []))
    .map(entities)
    .join("<br/>");
  const isDelivered = first.progress.kind === "replied" || !text.endsWith("not yet committed");
  return [isDelivered ? `${DATABASE}-->>${client}: ${text}` : `Note over ${DATABASE}: ${text}`];
}

function note(line: CardLine, ids: ReadonlyMap<string, string>): readonly string[] {
  if (line.kind === "sql" || line.kind === "broken") return [];
  const place = line.kind === "rows" || line.kind === "note" ? DATABASE : (ids.get(line.client) ?? "");
  return [`Note over ${place}: ${wrap(line.text, NOTE_WIDTH).map(entities).join("<br/>")}`];
}

/** Opens the race's frame before its first block and closes it after its second. */
function raceFrame(trace: Trace, block: Block, lines: readonly string[]): readonly string[] {
  const race = trace.races[0];
  if (race === undefined) return lines;
  const holds = (step: number): boolean => block.first.n <= step && step <= lastStepOf(block);
  const inner = block.first.n >= race.first && block.first.n <= race.second ? lines.map((line) => `  ${line}`) : lines;
  return [...(holds(race.first) ? [`rect ${RACE_COLOR}`] : []), ...inner, ...(holds(race.second) ? ["end"] : [])];
}

/** Puts the steps that repeat for ever into a loop of the diagram; a trace with a loop has no race. */
function loopFrame(
  { repeatsFrom }: Trace,
  blocks: readonly { readonly n: number; readonly lines: readonly string[] }[],
): readonly string[] {
  const inside = blocks.filter(({ n }) => repeatsFrom !== undefined && n >= repeatsFrom);
  const before = blocks.slice(0, blocks.length - inside.length).flatMap(({ lines }) => lines);
  if (inside.length === 0) return before;
  return [
    ...before,
    `loop for ever, from step ${repeatsFrom}`,
    ...inside.flatMap(({ lines }) => lines).map((line) => `  ${line}`),
    "end",
  ];
}

function verdictNote(trace: Trace, ids: ReadonlyMap<string, string>): readonly string[] {
  if (trace.verdict.kind === "none") return [];
  const names = [...ids.values()];
  const span = names.length === 1 ? `${names[0]},${DATABASE}` : `${names[0]},${names[names.length - 1]}`;
  const { property, message } = trace.verdict;
  const repeats = repeatSentence(trace);
  const said = [
    `✗ ${property} is violated: ${message}`,
    ...(repeats === null ? [] : [repeats]),
    ...trace.races.slice(0, 1).map(({ sentence }) => sentence),
    ...(trace.anomaly === undefined ? [] : [anomalySentence(trace.anomaly)]),
  ];
  const text = said.map((sentence) => wrap(sentence, 70).map(entities).join("<br/>")).join("<br/>");
  return [`rect ${BROKEN_COLOR}`, `  Note over ${span}: ${text}`, "end"];
}

const MEANING = /[;#"'<>&%$:\\{}]/g;

/** The text with every character that Mermaid could take for syntax as an entity code: `#59;` for a semicolon. */
function entities(text: string): string {
  return visible(text).replace(MEANING, (char) => `#${char.charCodeAt(0)};`);
}
