/**
 * All that is refused in a set-up, and not only the first of it: a schema of ten tables need not be run ten times.
 *
 *     2 parts of the set-up are not modelled
 *
 *     CREATE TYPE is not modelled
 *     line 1, column 1 …
 *
 *     the type time is not modelled
 *     line 7, column 12 …
 *
 * Each statement is run by itself. What a statement needs of a refused one is an error of SQL, which is not told.
 */
import type { FuncCall, TypeName } from "libpg-query";
import { UsageError } from "../../usage-error.ts";
import { isModelledFunction } from "../expressions/modelled-functions.ts";
import { typeReference } from "../expressions/type-reference.ts";
import { parsed } from "../grammar.ts";
import { knownFunctions } from "../known/known.ts";
import { SqlError } from "../sql-error.ts";
import { lastName } from "../syntax/nodes.ts";
import { characterOffset, refuse } from "../syntax/refuse.ts";

/** More than these are not shown. */
const SHOWN_MAX = 20;

/** Runs the texts; throws where one is refused, with all other refusals beside it. `run` gives the state after a text. */
export function runAll<State>(
  texts: readonly string[],
  start: State,
  run: (state: State, text: string) => State,
): State {
  let state = start;
  for (const text of texts) {
    try {
      state = run(state, text);
    } catch (error) {
      throw isRefusal(error) ? together(refusalsOf(texts, start, run), error) : error;
    }
  }
  return state;
}

function isRefusal(error: unknown): error is UsageError {
  return error instanceof UsageError && error.code === "sql-not-supported";
}

function refusalsOf<State>(
  texts: readonly string[],
  start: State,
  run: (state: State, text: string) => State,
): readonly UsageError[] {
  const found: UsageError[] = [];
  let state = start;
  for (const statement of texts.flatMap(statementsOf)) {
    try {
      state = run(state, statement);
    } catch (error) {
      if (isRefusal(error)) found.push(error);
      else if (!(error instanceof UsageError) && !(error instanceof SqlError)) throw error;
      found.push(...namesIn(statement));
    }
  }
  return found;
}

/** The types and functions of a statement that PostgreSQL has and that are not modelled, each as a refusal. */
function namesIn(sql: string): readonly UsageError[] {
  const found: UsageError[] = [];
  const attempt = (look: () => unknown): void => {
    try {
      look();
    } catch (error) {
      if (isRefusal(error)) found.push(error);
      else if (!(error instanceof SqlError)) throw error;
    }
  };
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const { typeName, FuncCall: call } = node as { readonly typeName?: TypeName; readonly FuncCall?: FuncCall };
    if (typeName !== undefined) attempt(() => typeReference(sql, typeName));
    if (call !== undefined) attempt(() => checkFunction(sql, call));
    for (const child of Object.values(node)) visit(child);
  };
  for (const { stmt } of parsed(sql) ?? []) visit(stmt);
  return found;
}

function checkFunction(sql: string, { funcname, location }: FuncCall): void {
  const name = lastName(funcname);
  if (knownFunctions(name).length === 0 || isModelledFunction(name)) return;
  refuse(sql, location, `the function ${name}`, "docs/postgres-semantics.md lists the functions that are modelled");
}

/** Each statement with blanks for all that stands before it in its text, so that places stay what they are. */
function statementsOf(text: string): readonly string[] {
  const statements = parsed(text) ?? [{}];
  return statements.map(({ stmt_location: location = 0, stmt_len: length }) => {
    const from = characterOffset(text, location);
    const to = length === undefined ? text.length : characterOffset(text, location + length);
    return text.slice(0, from).replace(/[^\n]/g, " ") + text.slice(from, to);
  });
}

function together(found: readonly UsageError[], first: UsageError): UsageError {
  const messages = [...new Set(found.map(({ message }) => message))];
  if (messages.length < 2) return first;
  const hints = [...new Set(found.map(({ hint }) => hint))];
  const more = messages.length > SHOWN_MAX ? [`and ${messages.length - SHOWN_MAX} more`] : [];
  return new UsageError(
    first.code,
    [`${messages.length} parts of the set-up are not modelled`, ...messages.slice(0, SHOWN_MAX), ...more].join("\n\n"),
    hints.join("\n"),
  );
}
