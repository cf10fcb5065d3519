/**
 * JSON with places: where a text stops being JSON, on which line each value of a document stands, and a compact writer.
 *
 *     { "version": 1,          placeOf(text, ["steps", 0]) -> line 2, column 14
 *       "steps": [ {           jsonFault(text)             -> line 2, column 17: the end of the file, expected a name
 *
 * `JSON.parse` does the reading; its messages have no place for a truncated text and differ between engines, hence this
 * walk.
 *
 * Invariant: `jsonFault` is null exactly for the texts that `JSON.parse` takes and that are nested no deeper than `DEPTH_MAX`.
 * Source: RFC 8259, sections 2 to 7.
 */

/** A place in a text; both count from 1, columns in UTF-16 units as editors do. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface JsonFault extends Place {
  /** `the end of the file`, or the character there. */
  readonly found: string;
  readonly expected: string;
}

type Path = readonly PropertyKey[];

interface Walk {
  readonly text: string;
  /** Where each value starts, by its path. */
  readonly starts: Map<string, number>;
  fault: { readonly at: number; readonly expected: string } | null;
}

/** Where and how the text is not JSON; null where it is. */
export function jsonFault(text: string): JsonFault | null {
  const { fault } = walkText(text);
  if (fault === null) return null;
  const found = fault.at >= text.length ? "the end of the file" : JSON.stringify(text.charAt(fault.at));
  return { ...lineAndColumn(text, fault.at), found, expected: fault.expected };
}

/** Where the value with this path starts in a JSON text; where it is missing, the nearest value around it. */
export function placeOf(text: string, path: Path): Place {
  const { starts } = walkText(text);
  for (let length = path.length; length >= 0; length -= 1) {
    const start = starts.get(pathKey(path.slice(0, length)));
    if (start !== undefined) return lineAndColumn(text, start);
  }
  return { line: 1, column: 1 };
}

function walkText(text: string): Walk {
  const walk: Walk = { text, starts: new Map(), fault: null };
  const end = walkValue(walk, skipSpace(text, 0), []);
  if (end >= 0 && skipSpace(text, end) < text.length) stop(walk, skipSpace(text, end), "the end of the file");
  return walk;
}

/** Notes the fault; every function of the walk answers the place after what it read, or -1 after a fault. */
function stop(walk: Walk, at: number, expected: string): -1 {
  walk.fault = { at, expected };
  return -1;
}

/** Deeper than any document of ours, and far from the depth at which the walk would run out of stack. */
const DEPTH_MAX = 500;

function walkValue(walk: Walk, at: number, path: Path): number {
  if (path.length > DEPTH_MAX) return stop(walk, at, `no more than ${DEPTH_MAX} values inside of each other`);
  walk.starts.set(pathKey(path), at);
  switch (walk.text.charAt(at)) {
    case "{":
      return walkMembers(walk, at, path, "}");
    case "[":
      return walkMembers(walk, at, path, "]");
    case '"':
      return walkString(walk, at);
    default:
      return walkWord(walk, at);
  }
}

const WORD = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;

function walkWord(walk: Walk, at: number): number {
  WORD.lastIndex = at;
  return WORD.test(walk.text) ? WORD.lastIndex : stop(walk, at, "a value");
}

const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

function walkString(walk: Walk, from: number): number {
  const { text } = walk;
  let at = from + 1;
  while (text.charAt(at) !== '"') {
    ESCAPE.lastIndex = at;
    if (ESCAPE.test(text)) at = ESCAPE.lastIndex;
    else if (text.charAt(at) === "\\") return stop(walk, at, 'an escape such as \\n or \\"');
    else if (text.charAt(at) < " ") return stop(walk, at, "the end of the string");
    else at += 1;
  }
  return at + 1;
}

/** The members of an object or the elements of an array. */
function walkMembers(walk: Walk, from: number, path: Path, close: "}" | "]"): number {
  const { text } = walk;
  let at = skipSpace(text, from + 1);
  if (text.charAt(at) === close) return at + 1;
  for (let index = 0; ; index += 1) {
    const valueAt = close === "}" ? walkName(walk, at) : at;
    if (valueAt < 0) return -1;
    const name = close === "}" ? nameIn(text.slice(at, valueAt)) : index;
    const end = walkValue(walk, valueAt, [...path, name]);
    if (end < 0) return -1;
    at = skipSpace(text, end);
    if (text.charAt(at) === close) return at + 1;
    if (text.charAt(at) !== ",") return stop(walk, at, `"," or "${close}"`);
    at = skipSpace(text, at + 1);
  }
}

/** A member's name and its colon; answers where the value starts. */
function walkName(walk: Walk, at: number): number {
  if (walk.text.charAt(at) !== '"') return stop(walk, at, "a name in double quotes");
  const end = walkString(walk, at);
  if (end < 0) return -1;
  const colon = skipSpace(walk.text, end);
  return walk.text.charAt(colon) === ":" ? skipSpace(walk.text, colon + 1) : stop(walk, colon, '":"');
}

/** The name in `"name" : `. */
function nameIn(lead: string): string {
  return String(JSON.parse(lead.slice(0, lead.lastIndexOf('"') + 1)));
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\n\r".includes(text.charAt(at))) at += 1;
  return at;
}

function pathKey(path: Path): string {
  return JSON.stringify(path.map(String));
}

function lineAndColumn(text: string, at: number): Place {
  const lines = text.slice(0, at).split("\n");
  return { line: lines.length, column: (lines[lines.length - 1] ?? "").length + 1 };
}

/** A path as people write it: `steps[3].progress.reply`. */
export function pathText(path: Path): string {
  return path
    .map((part, at) => (typeof part === "number" ? `[${part}]` : `${at === 0 ? "" : "."}${String(part)}`))
    .join("");
}

/** JSON with two spaces a level, in which whatever fits into `width` columns stands on one line. */
export function compactJson(value: unknown, width: number, indent = ""): string {
  const short = oneLine(value);
  return indent.length + short.length <= width ? short : spreadJson(value, width, indent);
}

/** One member or element a line. */
function spreadJson(value: unknown, width: number, indent: string): string {
  if (typeof value !== "object" || value === null) return oneLine(value);
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((element) => inner + compactJson(element, width, inner))
    : Object.entries(value).map(([name, member]) => {
        const lead = `${inner}${JSON.stringify(name)}: `;
        const short = oneLine(member);
        return lead + (lead.length + short.length <= width ? short : spreadJson(member, width, inner));
      });
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  return parts.length === 0 ? open + close : `${open}\n${parts.join(",\n")}\n${indent}${close}`;
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}: ${oneLine(member)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}
