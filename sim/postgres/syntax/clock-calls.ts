/**
 * Where a text asks for the time: calls of PostgreSQL's functions and keywords that tell it, by their places in the text.
 *
 *     INSERT INTO t VALUES ('now()', now(), CURRENT_TIMESTAMP(3))
 *                                    ^^^^^  ^^^^^^^^^^^^^^^^^^^^        2 calls; what is inside a string is none
 *
 * The places are those of the parse tree, so a string, a comment or a column called now is never taken for a call. A function's body in
 * SQL is a string to the grammar; it is parsed as the statement that it is.
 *
 * Not told by place: a string that PostgreSQL reads as the time ('now', 'today'), which may as well be a mere text; it is listed.
 * Source: "Current Date/Time", section 9.9.5 of the manual; datetime.c for the words.
 */
import { parsed } from "../grammar.ts";
import { characterOffset } from "./refuse.ts";

/** What tells the time, and the time of what. */
export const CLOCKS: Readonly<Record<string, "transaction" | "statement" | "moment">> = {
  now: "transaction",
  transaction_timestamp: "transaction",
  statement_timestamp: "statement",
  clock_timestamp: "moment",
  current_timestamp: "transaction",
  current_date: "transaction",
  current_time: "transaction",
  localtimestamp: "transaction",
  localtime: "transaction",
};

/** The words of a date or timestamp that stand for the present. */
const WORDS: ReadonlySet<string> = new Set(["now", "today", "tomorrow", "yesterday"]);

export interface ClockCall {
  /** A key of `CLOCKS`. */
  readonly name: string;
  /** The call's place in the text, in characters. */
  readonly from: number;
  readonly to: number;
  /** The digits that are asked for, as in CURRENT_TIMESTAMP(3). */
  readonly precision: number | null;
}

export interface ClockUse {
  readonly calls: readonly ClockCall[];
  /** What may tell the time and has no place: words such as 'today', and calls in a body whose quotes change its text. */
  readonly others: readonly string[];
}

/** Where the text asks for the time; nowhere, for one that is no SQL. */
export function clockUse(sql: string): ClockUse {
  const calls: ClockCall[] = [];
  const others: string[] = [];
  for (const { stmt } of parsed(sql) ?? []) visit({ sql, calls, others }, stmt);
  return { calls: calls.sort((a, b) => a.from - b.from), others };
}

/** Whether the text asks for the time in any way. */
export function asksForTime(sql: string): boolean {
  const { calls, others } = clockUse(sql);
  return calls.length > 0 || others.length > 0;
}

/** Whether a value, read as a time, stands for the present. */
export function isTimeWord(value: unknown): boolean {
  return typeof value === "string" && WORDS.has(value.trim().toLowerCase());
}

interface Finding {
  readonly sql: string;
  readonly calls: ClockCall[];
  readonly others: string[];
}

export type Tree = Readonly<Record<string, unknown>>;

function visit(finding: Finding, value: unknown): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(finding, item);
    return;
  }
  if (!isTree(value)) return;
  for (const [type, body] of Object.entries(value)) {
    if (type === "FuncCall" && isTree(body)) note(finding, body, calledName(body), CALL);
    if (type === "SQLValueFunction" && isTree(body)) note(finding, body, keywordName(body), KEYWORD);
    if (type === "A_Const" && isTree(body)) noteWord(finding, body);
    if (type === "CreateFunctionStmt" && isTree(body)) visitBody(finding, body);
    visit(finding, body);
  }
}

const GAP = String.raw`(?:\s|--[^\n]*\n|/\*[\s\S]*?\*/)*`;
const NAME = String.raw`(?:"(?:[^"]|"")*"|[A-Za-z_][\w$]*)`;
/** A call without arguments, at its place. */
const CALL = new RegExp(String.raw`${NAME}(?:${GAP}\.${GAP}${NAME})*${GAP}\(${GAP}\)`, "y");
const KEYWORD = new RegExp(String.raw`[A-Za-z_]+(?:${GAP}\(${GAP}(\d+)${GAP}\))?`, "y");

function note({ sql, calls, others }: Finding, body: Tree, name: string | null, form: RegExp): void {
  if (name === null) return;
  form.lastIndex = characterOffset(sql, Number(body["location"] ?? 0));
  const match = form.exec(sql);
  if (match === null) others.push(name);
  else {
    const precision = match[1] === undefined ? null : Number(match[1]);
    calls.push({ name, from: match.index, to: match.index + match[0].length, precision });
  }
}

/** The name of a function that tells the time; null for any other call. */
export function calledName(call: Tree): string | null {
  const names = Array.isArray(call["funcname"]) ? call["funcname"].map(stringOf) : [];
  const [schema, name] = names.length === 2 ? names : ["pg_catalog", names[0]];
  const isClock = schema === "pg_catalog" && call["args"] === undefined && Object.hasOwn(CLOCKS, name ?? "");
  // The keywords are no functions.
  return isClock && !/^(current|local)/.test(name ?? "") ? (name ?? null) : null;
}

/** `CURRENT_TIMESTAMP(3)` as `current_timestamp`; null for a keyword that tells no time. */
export function keywordName({ op }: Tree): string | null {
  const name = String(op).replace("SVFOP_", "").replace(/_N$/, "").toLowerCase();
  return Object.hasOwn(CLOCKS, name) ? name : null;
}

function noteWord({ others }: Finding, constant: Tree): void {
  const { sval } = constant;
  if (isTree(sval) && isTimeWord(sval["sval"])) others.push(`'${sval["sval"]}'`);
}

/** The body of a function in SQL, where it stands in the text as it is. */
function visitBody(finding: Finding, create: Tree): void {
  for (const option of Array.isArray(create["options"]) ? create["options"] : []) {
    const element = isTree(option) && isTree(option["DefElem"]) ? option["DefElem"] : {};
    if (element["defname"] !== "as") continue;
    for (const body of bodiesOf(element["arg"])) {
      const inside = clockUse(body);
      const from = finding.sql.indexOf(body, characterOffset(finding.sql, Number(element["location"] ?? 0)));
      const isThere = from >= 0 && finding.sql.indexOf(body, from + 1) < 0;
      finding.others.push(...inside.others, ...(isThere ? [] : inside.calls.map(({ name }) => name)));
      if (!isThere) continue;
      for (const call of inside.calls) finding.calls.push({ ...call, from: from + call.from, to: from + call.to });
    }
  }
}

function bodiesOf(value: unknown): readonly string[] {
  const list = isTree(value) && isTree(value["List"]) ? value["List"]["items"] : [];
  return Array.isArray(list) ? list.flatMap((item) => stringOf(item) ?? []) : [];
}

function stringOf(value: unknown): string | undefined {
  const text = isTree(value) && isTree(value["String"]) ? value["String"]["sval"] : undefined;
  return typeof text === "string" ? text : undefined;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
