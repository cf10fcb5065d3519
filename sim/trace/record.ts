/**
 * Makes a trace: runs a schedule again from the first state and writes down everything that can be seen from outside.
 *
 *     schedule  alice/acquire 1   bob/acquire 1   alice/next        alice/commit      …
 *     run       s0 ----------> s1 ----------> s2 -----------> s3 ----------------> s4
 *     recorded    SELECT, rows    SELECT, rows    UPDATE, count     what became visible: row 1, alice's belief
 *
 * Worlds are recorded as differences: a step holds the tables and beliefs that are other than before it. A property is
 * recorded where it breaks (violated after the step, and not before), so one that stays broken is told once.
 *
 * Invariant: the same system and schedule give the same trace, byte for byte once written (`read.ts`).
 */
import type { Property, World } from "../../model/property.ts";
import type { Row, View } from "../../model/protocol.ts";
import { asksForTime, isTimeWord } from "../postgres/syntax/clock-calls.ts";
import { startText } from "../start-time.ts";
import type { Choice, StateId, System, Taken } from "../system/system.ts";
import { explainRaces } from "./explain.ts";
import { clockOf } from "./forcing.ts";
import { TRACE_FORMAT, TRACE_VERSION, type Trace, type TraceParameters, type TraceStep } from "./trace.ts";
import { type Violation, violationsIn } from "./violations.ts";

/** What a trace says of itself besides its steps: how to make the same system again. */
export interface TraceAbout {
  readonly parameters: TraceParameters;
  readonly setup: readonly string[];
  /** For a schedule whose last steps repeat for ever: what that breaks, and how many steps come before them. */
  readonly lasso?: { readonly broken: Violation & { readonly sentence: string }; readonly stem: number } | null;
}

/** Runs the schedule and records it. A choice that is not enabled is the system's `UsageError`. */
export async function recordTrace(system: System, schedule: readonly Choice[], about: TraceAbout): Promise<Trace> {
  const taken = await takeAll(system, schedule);
  const states = [system.initial, ...taken.map((step) => step.state)];
  const worlds = states.map((state) => system.world(state));
  const broken = worlds.map((world) => violationsIn(system.properties, world));
  const steps = taken.map((step, at) =>
    traceStep(at + 1, step, {
      before: worldAt(worlds, at),
      after: worldAt(worlds, at + 1),
      violations: newViolations(broken[at] ?? [], broken[at + 1] ?? []),
    }),
  );
  const lasso = about.lasso ?? null;
  const verdict: Trace["verdict"] =
    lasso === null
      ? verdictOf(system.properties, broken[0] ?? [], steps)
      : { kind: "violated", ...lasso.broken, step: steps.length };
  const start = worldAt(worlds, 0);
  return {
    format: TRACE_FORMAT,
    version: TRACE_VERSION,
    parameters: { ...about.parameters, ...startOf(system, about.setup, taken) },
    setup: about.setup,
    start: { tables: start.tables, views: viewsOf(start) },
    schedule: schedule.map(({ client, action }) => ({ client, action })),
    steps,
    ...(lasso === null ? {} : { repeatsFrom: lasso.stem + 1 }),
    verdict,
    races:
      lasso === null && verdict.kind === "violated" && verdict.step > 0
        ? await explainRaces(system, schedule.slice(0, verdict.step), verdict.property)
        : [],
    end: system.fingerprint(states[states.length - 1] ?? system.initial),
  };
}

/** When the run begins, where that can be seen: its clock is shown, or a text asks for the time. */
function startOf(system: System, setup: readonly string[], taken: readonly Taken[]): Pick<TraceParameters, "now"> {
  const { now } = system;
  if (now === undefined) return {};
  const asks =
    clockOf(system.world(system.initial).tables) !== null ||
    setup.some(asksForTime) ||
    taken.some(({ sent }) => sent !== null && (asksForTime(sent.text) || sent.values.some(isTimeWord)));
  return asks ? { now: startText(now) } : {};
}

async function takeAll(system: System, schedule: readonly Choice[]): Promise<readonly Taken[]> {
  const taken: Taken[] = [];
  let state: StateId = system.initial;
  for (const choice of schedule) {
    const step = await system.take(state, choice);
    taken.push(step);
    state = step.state;
  }
  return taken;
}

function newViolations(before: readonly Violation[], after: readonly Violation[]): readonly Violation[] {
  return after.filter(({ property }) => !before.some((earlier) => earlier.property === property));
}

interface Around {
  readonly before: World;
  readonly after: World;
  readonly violations: readonly Violation[];
}

/** One step as the trace holds it: what the system told, and how the world is other than before. */
export function traceStep(n: number, taken: Taken, around: Around): TraceStep {
  return {
    n,
    client: taken.choice.client,
    action: taken.choice.action,
    sent: taken.sent,
    statement: taken.statement,
    progress: taken.progress,
    committed: taken.committed,
    woken: taken.woken,
    notes: taken.notes,
    tables: changedTables(around.before, around.after),
    views: changedViews(around.before, around.after),
    violations: around.violations,
  };
}

/** The tables of `after` whose committed rows are other than in `before`. */
export function changedTables(before: World, after: World): Readonly<Record<string, readonly Row[]>> {
  return onlyChanged(before.tables, after.tables);
}

/** The beliefs of `after` that are other than in `before`, by client. */
export function changedViews(before: World, after: World): Readonly<Record<string, View>> {
  return onlyChanged(viewsOf(before), viewsOf(after));
}

function onlyChanged<T>(before: Readonly<Record<string, T>>, after: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])),
  );
}

/** What each client believes, by its name. */
export function viewsOf(world: World): Readonly<Record<string, View>> {
  return Object.fromEntries(world.clients.map(({ name, view }) => [name, view]));
}

function verdictOf(
  properties: readonly Property[],
  atStart: readonly Violation[],
  steps: readonly TraceStep[],
): Trace["verdict"] {
  const breaks = [{ n: 0, violations: atStart }, ...steps].find(({ violations }) => violations.length > 0);
  const first = breaks?.violations[0];
  if (breaks === undefined || first === undefined) return { kind: "none" };
  const sentence = properties.find(({ name }) => name === first.property)?.sentence ?? "";
  return { kind: "violated", property: first.property, sentence, message: first.message, step: breaks.n };
}

function worldAt(worlds: readonly World[], at: number): World {
  const world = worlds[at];
  if (world === undefined) throw new Error(`assertion failed: there is a world after each step, and none at ${at}`);
  return world;
}
