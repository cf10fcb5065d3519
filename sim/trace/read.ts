/**
 * Reads a trace from the text of a file, and writes one.
 *
 *     text -> JSON (place of the first fault) -> format and version -> fields (zod) -> agreement of its parts -> Trace
 *
 * Whatever is wrong is an `UsageError` that names the file, the line and column, what was found, what was expected, and
 * what to do:
 *
 *     race.json, line 41, column 20, steps[3].progress.kind: found "replyed", expected one of "local", "replied", …
 *
 * Invariants: `readTrace(writeTrace(trace))` is equal to the trace; writing what was read gives the same bytes again.
 */
import type { z } from "zod";
import { UsageError } from "../usage-error.ts";
import { compactJson, jsonFault, pathText, placeOf } from "./json-text.ts";
import { traceSchema } from "./schema.ts";
import { TRACE_FORMAT, TRACE_VERSION, type Trace } from "./trace.ts";

const MADE_BY = "Traces are written by `check --out` and `simulate --out`; make this one again, or give another file.";

/** The trace in `text`; `source` is the file's name for messages. */
export function readTrace(text: string, source: string): Trace {
  const document = parseJson(text, source);
  checkVersion(document, source);
  const parsed = traceSchema.safeParse(document);
  if (!parsed.success) throw fieldError(parsed.error.issues, { document, text, source });
  checkAgreement(parsed.data, { text, source });
  return parsed.data;
}

/** The trace as the text of a file: fields in the order of the schema, short values on one line, a newline at the end. */
export function writeTrace(trace: Trace): string {
  return `${compactJson(traceSchema.parse(trace), 120)}\n`;
}

function parseJson(text: string, source: string): unknown {
  const fault = jsonFault(text.replace(/^\uFEFF/, " "));
  if (fault !== null) {
    const cut = fault.found === "the end of the file" && text.trim() !== "";
    throw new UsageError(
      "trace-not-json",
      `${source}, line ${fault.line}, column ${fault.column}: found ${fault.found}, expected ${fault.expected}.`,
      `${cut ? "The file looks cut off. " : ""}A trace is one JSON document. ${MADE_BY}`,
    );
  }
  return JSON.parse(text.replace(/^\uFEFF/, " "));
}

function checkVersion(document: unknown, source: string): void {
  const { format, version } = isRecord(document) ? document : {};
  if (format !== TRACE_FORMAT) {
    const isObject = isRecord(document) && !Array.isArray(document);
    const found = isObject && format !== undefined ? `the format ${shown(format)}` : describe(document);
    throw new UsageError(
      "trace-format",
      `${source}: found ${found}, expected a JSON object whose "format" is "${TRACE_FORMAT}".`,
      `This file is not a trace. ${MADE_BY}`,
    );
  }
  if (version !== TRACE_VERSION) {
    throw new UsageError(
      "trace-version",
      `${source}: found version ${shown(version)} of the trace format, expected ${TRACE_VERSION}.`,
      `This program reads version ${TRACE_VERSION} only. Make the trace again with this program, or use the one that wrote it.`,
    );
  }
}

interface Input {
  readonly text: string;
  readonly source: string;
}

function fieldError(issues: readonly z.core.$ZodIssue[], input: Input & { readonly document: unknown }): UsageError {
  const issue = issues[0];
  const extra = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const path = [...(issue?.path ?? []), ...extra];
  const found = shown(valueAt(input.document, path));
  const expected = issue === undefined ? "a trace" : expectation(issue);
  return inputError(input, path, `found ${found}, expected ${expected}`);
}

function inputError({ text, source }: Input, path: readonly PropertyKey[], said: string): UsageError {
  const { line, column } = placeOf(text, path);
  return new UsageError(
    "trace-field",
    `${source}, line ${line}, column ${column}, ${pathText(path) || "the document"}: ${said}.`,
    `The file was changed by hand or is of another program. ${MADE_BY}`,
  );
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "unrecognized_keys":
      return "no field of this name";
    case "invalid_value":
      return `${issue.values.length > 1 ? "one of " : ""}${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "invalid_type":
      return EXPECTED[issue.expected] ?? issue.expected;
    case "too_small":
      return issue.origin === "array" ? `at least ${issue.minimum} element` : `${issue.minimum} or more`;
    case "too_big":
      return issue.origin === "array" ? `at most ${issue.maximum} elements` : `${issue.maximum} or less`;
    case "invalid_union":
      return issue.discriminator === undefined ? issue.message : kindsOf(issue);
    default:
      return issue.message;
  }
}

const EXPECTED: Readonly<Record<string, string>> = {
  array: "a list",
  object: "an object",
  record: "an object",
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  null: "null",
};

function kindsOf(issue: z.core.$ZodIssue & { readonly code: "invalid_union" }): string {
  const options = "options" in issue && Array.isArray(issue.options) ? issue.options : [];
  return options.length === 0 ? "a known kind" : `one of ${options.map((kind) => JSON.stringify(kind)).join(", ")}`;
}

/** Parts of a trace that say the same thing must agree: the steps follow the schedule, and names are of clients. */
function checkAgreement(trace: Trace, input: Input): void {
  const { schedule, steps, parameters, verdict, races } = trace;
  if (schedule.length !== steps.length) {
    throw inputError(
      input,
      ["steps"],
      `found ${steps.length} steps, expected ${schedule.length}, one for each choice of the schedule`,
    );
  }
  for (const [at, step] of steps.entries()) {
    const choice = schedule[at];
    if (step.n !== at + 1) throw inputError(input, ["steps", at, "n"], `found ${step.n}, expected ${at + 1}`);
    if (!parameters.clients.includes(step.client)) {
      throw inputError(
        input,
        ["steps", at, "client"],
        `found ${shown(step.client)}, expected one of ${parameters.clients.map(shown).join(", ")}`,
      );
    }
    for (const field of ["client", "action"] as const) {
      if (step[field] !== choice?.[field]) {
        throw inputError(
          input,
          ["steps", at, field],
          `found ${shown(step[field])}, expected ${shown(choice?.[field])} as in schedule[${at}]`,
        );
      }
    }
  }
  checkLoop(trace, input);
  if (verdict.kind === "violated" && verdict.step > steps.length) {
    throw inputError(input, ["verdict", "step"], `found ${verdict.step}, expected a step up to ${steps.length}`);
  }
  for (const [at, race] of races.entries()) {
    if (race.first < 1 || race.first >= race.second || race.second > steps.length) {
      throw inputError(
        input,
        ["races", at],
        `found the steps ${race.first} and ${race.second}, expected an earlier and a later one of 1 to ${steps.length}`,
      );
    }
  }
}

/** A loop begins at a step, or after the last one; and it is shown because it breaks something. */
function checkLoop({ repeatsFrom, steps, verdict }: Trace, input: Input): void {
  if (repeatsFrom === undefined) return;
  if (repeatsFrom > steps.length + 1) {
    throw inputError(input, ["repeatsFrom"], `found ${repeatsFrom}, expected a number from 1 to ${steps.length + 1}`);
  }
  if (verdict.kind !== "violated" || verdict.step !== steps.length) {
    throw inputError(input, ["verdict"], `found another one, expected "violated" in the last step, as there is a loop`);
  }
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => (isRecord(value) ? value[String(part)] : undefined), document);
}

/** Arrays count: their elements are found by index. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  return isRecord(value) ? describe(value) : JSON.stringify(value).slice(0, 60);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return isRecord(value) ? "an object" : shown(value);
}
