/**
 * The same seeded random runs, made in Node and in a browser page: this file is imported by the test and bundled into the
 * page, so both run the very same code of model/ and sim/.
 */
import { race001 } from "../../model/scenarios/race-001.ts";
import {
  loadGrammar,
  parametersOf,
  randomSchedule,
  recordTrace,
  setupOf,
  systemOf,
  writeTrace,
} from "../../sim/index.ts";

/** The files of the traces of these seeds, for each protocol of the scenario. */
export async function seededTraces(seeds: readonly number[]): Promise<readonly string[]> {
  await loadGrammar();
  const files: string[] = [];
  for (const protocol of race001.protocols) {
    const instance = {
      scenario: race001,
      protocol,
      clients: 3,
      buffers: 2,
      isolation: "read committed",
      granularity: "coarse",
    } as const;
    for (const seed of seeds) {
      const system = systemOf(instance);
      const { schedule } = await randomSchedule(system, { seed, steps: 40 });
      const about = { parameters: parametersOf(instance, system.clients, seed), setup: setupOf(instance) };
      files.push(writeTrace(await recordTrace(system, schedule, about)));
    }
  }
  return files;
}
