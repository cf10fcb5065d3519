/**
 * Runs a trace again on the simulated system and compares what it does with what was recorded, step by step.
 *
 * Everything recorded is compared: the world at the start, each statement sent, each reply and wait, who is woken, what
 * became visible, what clients believe, which properties break, and the fingerprint of the end. Where the last steps are said to
 * repeat for ever, the end must be the very state in which they began. The first difference is
 * told with both sides in the words of the printed trace. Notes are for people and are not compared.
 */

import type { Choice, StateId, System } from "../system/system.ts";
import { changedTables, changedViews, traceStep, viewsOf } from "./record.ts";
import type { ReplayResult } from "./replay-result.ts";
import { filledText } from "./sql-text.ts";
import type { Trace, TraceStep } from "./trace.ts";
import { violationsIn } from "./violations.ts";
import { listed, replyLines, rowText, viewText } from "./wording.ts";

/** One thing that is compared: its value as recorded, and how it is said. */
interface Aspect {
  readonly name: string;
  readonly of: (step: TraceStep) => unknown;
  readonly say: (step: TraceStep) => string;
}

const ASPECTS: readonly Aspect[] = [
  { name: "sends", of: (step) => step.sent, say: (step) => (step.sent === null ? "nothing" : filledText(step.sent)) },
  {
    name: "works on",
    of: (step) => step.statement,
    say: (step) => (step.statement === null ? "nothing" : filledText(step.statement)),
  },
  { name: "comes to", of: (step) => step.progress, say: sayProgress },
  { name: "commits", of: (step) => step.committed, say: (step) => (step.committed ? "a transaction" : "nothing") },
  { name: "wakes", of: (step) => step.woken, say: (step) => listed(step.woken) || "nobody" },
  { name: "changes the rows", of: (step) => step.tables, say: sayTables },
  { name: "changes the beliefs", of: (step) => step.views, say: sayViews },
  {
    name: "breaks",
    of: (step) => step.violations,
    say: (step) => step.violations.map((one) => `${one.property}: ${one.message}`).join("; ") || "nothing",
  },
];

/** Runs the schedule of `trace` on `system`, which must be made from the trace's parameters. */
export async function replaySimulated(system: System, trace: Trace): Promise<ReplayResult> {
  const start = differenceAtStart(system, trace);
  if (start !== null) return start;
  let state: StateId = system.initial;
  let loopBegins: StateId | null = null;
  for (const recorded of trace.steps) {
    if (recorded.n === trace.repeatsFrom) loopBegins = state;
    const next = await replayStep(system, state, recorded);
    if (next.kind === "differs") return next;
    state = next.state;
  }
  const end = system.fingerprint(state);
  if (end !== trace.end) {
    return {
      kind: "differs",
      step: trace.steps.length,
      expected: `the end state ${trace.end}`,
      actual: `the end state ${end}`,
    };
  }
  return loopDifference(system, trace, { end: state, loopBegins }) ?? reproduced(trace);
}

function reproduced({ steps, repeatsFrom }: Trace): ReplayResult {
  const loop = repeatsFrom !== undefined && repeatsFrom <= steps.length;
  const note = `after step ${steps.length} everything is as it was before step ${repeatsFrom}: the steps between repeat for ever`;
  return { kind: "reproduced", steps: steps.length, notes: loop ? [note] : [] };
}

/** What is not as it should be where the trace goes on for ever after its last step. */
function loopDifference(
  system: System,
  { steps, repeatsFrom }: Trace,
  { end, loopBegins }: { readonly end: StateId; readonly loopBegins: StateId | null },
): ReplayResult | null {
  if (repeatsFrom === undefined) return null;
  const step = steps.length;
  if (loopBegins === null) {
    const enabled = system.choices(end);
    if (enabled.length === 0) return null;
    const names = enabled.map(({ client, action }) => `"${action}" of ${client}`).join(", ");
    return { kind: "differs", step, expected: "nobody can move after the last step", actual: `possible are ${names}` };
  }
  const [before, after] = [system.fingerprint(loopBegins), system.fingerprint(end)];
  if (before === after) return null;
  const expected = `after the last step the state before step ${repeatsFrom}, ${before}, since the steps repeat for ever`;
  return { kind: "differs", step, expected, actual: `the state ${after}` };
}

