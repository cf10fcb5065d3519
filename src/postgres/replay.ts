/**
 * Runs a trace on a real PostgreSQL, statement by statement, and says whether the real server does what the trace says.
 *
 *     trace -> plan (replay-plan.ts) -> attempt (replay-attempt.ts) -> reproduced | differs at step n | cannot be forced
 *
 * A trace whose last steps repeat for ever is run with these steps twice: what they did the first time they must do again.
 *
 * Two things are up to the server: which of several sessions that are woken together runs first (unless it is ours, whose
 * sessions can be held), and whether a deadlock's check comes in time. Where a difference may be due to one of these, the whole replay is run again, a few times.
 */

import { loadGrammar } from "../../sim/postgres/index.ts";
import { movesDuringStatement } from "../../sim/trace/forcing.ts";
import { unrolled } from "../../sim/trace/lasso.ts";
import type { ReplayResult } from "../../sim/trace/replay-result.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { type Attempt, attemptReplay, type Difference, type ReplayedStep } from "./replay-attempt.ts";
import { type Observation, observed } from "./replay-observation.ts";
import { type Plan, planReplay } from "./replay-plan.ts";
import type { OpenServer } from "./server.ts";

export interface ReplayOptions {
  /** Is told of each step after it was taken. */
  readonly onStep?: (step: ReplayedStep) => void;
  /** Aborting it makes the replay end with the signal's reason as its error; nothing is left on the server. */
  readonly signal?: AbortSignal;
  /** How long a session may neither reply nor wait for another one. */
  readonly restMsMax?: number;
  /** How often the replay is run before a difference that may be due to the server's choice is reported. */
  readonly attemptsMax?: number;
}

/** A `ReplayResult` with what only a real server has. */
export type PostgresReplay = ReplayResult & {
  readonly notes: readonly string[];
  readonly seconds: number;
  readonly serverVersion: string;
  /** For `differs`: both sides as data. */
  readonly difference?: {
    readonly client: string | null;
    readonly expected: Observation;
    readonly actual: Observation;
  };
};

const REST_MS_MAX = 10_000;
const ATTEMPTS_MAX = 5;
/** How often steps that repeat for ever are run. */
const LOOP_RUNS = 2;
const EXPIRY_MS_PER_STATEMENT = 100;
/** A machine that is busy with other things may be so many times slower. */
const SLOWER_AT_MOST = 64;

/** Runs the trace on the server and compares every step. */
export async function replayOnPostgres(
  recorded: Trace,
  server: OpenServer,
  options: ReplayOptions = {},
): Promise<PostgresReplay> {
  const started = performance.now();
  await loadGrammar();
  const trace = unrolled(recorded, LOOP_RUNS);
  const clock = movesDuringStatement(trace);
  if (clock !== null) return { kind: "cannot-force", ...clock, notes: [], seconds: 0, serverVersion: server.version };
  const plan = planReplay(trace, server.holding !== null);
  const about = (notes: readonly string[]) => ({
    notes,
    seconds: (performance.now() - started) / 1000,
    serverVersion: server.version,
  });
  for (let attempt = 1; ; attempt++) {
    const outcome: Attempt = await attemptReplay(trace, plan, server, {
      attempt,
      onStep: options.onStep ?? (() => {}),
      signal: options.signal,
      restMsMax: options.restMsMax ?? REST_MS_MAX,
      expiryMsPerStatement: EXPIRY_MS_PER_STATEMENT * Math.min(4 ** (attempt - 1), SLOWER_AT_MOST),
    });
    const notes = [
      ...loopNotes(recorded, trace),
      ...clockNotes(trace),
      ...plan.notes,
      ...outcome.notes,
      ...againNotes(attempt),
    ];
    if (outcome.kind === "reproduced") {
      return { kind: "reproduced", steps: trace.steps.length, ...about([...notes, ...obstacleNotes(plan)]) };
    }
    const obstacle = plan.obstacles.find((each) => each.since <= outcome.step);
    if (obstacle !== undefined) {
      return { kind: "cannot-force", step: obstacle.step, why: obstacle.why, ...about(notes) };
    }
    const last = attempt >= (options.attemptsMax ?? ATTEMPTS_MAX);
    if (last || !mayBeTheServersChoice(plan, outcome)) return { ...differs(outcome), ...about(notes) };
  }
}

function differs(outcome: Difference): Extract<ReplayResult, { kind: "differs" }> & Pick<PostgresReplay, "difference"> {
  const { step, client, expected, actual } = outcome;
  const say = (side: Observation): string => (client === null ? observed(side) : `${client} ${saidOf(side)}`);
  return {
    kind: "differs",
    step,
    expected: say(expected),
    actual: say(actual),
    difference: { client, expected, actual },
  };
}

function saidOf(side: Observation): string {
  return side.kind === "replied" ? `is answered ${observed(side)}` : observed(side);
}

/** Whether a run on the same server may go otherwise: several were woken together, or a timer is a race with time. */
function mayBeTheServersChoice(plan: Plan, { step }: Difference): boolean {
  return plan.steps.some(
    (planned) => planned.step.n <= step && (planned.step.woken.length > 1 || planned.timer !== null),
  );
}

function loopNotes(recorded: Trace, run: Trace): readonly string[] {
  const more = run.steps.length - recorded.steps.length;
  if (more === 0 || recorded.repeatsFrom === undefined) return [];
  const last = recorded.steps.length;
  return [
    `steps ${recorded.repeatsFrom} to ${last} repeat for ever; they were run ${LOOP_RUNS} times, up to step ${last + more}`,
  ];
}

function clockNotes({ parameters: { now } }: Trace): readonly string[] {
  return now === undefined ? [] : [`now() and its like are functions of the replay's own: the run began at ${now}`];
}

function againNotes(attempt: number): readonly string[] {
  return attempt === 1 ? [] : [`run ${attempt} times, until the server chose the trace's order`];
}

function obstacleNotes({ obstacles }: Plan): readonly string[] {
  return obstacles.map(
    ({ step, why }) => `step ${step}: ${why}; everything that can be seen was the same all the same`,
  );
}
