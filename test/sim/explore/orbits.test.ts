/** Orbits are what exchanging clients in every order makes of a state: of each state of random systems, tried one by one. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { permutations } from "../../../sim/explore/permutations.ts";
import { Symmetry } from "../../../sim/explore/symmetry.ts";
import { loadGrammar } from "../../../sim/postgres/index.ts";
import { buildSystem } from "../../../sim/system/build.ts";
import type { ExplorableSystem } from "../../../sim/system/explorable-system.ts";
import type { StateId } from "../../../sim/system/system.ts";
import { partsOfScript, partsOfTransducer, scripts, type Transducer, transducers } from "./random-transducer.ts";

const STATES_MAX = 400;

/** All states, or null where there are more than that. */
async function statesOf(system: ExplorableSystem): Promise<readonly StateId[] | null> {
  const states = new Set([system.initial]);
  for (const state of states) {
    for (const next of (await system.expand(state)).states) states.add(next);
    if (states.size > STATES_MAX) return null;
  }
  return [...states];
}

/** The least of the texts of a state in which the clients have been put in each order. */
function leastText(system: ExplorableSystem, state: StateId): string {
  const names = system.clients;
  const texts = [...permutations([...names.keys()])].map((order) => {
    const place = (client: number): number => order.indexOf(client);
    const rename = (text: string, isSql: boolean): string =>
      isSql || !names.includes(text) ? text : `client ${place(names.indexOf(text))}`;
    return system.textUnder(state, { label: place, sessions: order, rename, keys: null }) ?? "";
  });
  return texts.reduce((least, text) => (text < least ? text : least));
}

/** How many states were looked at: none where there are too many. */
async function compareOrbits(system: ExplorableSystem): Promise<number> {
  const states = await statesOf(system);
  if (states === null) return 0;
  const symmetry = new Symmetry(system);
  const byTrying = new Map<string, StateId[]>();
  for (const state of states) {
    const text = leastText(system, state);
    byTrying.set(text, [...(byTrying.get(text) ?? []), state]);
  }
  const ids = new Set<number>();
  for (const members of byTrying.values()) {
    const told = members.map((state) => symmetry.of(state)).map(({ id, size }) => `${id} of ${size}`);
    expect([...new Set(told)]).toEqual([`${symmetry.of(members[0] as StateId).id} of ${members.length}`]);
    ids.add(symmetry.of(members[0] as StateId).id);
  }
  expect(ids.size).toBe(byTrying.size);
  return states.length;
}

/** Two clients whose sessions are equal, but that what one was answered is its own name, and what the other was is not. */
const ANSWERED_A_NAME: Transducer = {
  edges: [
    [
      { text: "UPDATE t SET owner = $1 WHERE id = 2", to: [0, 0, 0] },
      { text: "SELECT id FROM t WHERE id = 2 FOR UPDATE NOWAIT", to: [1, 0, 0] },
    ],
    [{ text: "SELECT owner FROM t WHERE id = 2 FOR SHARE", to: [0, 0, 0] }],
  ],
  owns: [false, false],
  remembers: false,
};

const about = { granularity: fc.constantFrom("fine" as const, "coarse" as const), clients: fc.constantFrom(2, 3, 3) };

beforeAll(loadGrammar);

describe("the orbit of each state has those and only those that exchanging clients makes of it", () => {
  it("where equal sessions of two clients are one value", async () => {
    const parts = partsOfTransducer(ANSWERED_A_NAME, { clients: 2, granularity: "coarse", claimed: null });
    expect(await compareOrbits(buildSystem(parts))).toBeGreaterThan(50);
  });

  it("for clients that run a random machine", async () => {
    let looked = 0;
    await fc.assert(
      fc.asyncProperty(transducers, fc.record(about), async (transducer, each) => {
        looked += await compareOrbits(buildSystem(partsOfTransducer(transducer, { ...each, claimed: null })));
      }),
      { seed: 77, numRuns: 60 },
    );
    expect(looked).toBeGreaterThan(2000);
  });

  it("for clients that run a random script", async () => {
    let looked = 0;
    await fc.assert(
      fc.asyncProperty(scripts, fc.record(about), async (script, each) => {
        looked += await compareOrbits(buildSystem(partsOfScript(script, { ...each, claimed: null })));
      }),
      { seed: 77, numRuns: 60 },
    );
    expect(looked).toBeGreaterThan(2000);
  });
});
