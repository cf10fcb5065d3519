/** The counts of the explorer held against those of the naive one, on every protocol of the catalogue. */
import { scenarios } from "../../../model/scenarios/index.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import { type Instance, partsOf, systemOf } from "../../../sim/system/from-scenario.ts";
import { UsageError } from "../../../sim/usage-error.ts";
import { type NaiveCounts, naiveExplore } from "./naive.ts";

/** Every protocol with so many clients, without properties, which would end a search before everything was seen. */
export function everyProtocol(clients: number, granularity: Instance["granularity"]): readonly Instance[] {
  return scenarios.flatMap((scenario) =>
    scenario.protocols.map((protocol) => ({
      scenario: { ...scenario, properties: [] },
      protocol,
      clients,
      buffers: scenario.defaults.buffers,
      isolation: "read committed" as const,
      granularity,
    })),
  );
}

export interface Counted {
  readonly naive: NaiveCounts;
  readonly full: NaiveCounts;
  /** The sizes of all orbits together; the reason where symmetry is refused. */
  readonly orbitSum: number | null | string;
  readonly orbits: number;
}

/** Counts as far as the naive explorer comes with so many states, each of the three ways. */
export async function counted(instance: Instance, statesMax?: number): Promise<Counted> {
  const naive = await naiveExplore(partsOf(instance), statesMax);
  const bounds = { ...NO_BOUNDS, depth: naive.whole ? null : naive.depth };
  const { distinctStates: states, transitions, depth, exhaustive: whole } = await explore(systemOf(instance), bounds);
  const full = { states, transitions, depth, whole };
  try {
    const { distinctStates: orbits, fullStates: orbitSum } = await explore(systemOf(instance), bounds, {}, [
      "symmetry",
    ]);
    return { naive, full, orbitSum, orbits };
  } catch (error) {
    if (!(error instanceof UsageError && error.code === "symmetry-refused")) throw error;
    return { naive, full, orbitSum: error.message, orbits: 0 };
  }
}
