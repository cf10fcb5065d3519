/**
 * Opens the system of an instance together with its oracle, if it has one: a judge that needs no properties of the scenario.
 *
 *     serializable-outcome    all ends are ends of some order of the attempts, one after the other    serializable.ts
 *     linearizable            the answers are those of one lock a buffer                              linearizable.ts
 *
 * For the first the serial orders have to be explored before anything can be judged. Where a bound stops that, nothing is known, and the
 * verdict is that of this search: inconclusive.
 */
import type { ExplorableSystem } from "../system/explorable-system.ts";
import { type Instance, type Oracle, systemOf } from "../system/from-scenario.ts";
import { UsageError } from "../usage-error.ts";
import type { Bounds, Watch } from "./bounds.ts";
import { explore } from "./exhaustive.ts";
import type { Exploration } from "./exploration.ts";
import { LINEARIZABLE, LockMonitor } from "./linearizable.ts";
import { AttemptsMonitor, SERIALIZABLE_OUTCOME } from "./serializable.ts";
import { WatchedSystem } from "./watched.ts";

/** The oracles by their names. */
export const ORACLES: Readonly<Record<Oracle["name"], { readonly name: string; readonly sentence: string }>> = {
  "serializable-outcome": SERIALIZABLE_OUTCOME,
  linearizable: LINEARIZABLE,
};

export interface Opened {
  readonly system: ExplorableSystem;
  /** The search of the serial orders, where it came to no end. */
  readonly stopped: Exploration | null;
  /** How many outcomes the serial orders have; null for all but `serializable-outcome`. */
  readonly serialOutcomes: number | null;
  /** How many outcomes have been met in the system so far; null likewise. */
  outcomes(): number | null;
}

/** The system that is to be explored. An oracle that cannot judge the instance is a UsageError. */
export async function openSystem(instance: Instance, bounds: Bounds, watch: Watch = {}): Promise<Opened> {
  const system = systemOf(instance);
  if (instance.oracle === undefined) return { system, stopped: null, serialOutcomes: null, outcomes: () => null };
  refuse(instance, instance.oracle);
  switch (instance.oracle.name) {
    case "linearizable": {
      const buffers = Array.from({ length: instance.buffers }, (_, at) => at + 1);
      const watched = new WatchedSystem(
        system,
        new LockMonitor(system, buffers, instance.scenario.competeFor ?? ["buffer", "buffers"]),
      );
      return { system: watched, stopped: null, serialOutcomes: null, outcomes: () => null };
    }
    case "serializable-outcome": {
      const { attempts } = instance.oracle;
      const refusing = systemOf(instance, { refusable: true });
      const alone = new AttemptsMonitor(refusing, attempts, null);
      const serial = new WatchedSystem(refusing, alone);
      const search = await explore(serial, bounds, watch);
      const known = outcomesOf(serial, alone);
      const monitor = new AttemptsMonitor(system, attempts, known);
      const watched = new WatchedSystem(system, monitor);
      return {
        system: watched,
        stopped: search.exhaustive ? null : search,
        serialOutcomes: known.size,
        outcomes: () => outcomesOf(watched, monitor).size,
      };
    }
  }
}

function outcomesOf(system: WatchedSystem, monitor: AttemptsMonitor): ReadonlySet<string> {
  const outcomes = new Set<string>();
  for (let state = 0; state < system.size().states; state++) {
    const [inner, memory] = system.pair(state);
    const outcome = monitor.outcome(memory, inner);
    if (outcome !== null) outcomes.add(outcome);
  }
  return outcomes;
}

function refuse(instance: Instance, { name }: Oracle): void {
  const other = instance.liveness?.name ?? instance.property;
  if (other !== undefined) {
    throw new UsageError(
      "oracle-alone",
      `${name} judges in the place of properties, and ${other} was asked for as well`,
      "Leave out --oracle, or leave out --property and --liveness.",
    );
  }
  if (name === "linearizable" && instance.scenario.clock === true) {
    throw new UsageError(
      "oracle-without-lock",
      `in ${instance.scenario.name} ownership ends by itself as time passes, which it does with no sequential lock`,
      "Give --oracle serializable-outcome, or leave it to the scenario's own properties.",
    );
  }
}
