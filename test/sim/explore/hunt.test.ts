/** Schedules by chance: the same for a seed on every machine, and as likely as each strategy says. */
import { beforeAll, describe, expect, it } from "vitest";
import { race001 } from "../../../model/scenarios/race-001.ts";
import { chanceOf } from "../../../sim/explore/chance.ts";
import {
  hunt,
  type ScheduleStrategy,
  SEED_MAX,
  STRATEGIES,
  type StrategyName,
  strategyOf,
} from "../../../sim/explore/hunt.ts";
import { pctBound } from "../../../sim/explore/pct.ts";
import { countText } from "../../../sim/explore/scaled-count.ts";
import { countInterleavings, uniformSchedule } from "../../../sim/explore/uniform.ts";
import { createServer, loadGrammar } from "../../../sim/postgres/index.ts";
import { buildSystem } from "../../../sim/system/build.ts";
import type { ExplorableSystem } from "../../../sim/system/explorable-system.ts";
import { protocolOf, systemOf } from "../../../sim/system/from-scenario.ts";
import type { Choice } from "../../../sim/system/system.ts";
import { scriptedProcess } from "./scripted-process.ts";

beforeAll(loadGrammar);

function systemFor(protocol: string, clients: number): ExplorableSystem {
  return systemOf({
    scenario: race001,
    protocol: protocolOf(race001, protocol),
    clients,
    buffers: 1,
    isolation: "read committed",
    granularity: "coarse",
  });
}

/** Clients that read a row so many times and end; a read is one step and never waits. */
function readers(...reads: readonly number[]): ExplorableSystem {
  return buildSystem({
    server: createServer({
      sessions: reads.length,
      setup: ["CREATE TABLE t (id integer PRIMARY KEY)"],
      granularity: "coarse",
      isolation: "read committed",
    }),
    clients: ["alice", "bob", "carol"].slice(0, reads.length),
    processes: reads.map((times) => scriptedProcess(Array.from({ length: times }, () => "SELECT id FROM t"))),
    properties: [],
    granularity: "coarse",
  });
}

async function strategyFor(
  system: ExplorableSystem,
  strategy: StrategyName,
  steps = 40,
  depth = 3,
): Promise<ScheduleStrategy> {
  const made = await strategyOf(system, { strategy, steps, depth });
  if (made.kind === "too many") throw new Error("the system of this test is small");
  return made;
}

const names = (schedule: readonly Choice[]) => schedule.map(({ client, action }) => `${client}: ${action}`);
const order = (schedule: readonly Choice[]) => schedule.map(({ client }) => client.charAt(0)).join("");

describe("the first schedule of a seed", () => {
  const FIRST: Readonly<Record<StrategyName, string>> = {
    random:
      "bob acquire, alice acquire, bob next, alice next, bob commit, alice resume, " +
      "bob release, bob next, alice commit, bob resume, bob commit, alice release",
    pct:
      "bob acquire, bob next, bob commit, alice acquire, bob release, bob next, " +
      "bob commit, alice acquire, alice next, alice commit, alice release, alice next",
    uniform:
      "bob acquire, bob next, bob commit, alice acquire, alice acquire, bob release, " +
      "bob next, alice acquire, alice acquire, bob commit, alice acquire, bob acquire",
  };
  it.each(STRATEGIES)("is pinned: %s", async (name) => {
    const strategy = await strategyFor(systemFor("check-then-act", 2), name, 12);
    const { schedule } = await strategy.draw(1);
    const told = schedule.map(({ client, action }) => `${client} ${action.replace(" 1", "")}`);
    expect(told.join(", ")).toBe(FIRST[name]);
  });
});

describe("a hunt", () => {
  it("ends with the first run that fails, which its own seed gives again", async () => {
    for (const name of STRATEGIES) {
      const strategy = await strategyFor(systemFor("check-then-act", 3), name, 8);
      const { runs, last } = await hunt(strategy, { seed: 100, runs: 5000 });
      expect(last.violation?.property).toBe("mutual-exclusion");
      expect(last.seed).toBe(100 + runs - 1);
      expect(await strategy.draw(last.seed)).toEqual(last);
      for (let seed = 100; seed < last.seed; seed++) expect((await strategy.draw(seed)).violation).toBeNull();
    }
  });

  it("makes as many runs as were asked for where nothing breaks, and goes on from the largest seed with 0", async () => {
    const strategy = await strategyFor(systemFor("atomic-update", 2), "random");
    const { runs, last } = await hunt(strategy, { seed: SEED_MAX, runs: 3 });
    expect([runs, last.seed, last.violation]).toEqual([3, 1, null]);
  });

  it("stops when it is interrupted", async () => {
    const strategy = await strategyFor(systemFor("atomic-update", 2), "pct");
    const { runs, interrupted } = await hunt(strategy, { seed: 1, runs: 1000 }, { interrupted: () => true });
    expect([runs, interrupted]).toEqual([64, true]);
  });

  it("stops sooner where runs are slow", async () => {
    let clock = 0;
    const strategy = await strategyFor(systemFor("atomic-update", 2), "pct");
    const { runs, interrupted } = await hunt(
      strategy,
      { seed: 1, runs: 1000 },
      { now: () => (clock += 150), interrupted: () => true },
    );
    expect([runs, interrupted]).toEqual([2, true]);
  });

  it("draws other schedules with seeds that stand next to each other", async () => {
    const strategy = await strategyFor(systemFor("atomic-update", 3), "random", 12);
    const drawn = new Set<string>();
    for (let seed = 0; seed < 200; seed++) drawn.add(names((await strategy.draw(seed)).schedule).join());
    expect(drawn.size).toBeGreaterThan(190);
  });
});

