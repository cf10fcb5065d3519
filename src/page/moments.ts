/**
 * What is true at one moment of a trace, as a panel: the statement, the committed rows, each client's belief, who waits.
 *
 * A panel is made for the moment before the first step and for each step; the page shows one of them at a time. Cells
 * and beliefs that the step changed are marked, with what they were before.
 */
import type { Row, View } from "../../model/protocol.ts";
import { type Block, singleBlocksOf } from "../../sim/trace/blocks.ts";
import { type Frame, framesOf } from "../../sim/trace/frames.ts";
import { repeatSentence } from "../../sim/trace/lasso.ts";
import { literal, statementName } from "../../sim/trace/sql-text.ts";
import type { Trace, TraceStep } from "../../sim/trace/trace.ts";
import { haltText, listed, replyLines, rowChanges, viewText } from "../../sim/trace/wording.ts";
import { cellHtml, escaped, LANES, nameHtml, sentenceHtml, sqlHtml } from "./markup.ts";

/** One panel a moment, in order. */
export function momentsHtml(trace: Trace): string {
  const blocks = singleBlocksOf(trace);
  const frames = framesOf(trace);
  const still = stillRows(frames);
  let broke: TraceStep | null = null;
  return frames
    .map((frame, at) => {
      const block = at === 0 ? null : (blocks[at - 1] ?? null);
      if (block !== null && block.first.violations.length > 0) broke = block.first;
      return momentHtml(trace, { frame, block, still, broke });
    })
    .join("\n");
}

/** Tables with more rows than this show only the rows that change at some time. */
const ROWS_MAX = 8;

/** The rows of large tables that are the same at every moment, as JSON, by table. */
function stillRows(frames: readonly Frame[]): ReadonlyMap<string, ReadonlySet<string>> {
  const names = Object.keys(frames[0]?.tables ?? {});
  return new Map(
    names.map((name) => {
      const moments = frames.map(({ tables }) => new Set((tables[name] ?? []).map((row) => JSON.stringify(row))));
      const first = [...(moments[0] ?? [])];
      const isLarge = first.length > ROWS_MAX;
      return [name, new Set(isLarge ? first.filter((row) => moments.every((rows) => rows.has(row))) : [])];
    }),
  );
}

interface Moment {
  readonly frame: Frame;
  readonly block: Block | null;
  readonly still: ReadonlyMap<string, ReadonlySet<string>>;
  /** The last step up to here in which something broke. */
  readonly broke: TraceStep | null;
}

function momentHtml(trace: Trace, { frame, block, still, broke }: Moment): string {
  const broken = brokenAt(trace, frame.n, broke);
  const tables = Object.entries(frame.tables).map(([name, rows]) =>
    tableHtml(name, rows, { before: block?.before.tables[name] ?? rows, still: still.get(name) ?? new Set() }),
  );
  return `<section class="moment${broken === "" ? "" : " broken"}" data-moment="${frame.n}" data-say="${escaped(spoken(trace, block))}">
${stepHtml(trace, block)}
${broken}
<h3>Committed rows</h3>
<div class="tables">${tables.join("")}</div>
<h3>Beliefs</h3>
<ul class="beliefs">${trace.parameters.clients.map((client, at) => beliefHtml(client, at, { trace, frame, block })).join("")}</ul>
</section>`;
}

/** What a screen reader says when the page comes to this moment. */
function spoken(trace: Trace, block: Block | null): string {
  const total = trace.steps.length;
  if (block === null) return `Before the first of ${total} steps.`;
  const { n, client, violations } = block.first;
  const broken = violations.map(({ property, message }) => ` ${property} is violated: ${message}.`);
  return `Step ${n} of ${total}. ${client}: ${stepWords(block)}.${broken.join("")}`;
}

function stepWords({ first, sentAt }: Block): string {
  if (first.statement === null) return first.action;
  const name = statementName(first.statement);
  if (first.sent !== null) return name;
  return `${name} of step ${sentAt ?? "?"} ${first.action === "commit" ? "commits" : "goes on"}`;
}

function stepHtml(trace: Trace, block: Block | null): string {
  if (block === null) return '<div class="step"><p class="who-moves">Nobody has moved yet.</p></div>';
  const { first, client } = block;
  const lane = trace.parameters.clients.indexOf(client);
  const statement = first.statement === null ? "" : sqlHtml(first.statement);
  return `<div class="step lane-${lane % LANES}"><p class="who-moves">${nameHtml(client, lane)}${escaped(moveWords(block))}</p>${statement}${asSent(first)}<p class="outcome">${escaped(outcome(first))}</p></div>`;
}

