/**
 * How many runs chance needs to find check-then-act: fast-check's scheduler on an async model of it, and our three strategies on
 * the real SQL; each over many seeds.
 *
 * And what either can say of a protocol that holds: fast-check has made so many runs and found nothing, also when it has met
 * every order there is many times; it keeps no states, so it cannot know. An exhaustive search says that it has seen everything.
 */
import fc from "fast-check";
import { NO_BOUNDS } from "../sim/explore/bounds.ts";
import { explore } from "../sim/explore/exhaustive.ts";
import { hunt, STRATEGIES, strategyOf } from "../sim/explore/hunt.ts";
import { systemOf } from "../sim/system/from-scenario.ts";
import { instanceOfRace } from "./measured.ts";

/** One way to look by chance. */
export interface RunsToFind {
  readonly tool: string;
  readonly seeds: number;
  /** How many seeds found it within `RUNS_MAX` runs. */
  readonly found: number;
  readonly median: number;
  readonly most: number;
}

/** What a tool says of a protocol that holds. */
export interface SaidOfHolding {
  readonly tool: string;
  readonly said: string;
}

export interface ChanceResults {
  readonly clients: number;
  readonly runs: readonly RunsToFind[];
  readonly holding: readonly SaidOfHolding[];
}

const RUNS_MAX = 10_000;

/** Measures everything that the header names. */
export async function measureChance(clients: number, seeds: number): Promise<ChanceResults> {
  return {
    clients,
    runs: [await fastCheckRuns(clients, seeds), ...(await ourRuns(clients, seeds))],
    holding: [await fastCheckOnHolding(clients), await exhaustiveOnHolding(clients)],
  };
}

/**
 * Clients that take one row and give it back, once each; the order of their statements, and how many owned it at most. Before each
 * statement the scheduler decides when it reaches the server: a function given to `scheduleFunction` would run at once, and only
 * its answer be held back.
 */
async function playOnce(scheduler: fc.Scheduler, clients: number, checksFirst: boolean) {
  let lockedBy: number | null = null;
  let owning = 0;
  let most = 0;
  const order: number[] = [];
  const turn = async (me: number) => {
    await scheduler.schedule(Promise.resolve());
    order.push(me);
  };
  const client = async (me: number) => {
    if (checksFirst) {
      await turn(me);
      if (lockedBy !== null) return;
    }
    await turn(me);
    if (!checksFirst && lockedBy !== null) return;
    lockedBy = me;
    owning++;
    most = Math.max(most, owning);
    await turn(me);
    owning--;
    await turn(me);
    if (lockedBy === me) lockedBy = null;
  };
  const all = Promise.all(Array.from({ length: clients }, (_, me) => client(me)));
  await scheduler.waitFor(all);
  return { most, order: order.join("") };
}

async function fastCheckRuns(clients: number, seeds: number): Promise<RunsToFind> {
  const needed: number[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const property = fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const { most } = await playOnce(scheduler, clients, true);
      return most <= 1;
    });
    const { failed, numRuns } = await fc.check(property, { seed, numRuns: RUNS_MAX, endOnFailure: true });
    if (failed) needed.push(numRuns);
  }
  return runsToFind("fast-check scheduler (one round, no SQL)", seeds, needed);
}

async function ourRuns(clients: number, seeds: number): Promise<readonly RunsToFind[]> {
  const system = systemOf(instanceOfRace({ protocol: "check-then-act", clients, granularity: "coarse" }));
  const results: RunsToFind[] = [];
  for (const name of STRATEGIES) {
    const strategy = await strategyOf(system, { strategy: name, steps: 12, depth: 3 });
    if (strategy.kind === "too many") continue;
    const needed: number[] = [];
    for (let at = 0; at < seeds; at++) {
      // Each hunt has seeds of its own.
      const { last, runs } = await hunt(strategy, { seed: at * RUNS_MAX, runs: RUNS_MAX });
      if (last.violation !== null) needed.push(runs);
    }
    results.push(runsToFind(`lockstep simulate --strategy ${name} --steps 12`, seeds, needed));
  }
  return results;
}

function runsToFind(tool: string, seeds: number, needed: number[]): RunsToFind {
  const sorted = needed.sort((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return { tool, seeds, found: sorted.length, median, most: sorted.at(-1) ?? Number.NaN };
}

async function fastCheckOnHolding(clients: number): Promise<SaidOfHolding> {
  const orders = new Set<string>();
  const property = fc.asyncProperty(fc.scheduler(), async (scheduler) => {
    const { most, order } = await playOnce(scheduler, clients, false);
    orders.add(order);
    return most <= 1;
  });
  const { failed, numRuns } = await fc.check(property, { seed: 1, numRuns: 1000 });
  const met = `${orders.size} different orders among them (counted by us)`;
  return {
    tool: "fast-check",
    said: failed ? "failed" : `no failure in ${numRuns} runs, ${met}; it has no word for exhausted`,
  };
}

async function exhaustiveOnHolding(clients: number): Promise<SaidOfHolding> {
  const system = systemOf(instanceOfRace({ protocol: "atomic-update", clients, granularity: "coarse" }));
  const { verdict, exhaustive, distinctStates } = await explore(system, NO_BOUNDS);
  return { tool: "lockstep check", said: `${verdict}, exhaustive: ${exhaustive}, ${distinctStates} states` };
}