type StepResult = { readonly kind: "same"; readonly state: StateId } | Extract<ReplayResult, { kind: "differs" }>;

async function replayStep(system: System, state: StateId, recorded: TraceStep): Promise<StepResult> {
  const choice: Choice = { client: recorded.client, action: recorded.action };
  const enabled = system.choices(state);
  if (!enabled.some((one) => one.client === choice.client && one.action === choice.action)) {
    return {
      kind: "differs",
      step: recorded.n,
      expected: `"${choice.action}" of ${choice.client} is possible`,
      actual: `possible are ${enabled.map((one) => `"${one.action}" of ${one.client}`).join(", ") || "no steps at all"}`,
    };
  }
  const before = system.world(state);
  const taken = await system.take(state, choice);
  const after = system.world(taken.state);
  const broken = violationsIn(system.properties, before).map(({ property }) => property);
  const violations = violationsIn(system.properties, after).filter(({ property }) => !broken.includes(property));
  return compareStep(recorded, traceStep(recorded.n, taken, { before, after, violations }), taken.state);
}

function compareStep(recorded: TraceStep, actual: TraceStep, state: StateId): StepResult {
  for (const { name, of, say } of ASPECTS) {
    if (JSON.stringify(sorted(of(recorded))) !== JSON.stringify(sorted(of(actual)))) {
      return {
        kind: "differs",
        step: recorded.n,
        expected: `${recorded.client} ${name} ${say(recorded)}`,
        actual: `${actual.client} ${name} ${say(actual)}`,
      };
    }
  }
  return { kind: "same", state };
}

function differenceAtStart(system: System, trace: Trace): Extract<ReplayResult, { kind: "differs" }> | null {
  const world = system.world(system.initial);
  const recorded = {
    clients: Object.entries(trace.start.views).map(([name, view]) => ({
      name,
      view,
      waitsFor: [],
      ended: false,
      endedBy: null,
    })),
    tables: trace.start.tables,
  };
  const pairs: readonly (readonly [string, string])[] = [
    [system.clients.join(", "), trace.parameters.clients.join(", ")],
    [tablesText(world.tables), tablesText(trace.start.tables)],
    [viewsText(viewsOf(world)), viewsText(trace.start.views)],
  ];
  const changed = Object.keys({ ...changedTables(recorded, world), ...changedViews(recorded, world) });
  const pair = pairs.find(([actual, expected]) => actual !== expected);
  if (pair === undefined && changed.length === 0) return null;
  return {
    kind: "differs",
    step: 0,
    expected: `before the first step ${pair?.[1] ?? changed.join(", ")}`,
    actual: `before the first step ${pair?.[0] ?? "other values"}`,
  };
}

function sayProgress(step: TraceStep): string {
  const { progress } = step;
  switch (progress.kind) {
    case "local":
      return "a step of its own, without the server";
    case "replied":
      return `the answer ${replyLines(progress.reply).join("; ")}`;
    case "finished":
      return `the answer ${replyLines(progress.reply).join("; ")} (not yet committed)`;
    case "waits":
      return `a wait for ${listed(progress.waitsFor)}: ${progress.what}`;
    case "stopped":
      return `a stop ${progress.at}`;
  }
}

function sayTables(step: TraceStep): string {
  return tablesText(step.tables) || "nothing";
}

function sayViews(step: TraceStep): string {
  return viewsText(step.views) || "nothing";
}

function tablesText(tables: TraceStep["tables"]): string {
  return Object.entries(tables)
    .map(([name, rows]) => `${name}: ${rows.map((row) => `(${rowText(row)})`).join(" ") || "no rows"}`)
    .join("; ");
}

function viewsText(views: TraceStep["views"]): string {
  return Object.entries(views)
    .map(([client, view]) => `${client}: ${viewText(view)}`)
    .join("; ");
}

/** The value with the names of its objects in order: a file may have been written by hand in another one. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
}