/** What follows the client's name: ` sends`, `'s UPDATE of step 3 commits`. */
function moveWords(block: Block): string {
  const { first } = block;
  if (first.statement === null) return ` does “${first.action}”`;
  if (first.sent === null) return `’s ${stepWords(block)}`;
  return first.action === "next" ? " sends" : ` is asked to ${first.action} and sends`;
}

/** The text as it goes over the wire, where that is another than the one with the values filled in. */
function asSent({ sent }: TraceStep): string {
  if (sent === null || sent.values.length === 0) return "";
  const values = sent.values.map((value, at) => `$${at + 1} = ${literal(value)}`).join(", ");
  return `<p class="as-sent">${escaped(sent.text.replace(/\s+/g, " "))}<br>${escaped(values)}</p>`;
}

function outcome({ progress, action, committed }: TraceStep): string {
  const halt = haltText(progress);
  if (halt !== null) return halt;
  if (progress.kind !== "finished" && progress.kind !== "replied") return "a step of its own, without the server";
  const tail =
    progress.kind === "finished" ? ", not yet committed" : committed && action === "commit" ? ", committed" : "";
  return replyLines(progress.reply).join("; ") + tail;
}

/** The sentence on what is broken at this moment: what broke in this step, or before it. */
function brokenAt(trace: Trace, n: number, broke: TraceStep | null): string {
  const repeats = n === trace.steps.length ? repeatSentence(trace) : null;
  if (repeats !== null && trace.verdict.kind === "violated") {
    return `<p class="verdict"><strong>${escaped(trace.verdict.property)} is violated.</strong> ${escaped(repeats)}</p>`;
  }
  if (broke === null) return "";
  const when = broke.n === n ? "" : ` (since step ${broke.n})`;
  return broke.violations
    .map(
      ({ property, message }) =>
        `<p class="verdict"><strong>${escaped(property)} is violated${when}.</strong> ${sentenceHtml(message, trace.parameters.clients)}</p>`,
    )
    .join("");
}

interface Besides {
  readonly before: readonly Row[];
  /** Rows that are left out, as JSON. */
  readonly still: ReadonlySet<string>;
}

function tableHtml(name: string, all: readonly Row[], { before, still }: Besides): string {
  const rows = all.filter((row) => !still.has(JSON.stringify(row)));
  const columns = Object.keys(all[0] ?? before[0] ?? {});
  const changes = rowChanges(before, all);
  const body = rows.map((row) => {
    const change = changes.find(({ after }) => after === row);
    const cells = columns.map((column) => cell(row, change?.before ?? null, column));
    return `<tr${change?.kind === "added" ? ' class="added"' : ""}>${cells.join("")}</tr>`;
  });
  const gone = changes.filter(({ kind }) => kind === "removed").map((change) => goneRow(columns, change.before ?? {}));
  const empty = all.length + gone.length === 0 ? '<tr><td class="null">no rows</td></tr>' : "";
  const head = columns.map((column) => `<th scope="col">${escaped(column)}</th>`).join("");
  const others = still.size === 0 ? "" : `<p class="others">and ${still.size} rows that never change</p>`;
  return `<table><caption>${escaped(name)}</caption><thead><tr>${head}</tr></thead><tbody>${body.join("")}${gone.join("")}${empty}</tbody></table>${others}`;
}

function goneRow(columns: readonly string[], row: Row): string {
  return `<tr class="gone">${columns.map((column) => `<td><s>${cellHtml(row[column] ?? null)}</s></td>`).join("")}</tr>`;
}

function cell(row: Row, before: Row | null, column: string): string {
  const value = row[column] ?? null;
  if (before === null || before[column] === value) return `<td>${cellHtml(value)}</td>`;
  return `<td class="changed"><s>${cellHtml(before[column] ?? null)}</s> <ins>${cellHtml(value)}</ins></td>`;
}

interface At {
  readonly trace: Trace;
  readonly frame: Frame;
  readonly block: Block | null;
}

function beliefHtml(client: string, lane: number, { trace, frame, block }: At): string {
  const view: View = frame.views[client] ?? {};
  const before = block?.before.views[client] ?? view;
  const changed = viewText(view) !== viewText(before);
  const waits = frame.waits[client];
  const waiting =
    waits === undefined
      ? ""
      : `<span class="waiting">waits for ${listed(waits)
          .split(/(\s+)/)
          .map((word) => sentenceHtml(word, trace.parameters.clients))
          .join("")}</span>`;
  const text = changed
    ? `<s>${escaped(viewText(before))}</s> <ins>${escaped(viewText(view))}</ins>`
    : escaped(viewText(view));
  return `<li class="lane-${lane % LANES}${changed ? " changed" : ""}"><span class="head lane-${lane % LANES}"><i class="sign"></i>${nameHtml(client, lane)}</span><span class="belief">${text}</span>${waiting}</li>`;
}
