/** All scenarios, and how one is found by its name. */
import type { Scenario } from "../scenario.ts";
import { claimJobScenario } from "./claim-job.ts";
import { editor } from "./editor.ts";
import { insertIfAbsentScenario } from "./insert-if-absent.ts";
import { leases } from "./leases.ts";
import { race001 } from "./race-001.ts";

import { twoBuffers } from "./two-buffers.ts";
import { twoTables } from "./two-tables.ts";

/** Every scenario that ships with the product. */
export const scenarios: readonly Scenario[] = [
  race001,
  insertIfAbsentScenario,
  claimJobScenario,
  twoBuffers,
  twoTables,
  leases,
  editor,
];

/** The scenario of that name, or null. */
export function scenarioNamed(name: string): Scenario | null {
  return scenarios.find((scenario) => scenario.name === name) ?? null;
}
