/**
 * Reads a test in PostgreSQL's isolation-test notation.
 *
 *     test         = {setup} [teardown] session {session} {permutation}
 *     session      = "session" name [setup] step {step} [teardown]
 *     setup        = "setup" sql          teardown = "teardown" sql          step = "step" name sql
 *     permutation  = "permutation" entry {entry}
 *     entry        = name [ "(" marker { "," marker } ")" ]
 *     marker       = "*" | name | name "notices" number
 *
 * Then the names are looked up: step names are unique in the whole file, a permutation names steps that exist, and a marker
 * names a step of the same permutation and of another session.
 */
import { endedEarly, scanSpec, specError, type Token, type TokenKind } from "./scan.ts";
import type { Marker, PermutationStep, Spec, SpecSession, SpecStep } from "./spec.ts";

/** Reads the text of a test file; `file` is its name for messages. A mistake in it is a `UsageError` with its place. */
export function parseSpec(text: string, file: string): Spec {
  const words = new Words(scanSpec(text, file));
  const setups: string[] = [];
  while (words.isKeyword("setup")) setups.push(words.block("setup"));
  const teardown = words.isKeyword("teardown") ? words.block("teardown") : null;
  const sessions: SpecSession[] = [];
  const steps = new Map<string, SpecStep>();
  do sessions.push(parseSession(words, sessions.length, steps));
  while (words.isKeyword("session"));
  const permutations: PermutationStep[][] = [];
  while (words.isKeyword("permutation")) permutations.push(link(parsePermutation(words), steps));
  words.take("end", 'a "session" or a "permutation"');
  return { setups, teardown, sessions, permutations };
}

function parseSession(words: Words, index: number, all: Map<string, SpecStep>): SpecSession {
  words.keyword("session");
  const name = words.take("name", "the session's name").text;
  const setup = words.isKeyword("setup") ? words.block("setup") : null;
  const steps: SpecStep[] = [];
  do {
    words.keyword("step");
    const token = words.take("name", "the step's name");
    if (all.has(token.text)) {
      throw specError(token.place, `a second step is named ${token.text}`, "Step names are unique in the whole file.");
    }
    const step: SpecStep = {
      name: token.text,
      sql: words.take("sql", "the step's SQL in braces").text,
      session: index,
    };
    all.set(step.name, step);
    steps.push(step);
  } while (words.isKeyword("step"));
  const teardown = words.isKeyword("teardown") ? words.block("teardown") : null;
  return { name, setup, steps, teardown };
}

/** A marker before its name is looked up. */
type NamedMarker =
  | { readonly kind: "once" }
  | { readonly kind: "after"; readonly name: Token }
  | { readonly kind: "notices"; readonly name: Token; readonly count: number };

interface Entry {
  readonly name: Token;
  readonly markers: readonly NamedMarker[];
}

function parsePermutation(words: Words): readonly Entry[] {
  words.keyword("permutation");
  const entries: Entry[] = [];
  do {
    const name = words.take("name", "a step's name");
    const markers: NamedMarker[] = [];
    if (words.skip("(")) {
      do markers.push(parseMarker(words));
      while (words.skip(","));
      words.sign(")");
    }
    entries.push({ name, markers });
  } while (words.next().kind === "name");
  return entries;
}

function parseMarker(words: Words): NamedMarker {
  if (words.skip("*")) return { kind: "once" };
  const name = words.take("name", "a marker: *, a step's name, or a step's name with notices and a number");
  if (!words.isKeyword("notices")) return { kind: "after", name };
  words.keyword("notices");
  return { kind: "notices", name, count: Number(words.take("number", "a number of notices").text) };
}

function link(entries: readonly Entry[], all: ReadonlyMap<string, SpecStep>): PermutationStep[] {
  const stepOf = (name: Token): SpecStep => {
    const step = all.get(name.text);
    if (step !== undefined) return step;
    throw specError(name.place, `no step is named ${name.text}`, `The steps are ${[...all.keys()].join(", ")}.`);
  };
  const named = new Set(entries.map(({ name }) => name.text));
  return entries.map((entry) => {
    const step = stepOf(entry.name);
    const markers = entry.markers.map((marker): Marker => {
      if (marker.kind === "once") return marker;
      const other = stepOf(marker.name);
      if (!named.has(other.name)) {
        throw specError(
          marker.name.place,
          `${other.name} is not in this permutation`,
          "A marker names one of its steps.",
        );
      }
      if (other.session === step.session) {
        const hint = "A marker names a step of another session: those of one session never overlap.";
        throw specError(marker.name.place, `${step.name} and ${other.name} are steps of one session`, hint);
      }
      return marker.kind === "after"
        ? { kind: "after", step: other }
        : { kind: "notices", step: other, count: marker.count };
    });
    return { step, markers };
  });
}

/** The words of a file, taken one after the other. */
class Words {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  next(): Token {
    const token = this.#tokens[Math.min(this.#at, this.#tokens.length - 1)];
    if (token === undefined) throw new Error("assertion failed: the words end with the end of the file");
    return token;
  }

  /** Takes a word of this kind; `expected` says what it is for. */
  take(kind: TokenKind, expected: string): Token {
    const token = this.next();
    if (token.kind !== kind) throw this.#expected(expected);
    this.#at += 1;
    return token;
  }

  isKeyword(text: string): boolean {
    return this.next().kind === "keyword" && this.next().text === text;
  }

  keyword(text: string): void {
    if (!this.isKeyword(text)) throw this.#expected(`"${text}"`);
    this.#at += 1;
  }

  /** `setup { … }` or `teardown { … }`: the SQL. */
  block(keyword: string): string {
    this.keyword(keyword);
    return this.take("sql", `the SQL of the ${keyword} in braces`).text;
  }

  /** Takes this sign if it is next. */
  skip(sign: string): boolean {
    const found = this.next().kind === "punctuation" && this.next().text === sign;
    if (found) this.#at += 1;
    return found;
  }

  sign(sign: string): void {
    if (!this.skip(sign)) throw this.#expected(`"${sign}"`);
  }

  #expected(what: string): Error {
    const token = this.next();
    const early = endedEarly(this.#tokens.slice(0, this.#at));
    if (early !== null) return early;
    return specError(token.place, `expected ${what}, found ${found(token)}`, GRAMMAR);
  }
}

const GRAMMAR =
  "A test is: setup { SQL }, teardown { SQL }, then session name, step name { SQL } …, then permutation name name ….";

function found(token: Token): string {
  if (token.kind === "end") return "the end of the file";
  if (token.kind === "sql") return "a block of SQL";
  return `"${token.text}"`;
}
