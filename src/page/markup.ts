/** HTML from values: everything that comes out of a trace goes through `escaped`, so that no row or statement is markup. */
import type { Cell, Query } from "../../model/protocol.ts";
import { clauses, literal, sqlPieces } from "../../sim/trace/sql-text.ts";
import { visible } from "../../sim/trace/wrap.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** The text as HTML, for elements and for attributes in quotes. */
export function escaped(text: string): string {
  return visible(text).replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

/** A statement with its parameters filled in: its clauses kept together where they fit, its pieces coloured by class. */
export function sqlHtml(query: Query): string {
  return `<code class="sql">${clauses(query)
    .map((clause) => `<span class="clause">${clauseHtml(clause)}</span>`)
    .join(" ")}</code>`;
}

function clauseHtml(clause: string): string {
  return sqlPieces(clause)
    .map(({ kind, text }) =>
      kind === "name" || kind === "space" || kind === "symbol"
        ? escaped(text)
        : `<span class="${SQL_CLASS[kind]}">${escaped(kind === "keyword" ? text.toUpperCase() : text)}</span>`,
    )
    .join("");
}

const SQL_CLASS = { keyword: "k", string: "s", number: "n", parameter: "p", comment: "c" } as const;

/** A value of a row as people read it: null is set apart from the text 'null'. */
export function cellHtml(cell: Cell): string {
  return cell === null ? '<span class="null">null</span>' : escaped(typeof cell === "string" ? cell : literal(cell));
}

/** A client's name in its colour; the number is its place among the clients, from 0. */
export function nameHtml(name: string, at: number): string {
  return `<b class="who lane-${at % LANES}">${escaped(name)}</b>`;
}

/** How many colours and shapes there are for clients before they come round again. */
export const LANES = 6;

/** A sentence of the trace as HTML: clients' names in their colours, `(step 3)` as a link to that step. */
export function sentenceHtml(sentence: string, clients: readonly string[]): string {
  return sentence
    .split(/(\bstep \d+\b|\bsteps \d+ and \d+\b|[\p{L}\p{N}_-]+)/u)
    .map((part) => {
      const at = clients.indexOf(part);
      if (at >= 0) return nameHtml(part, at);
      return /^steps? /.test(part) ? part.replace(/\d+/g, (n) => `<a href="#step=${n}">${n}</a>`) : escaped(part);
    })
    .join("");
}
