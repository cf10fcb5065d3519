/** The names of a scenario in a module of the user's, which go into the names of files and onto the terminal. */
import type { Scenario } from "../../model/scenario.ts";
import { isName, NAME_RULE } from "../../sim/names.ts";
import { UsageError } from "../../sim/usage-error.ts";

/** The scenario, if its names may be used. */
export function withCheckedNames(source: string, scenario: Scenario): Scenario {
  const { name, protocols, properties, liveness = [] } = scenario;
  const named: readonly (readonly [string, unknown])[] = [
    ["the scenario", name],
    ...protocols.map((protocol) => ["a protocol", protocol.name] as const),
    ...[...properties, ...liveness].map((property) => ["a property", property.name] as const),
  ];
  for (const [what, given] of named) {
    if (typeof given === "string" && isName(given)) continue;
    throw new UsageError(
      "bad-name",
      `${what} of ${source} is called ${JSON.stringify(given)}, expected ${NAME_RULE}`,
      "Names become names of files; what a person is to read is the sentence.",
    );
  }
  return scenario;
}
