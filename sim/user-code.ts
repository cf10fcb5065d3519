/**
 * Functions that a user has written (set-up, views, guards, properties): what they throw, and a wrong kind of answer, is the user's
 * mistake, and told with the function and the line.
 */
import { UsageError } from "./usage-error.ts";

/** Runs what a user has written; `what` names the function, for instance `the view of transfer`. */
export function inUserCode<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw userFault(what, error);
  }
}

const CALLED_OFTEN =
  "Mend the function: it is called for every state and every reply that can come about, also the rare ones.";

/** What a user's function has thrown, as an error of the user's; an error that is told as one already stays as it is. */
export function userFault(what: string, error: unknown, hint = CALLED_OFTEN): UsageError {
  if (error instanceof UsageError) return error;
  return new UsageError("user-code-threw", `${what} threw ${thrownText(error)}`, hint);
}

/** `TypeError: Cannot read … (/home/me/transfer.mjs:12:5)`. */
export function thrownText(error: unknown): string {
  if (!(error instanceof Error))
    return `${typeof error === "string" ? JSON.stringify(error) : String(error)}, which is no Error`;
  const place = placeOf(error);
  return `${error.name}: ${error.message}${place === null ? "" : ` (${place})`}`;
}

/** Where an error was thrown, as `file:line:column`: the first frame of its stack that is not in an installed package; null where none tells. */
export function placeOf(error: Error): string | null {
  for (const line of (error.stack ?? "").split("\n")) {
    const found = /(?:file:\/\/)?((?:\/|[A-Za-z]:[\\/])[^()]*?)(?:\?[^:()]*)?:(\d+):(\d+)\)?$/.exec(line);
    if (found === null || /[\\/]node_modules[\\/]/.test(found[1] ?? "")) continue;
    return `${decoded(found[1] ?? "")}:${found[2]}:${found[3]}`;
  }
  return null;
}

/** A path of a `file:` address as a path: blanks and other letters are escaped in it. */
function decoded(path: string): string {
  return path.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escaped) => {
    try {
      return decodeURIComponent(escaped);
    } catch {
      return escaped;
    }
  });
}

/** A wrong kind of answer of a user's function; `got` is what it answered, `wanted` says what it is to answer. */
export function wrongAnswer(what: string, got: unknown, wanted: string): UsageError {
  return new UsageError("user-code-answer", `${what} answered ${kindOf(got)}`, `It must answer ${wanted}.`);
}

/** `undefined`, `true`, `a Promise`, `a string`, …: what a value is, in a word or two. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return `a ${typeof value}`;
  if ("then" in value) return "a Promise";
  const name = value.constructor?.name ?? "";
  return name === "" || name === "Object" ? "an object" : `a ${name}`;
}