describe("the generator of a seed", () => {
  it("draws each number as often over neighbouring seeds as over one seed", () => {
    const pairs = new Map<string, number>();
    for (let seed = 0; seed < 1600; seed++) {
      const chance = chanceOf(seed);
      const pair = `${chance.draw(0, 3)}${chance.draw(0, 3)}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    }
    expect(pairs.size).toBe(16);
    // 99.99 % of all fair draws are below this (chi-square, 15 degrees of freedom).
    expect(chiSquare([...pairs.values()])).toBeLessThan(44);
  });
});

describe("PCT", () => {
  it("has the bound 1 / (n * k^(d - 1))", () => {
    expect(pctBound({ clients: 3, steps: 40, depth: 3 })).toBe(1 / 4800);
    expect(pctBound({ clients: 2, steps: 10, depth: 1 })).toBe(1 / 2);
  });

  it("meets each bug of its depth at least as often as the bound says", async () => {
    // Depth 2: bob reads between alice's first and second read. 5 steps of a round.
    const system = readers(2, 3);
    const bound = pctBound({ clients: 2, steps: 5, depth: 2 });
    const strategy = await strategyFor(system, "pct", 5, 2);
    const runs = 2000;
    const met = new Map<string, number>();
    for (let seed = 0; seed < runs; seed++) {
      const text = order((await strategy.draw(seed)).schedule);
      met.set(text, (met.get(text) ?? 0) + 1);
    }
    const between = [...met].filter(([text]) => /ab+a/.test(text)).reduce((sum, [, times]) => sum + times, 0);
    expect(between / runs).toBeGreaterThan(bound * 0.9);
    // With one change point the order changes hands twice at most: bob once, alice again.
    expect([...met.keys()].every((text) => text.replaceAll(/(.)\1+/g, "$1").length <= 3)).toBe(true);
  });

  it("lets every client have its round before one of them has a second", async () => {
    const strategy = await strategyFor(systemFor("atomic-update", 3), "pct", 30, 1);
    const { schedule } = await strategy.draw(5);
    const acquired = schedule.filter(({ action }) => action === "acquire 1").map(({ client }) => client);
    expect(new Set(acquired.slice(0, 3)).size).toBe(3);
  });
});

describe("the uniform walk", () => {
  it("counts the interleavings", async () => {
    const counted = await countInterleavings(readers(2, 3), 5);
    expect(counted.kind === "counted" && countText(counted.total)).toBe("10");
    const cut = await countInterleavings(readers(2, 3), 3);
    expect(cut.kind === "counted" && countText(cut.total)).toBe("7");
    const large = await countInterleavings(systemFor("atomic-update", 3), 1000);
    expect(large.kind === "counted" && countText(large.total)).toMatch(/^\d\.\d\de\+\d{3}$/);
  });

  it("draws each interleaving as often as the others", async () => {
    const system = readers(2, 3);
    const counted = await countInterleavings(system, 5);
    if (counted.kind === "too many") throw new Error("it has ten interleavings");
    const met = new Map<string, number>();
    for (let seed = 0; seed < 3000; seed++) {
      const text = order((await uniformSchedule(system, counted, seed)).schedule);
      met.set(text, (met.get(text) ?? 0) + 1);
    }
    expect(met.size).toBe(10);
    // 99.99 % of all fair draws are below this (chi-square, 9 degrees of freedom).
    expect(chiSquare([...met.values()])).toBeLessThan(34);
  });

  it("is other than the random walk, which favours interleavings with few choices", async () => {
    const strategy = await strategyFor(readers(2, 3), "random", 5);
    const met = new Map<string, number>();
    for (let seed = 0; seed < 3000; seed++) {
      const text = order((await strategy.draw(seed)).schedule);
      met.set(text, (met.get(text) ?? 0) + 1);
    }
    expect(chiSquare([...met.values()])).toBeGreaterThan(100);
  });

  it("says so where there are too many states to count", async () => {
    const counted = await countInterleavings(systemFor("select-for-update", 3), 40, 41 * 50);
    expect(counted).toEqual({ kind: "too many", steps: 40, statesMax: 50 });
  });
});

/** How far counts are from all being equal. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}
