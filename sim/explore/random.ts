/**
 * One schedule by chance: at each state one of the enabled steps, each as likely as the others, from a seed.
 *
 * The generator is xoroshiro128+ (Blackman and Vigna, 2018) as pure-rand has it: the same seed gives the same schedule on
 * every machine and in a browser. A random schedule can show a violation; it never shows that there is none.
 */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { ExplorableSystem, Violation } from "../system/build.ts";
import type { Choice } from "../system/system.ts";

export interface RandomSchedule {
  readonly seed: number;
  readonly schedule: readonly Choice[];
  /** What broke in the last state of the schedule, or null. */
  readonly violation: Violation | null;
  /** Why it ended: something broke, nothing was left to do, or it has as many steps as were asked for. */
  readonly ended: "violation" | "no step enabled" | "steps";
}

/** Draws a schedule of at most `steps` steps; it ends at the first violation. */
export async function randomSchedule(
  system: ExplorableSystem,
  options: { readonly seed: number; readonly steps: number },
): Promise<RandomSchedule> {
  const generator = xoroshiro128plus(options.seed);
  const schedule: Choice[] = [];
  let state = system.initial;
  for (;;) {
    const violation = system.judge(state).violations[0] ?? null;
    if (violation !== null) return { seed: options.seed, schedule, violation, ended: "violation" };
    if (schedule.length === options.steps) return { seed: options.seed, schedule, violation, ended: "steps" };
    const { codes, states } = await system.expand(state);
    if (states.length === 0) return { seed: options.seed, schedule, violation, ended: "no step enabled" };
    const drawn = uniformInt(generator, 0, states.length - 1);
    schedule.push(system.choiceOf(codes[drawn] as number));
    state = states[drawn] as number;
  }
}
