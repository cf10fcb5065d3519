/**
 * Makes the page of a trace: one HTML file that opens from disk, asks no network for anything, and can be stepped through.
 *
 *     trace -> markup of every step and every moment (lanes.ts, moments.ts)
 *           -> + styles (style.ts) + the script that chooses the moment (stepper.ts, as text)  -> one file
 *
 * Everything is written as HTML here, so the page can be read without its script and prints whole. A content policy in
 * the page forbids every request, and all text of the trace is escaped.
 *
 * The script is put in as the text of a compiled function: so it needs no bundler and is the same from source and from
 * the package. Some compilers of TypeScript wrap inner functions into a call of `__name`; the page defines it.
 */

import { repeatSentence } from "../../sim/trace/lasso.ts";
import { writeTrace } from "../../sim/trace/read.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { anomalySentence, dependencySentence } from "../../sim/trace/wording.ts";
import { lanesHtml } from "./lanes.ts";
import { escaped, LANES, sentenceHtml } from "./markup.ts";
import { momentsHtml } from "./moments.ts";
import { stepper } from "./stepper.ts";
import { STYLE } from "./style.ts";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** From this many clients on, the lanes need the whole width of the page. */
const MANY = 5;

/** The trace as one self-contained HTML document. */
export function renderHtml(trace: Trace): string {
  const { scenario, protocol } = trace.parameters;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escaped(`${scenario}, ${protocol}: ${trace.verdict.kind === "violated" ? `${trace.verdict.property} is violated` : "a trace"}`)}</title>
<style>${STYLE}</style>
</head>
<body${trace.parameters.clients.length >= MANY ? ' class="many"' : ""}>
<header>${mastHtml(trace)}</header>
<main>
<section class="picture" aria-label="Steps">${lanesHtml(trace)}</section>
<aside class="panel" aria-label="At this step">
${controlsHtml(trace)}
${momentsHtml(trace)}
</aside>
</main>
<footer>${footHtml(trace)}</footer>
<p id="live" role="status" aria-live="polite"></p>
<script>const __name = (made) => made;
(${stepper.toString().replaceAll("</", "<\\/")})();</script>
</body>
</html>
`;
}

function mastHtml(trace: Trace): string {
  const { parameters, verdict, steps } = trace;
  const facts = [
    parameters.scenario,
    parameters.protocol,
    `${parameters.clients.length} clients`,
    parameters.isolation,
    ...(parameters.seed === null ? [] : [`seed ${parameters.seed}`]),
  ];
  const eyebrow = `<p class="eyebrow"><span class="brand">Lockstep</span>${facts.map((fact) => `<span>${escaped(fact)}</span>`).join("")}</p>`;
  if (verdict.kind === "none") {
    return `${eyebrow}<h1>Nothing broke in ${steps.length} steps</h1><p class="deck">One schedule in which every property held. Other schedules may break it.</p>`;
  }
  const repeats = repeatSentence(trace);
  const where =
    repeats === null
      ? `in <a href="#step=${verdict.step}">step ${verdict.step}</a>`
      : `by a run that goes on for ever after <a href="#step=${verdict.step}">step ${verdict.step}</a>`;
  return `${eyebrow}<h1>${sentenceHtml(verdict.message, parameters.clients)}</h1>
<p class="deck"><strong class="bad">${escaped(verdict.property)} is violated</strong> ${where}. It claims: ${escaped(verdict.sentence)}.</p>
${anomalyHtml(trace)}${repeats === null ? racesHtml(trace) : `<section class="why"><h2>For ever</h2><p>${escaped(repeats)}</p></section>`}`;
}

function anomalyHtml({ anomaly, parameters }: Trace): string {
  if (anomaly === undefined) return "";
  const said = [anomalySentence(anomaly), ...anomaly.dependencies.map((each) => `${dependencySentence(each)}.`)];
  const lines = said.map((sentence) => `<p>${sentenceHtml(sentence, parameters.clients)}</p>`);
  return `<section class="why"><h2>The anomaly</h2>${lines.join("")}</section>`;
}

function racesHtml({ races, parameters }: Trace): string {
  if (races.length === 0) return "";
  const said = races.map(({ sentence }) => `<p>${sentenceHtml(sentence, parameters.clients)}</p>`);
  return `<section class="why"><h2>The race</h2>${said.join("")}</section>`;
}

function controlsHtml({ steps, parameters, races: [race] }: Trace): string {
  const ticks = steps.map((step) => {
    const lane = parameters.clients.indexOf(step.client) % LANES;
    const isRace = step.n === race?.first || step.n === race?.second;
    return `<a class="tick lane-${lane}${isRace ? " race" : ""}${step.violations.length > 0 ? " breaks" : ""}" data-tick="${step.n}" href="#step=${step.n}" tabindex="-1"></a>`;
  });
  const button = (go: string, label: string, sign: string): string =>
    `<button type="button" data-go="${go}" aria-label="${label}" title="${label}">${sign}</button>`;
  return `<nav class="controls" aria-label="Steps">
<p class="count"><span class="label">after step</span> <b id="counter">${steps.length}</b> <span class="label">of ${steps.length}</span></p>
<div class="ticks" aria-hidden="true"><a class="tick zero" data-tick="0" href="#step=0" tabindex="-1"></a>${ticks.join("")}</div>
<div class="buttons">${button("first", "To the start (Home)", ICON.first)}${button("back", "One step back (left arrow)", ICON.back)}${button("on", "One step on (right arrow or space)", ICON.on)}${button("last", "To the end (End)", ICON.last)}</div>
</nav>`;
}

const ICON = {
  first: '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 3v10M12.5 3.5 7 8l5.500 4.500z"/></svg>',
  back: '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M11 3.500 5 8l6 4.500z"/></svg>',
  on: '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M5 3.500 11 8l-6 4.500z"/></svg>',
  last: '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M12 3v10M3.500 3.500 9 8l-5.500 4.500z"/></svg>',
};

function footHtml(trace: Trace): string {
  const json = `data:application/json;charset=utf-8,${encodeURIComponent(writeTrace(trace))}`;
  const setup = trace.setup.map((text) => escaped(text)).join(";\n");
  const where = trace.parameters.granularity === "fine" ? "also inside statements" : "at statements, waits and commits";
  return `<p class="keys"><kbd>←</kbd> <kbd>→</kbd> step <kbd>Home</kbd> <kbd>End</kbd> first, last <kbd>Space</kbd> on</p>
<details><summary>How it was set up</summary><pre>${setup}</pre><p>Steps are taken ${where} (${trace.parameters.granularity}).</p></details>
<p><a download="trace.json" href="${escaped(json)}">Save the trace as JSON</a></p>`;
}
