/** What each combination of reductions tells of a system, held against what the full search tells. */
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import type { Exploration, Reduction } from "../../../sim/explore/exploration.ts";
import type { ExplorableSystem } from "../../../sim/system/explorable-system.ts";
import { UsageError } from "../../../sim/usage-error.ts";

/** Each way to use reductions. */
export const COMBINATIONS: readonly (readonly Reduction[])[] = [
  ["symmetry"],
  ["partial-order"],
  ["symmetry", "partial-order"],
];

/** What is told of an exploration, by name. */
type Told = Readonly<Record<string, unknown>>;

export interface Compared {
  readonly full: Exploration;
  /** By combination: what it tells, and what the full search tells of the same. */
  readonly pairs: readonly {
    readonly reductions: readonly Reduction[];
    readonly reduced: Told;
    readonly expected: Told;
    readonly rows: Exploration["rows"];
  }[];
}

/** Searches with each combination that is not refused; null where the full search needs more states than that. */
export async function compared(build: () => ExplorableSystem, statesMax: number): Promise<Compared | null> {
  const full = await explore(build(), { ...NO_BOUNDS, states: statesMax });
  if (full.verdict === "inconclusive") return null;
  const pairs: Compared["pairs"][number][] = [];
  for (const reductions of COMBINATIONS) {
    const reduced = await exploreUnlessRefused(build(), reductions);
    if (reduced === null) continue;
    pairs.push({
      reductions,
      reduced: told(reduced, reductions),
      expected: told(full, reductions),
      rows: reduced.rows,
    });
  }
  return { full, pairs };
}

/** Symmetry is refused where names are more than names. */
async function exploreUnlessRefused(
  system: ExplorableSystem,
  reductions: readonly Reduction[],
): Promise<Exploration | null> {
  try {
    return await explore(system, NO_BOUNDS, {}, reductions);
  } catch (error) {
    if (error instanceof UsageError && error.code === "symmetry-refused") return null;
    throw error;
  }
}

/**
 * What these reductions must not change. Where a search was ended by a violation, how much of the rest it saw is chance. A partial
 * order may come to a witness or an error later than need be.
 */
function told(found: Exploration, reductions: readonly Reduction[]): Told {
  const { verdict, violation, schedule, exhaustive, failures, witnesses, fullStates, depth } = found;
  const verdicts = { verdict, property: violation?.property, steps: schedule?.length, exhaustive };
  if (!exhaustive) return verdicts;
  const lengths = Object.entries(failures).map(([sqlstate, way]) => [sqlstate, way.length] as const);
  const met = new Map([...lengths.sort(([one], [other]) => (one < other ? -1 : 1)), ...Object.entries(witnesses)]);
  if (!reductions.includes("partial-order")) return { ...verdicts, fullStates, depth, met };
  return { ...verdicts, met: [...met].filter(([, steps]) => steps !== null).map(([name]) => name) };
}
