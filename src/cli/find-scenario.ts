/** Finds a scenario by its name, or in a file of the user's that exports `scenario`. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Scenario } from "../../model/scenario.ts";
import { scenarioNamed, scenarios } from "../../model/scenarios/index.ts";
import { UsageError } from "../../sim/usage-error.ts";
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
  return withCheckedNames(name, scenarioIn(name, await load(name, path)));
}

async function load(name: string, path: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      "scenario-file-fails",
      `${name} cannot be loaded: ${reason}`,
      "It must be a JavaScript module (or TypeScript, when lockstep is run from its sources) that exports `scenario`.",
    );
  }
}

function scenarioIn(name: string, module: Record<string, unknown>): Scenario {
  const scenario = module["scenario"];
  const wanted = ["name", "sentence", "setup", "protocols", "properties", "defaults"];
  if (typeof scenario !== "object" || scenario === null) {
    throw new UsageError(
      "no-scenario",
      `${name} exports no \`scenario\``,
      `Export an object with ${wanted.join(", ")}.`,
    );
  }
  const missing = wanted.filter((key) => !(key in scenario));
  if (missing.length > 0) {
    throw new UsageError(
      "no-scenario",
      `the \`scenario\` of ${name} has no ${missing.join(", ")}`,
      "The last part of docs/the-race.md shows a whole one.",
    );
  }
  return scenario as Scenario;
}
