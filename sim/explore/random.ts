/**
 * One schedule by chance: at each state one of the enabled steps, each as likely as the others, from a seed.
 *
 * The same seed gives the same schedule on every machine and in a browser. A random schedule can show a violation; it never
 * shows that there is none. The other ways to draw one are in `pct.ts` and `uniform.ts`; `hunt.ts` draws many.
 */
import type { Expansion, ExplorableSystem, Violation } from "../system/explorable-system.ts";
import type { Choice, StateId } from "../system/system.ts";
import { chanceOf } from "./chance.ts";

export interface RandomSchedule {
  readonly seed: number;
  readonly schedule: readonly Choice[];
  /** What broke in the last state of the schedule, or null. */
  readonly violation: Violation | null;
  /** Why it ended: something broke, nothing was left to do, or it has as many steps as were asked for. */
  readonly ended: "violation" | "no step enabled" | "steps";
}

/** Which of the steps out of a state is taken, as its place in the expansion; `taken` is how many were taken before. */
export type Decision = (state: StateId, expansion: Expansion, taken: number) => number;

/** Draws a schedule of at most `steps` steps; it ends at the first violation. */
export async function randomSchedule(
  system: ExplorableSystem,
  options: { readonly seed: number; readonly steps: number },
): Promise<RandomSchedule> {
  const chance = chanceOf(options.seed);
  return walk(system, options, (_, { states }) => chance.draw(0, states.length - 1));
}

/** A schedule of at most `steps` steps in which `pick` decides; it ends at the first violation. */
export async function walk(
  system: ExplorableSystem,
  { seed, steps }: { readonly seed: number; readonly steps: number },
  pick: Decision,
): Promise<RandomSchedule> {
  const schedule: Choice[] = [];
  let state = system.initial;
  for (;;) {
    const violation = system.judge(state).violations[0] ?? null;
    if (violation !== null) return { seed, schedule, violation, ended: "violation" };
    if (schedule.length === steps) return { seed, schedule, violation, ended: "steps" };
    const answer = system.expand(state);
    const expansion = answer instanceof Promise ? await answer : answer;
    if (expansion.states.length === 0) return { seed, schedule, violation, ended: "no step enabled" };
    const picked = pick(state, expansion, schedule.length);
    schedule.push(system.choiceOf(expansion.codes[picked] as number));
    state = expansion.states[picked] as StateId;
  }
}
