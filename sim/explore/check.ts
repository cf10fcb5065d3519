/**
 * The verdict on an instance, with the trace to show for it: explores, and where something broke records the shortest way.
 *
 * The verdict is that of the granularity that was asked for. The counterexample is a coarse one where there is one for
 * the same property, since that can be forced on a real server; otherwise it is the fine one, and `needsFine` says so.
 */

import type { ExplorableSystem } from "../system/build.ts";
import { type Instance, setupOf, systemOf } from "../system/from-scenario.ts";
import { recordTrace } from "../trace/record.ts";
import { tidySchedule } from "../trace/tidy.ts";
import type { Trace, TraceParameters } from "../trace/trace.ts";
import type { Bounds, Watch } from "./bounds.ts";
import { type Exploration, explore } from "./exhaustive.ts";

export interface Check {
  readonly instance: Instance;
  readonly exploration: Exploration;
  /** The counterexample; null where nothing broke, or where there is no schedule to show. */
  readonly trace: Trace | null;
  /** True when the counterexample needs a step inside a statement, which nobody can force on a real server from outside. */
  readonly needsFine: boolean;
}

/** Explores the instance and records its counterexample. */
export async function check(instance: Instance, bounds: Bounds, watch: Watch = {}): Promise<Check> {
  const system = systemOf(instance);
  const exploration = await explore(system, bounds, watch);
  if (exploration.schedule === null) return { instance, exploration, trace: null, needsFine: false };
  const coarse = instance.granularity === "fine" ? await coarser(instance, exploration, bounds, watch) : null;
  const shown = coarse ?? { instance, system, exploration };
  const trace = await record(shown.instance, shown.system, shown.exploration);
  return { instance, exploration, trace, needsFine: instance.granularity === "fine" && coarse === null };
}

/** The parameters that a trace of this instance carries. */
export function parametersOf(instance: Instance, clients: readonly string[], seed: number | null): TraceParameters {
  return {
    scenario: instance.scenario.name,
    protocol: instance.protocol.name,
    clients,
    buffers: instance.buffers,
    isolation: instance.isolation,
    granularity: instance.granularity,
    seed,
  };
}

interface Shown {
  readonly instance: Instance;
  readonly system: ExplorableSystem;
  readonly exploration: Exploration;
}

async function coarser(instance: Instance, fine: Exploration, bounds: Bounds, watch: Watch): Promise<Shown | null> {
  const coarse: Instance = { ...instance, granularity: "coarse" };
  const system = systemOf(coarse);
  const exploration = await explore(system, bounds, watch);
  const same = exploration.schedule !== null && exploration.violation?.property === fine.violation?.property;
  return same ? { instance: coarse, system, exploration } : null;
}

/** Records the counterexample, its autocommits directly after their statements where that breaks the property as well. */
async function record(instance: Instance, system: ExplorableSystem, exploration: Exploration): Promise<Trace> {
  const { schedule, violation } = exploration;
  const found = schedule ?? [];
  return recordTrace(system, violation === null ? found : await tidySchedule(system, found, violation.property), {
    parameters: parametersOf(instance, system.clients, null),
    setup: setupOf(instance),
  });
}
