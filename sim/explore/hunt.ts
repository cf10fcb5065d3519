/**
 * Looks for a violation by chance: one schedule a seed, by one of three strategies, until something breaks.
 *
 *     seed 7   seed 8   seed 9   …          run i has the seed `seed + i - 1`, so the run that fails can be had by its own seed
 *     fine     fine     violated            -> runs 3, seed 9
 *
 *     random    each enabled step as likely as the others                          says nothing of chances
 *     pct       random priorities, d - 1 change points                             at least 1 / (n * k^(d-1)) a run
 *     uniform   each complete interleaving as likely as the others                 only where they can be counted
 *
 * A hunt that finds nothing is never a pass.
 */
import type { ExplorableSystem } from "../system/explorable-system.ts";
import { Pace, type Watch } from "./bounds.ts";
import { pctBound, pctSchedule } from "./pct.ts";
import { type RandomSchedule, randomSchedule } from "./random.ts";
import type { ScaledCount } from "./scaled-count.ts";
import { countInterleavings, type TooMany, uniformSchedule } from "./uniform.ts";

export const STRATEGIES = ["random", "pct", "uniform"] as const;
export type StrategyName = (typeof STRATEGIES)[number];

export interface StrategyOptions {
  readonly strategy: StrategyName;
  /** The steps of a run at most. */
  readonly steps: number;
  /** The depth of the bugs that PCT's bound is for; other strategies have none. */
  readonly depth: number;
}

/** What is known beforehand of the schedules that a strategy draws. */
export type Chances =
  | { readonly kind: "unknown" }
  /** One run meets a bug of this depth with at least this probability. */
  | { readonly kind: "at least"; readonly probability: number; readonly depth: number }
  /** Each of so many interleavings is as likely as the others. */
  | { readonly kind: "equal"; readonly interleavings: ScaledCount };

/** A way to draw schedules. */
export interface ScheduleStrategy {
  readonly kind: "strategy";
  readonly name: StrategyName;
  readonly chances: Chances;
  draw(seed: number): Promise<RandomSchedule>;
}

/** Makes a strategy ready to draw; the uniform walk has nothing to offer where there are too many states to count. */
export async function strategyOf(
  system: ExplorableSystem,
  { strategy, steps, depth }: StrategyOptions,
): Promise<ScheduleStrategy | TooMany> {
  switch (strategy) {
    case "random":
      return {
        kind: "strategy",
        name: strategy,
        chances: { kind: "unknown" },
        draw: (seed) => randomSchedule(system, { seed, steps }),
      };
    case "pct": {
      const probability = pctBound({ clients: system.clients.length, steps, depth });
      return {
        kind: "strategy",
        name: strategy,
        chances: { kind: "at least", probability, depth },
        draw: (seed) => pctSchedule(system, { seed, steps, depth }),
      };
    }
    case "uniform": {
      const counted = await countInterleavings(system, steps);
      if (counted.kind === "too many") return counted;
      return {
        kind: "strategy",
        name: strategy,
        chances: { kind: "equal", interleavings: counted.total },
        draw: (seed) => uniformSchedule(system, counted, seed),
      };
    }
  }
}

export interface Hunt {
  /** How many schedules were drawn. */
  readonly runs: number;
  /** The last one: the one that failed, where one did. */
  readonly last: RandomSchedule;
  /** True when it was stopped from outside before its end. */
  readonly interrupted: boolean;
}

/** The largest seed; after it comes 0. */
export const SEED_MAX = 2 ** 31 - 1;

const RUNS_PER_LOOK = 64;

/** Draws schedules with the seeds from `seed` on, at most `runs` of them, until one breaks a property. */
export async function hunt(
  strategy: ScheduleStrategy,
  { seed, runs }: { readonly seed: number; readonly runs: number },
  watch: Pick<Watch, "now" | "pause" | "interrupted"> & { readonly onRun?: (runs: number) => void } = {},
): Promise<Hunt> {
  const pace = new Pace(RUNS_PER_LOOK, watch);
  for (let run = 1; ; run++) {
    const last = await strategy.draw((seed + run - 1) % (SEED_MAX + 1));
    if (last.violation !== null || run >= runs) return { runs: run, last, interrupted: false };
    if (!pace.isTime()) continue;
    watch.onRun?.(run);
    await watch.pause?.();
    if (watch.interrupted?.() === true) return { runs: run, last, interrupted: true };
  }
}
