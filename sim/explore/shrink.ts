/**
 * Makes a failing schedule small: drops and exchanges steps as long as the same property still breaks in the last step.
 *
 *     found     bob acquire | alice acquire | bob next | … | bob commit | alice next | … 38 steps
 *     shrunk    alice acquire | bob acquire | alice next | bob next | …                    8 steps
 *
 * Steps are names, so a schedule with a step less may not be possible any more: it is tried on the system, step by step,
 * and counts only if every step is enabled, nothing breaks before its last step, and the property breaks there. What is tried,
 * in this order, until nothing of it helps:
 *
 *     1  loops: where a state comes twice, everything between is dropped
 *     2  pieces: halves, quarters, … of the schedule (delta debugging), and of the steps of one client
 *     3  runs: each run of neighbouring steps of one client, up to `RUN_MAX` of them, longest first
 *     4  pairs of neighbouring steps of different clients are exchanged, and rule 3 is tried on what comes of it
 *     5  neighbouring blocks of different clients are exchanged, where the schedule then changes hands less often
 *
 * The result is locally minimal: none of these makes it shorter, or as long with fewer changes of hands. A shortest one may be
 * shorter still: only an exhaustive search knows. The same schedule always gives the same result.
 *
 * Source of rule 2: Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input, IEEE TSE 28(2), 2002.
 */
import type { ExplorableSystem } from "../system/explorable-system.ts";
import type { Choice, StateId } from "../system/system.ts";

export interface Shrunk {
  readonly schedule: readonly Choice[];
  /** How many candidates were run. */
  readonly tried: number;
}

/** The longest run of one client's steps that is dropped at once. */
const RUN_MAX = 16;

/** Whether a schedule may end with this step: null where it goes on, false where it must not go on. */
type Ends = (after: StateId, failed: string | null) => boolean | null;

/** The smallest schedule that can be reached from this one, in which `property` breaks. */
export function shrink(system: ExplorableSystem, schedule: readonly Choice[], property: string): Promise<Shrunk> {
  return shrinkTo(system, schedule, (after) => {
    const { violations } = system.judge(after);
    return violations.length === 0 ? null : violations.some((one) => one.property === property);
  });
}

/** The smallest schedule that can be reached from this one, in whose last step a client is answered with this error. */
export function shrinkToError(
  system: ExplorableSystem,
  schedule: readonly Choice[],
  sqlstate: string,
): Promise<Shrunk> {
  return shrinkTo(system, schedule, (_, failed) => (failed === sqlstate ? true : null));
}

async function shrinkTo(system: ExplorableSystem, schedule: readonly Choice[], ends: Ends): Promise<Shrunk> {
  if (schedule.length === 0) return { schedule, tried: 0 };
  const trial = new Trial(system, ends);
  let best = (await trial.run(schedule)) ?? fail("a schedule is shrunk only where it fails");
  for (;;) {
    const better =
      (await trial.first(pieces(best))) ??
      (await trial.first(runs(best))) ??
      (await exchangedAndShorter(trial, best)) ??
      (await trial.first(blockExchanges(best)));
    if (better === null) return { schedule: best, tried: trial.tried };
    best = better;
  }
}

/** Runs candidates on the system. */
class Trial {
  tried = 0;
  readonly #system: ExplorableSystem;
  readonly #ends: Ends;

  constructor(system: ExplorableSystem, ends: Ends) {
    this.#system = system;
    this.#ends = ends;
  }

  /** The first candidate that fails as it should, without its loops. */
  async first(candidates: Iterable<readonly Choice[]>): Promise<readonly Choice[] | null> {
    for (const candidate of candidates) {
      const failing = await this.run(candidate);
      if (failing !== null) return failing;
    }
    return null;
  }

