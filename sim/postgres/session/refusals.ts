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
import { UsageError } from "../../usage-error.ts";
import { parsed } from "../grammar.ts";
import { SqlError } from "../sql-error.ts";
import { characterOffset } from "../syntax/refuse.ts";

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
    }
  }
  return found;
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
