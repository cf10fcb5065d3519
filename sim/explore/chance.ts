/**
 * The generators of random schedules: one for each seed, and seeds that stand next to each other give unrelated draws.
 *
 * xoroshiro128+ (Blackman and Vigna, 2018), as pure-rand has it, starts from the bits of its seed as they are: the first draws
 * of the seeds 1, 2, 3, … then repeat with period four, and a thousand runs by consecutive seeds would be a handful of
 * schedules. So the seed is mixed first (the finalizer of MurmurHash3) and the first draws are thrown away.
 */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Draws whole numbers; the same seed gives the same draws on every machine and in a browser. */
export interface Chance {
  /** A whole number from `min` to `max`, both included, each as likely as the others. */
  draw(min: number, max: number): number;
  /** A number from 0 up to 1, a multiple of 2^-53. */
  fraction(): number;
}

const DRAWS_THROWN_AWAY = 16;

/** The generator of a seed. */
export function chanceOf(seed: number): Chance {
  const generator = xoroshiro128plus(mixed(seed));
  for (let at = 0; at < DRAWS_THROWN_AWAY; at++) generator.next();
  return {
    draw: (min, max) => uniformInt(generator, min, max),
    fraction: () => (uniformInt(generator, 0, 2 ** 27 - 1) * 2 ** 26 + uniformInt(generator, 0, 2 ** 26 - 1)) / 2 ** 53,
  };
}

function mixed(seed: number): number {
  let h = seed ^ 0x9e3779b9;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
