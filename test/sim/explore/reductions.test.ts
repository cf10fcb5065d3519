/** Whatever clients do, each combination of reductions tells of it what the full search tells: on random machines and random scripts. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import { loadGrammar } from "../../../sim/postgres/index.ts";
import { buildSystem, type SystemParts } from "../../../sim/system/build.ts";
import { compared } from "./compared.ts";
import { naiveExplore } from "./naive.ts";
import { CLAIMS, partsOfScript, partsOfTransducer, scripts, transducers } from "./random-transducer.ts";

const around = {
  clients: fc.constantFrom(2, 2, 3),
  granularity: fc.constantFrom("fine" as const, "coarse" as const),
  claimed: fc.constantFrom(...CLAIMS),
};

beforeAll(loadGrammar);

async function expectTheSame(parts: () => SystemParts, statesMax: number): Promise<void> {
  const result = await compared(() => buildSystem(parts()), statesMax);
  fc.pre(result !== null);
  for (const { reductions, reduced, expected } of result?.pairs ?? []) {
    expect([reductions, reduced]).toEqual([reductions, expected]);
  }
}

describe("verdict, property, length of the trace, errors, witnesses and the number of all states are the same", () => {
  it("for clients that run a random machine", async () => {
    await fc.assert(
      fc.asyncProperty(transducers, fc.record(around), (transducer, about) =>
        expectTheSame(() => partsOfTransducer(transducer, about), 100),
      ),
      { seed: 9, numRuns: 20 },
    );
  });

  it("for clients that run a random script", async () => {
    await fc.assert(
      fc.asyncProperty(scripts, fc.record(around), (script, about) =>
        expectTheSame(() => partsOfScript(script, about), 100),
      ),
      { seed: 9, numRuns: 20 },
    );
  });
});

it("the full search of a random machine counts what a naive one counts", async () => {
  await fc.assert(
    fc.asyncProperty(transducers, around.granularity, async (transducer, granularity) => {
      const parts = () => partsOfTransducer(transducer, { clients: 2, granularity, claimed: null });
      const naive = await naiveExplore(parts(), 100);
      fc.pre(naive.whole);
      const {
        distinctStates: states,
        transitions,
        depth,
        exhaustive: whole,
      } = await explore(buildSystem(parts()), NO_BOUNDS);
      expect({ states, transitions, depth, whole }).toEqual(naive);
    }),
    { seed: 9, numRuns: 10 },
  );
});
