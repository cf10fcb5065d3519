/**
 * One program judged: what the simulated server reaches, what the real one was seen to do, and what of that is outside.
 *
 *     explore        every outcome, at fine granularity; SQL that is not modelled is refused before the real server sees it
 *     run            so many times on the real server
 *     compare        what was seen and not reached is outside
 *
 * Where there are too many states for all outcomes, those that were seen are looked for one by one: what leads to none of them is not
 * followed. A program for which that is too much, too, is not judged, and never counts as one that passed.
 */
import { setImmediate } from "node:timers/promises";
import type { Draw } from "../../sim/litmus/draw.ts";
import { outcomeKey, outcomeOf } from "../../sim/litmus/outcome.ts";
import type { LitmusProgram } from "../../sim/litmus/program.ts";
import { type Reach, type ReachOptions, reachable } from "../../sim/litmus/reachable.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { jitterOf } from "./jitter.ts";
import type { Lane } from "./lane.ts";

export interface JudgeOptions extends Pick<ReachOptions, "statesMax" | "granularity" | "makeServer"> {
  readonly runs: number;
  readonly signal?: AbortSignal | undefined;
  /** Is told of each run. */
  readonly onRun?: () => void;
}

/** How often each outcome was seen, by key. */
export type Seen = ReadonlyMap<string, number>;

export type Judged =
  | { readonly kind: "judged"; readonly reach: Reach; readonly seen: Seen; readonly outside: readonly string[] }
  | { readonly kind: "not judged"; readonly why: string; readonly reach: Reach; readonly seen: Seen }
  | { readonly kind: "interrupted" };

export async function judge(program: LitmusProgram, lane: Lane, draw: Draw, options: JudgeOptions): Promise<Judged> {
  const reach = await explored(program, options);
  if (isOver(options)) return { kind: "interrupted" };
  const none: Seen = new Map();
  // On a real server such a run would never be over.
  if (reach.stuck) return { kind: "not judged", why: "a session may wait for ever", reach, seen: none };
  const seen = await runMany(program, lane, draw, options);
  if (isOver(options)) return { kind: "interrupted" };
  const unknown = [...seen.keys()].filter((key) => !reach.outcomes.has(key));
  if (reach.complete || unknown.length === 0) return { kind: "judged", reach, seen, outside: unknown };
  const outside: string[] = [];
  for (const key of unknown) {
    const one = await explored(program, options, key);
    if (isOver(options)) return { kind: "interrupted" };
    if (one.outcomes.has(key)) continue;
    if (!one.complete) {
      return {
        kind: "not judged",
        why: `it has more than ${options.statesMax} states on the way to an outcome that was seen`,
        reach,
        seen,
      };
    }
    outside.push(key);
  }
  return { kind: "judged", reach, seen, outside };
}

/** The simulated server came to a state that it does not expect: a bug of it, and a finding. */
export class SimulationFailed extends Error {}

/** All outcomes, with a part of the states that one may take: to look for those that were seen is less work, mostly. */
const SHARE_FOR_ALL = 1 / 4;

/** The outcomes that a program has, or whether it has this one. */
async function explored(program: LitmusProgram, options: JudgeOptions, key: string | null = null): Promise<Reach> {
  try {
    return await reachable(program, reachOptions(options, key));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new SimulationFailed(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function reachOptions(options: JudgeOptions, key: string | null): ReachOptions {
  const { statesMax, granularity = "fine", makeServer } = options;
  return {
    statesMax: key === null ? Math.ceil(statesMax * SHARE_FOR_ALL) : statesMax,
    granularity,
    ...(makeServer === undefined ? {} : { makeServer }),
    ...(key === null ? {} : { only: [outcomeOf(key)] }),
    pause: async () => {
      await setImmediate();
      return !isOver(options);
    },
  };
}

async function runMany(program: LitmusProgram, lane: Lane, draw: Draw, options: JudgeOptions): Promise<Seen> {
  await lane.prepare(program);
  const seen = new Map<string, number>();
  for (let run = 0; run < options.runs && !isOver(options); run++) {
    const key = outcomeKey(await lane.run(jitterOf(draw, program)));
    seen.set(key, (seen.get(key) ?? 0) + 1);
    options.onRun?.();
  }
  return seen;
}

/** Runs the program until an outcome is outside; null where none is in so many runs, or where nothing can be said. */
export async function outsideAgain(
  program: LitmusProgram,
  lane: Lane,
  draw: Draw,
  options: JudgeOptions,
): Promise<{ readonly reach: Reach; readonly key: string } | null> {
  const reach = await explored(program, options);
  if (!reach.complete || reach.stuck) return null;
  await lane.prepare(program);
  for (let run = 0; run < options.runs && !isOver(options); run++) {
    const key = outcomeKey(await lane.run(jitterOf(draw, program)));
    if (!reach.outcomes.has(key)) return { reach, key };
  }
  return null;
}

function isOver({ signal }: JudgeOptions): boolean {
  return signal?.aborted === true;
}
