/**
 * The picture of a trace: a lane a client, time from top to bottom, one row a step.
 *
 *     ┃  alice            bob
 *     1  ● SELECT …       │
 *     2  │                ■ SELECT …            ┐
 *     3  ● UPDATE …       │                     │ race
 *     4  ● commits        │                     ┘
 *     5  │  ◀─────────────■ UPDATE … waits      an arrow from the one who waits to the one it waits for
 *
 * Rows are list items on one grid; the lanes' lines, the steps' signs and the arrows are drawn in each row, so that a row
 * can be as high as its text and nothing needs measuring in the browser.
 */
import { type Block, singleBlocksOf } from "../../sim/trace/blocks.ts";
import { type CardLine, cardOf, type TextLine } from "../../sim/trace/card.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { escaped, LANES, nameHtml, sentenceHtml, sqlHtml } from "./markup.ts";

/** The steps as an ordered list, with the clients' names above. */
export function lanesHtml(trace: Trace): string {
  const { clients } = trace.parameters;
  const heads = clients.map(
    (name, at) => `<span class="head lane-${at % LANES}"><i class="sign"></i>${nameHtml(name, at)}</span>`,
  );
  const rows = singleBlocksOf(trace).map((block) => rowHtml(trace, block));
  const long = trace.steps.length > 99 ? " long" : "";
  return `<div class="lanes${long}" style="--lanes:${clients.length}" data-lanes="${clients.length}">
<div class="row heads" aria-hidden="true"><span class="num"></span>${heads.join("")}</div>
<ol>
<li class="row start" data-row="0"><a class="num" href="#step=0" aria-label="Before the first step">0</a>${lifelines(trace, null)}<div class="card wide"><p class="call">before the first step</p></div></li>
${rows.join("\n")}
</ol>
</div>`;
}

function rowHtml(trace: Trace, block: Block): string {
  const { clients } = trace.parameters;
  const { n } = block.first;
  const lane = clients.indexOf(block.client);
  const place = raceClass(trace, n);
  const isCommit = block.first.action === "commit";
  const classes = [
    "row",
    `lane-${lane % LANES}`,
    place,
    isCommit ? "commit" : "",
    block.first.violations.length > 0 ? "breaks" : "",
  ];
  return `<li class="${classes.filter((name) => name !== "").join(" ")}" style="--lane:${lane}" data-row="${n}">
<a class="num" href="#step=${n}" aria-label="Step ${n}">${n}</a>${lifelines(trace, block)}
<div class="card"><p class="owner">${nameHtml(block.client, lane)}</p>${raceTag(trace, n)}${cardOf(block).map(cardLine).join("")}</div>${arrows(trace, block)}${breaks(trace, block)}
</li>`;
}

/** The steps that a bracket holds together: from one step of the race to the other, or those that repeat for ever. */
function bracketOf({
  races: [race],
  repeatsFrom,
  steps,
}: Trace): { readonly first: number; readonly second: number } | null {
  if (race !== undefined) return race;
  return repeatsFrom === undefined || repeatsFrom > steps.length ? null : { first: repeatsFrom, second: steps.length };
}

/** Where a step stands in the bracket: at its ends, or between them. */
function raceClass(trace: Trace, n: number): string {
  const bracket = bracketOf(trace);
  if (bracket === null || n < bracket.first || n > bracket.second) return "";
  if (n === bracket.first) return "race race-first";
  return n === bracket.second ? "race race-second" : "race";
}

function raceTag({ races: [race], repeatsFrom, steps }: Trace, n: number): string {
  if (repeatsFrom !== undefined && repeatsFrom <= steps.length) {
    const tags = [
      ...(n === repeatsFrom ? [`from here on it repeats, up to step ${steps.length}`] : []),
      ...(n === steps.length ? [`then again from step ${repeatsFrom}, for ever`] : []),
    ];
    return tags.map((text) => `<p class="tag">↻ ${text}</p>`).join("");
  }
  if (race === undefined || (n !== race.first && n !== race.second)) return "";
  const text = n === race.first ? `race: comes before step ${race.second}` : `race: comes after step ${race.first}`;
  return `<p class="tag">${text}</p>`;
}

function cardLine(line: CardLine): string {
  if (line.kind === "sql") return sqlHtml(line.query);
  return line.kind === "broken" ? "" : `<p class="${line.kind}">${SIGN[line.kind]}${escaped(line.text)}</p>`;
}

const SIGN: Readonly<Record<TextLine["kind"], string>> = {
  call: "",
  answer: '<i aria-label="answers">→</i>',
  error: '<i aria-label="fails">✗</i>',
  wait: '<i aria-hidden="true">…</i>',
  note: '<i aria-hidden="true">·</i>',
  rows: '<i aria-label="committed">=</i>',
  belief: '<i aria-hidden="true">●</i>',
  broken: "",
};

/** One line a lane; dashed while its client waits, with the step's sign on the line of the client that moves. */
function lifelines({ parameters }: Trace, block: Block | null): string {
  return parameters.clients
    .map((client, at) => {
      const waits =
        block !== null && (block.before.waits[client] !== undefined || block.after.waits[client] !== undefined);
      const isActive = block?.client === client;
      const sign = isActive ? '<i class="sign"></i>' : "";
      return `<span class="life lane-${at % LANES}${waits && !isActive ? " waits" : ""}" style="--at:${at}">${sign}</span>`;
    })
    .join("");
}

/** Arrows from the client that begins to wait to those it waits for; the heads are of plain SVG. */
function arrows({ parameters }: Trace, { first, client }: Block): string {
  if (first.progress.kind !== "waits") return "";
  const from = parameters.clients.indexOf(client);
  return first.progress.waitsFor
    .map((other) => {
      const to = parameters.clients.indexOf(other);
      const [left, right] = [Math.min(from, to), Math.max(from, to)];
      const head =
        to < from
          ? '<path d="M9 1 L1 6 L9 11"/>'
          : '<svg x="100%" overflow="visible"><path d="M-9 1 L-1 6 L-9 11"/></svg>';
      return `<svg class="arrow" style="--from:${left};--to:${right}" height="12" role="img" aria-label="${escaped(client)} waits for ${escaped(other)}"><line x1="1" y1="6" x2="100%" y2="6"/>${head}</svg>`;
    })
    .join("");
}

function breaks({ parameters }: Trace, { first }: Block): string {
  if (first.violations.length === 0) return "";
  const said = first.violations.map(
    ({ property, message }) =>
      `<p class="break"><strong>${escaped(property)} breaks here.</strong> ${sentenceHtml(message, parameters.clients)}</p>`,
  );
  return `<div class="broken-here">${said.join("")}</div>`;
}
