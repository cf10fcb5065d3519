/** A failing schedule is made small: it still fails in the same way, nothing of it can be left out, and it is the same each time. */
import { beforeAll, describe, expect, it } from "vitest";
import { race001 } from "../../../model/scenarios/race-001.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import { randomSchedule } from "../../../sim/explore/random.ts";
import { shrink } from "../../../sim/explore/shrink.ts";
import { loadGrammar } from "../../../sim/postgres/index.ts";
import type { ExplorableSystem } from "../../../sim/system/explorable-system.ts";
import { protocolOf, systemOf } from "../../../sim/system/from-scenario.ts";
import type { Choice, StateId } from "../../../sim/system/system.ts";

beforeAll(loadGrammar);

function systemFor(protocol: string, clients: number): ExplorableSystem {
  return systemOf({
    scenario: race001,
    protocol: protocolOf(race001, protocol),
    clients,
    buffers: 1,
    isolation: "read committed",
    granularity: "fine",
  });
}

/** What breaks at the end of the schedule; null where it cannot be run, where something breaks before, or nothing does. */
async function breaks(system: ExplorableSystem, schedule: readonly Choice[]): Promise<string | null> {
  let state: StateId = system.initial;
  for (const [at, choice] of schedule.entries()) {
    const enabled = system.choices(state).some((one) => JSON.stringify(one) === JSON.stringify(choice));
    if (!enabled) return null;
    state = (await system.take(state, choice)).state;
    const broken = system.judge(state).violations[0]?.property;
    if (broken !== undefined) return at === schedule.length - 1 ? broken : null;
  }
  return null;
}

async function failing(system: ExplorableSystem, seeds: number): Promise<readonly (readonly Choice[])[]> {
  const found: (readonly Choice[])[] = [];
  for (let seed = 1; found.length < seeds; seed++) {
    const { schedule, violation } = await randomSchedule(system, { seed, steps: 200 });
    if (violation?.property === "mutual-exclusion") found.push(schedule);
  }
  return found;
}

describe("shrinking", () => {
  it.each(["check-then-act", "one-transaction"])("keeps the property broken in the last step: %s", async (protocol) => {
    const system = systemFor(protocol, 3);
    for (const schedule of await failing(system, 4)) {
      const small = await shrink(system, schedule, "mutual-exclusion");
      expect(await breaks(system, small.schedule)).toBe("mutual-exclusion");
      expect(small.schedule.length).toBeLessThanOrEqual(schedule.length);
    }
  });

  it("leaves no step that could be left out", async () => {
    const system = systemFor("check-then-act", 3);
    for (const schedule of await failing(system, 4)) {
      const { schedule: small } = await shrink(system, schedule, "mutual-exclusion");
      for (const at of small.keys()) expect(await breaks(system, small.toSpliced(at, 1))).toBeNull();
    }
  });

  it("is as short as an exhaustive search where the race is simple", async () => {
    const system = systemFor("check-then-act", 2);
    const shortest = (await explore(system, NO_BOUNDS)).schedule?.length;
    for (const schedule of await failing(system, 4)) {
      expect((await shrink(system, schedule, "mutual-exclusion")).schedule.length).toBe(shortest);
    }
  });

  it("gives the same each time, and leaves what is small as it is", async () => {
    const [schedule = []] = await failing(systemFor("check-then-act", 3), 1);
    const first = await shrink(systemFor("check-then-act", 3), schedule, "mutual-exclusion");
    expect(await shrink(systemFor("check-then-act", 3), schedule, "mutual-exclusion")).toEqual(first);
    const again = await shrink(systemFor("check-then-act", 3), first.schedule, "mutual-exclusion");
    expect(again.schedule).toEqual(first.schedule);
  });

  it("refuses a schedule that does not fail", async () => {
    const system = systemFor("check-then-act", 2);
    await expect(shrink(system, [{ client: "alice", action: "acquire 1" }], "mutual-exclusion")).rejects.toThrow(
      "only where it fails",
    );
  });
});
