/**
 * The page's styles: ink on paper, a colour and a sign a client, amber for the race, red for what is broken.
 *
 * No colour carries a meaning alone: clients have names and signs, the race has a bracket and words, what broke has words
 * and a frame. Fonts are those of the reader's system. Light and dark follow the system; print shows every step.
 *
 *     wide      | header, the race                 |        narrow   | header, the race        |
 *               | lanes             | panel: now   |                 | panel: now (sticks)     |
 *                                                               | lanes, or a list from three clients on |
 *                                                               | controls (fixed at the bottom)        |
 */
/** The narrow order of things, also where many lanes need the whole width. */
const STACKED = `
  & { padding-top: 1.25rem; padding-bottom: 6.5rem; }
  main { grid-template-columns: minmax(0, 1fr); gap: 1rem; margin-top: 1.25rem; }
  .panel { order: -1; top: 0; z-index: 4; padding: .6rem .9rem .75rem; max-height: 40vh; overflow: auto; box-shadow: 0 10px 24px -18px rgb(0 0 0 / .6); }
  .panel .step, .panel h3 { display: none; }
  .moment { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: .25rem 1.2rem; align-items: start; }
  .moment[hidden] { display: none; }
  .verdict { grid-column: 1 / -1; margin: 0; padding: .4rem .7rem; font-size: .9375rem; }
  .beliefs li { padding: .25rem 0; grid-template-columns: auto 1fr; gap: 0 .7rem; }
  .beliefs .waiting { grid-column: 1 / -1; }
  li.row { scroll-margin: calc(var(--panel, 12rem) + 1rem) 0 8rem; }
  .heads { position: static; }
  .controls { position: fixed; inset: auto 0 0 0; z-index: 5; background: var(--sheet); border: 0; border-top: 1px solid var(--line); padding: .55rem clamp(1rem, 3.5vw, 3rem) calc(.6rem + env(safe-area-inset-bottom)); grid-template-columns: auto minmax(10rem, 22rem); justify-content: space-between; align-items: center; }
  .controls .ticks { grid-column: 1 / -1; order: -1; height: 1.35rem; }
  .count b { font-size: 1.5rem; }
  .keys { display: none; }
`;

