import { beforeAll, expect, test } from "vitest";
import type { Protocol } from "../../model/protocol.ts";
import { checkThenAct } from "../../model/protocols/check-then-act.ts";
import { insertIfAbsent } from "../../model/protocols/insert-if-absent.ts";
import type { Scenario } from "../../model/scenario.ts";
import { insertIfAbsentScenario } from "../../model/scenarios/insert-if-absent.ts";
import { race001 } from "../../model/scenarios/race-001.ts";
import { NO_BOUNDS } from "../../sim/explore/bounds.ts";
import { explore } from "../../sim/explore/exhaustive.ts";
import type { Exploration } from "../../sim/explore/exploration.ts";
import { loadGrammar } from "../../sim/postgres/grammar.ts";
import { systemOf } from "../../sim/system/from-scenario.ts";
import { believesBeforeCommit, believesEveryReply, crossesRows, endsInTransaction, neverTakes } from "./mutants.ts";

beforeAll(loadGrammar);

function explored(protocol: Protocol, buffers = 1, scenario: Scenario = race001): Promise<Exploration> {
  const system = systemOf({
    scenario,
    protocol,
    clients: 2,
    buffers,
    isolation: "read committed",
    granularity: "fine",
  });
  return explore(system, NO_BOUNDS);
}

test.each([
  { property: "mutual-exclusion", protocol: checkThenAct, buffers: 1 },
  { property: "mutual-exclusion", protocol: believesEveryReply, buffers: 1 },
  { property: "owner-is-recorded", protocol: believesBeforeCommit, buffers: 1 },
  { property: "no-deadlock", protocol: crossesRows, buffers: 2 },
  { property: "no-deadlock", protocol: endsInTransaction, buffers: 1 },
  { property: "somebody-owns", protocol: neverTakes, buffers: 1 },
])("$property catches $protocol.name", async ({ property, protocol, buffers }) => {
  const { verdict, violation } = await explored(protocol, buffers);
  expect({ verdict, property: violation?.property }).toEqual({ verdict: "violated", property });
});

test("one-row-each catches a row that is inserted where the snapshot shows none", async () => {
  const { violation } = await explored(insertIfAbsent, 1, insertIfAbsentScenario);
  expect(violation?.message).toBe("claims has 2 rows for buffer 1");
});

test("two clients that look before either takes both own the buffer", async () => {
  const { violation } = await explored(checkThenAct);
  expect(violation?.message).toBe("alice and bob both own buffer 1");
});
