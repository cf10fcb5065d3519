/** Draws for generators, in the words in which programs are made; the same seed and number give the same draws. */
import { type Chance, chanceOf } from "../explore/chance.ts";

export interface Draw {
  /** One of these. */
  one<T>(choices: readonly [T, ...T[]]): T;
  /** One of these, as often as its weight says. */
  weighted<T>(choices: readonly (readonly [weight: number, choice: T])[]): T;
  /** True so many times in a hundred. */
  chance(percent: number): boolean;
  /** A whole number of this range. */
  between(min: number, max: number): number;
  /** So many different ones, in any order. */
  some<T>(count: number, of: readonly T[]): readonly T[];
}

/** Programs of one seed have seeds of their own, so that each can be made without those before it. */
const PROGRAMS_PER_SEED = 1_000_003;

export function drawOf(seed: number, number: number): Draw {
  const chance = chanceOf((seed * PROGRAMS_PER_SEED + number) | 0);
  return {
    one: (choices) => choices[chance.draw(0, choices.length - 1)] ?? choices[0],
    weighted: (choices) => weighted(chance, choices),
    chance: (percent) => chance.draw(1, 100) <= percent,
    between: (min, max) => chance.draw(min, max),
    some: (count, of) => some(chance, count, of),
  };
}

function weighted<T>(chance: Chance, choices: readonly (readonly [number, T])[]): T {
  let left = chance.draw(
    1,
    choices.reduce((sum, [weight]) => sum + weight, 0),
  );
  for (const [weight, choice] of choices) {
    left -= weight;
    if (left <= 0) return choice;
  }
  throw new Error("assertion failed: one of the weights is met");
}

function some<T>(chance: Chance, count: number, of: readonly T[]): readonly T[] {
  const left = [...of];
  return Array.from({ length: Math.min(count, of.length) }, () => {
    const [taken] = left.splice(chance.draw(0, left.length - 1), 1);
    return taken as T;
  });
}