export const STYLE = `
:root {
  --paper: #fbfaf6; --sheet: #ffffff; --ink: #1f1d1a; --soft: #5f5a52; --faint: #716b61; --line: #e2ddd2; --wash: #f3f0e8;
  --amber: #8a5a00; --amber-line: #d99a1c; --amber-wash: #fdf3dc;
  --red: #ae1f1a; --red-line: #d5453e; --red-wash: #fdebe8;
  --key: #1f1d1a; --text: #2f6b2f; --number: #8a3f00;
  --c0: #1d5cb8; --c1: #9a2a7c; --c2: #0a7168; --c3: #5a6a00; --c4: #5846b8; --c5: #7d4a26;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, P052, "URW Palladio L", "Book Antiqua", Charter, Georgia, serif;
  --sans: "Avenir Next", Avenir, Inter, "Segoe UI", "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", "JetBrains Mono", "Source Code Pro", Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace;
  --num: 3.25rem;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171c; --sheet: #1c1f26; --ink: #ece8df; --soft: #b3ada1; --faint: #98938a; --line: #33373f; --wash: #22262e;
    --amber: #f0bd5a; --amber-line: #c98f1d; --amber-wash: #2f2716;
    --red: #ff8d84; --red-line: #e2574e; --red-wash: #3a1d1e;
    --key: #ece8df; --text: #9fd08a; --number: #f0b07a;
    --c0: #7fb2ff; --c1: #ee8fd2; --c2: #5fd0c2; --c3: #c2cf5c; --c4: #b3a5ff; --c5: #dba77c;
  }
}
* { box-sizing: border-box; }
html { color-scheme: light dark; background: var(--paper); color: var(--ink); font: 100%/1.5 var(--sans); -webkit-text-size-adjust: 100%; }
html.is-broken { border-top: 4px solid var(--red-line); }
html { border-top: 4px solid var(--line); }
body { margin: 0 auto; max-width: 84rem; padding: 2.25rem clamp(1rem, 3.5vw, 3rem) 3rem; }
a { color: inherit; text-decoration-color: var(--faint); text-underline-offset: .18em; }
a:hover { text-decoration-color: currentColor; }
:focus-visible { outline: 3px solid var(--c0); outline-offset: 2px; border-radius: 4px; }
p, h1, h2, h3, ul, ol { margin: 0; padding: 0; }
ul, ol { list-style: none; }
code, pre, table { font-family: var(--mono); font-variant-ligatures: none; }

.eyebrow { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; font-size: .8125rem; color: var(--soft); letter-spacing: .01em; }
.eyebrow .brand { font-weight: 700; color: var(--ink); letter-spacing: .09em; text-transform: uppercase; font-size: .75rem; line-height: 1.65; }
h1 { font: 500 clamp(1.9rem, 4.2vw, 3.1rem)/1.12 var(--serif); letter-spacing: -.012em; margin: 1.1rem 0 .6rem; text-wrap: balance; max-width: 30ch; }
h1 .who { font-weight: 500; }
.deck { font: 1.125rem/1.5 var(--serif); color: var(--soft); max-width: 80ch; text-wrap: pretty; }
.bad { color: var(--red); font-weight: 600; }
.why { margin-top: 1.5rem; padding: .9rem 1.2rem 1rem; background: var(--amber-wash); border-left: 4px solid var(--amber-line); width: fit-content; max-width: 100%; }
.why h2 { font: 700 .75rem/1.4 var(--sans); letter-spacing: .09em; text-transform: uppercase; color: var(--amber); margin-bottom: .3rem; }
.why p { font: 1.0625rem/1.55 var(--serif); max-width: 92ch; text-wrap: pretty; }
.why p + p { margin-top: .5rem; color: var(--soft); }
.who { font-weight: 650; white-space: nowrap; }
${[0, 1, 2, 3, 4, 5].map((lane) => `.lane-${lane} { --lane-ink: var(--c${lane}); } .who.lane-${lane} { color: var(--c${lane}); }`).join("\n")}

main { display: grid; grid-template-columns: minmax(0, 1fr) minmax(19rem, 25rem); gap: 2.5rem; margin-top: 2.25rem; align-items: start; }
.picture { min-width: 0; padding: 0 2px 8px; }
.many .picture { overflow-x: auto; }
.many .beliefs { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); column-gap: 1.2rem; }
.lanes { min-width: calc(var(--num) + var(--lanes) * 9.5rem); }
.row { display: grid; grid-template-columns: var(--num) repeat(var(--lanes), minmax(0, 1fr)); position: relative; }
li.row { scroll-margin: 4.5rem 0 2rem; cursor: pointer; border-radius: 6px; transition: background-color .15s; }
li.row:hover { background: var(--wash); }
.heads { position: sticky; top: 0; z-index: 2; background: var(--paper); border-bottom: 1px solid var(--line); margin-bottom: .25rem; padding: .5rem 0; }
.head { display: inline-flex; align-items: center; gap: .55rem; padding-left: .25rem; font-size: 1.0625rem; }
.sign { flex: none; width: .8rem; height: .8rem; background: var(--lane-ink); display: inline-block; }
.head.lane-0 .sign, .life.lane-0 .sign { border-radius: 50%; }
.head.lane-1 .sign, .life.lane-1 .sign { border-radius: 2px; }
.head.lane-2 .sign, .life.lane-2 .sign { clip-path: polygon(50% 0, 100% 50%, 50% 100%, 0 50%); }
.head.lane-3 .sign, .life.lane-3 .sign { clip-path: polygon(50% 4%, 100% 96%, 0 96%); }
.head.lane-4 .sign, .life.lane-4 .sign { border-radius: 50%; background: radial-gradient(circle, var(--paper) 32%, var(--lane-ink) 36%); }
.head.lane-5 .sign, .life.lane-5 .sign { clip-path: polygon(25% 0, 75% 0, 100% 50%, 75% 100%, 25% 100%, 0 50%); }
.num { grid-column: 1; grid-row: 1; justify-self: end; margin: .6rem .8rem 0 0; min-width: 1.6rem; height: 1.6rem; padding: 0 .35rem; border-radius: 99px; display: grid; place-items: center;
  font: 600 .8125rem/1 var(--mono); color: var(--soft); text-decoration: none; font-variant-numeric: tabular-nums; }
.row.now > .num { background: var(--ink); color: var(--paper); }
.life { grid-column: calc(var(--at) + 2); grid-row: 1 / span 3; position: relative; min-height: 1.2rem; }
.life::before { content: ""; position: absolute; left: calc(.65rem - 1px); top: 0; bottom: 0; border-left: 2px solid var(--lane-ink); opacity: .32; }
.life.waits::before { border-left-style: dotted; opacity: .9; }
.life .sign { position: absolute; left: .25rem; top: 1rem; }
.card { grid-column: calc(var(--lane) + 2); grid-row: 1; padding: .65rem .75rem .75rem 1.75rem; min-width: 0; overflow-wrap: anywhere; font-size: .875rem; line-height: 1.45; }
.card.wide { grid-column: 2 / -1; padding-block: .65rem .35rem; }
.card p { padding-left: 1.15rem; text-indent: -1.15rem; margin-top: .16rem; }
.card p > i { display: inline-block; width: 1.15rem; text-indent: 0; font-style: normal; color: var(--faint); }
.card .call { padding: 0; text-indent: 0; color: var(--soft); margin: 0 0 .1rem; }
.card .owner { display: none; }
.card .tag { padding: 0; text-indent: 0; margin: 0 0 .25rem; font-weight: 650; font-size: .8125rem; color: var(--amber); }
.sql { display: block; padding-left: 1.2em; text-indent: -1.2em; font-size: .8125rem; line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere; }
.sql .clause { display: inline-block; max-width: 100%; text-indent: 0; }
.sql .k { font-weight: 700; color: var(--key); }
.sql .s { color: var(--text); }
.sql .n { color: var(--number); }
.sql .c { color: var(--faint); }
.answer, .rows, .as-sent { font-family: var(--mono); font-size: .8125rem; }
.answer { color: var(--soft); }
.card .rows { color: var(--ink); }
.card .belief { font-weight: 600; }
.card .belief > i { color: var(--lane-ink); }
.card .error { color: var(--red); font-weight: 600; }
.card .wait { color: var(--amber); font-weight: 600; }
.card .note { color: var(--soft); font-style: italic; }
.row.commit .card { padding-top: .5rem; }
.row.commit .life .sign { top: .85rem; transform: scale(.72); }
.arrow { grid-row: 2; grid-column: calc(var(--from) + 2) / calc(var(--to) + 2); width: 100%; height: 12px; overflow: visible; transform: translateX(.65rem); margin-bottom: .5rem; fill: none; stroke: var(--amber); stroke-width: 2; }
.arrow line { stroke-dasharray: 5 4; }
.broken-here { grid-column: 2 / -1; grid-row: 3; margin: .1rem .75rem .75rem .1rem; display: grid; gap: .4rem; }
.lanes.long { --num: 4.2rem; }
.break { padding: .6rem .9rem; background: var(--red-wash); border: 2px solid var(--red-line); border-radius: 4px; position: relative; z-index: 1; font-size: .9375rem; }
.break strong, .verdict strong { color: var(--red); }
.break strong::before, .verdict strong::before { content: "✗ "; }
.row.race > .num::before { content: ""; position: absolute; left: .2rem; top: 0; bottom: 0; width: .55rem; border-left: 3px solid var(--amber-line); }
.row.race-first > .num::before { top: 1.3rem; border-top: 3px solid var(--amber-line); border-top-left-radius: 3px; }
.row.race-second > .num::before { bottom: auto; height: 1.5rem; border-bottom: 3px solid var(--amber-line); border-bottom-left-radius: 3px; }
.steps-on .row.now, .steps-on li.row.now:hover { background: var(--sheet); box-shadow: 0 0 0 1px var(--line), 0 6px 22px -12px rgb(0 0 0 / .35); z-index: 1; }
.steps-on .row.now::after { content: ""; position: absolute; left: -1px; top: 6px; bottom: 6px; width: 0; }
.steps-on .row.future .card, .steps-on .row.future .break, .steps-on .row.future .arrow { opacity: .74; }
.steps-on .row.future .life .sign { opacity: .5; }
.steps-on .row.future .break { border-style: dashed; background: none; }

.panel { position: sticky; top: 1rem; min-width: 0; background: var(--sheet); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.25rem 1.4rem; }
.count { display: flex; align-items: baseline; gap: .45rem; }
.count b { font: 500 2.1rem/1 var(--serif); font-variant-numeric: lining-nums tabular-nums; min-width: 1.2ch; text-align: center; }
.label { color: var(--soft); font-size: .875rem; }
.controls { display: grid; gap: .7rem; padding-bottom: 1rem; border-bottom: 1px solid var(--line); }
.ticks { display: flex; gap: 3px; align-items: flex-end; height: 1.5rem; }
.tick { flex: 1 1 0; min-width: 1px; height: .75rem; background: var(--lane-ink, var(--faint)); border-radius: 2px; opacity: .3; position: relative; }
.tick.zero { flex: 0 0 .5rem; background: var(--faint); }
.tick.past, .tick.now { opacity: 1; }
.tick.now { height: 1.35rem; }
.tick.race::after { content: ""; position: absolute; inset: auto 0 -6px; height: 3px; background: var(--amber-line); }
.tick.breaks { background: var(--red-line); }
.buttons { display: grid; grid-template-columns: 1fr 1.6fr 1.6fr 1fr; gap: .4rem; }
button { font: inherit; color: var(--ink); background: var(--wash); border: 1px solid var(--line); border-radius: 7px; min-height: 2.75rem; cursor: pointer; display: grid; place-items: center; touch-action: manipulation; }
button:hover { border-color: var(--faint); }
button[data-go="on"] { background: var(--ink); border-color: var(--ink); color: var(--paper); }
button[aria-disabled="true"] { opacity: .4; cursor: default; }
button svg { width: 1.15rem; height: 1.15rem; fill: currentColor; stroke: currentColor; stroke-width: 1.5; stroke-linejoin: round; }
html:not(.steps-on) .moment:not(:last-of-type), .moment[hidden] { display: none; }
html:not(.steps-on) .controls { display: none; }
.step { padding: 1rem 0 .2rem; min-height: 8.75rem; }
.who-moves { font-size: 1rem; margin-bottom: .4rem; color: var(--soft); }
.who-moves .who { font-size: 1.0625rem; }
.step .sql { font-size: .9375rem; padding-left: calc(.8rem + 1.2em); border-left: 3px solid var(--lane-ink); }
.as-sent { color: var(--faint); font-size: .75rem; margin: .4rem 0 0 .95rem; overflow-wrap: anywhere; }
.outcome { margin: .55rem 0 0 .95rem; font: .875rem/1.45 var(--mono); overflow-wrap: anywhere; }
.outcome::before { content: "→ "; color: var(--faint); }
.verdict { margin: .8rem 0 .2rem; padding: .7rem .9rem; background: var(--red-wash); border: 2px solid var(--red-line); border-radius: 6px; }
h3 { font: 700 .75rem/1.4 var(--sans); letter-spacing: .08em; text-transform: uppercase; color: var(--soft); margin: 1.15rem 0 .45rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
table + table { margin-top: .7rem; }
caption { text-align: left; font-weight: 700; padding-bottom: .15rem; }
th { text-align: left; font-weight: 400; color: var(--soft); border-bottom: 1px solid var(--line); padding: .15rem .75rem .15rem 0; }
td { padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.others { font-size: .8125rem; color: var(--soft); padding-top: .3rem; }
.null { color: var(--faint); font-style: italic; }
s { color: var(--faint); text-decoration-thickness: 1px; }
ins { text-decoration: none; font-weight: 700; background: var(--amber-wash); box-shadow: 0 0 0 3px var(--amber-wash); border-bottom: 2px solid var(--amber-line); }
.beliefs li { display: grid; grid-template-columns: minmax(5rem, auto) 1fr; gap: .1rem .9rem; align-items: baseline; padding: .35rem 0; border-bottom: 1px solid var(--line); }
.beliefs .head { padding: 0; font-size: 1rem; }
.beliefs .belief { font-size: .9375rem; }
.beliefs .waiting { grid-column: 2; font-size: .875rem; color: var(--amber); }
.broken .beliefs .belief { font-weight: 600; }

footer { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .875rem; display: flex; flex-wrap: wrap; gap: .6rem 2rem; align-items: baseline; }
kbd { font: .8125rem var(--mono); border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; padding: .05rem .4rem; background: var(--sheet); }
details pre { white-space: pre-wrap; font-size: .8125rem; overflow-wrap: anywhere; }
summary { cursor: pointer; }
#live { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

body.many { ${STACKED} }
@media (max-width: 60rem) { body { ${STACKED} } }
@media (max-width: 40rem) {
  :root { --num: 2.6rem; }
  .beliefs s { display: none; }
  .beliefs .belief, .beliefs .head { font-size: .875rem; }
  .num { margin-right: .5rem; }
  .card { padding: .55rem .35rem .65rem 1.5rem; font-size: .8125rem; }
  .sql, .answer, .rows { font-size: .75rem; }
  .lanes { min-width: 0; }
  .lanes:not([data-lanes="1"], [data-lanes="2"]) .row { grid-template-columns: var(--num) 1fr; }
  .lanes:not([data-lanes="1"], [data-lanes="2"]) :is(.life, .heads, .arrow) { display: none; }
  .lanes:not([data-lanes="1"], [data-lanes="2"]) .card { grid-column: 2; padding-left: .9rem; border-left: 3px solid var(--lane-ink, var(--line)); margin-block: .3rem; }
  .lanes:not([data-lanes="1"], [data-lanes="2"]) .card .owner { display: block; padding: 0; text-indent: 0; margin: 0 0 .1rem; font-size: .9375rem; }
}
@media print {
  :root { --paper: #fff; --sheet: #fff; }
  html { border: 0; font-size: 80%; }
  body { max-width: none; padding: 0; }
  main { display: block; }
  .controls, .keys, footer a { display: none; }
  .panel { position: static; margin-top: 1rem; break-inside: avoid; }
  .row { break-inside: avoid; box-shadow: none !important; }
  .steps-on .row.future :is(.card, .break, .arrow, .life .sign) { opacity: 1; }
  .steps-on .row.future .break { border-style: solid; background: var(--red-wash); }
  .row.now > .num { background: none; color: var(--soft); }
  .moment { display: none !important; }
  .moment:last-of-type { display: grid !important; grid-template-columns: 1fr 1fr; gap: .25rem 1.5rem; }
  .moment :is(.step, h3) { display: none; }
  .panel { box-shadow: none; }
  .verdict { grid-column: 1 / -1; }
  .heads { position: static; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`;
