/** Symmetry where snapshots keep several old versions of rows that nobody has touched otherwise: names in all of them are exchanged. */
import { beforeAll, expect, it } from "vitest";
import { scenarioNamed } from "../../../model/scenarios/index.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import { loadGrammar } from "../../../sim/postgres/grammar.ts";
import { protocolOf, systemOf } from "../../../sim/system/from-scenario.ts";

beforeAll(loadGrammar);

it("counts the states of three clients who take two rows each", async () => {
  const scenario = scenarioNamed("two-buffers");
  if (scenario === null) throw new Error("the scenario is there");
  const protocol = protocolOf(scenario, "two-buffers-sorted");
  const about = {
    scenario,
    protocol,
    clients: 3,
    buffers: 2,
    granularity: "fine",
    isolation: "read committed",
  } as const;
  const orbits = await explore(systemOf(about), NO_BOUNDS, {}, ["symmetry"]);
  const all = await explore(systemOf(about), NO_BOUNDS);
  expect([orbits.verdict, orbits.fullStates]).toEqual([all.verdict, all.distinctStates]);
});
