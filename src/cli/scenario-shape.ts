/**
 * Whether what a user's module exports is a scenario: each field by its kind, as traces are checked, before anything of it is used.
 *
 *     the `scenario` of ./mine.mjs is not one: protocols[0].machine must be a machine of XState 5, and is missing
 */
import * as z from "zod";
import type { Scenario } from "../../model/scenario.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { kindOf } from "../../sim/user-code.ts";

/** So many mistakes are told at once. */
const MISTAKES_SHOWN = 5;

const text = z.string("must be a string").min(1, "must not be empty");
const calls = z.custom<(...given: never[]) => unknown>((value) => typeof value === "function", "must be a function");
const yes = z.boolean("must be true or false");
const count = z.int("must be a whole number").min(1, "must be at least 1");
const texts = z.array(z.string("must be a string"), "must be an array of strings");
const sqlstates = z.array(
  z.string("must be a string").regex(/^[0-9A-Z]{5}$/, "must be a SQLSTATE, such as 40001"),
  "must be an array of SQLSTATEs",
);

const machine = z.unknown().superRefine((value, context) => {
  const asked = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  const isOfFive = ["transition", "getInitialSnapshot"].every((name) => typeof asked[name] === "function");
  if (isOfFive && Array.isArray(asked["events"])) return;
  const isOfFour = typeof asked["withContext"] === "function" || typeof asked["withConfig"] === "function";
  context.addIssue(
    isOfFour ? "must be a machine of XState 5, and was made by XState 4" : "must be a machine of XState 5",
  );
});

const reply = z.discriminatedUnion(
  "type",
  [
    z.looseObject({
      type: z.literal("rows"),
      rows: z.array(z.record(z.string(), z.unknown(), "must be an object of columns"), "must be an array of rows"),
      rowCount: z.int("must be a whole number"),
    }),
    z.looseObject({ type: z.literal("failed"), sqlstate: text, message: z.string("must be a string") }),
  ],
  'must be { type: "rows", rows, rowCount } or { type: "failed", sqlstate, message }',
);

const protocol = z.looseObject(
  {
    name: text,
    sentence: z.string("must be a string"),
    machine,
    userEvents: calls,
    view: calls,
    replies: z.array(reply, "must be an array of replies"),
    setup: texts.optional(),
    curedBy: texts.optional(),
    allowedErrors: sqlstates.optional(),
    unclaimed: z
      .record(z.string(), z.string("must be the reason, a string"), "must be an object of reasons")
      .optional(),
  },
  "must be an object with name, sentence, machine, userEvents, view and replies",
);

const named = { name: text, sentence: z.string("must be a string") };
const property = z.discriminatedUnion(
  "kind",
  [
    z.looseObject({ kind: z.literal("always"), ...named, violation: calls }),
    z.looseObject({ kind: z.literal("sometimes"), ...named, holds: calls }),
  ],
  'must be an object with kind "always" and a function violation, or kind "sometimes" and a function holds',
);
const liveness = z.discriminatedUnion(
  "kind",
  [
    z.looseObject({ kind: z.literal("eventually"), ...named, goal: calls, violation: calls }),
    z.looseObject({ kind: z.literal("leads-to"), ...named, from: calls, to: calls, violation: calls }),
  ],
  'must be an object with kind "eventually" and a function goal, or kind "leads-to" and functions from and to',
);

const scenario = z.looseObject(
  {
    name: text,
    sentence: z.string("must be a string"),
    setup: calls,
    protocols: z.array(protocol, "must be an array of protocols").min(1, "must have a protocol in it"),
    properties: z.array(property, "must be an array of properties"),
    liveness: z.array(liveness, "must be an array of liveness properties").optional(),
    competeFor: z.tuple([text, text], "must be two words, the singular and the plural").optional(),
    allowedErrors: sqlstates.optional(),
    changesNoRow: yes.optional(),
    interchangeable: yes.optional(),
    clock: yes.optional(),
    defaults: z.looseObject(
      { protocol: text, clients: count, buffers: count },
      "must be an object with protocol, clients and buffers",
    ),
  },
  "must be an object",
);

/** The scenario that a module exports; a UsageError that names each field which is not what it must be. */
export function scenarioOf(name: string, exported: unknown): Scenario {
  const read = scenario.safeParse(exported);
  if (!read.success) throw notAScenario(name, exported, read.error.issues);
  const found = exported as Scenario;
  const names = found.protocols.map((each) => each.name);
  const twice = names.find((each, at) => names.indexOf(each) < at);
  if (twice !== undefined) throw mistaken(name, `two of its protocols are named "${twice}"`);
  if (!names.includes(found.defaults.protocol)) {
    throw mistaken(
      name,
      `defaults.protocol is "${found.defaults.protocol}", which is none of its protocols: ${names.join(", ")}`,
    );
  }
  return found;
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function notAScenario(name: string, exported: unknown, issues: readonly Issue[]): UsageError {
  const told = issues.map(({ path, message }) => {
    const found = valueAt(exported, path);
    return `${pathText(path)} ${message}, and is ${found === undefined ? "missing" : kindOf(found)}`;
  });
  const more = told.length > MISTAKES_SHOWN ? `; and ${told.length - MISTAKES_SHOWN} more` : "";
  return mistaken(name, `${told.slice(0, MISTAKES_SHOWN).join("; ")}${more}`);
}

function mistaken(name: string, what: string): UsageError {
  return new UsageError(
    "no-scenario",
    `the \`scenario\` of ${name} is not one: ${what}`,
    "The last part of docs/the-race.md shows a whole one.",
  );
}

/** `protocols[0].machine`. */
function pathText(path: readonly PropertyKey[]): string {
  const joined = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return joined === "" ? "it" : joined.replace(/^\./, "");
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inside, part) => {
    return typeof inside === "object" && inside !== null
      ? (inside as Readonly<Record<PropertyKey, unknown>>)[part]
      : undefined;
  }, value);
}
