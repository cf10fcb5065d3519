/** Finds a scenario by its name, or in a file of the user's that exports `scenario`. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Scenario } from "../../model/scenario.ts";
import { scenarioNamed, scenarios } from "../../model/scenarios/index.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { loadGuest } from "./guest.ts";
import { withCheckedNames } from "./scenario-names.ts";

/** The scenario called `name`, or the one that the module at this path exports. */
export async function findScenario(name: string): Promise<Scenario> {
  const known = scenarioNamed(name);
  if (known !== null) return known;
  if (!/[./\\]/.test(name)) {
    throw new UsageError(
      "unknown-scenario",
      `there is no scenario "${name}"`,
      `The scenarios: ${scenarios.map((each) => each.name).join(", ")}. A file of your own is given by its path, such as ./mine.ts.`,
    );
  }
  const path = resolve(name);
  if (!existsSync(path)) {
    throw new UsageError(
      "file-not-readable",
      `${name} is not there`,
      "Give the name of a scenario or the path of a file.",
    );
  }
  const { scenario } = await loadGuest(name, path);
  if (scenario === undefined) {
    throw new UsageError(
      "no-scenario",
      `${name} exports no \`scenario\``,
      "Export an object with name, sentence, setup, protocols, properties, defaults.",
    );
  }
  const { scenarioOf } = await import("./scenario-shape.ts");
  return withCheckedNames(name, scenarioOf(name, scenario));
}