  /** The schedule up to where it ends as it should, without loops; null where it cannot be run, or something else breaks. */
  async run(schedule: readonly Choice[]): Promise<readonly Choice[] | null> {
    this.tried++;
    let steps: Choice[] = [];
    let states: StateId[] = [this.#system.initial];
    for (const choice of schedule) {
      const step = await this.#after(states.at(-1) as StateId, choice);
      if (step === null) return null;
      const { next, failed } = step;
      const isEnd = this.#ends(next, failed);
      if (isEnd !== null) return isEnd ? [...steps, choice] : null;
      const before = states.indexOf(next);
      if (before >= 0) {
        steps = steps.slice(0, before);
        states = states.slice(0, before + 1);
        continue;
      }
      steps.push(choice);
      states.push(next);
    }
    return null;
  }

  async #after(
    state: StateId,
    { client, action }: Choice,
  ): Promise<{ readonly next: StateId; readonly failed: string | null } | null> {
    const answer = this.#system.expand(state);
    const { codes, states, failures } = answer instanceof Promise ? await answer : answer;
    const at = codes.findIndex((code) => {
      const choice = this.#system.choiceOf(code);
      return choice.client === client && choice.action === action;
    });
    const next = states[at];
    if (next === undefined) return null;
    return { next, failed: failures?.find((each) => each.at === at)?.sqlstate ?? null };
  }
}

/** The schedule without one of its halves, then without one of its quarters, and so on; the same for each client's steps. */
function* pieces(schedule: readonly Choice[]): Generator<readonly Choice[]> {
  const all = schedule.map((_, at) => at);
  for (const places of [all, ...clientsOf(schedule).map((client) => placesOf(schedule, client))]) {
    for (let size = Math.ceil(places.length / 2); size > RUN_MAX; size = Math.ceil(size / 2)) {
      for (let from = 0; from < places.length; from += size) yield without(schedule, places.slice(from, from + size));
    }
  }
}

/** The schedule without one run of neighbouring steps of one client. */
function* runs(schedule: readonly Choice[]): Generator<readonly Choice[]> {
  for (let size = Math.min(RUN_MAX, schedule.length); size > 0; size--) {
    for (const client of clientsOf(schedule)) {
      const places = placesOf(schedule, client);
      for (let from = 0; from + size <= places.length; from++) {
        yield without(schedule, places.slice(from, from + size));
      }
    }
  }
}

async function exchangedAndShorter(trial: Trial, schedule: readonly Choice[]): Promise<readonly Choice[] | null> {
  for (let at = 0; at + 1 < schedule.length; at++) {
    const exchanged = await trial.first(exchange(schedule, [at, at + 1, at + 2]));
    if (exchanged === null) continue;
    const shorter = exchanged.length < schedule.length ? exchanged : await trial.first(runs(exchanged));
    if (shorter !== null) return shorter;
  }
  return null;
}

/** Schedules with two neighbouring blocks exchanged, in which the next step belongs to another client less often. */
function* blockExchanges(schedule: readonly Choice[]): Generator<readonly Choice[]> {
  const starts = schedule.flatMap(({ client }, at) => (at > 0 && client === schedule[at - 1]?.client ? [] : [at]));
  starts.push(schedule.length);
  for (let at = 0; at + 2 < starts.length; at++) {
    for (const candidate of exchange(schedule, starts.slice(at, at + 3))) {
      if (handsChanged(candidate) < handsChanged(schedule)) yield candidate;
    }
  }
}

/** The schedule with the piece from `a` to `b` and the piece from `b` to `c` exchanged, if they are of different clients. */
function* exchange(schedule: readonly Choice[], [a, b, c]: readonly number[]): Generator<readonly Choice[]> {
  if (a === undefined || b === undefined || c === undefined) return;
  if (schedule[a]?.client === schedule[b]?.client) return;
  yield [...schedule.slice(0, a), ...schedule.slice(b, c), ...schedule.slice(a, b), ...schedule.slice(c)];
}

function handsChanged(schedule: readonly Choice[]): number {
  return schedule.filter(({ client }, at) => at > 0 && client !== schedule[at - 1]?.client).length;
}

function clientsOf(schedule: readonly Choice[]): readonly string[] {
  return [...new Set(schedule.map(({ client }) => client))];
}

function placesOf(schedule: readonly Choice[], client: string): readonly number[] {
  return schedule.flatMap((choice, at) => (choice.client === client ? [at] : []));
}

function without(schedule: readonly Choice[], places: readonly number[]): readonly Choice[] {
  const dropped = new Set(places);
  return schedule.filter((_, at) => !dropped.has(at));
}

function fail(message: string): never {
  throw new Error(`assertion failed: ${message}`);
}
