/**
 * A walk in which each complete interleaving is as likely as every other: interleavings are counted first, then drawn by number.
 *
 * A walk that takes each enabled step with the same chance favours interleavings that pass through states with few steps.
 * Here a step is taken with the share of the interleavings that begin with it:
 *
 *     ends(s, 0) = 1        ends(s, j) = 1 where s has no step, else the sum of ends(t, j - 1) over the steps s -> t
 *
 *               t  ends 3        from s, t is drawn with 3/4 and u with 1/4: each of the 4 interleavings has 1/4
 *     s  ends 4 <
 *               u  ends 1
 *
 * A complete interleaving has k steps, or fewer and then nobody can move. It is followed until something breaks, so one run
 * shows a violation with exactly the share of the interleavings that are violated somewhere.
 *
 * The counts are a table over the states within k steps and 0 … k: memory is states * (k + 1) doubles, and where that is
 * over `ENTRIES_MAX` nothing is drawn and the answer says so.
 *
 * Counts are doubles: exact up to 2^53, and rounded to 53 bits beyond. Where they grow over 1e250, a whole row is scaled down,
 * which leaves the shares as they are.
 */
import type { ExplorableSystem } from "../system/explorable-system.ts";
import type { StateId } from "../system/system.ts";
import { chanceOf } from "./chance.ts";
import { type RandomSchedule, walk } from "./random.ts";
import { scaledDown } from "./scaled-count.ts";

/** The interleavings of a system, counted. */
export interface Interleavings {
  readonly kind: "counted";
  /** k: the steps of a complete interleaving at most. */
  readonly steps: number;
  /** How many there are, as mantissa * 10^exponent. */
  readonly total: { readonly mantissa: number; readonly exponent: number };
  /** By number of steps left: for each state, by its place, how many ways there are to go on. */
  readonly ends: readonly Float64Array[];
  readonly places: ReadonlyMap<StateId, number>;
}

/** There are too many states within `steps` steps to count their interleavings. */
export interface TooMany {
  readonly kind: "too many";
  readonly steps: number;
  readonly statesMax: number;
}

/** The largest table, 64 MB. */
const ENTRIES_MAX = 8 * 2 ** 20;

/** Counts the interleavings of at most `steps` steps. */
export async function countInterleavings(
  system: ExplorableSystem,
  steps: number,
  entriesMax: number = ENTRIES_MAX,
): Promise<Interleavings | TooMany> {
  const statesMax = Math.floor(entriesMax / (steps + 1));
  const graph = await graphWithin(system, steps, statesMax);
  if (graph === null) return { kind: "too many", steps, statesMax };
  const { places, after } = graph;
  let ends = new Float64Array(places.size).fill(1);
  const table = [ends];
  /** What one interleaving counts in the row, and the power of ten by which the row is too small. */
  let one = 1;
  let exponent = 0;
  for (let left = 1; left <= steps; left++) {
    const shorter = ends;
    ends = new Float64Array(places.size);
    for (let place = 0; place < ends.length; place++) {
      const targets = after[place] as readonly number[];
      ends[place] = targets.length === 0 ? one : targets.reduce((sum, target) => sum + (shorter[target] as number), 0);
    }
    const down = scaledDown(ends);
    exponent += down;
    one /= 10 ** down;
    table.push(ends);
  }
  return { kind: "counted", steps, total: { mantissa: ends[0] ?? 0, exponent }, ends: table, places };
}

/** Draws one of the interleavings that were counted; it ends at the first violation. */
export async function uniformSchedule(
  system: ExplorableSystem,
  { steps, ends, places }: Interleavings,
  seed: number,
): Promise<RandomSchedule> {
  const chance = chanceOf(seed);
  return walk(system, { seed, steps }, (_, { states }, taken) => {
    const row = ends[steps - taken - 1] as Float64Array;
    const shares = states.map((state) => row[places.get(state) as number] as number);
    let drawn = chance.fraction() * shares.reduce((sum, share) => sum + share, 0);
    for (const [at, share] of shares.entries()) {
      drawn -= share;
      if (drawn < 0) return at;
    }
    // Rounding may leave a rest of the last share.
    return shares.length - 1;
  });
}

interface Graph {
  /** The states in the order in which they were met. */
  readonly places: ReadonlyMap<StateId, number>;
  /** By place: where each step leads, as a place. States that are `steps` steps away are left without. */
  readonly after: readonly (readonly number[])[];
}

async function graphWithin(system: ExplorableSystem, steps: number, statesMax: number): Promise<Graph | null> {
  const places = new Map<StateId, number>([[system.initial, 0]]);
  const after: number[][] = [];
  let level: readonly StateId[] = [system.initial];
  for (let depth = 0; depth < steps && level.length > 0; depth++) {
    const next: StateId[] = [];
    for (const state of level) {
      const answer = system.expand(state);
      const { states } = answer instanceof Promise ? await answer : answer;
      for (const target of states) {
        if (places.has(target)) continue;
        if (places.size >= statesMax) return null;
        places.set(target, places.size);
        next.push(target);
      }
      after.push(states.map((target) => places.get(target) as number));
    }
    level = next;
  }
  while (after.length < places.size) after.push([]);
  return { places, after };
}
