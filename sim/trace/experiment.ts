/**
 * Follows a schedule that may not be possible as it stands, and tells whether a property breaks on the way.
 *
 * A schedule with two blocks exchanged is followed by name. A statement that ran now waits, or a client that was told
 * "locked" does not send its UPDATE; so the choices are taken in this order, the first that applies:
 *
 *     1  the first remaining choice that is enabled and has no earlier remaining choice of the same client
 *     2  a move by which something begun goes on: a statement of any client, `next` of the two clients of the pair
 *     3  none of these is enabled: the first remaining choice is given up
 *
 * After the last remaining choice rule 2 goes on until nothing moves, without new user events: so a violation that is
 * only put off is not taken for one that is removed. Clients that are not of the pair send nothing which they did not
 * send in the schedule: what they could still break is not the pair's doing.
 *
 * Not modelled: continuations other than this one. An experiment that does not come to an end within `STEPS_MAX`, or which
 * cannot be run (its SQL is refused), counts as one in which the property breaks.
 */
import { violationIn } from "../system/asked.ts";
import { type Choice, moveOf, type StateId, type System, type Taken } from "../system/system.ts";
import { UsageError } from "../usage-error.ts";

/** What is followed, between which two clients, and what must not break. */
export interface Experiment {
  readonly wanted: readonly Choice[];
  readonly pair: readonly string[];
  readonly property: string;
}

/** The longest experiment, as a multiple of the schedule's length, and what is added to it. */
const STEPS_MAX = { factor: 4, more: 40 };

/** The steps taken; null where the property broke all the same, or there is no telling. */
export async function experiment(
  system: System,
  { wanted, pair, property }: Experiment,
): Promise<readonly Taken[] | null> {
  const remaining = [...wanted];
  const run: Taken[] = [];
  let state: StateId = system.initial;
  const stepsMax = wanted.length * STEPS_MAX.factor + STEPS_MAX.more;
  while (run.length < stepsMax) {
    const choice = nextChoice(system.choices(state), remaining, pair);
    if (choice === null && remaining.length === 0) return run;
    if (choice === null) {
      remaining.shift();
      continue;
    }
    const taken = await takeIfPossible(system, state, choice);
    if (taken === null || isViolated(system, taken.state, property)) return null;
    run.push(taken);
    state = taken.state;
  }
  return null;
}

async function takeIfPossible(system: System, state: StateId, choice: Choice): Promise<Taken | null> {
  try {
    return await system.take(state, choice);
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}

/** The next step by the rules above; it takes the choice out of `remaining` where it is one of them. */
function nextChoice(enabled: readonly Choice[], remaining: Choice[], pair: readonly string[]): Choice | null {
  const at = remaining.findIndex(
    (choice, position) =>
      enabled.some((one) => isSame(one, choice)) &&
      !remaining.slice(0, position).some((earlier) => earlier.client === choice.client),
  );
  const named = remaining[at];
  if (named !== undefined) {
    remaining.splice(at, 1);
    return named;
  }
  return enabled.find((choice) => goesOn(choice, pair)) ?? null;
}

/** Names of the moves by which a statement goes on or ends by itself. */
export const SERVER_MOVES: ReadonlySet<string> = new Set(["resume", "commit", "deadlock"]);

function goesOn({ client, action }: Choice, pair: readonly string[]): boolean {
  return SERVER_MOVES.has(moveOf(action)) || (action === "next" && pair.includes(client));
}

function isSame(one: Choice, other: Choice): boolean {
  return one.client === other.client && one.action === other.action;
}

/** Whether an `always` property of this name does not hold in a state. */
export function isViolated(system: System, state: StateId, property: string): boolean {
  const world = system.world(state);
  return system.properties.some(
    (one) => one.kind === "always" && one.name === property && violationIn(one, world) !== null,
  );
}
