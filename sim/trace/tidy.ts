/**
 * Puts a counterexample into the order that reads best: each autocommit directly after its statement, where that can be.
 *
 * An exploration finds a shortest schedule, and of several equally short ones the first that it meets:
 *
 *     alice SELECT | alice UPDATE | bob SELECT | alice commit | bob UPDATE + commit       as found
 *     alice SELECT | bob SELECT | alice UPDATE + commit | bob UPDATE + commit             tidy: the same harm in fewer blocks
 *
 * For each statement whose commit is apart, two moves are tried: the statement down to its commit, else the commit up to
 * its statement. A move is kept when the schedule can still be run and the same property breaks in its last step and
 * nothing breaks before. Tidy schedules are also the ones that a real server can be made to follow as they are, because
 * from outside nobody can hold an autocommit back.
 *
 * Invariants: the same choices, as many, in each client's own order; tidying twice changes nothing.
 */
import type { Choice, StateId, System, Taken } from "../system/system.ts";
import { isOwnCommit } from "./blocks.ts";
import { violationsIn } from "./violations.ts";

/** The schedule with each commit at its statement as far as `property` still breaks in its last step. */
export async function tidySchedule(
  system: System,
  schedule: readonly Choice[],
  property: string,
): Promise<readonly Choice[]> {
  for (const candidate of candidates(await run(system, schedule))) {
    const steps = await runIfPossible(system, candidate);
    if (steps !== null && breaksAtItsEnd(system, steps, property)) return tidySchedule(system, candidate, property);
  }
  return schedule;
}

/** Schedules in which one statement more is directly followed by its commit. */
function candidates(steps: readonly Taken[]): readonly (readonly Choice[])[] {
  const schedule = steps.map(({ choice }) => choice);
  return schedule.flatMap((choice, at) => {
    const statement = steps.findLastIndex(
      ({ choice: earlier }, place) => place < at && earlier.client === choice.client,
    );
    const finished = steps[statement];
    if (finished === undefined || statement === at - 1) return [];
    if (!isOwnCommit({ client: finished.choice.client, progress: finished.progress }, choice)) return [];
    const [before, between, after] = [
      schedule.slice(0, statement),
      schedule.slice(statement + 1, at),
      schedule.slice(at + 1),
    ];
    const pair = [finished.choice, choice];
    return [
      [...before, ...between, ...pair, ...after],
      [...before, ...pair, ...between, ...after],
    ];
  });
}

async function run(system: System, schedule: readonly Choice[]): Promise<readonly Taken[]> {
  const steps: Taken[] = [];
  for (const choice of schedule) steps.push(await system.take(lastState(system, steps), choice));
  return steps;
}

async function runIfPossible(system: System, schedule: readonly Choice[]): Promise<readonly Taken[] | null> {
  const steps: Taken[] = [];
  for (const choice of schedule) {
    const state = lastState(system, steps);
    const isEnabled = system
      .choices(state)
      .some(({ client, action }) => client === choice.client && action === choice.action);
    if (!isEnabled) return null;
    steps.push(await system.take(state, choice));
  }
  return steps;
}

function lastState(system: System, steps: readonly Taken[]): StateId {
  return steps[steps.length - 1]?.state ?? system.initial;
}

function breaksAtItsEnd(system: System, steps: readonly Taken[], property: string): boolean {
  const broken = steps.map(({ state }) =>
    violationsIn(system.properties, system.world(state)).map((one) => one.property),
  );
  return (
    broken.slice(0, -1).every((names) => names.length === 0) && broken[broken.length - 1]?.includes(property) === true
  );
}
