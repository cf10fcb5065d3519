/** A cyclic protocol has one finite set of states, and no history is left in them. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { race001 } from "../../../model/scenarios/race-001.ts";
import { loadGrammar } from "../../../sim/postgres/index.ts";
import type { ServerOptions } from "../../../sim/postgres/server.ts";
import type { ExplorableSystem } from "../../../sim/system/explorable-system.ts";
import { protocolOf, systemOf } from "../../../sim/system/from-scenario.ts";
import type { StateId } from "../../../sim/system/system.ts";

interface Case {
  readonly protocol: string;
  readonly isolation: ServerOptions["isolation"];
  /** States reachable from the start, for two clients and one buffer, by granularity. */
  readonly fine: number;
  readonly coarse: number;
}

/** Pinned: a change of these numbers is a change of what is explored. */
const CASES: readonly Case[] = [
  { protocol: "atomic-update", isolation: "read committed", fine: 36, coarse: 21 },
  { protocol: "select-for-update", isolation: "read committed", fine: 59, coarse: 46 },
  { protocol: "atomic-update", isolation: "repeatable read", fine: 32, coarse: 13 },
  { protocol: "select-for-update", isolation: "repeatable read", fine: 123, coarse: 60 },
  { protocol: "atomic-update", isolation: "serializable", fine: 40, coarse: 13 },
  { protocol: "select-for-update", isolation: "serializable", fine: 141, coarse: 60 },
];

function systemFor({ protocol, isolation }: Case, granularity: "fine" | "coarse"): ExplorableSystem {
  return systemOf({
    scenario: race001,
    protocol: protocolOf(race001, protocol),
    clients: 2,
    buffers: 1,
    isolation,
    granularity,
  });
}

/** How many states can be reached from this one. */
async function reachable(system: ExplorableSystem, start: StateId): Promise<number> {
  const seen = new Set([start]);
  const open = [start];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const next of (await system.expand(state)).states) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return seen.size;
}

async function walk(system: ExplorableSystem, draws: readonly number[]): Promise<StateId> {
  let state = system.initial;
  for (const drawn of draws) {
    const { states } = await system.expand(state);
    state = states[drawn % states.length] ?? state;
  }
  return state;
}

beforeAll(loadGrammar);

describe("the states of a cyclic protocol", () => {
  for (const each of CASES) {
    for (const granularity of ["fine", "coarse"] as const) {
      it(`are as many from any history as from the start: ${each.protocol}, ${each.isolation}, ${granularity}`, async () => {
        const whole = await reachable(systemFor(each, granularity), 0);
        expect(whole).toBe(each[granularity]);
        await fc.assert(
          fc.asyncProperty(fc.array(fc.nat(), { maxLength: 80 }), async (draws) => {
            const system = systemFor(each, granularity);
            expect(await reachable(system, await walk(system, draws))).toBe(whole);
          }),
          { seed: 6, numRuns: 25 },
        );
      });
    }
  }
});
