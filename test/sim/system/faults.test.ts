/** What goes wrong goes wrong as it is said, within its budget, and a verdict under faults is as exact as without. */
import { beforeAll, describe, expect, test } from "vitest";
import type { FaultBudget } from "../../../model/fault.ts";
import { race001 } from "../../../model/scenarios/race-001.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { check } from "../../../sim/explore/check.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import { loadGrammar } from "../../../sim/postgres/grammar.ts";
import type { ExplorableSystem } from "../../../sim/system/explorable-system.ts";
import { faultsText, parseFaults } from "../../../sim/system/faults.ts";
import { type Instance, livenessNamed, protocolOf, systemOf } from "../../../sim/system/from-scenario.ts";
import type { Taken } from "../../../sim/system/system.ts";
import { replaySimulated } from "../../../sim/trace/compare.ts";
import { readTrace, writeTrace } from "../../../sim/trace/read.ts";

beforeAll(loadGrammar);

function instance(protocol: string, faults: FaultBudget, more: Partial<Instance> = {}): Instance {
  return {
    scenario: race001,
    protocol: protocolOf(race001, protocol),
    clients: 2,
    buffers: 1,
    isolation: "read committed",
    granularity: "coarse",
    faults,
    ...more,
  };
}

/** Takes the steps, each written `alice: acquire 1`, and answers the last one. */
async function run(system: ExplorableSystem, steps: readonly string[]): Promise<Taken> {
  let last: Taken | null = null;
  for (const step of steps) {
    const [client = "", action = ""] = step.split(": ");
    last = await system.take(last?.state ?? system.initial, { client, action });
  }
  if (last === null) throw new Error("no step was given");
  return last;
}

function actionsOf(system: ExplorableSystem, { state }: Taken, client: string): readonly string[] {
  return system
    .choices(state)
    .filter((choice) => choice.client === client)
    .map(({ action }) => action);
}

function sqlstateOf({ progress }: Taken): string {
  return progress.kind === "replied" && progress.reply.kind === "failed" ? progress.reply.sqlstate : progress.kind;
}

const TO_THE_UPDATE = ["alice: acquire 1", "alice: next", "alice: next"];

describe("a budget", () => {
  test("is read as it is written", () => {
    expect(faultsText(parseFaults("stall:2, crash"))).toBe("crash:1,stall:2");
    expect(faultsText(parseFaults("none"))).toBe("none");
  });

  test.each(["crush:1", "crash:0", "crash:10", "crash:1,crash:2", ""])("of %j is refused, with the list", (text) => {
    expect(() => parseFaults(text)).toThrow(expect.objectContaining({ hint: expect.stringContaining("lost-commit") }));
  });

  test("is spent", async () => {
    const system = systemOf(instance("atomic-update", { crash: 1 }));
    expect(actionsOf(system, await run(system, ["alice: crash"]), "bob")).toEqual(["acquire 1"]);
  });

  test("of stalls is refused where time stands still", () => {
    expect(() => systemOf(instance("atomic-update", { stall: 1 }))).toThrow("time stands still");
  });

  test("is refused together with liveness", () => {
    const liveness = livenessNamed(race001, "answered");
    expect(() => systemOf(instance("atomic-update", { crash: 1 }, { liveness }))).toThrow("answered is about runs");
  });
});

describe("a crash", () => {
  test("takes the transaction back, wakes who waits for it, and forgets everything", async () => {
    const system = systemOf(instance("select-for-update", { crash: 1 }));
    const taken = await run(system, [...TO_THE_UPDATE, "bob: acquire 1", "bob: next", "alice: crash"]);
    expect(taken.woken).toEqual(["bob"]);
    expect(system.world(taken.state).tables["buffers"]).toEqual([{ id: 1, locked_by: null }]);
    const later = await run(system, [...TO_THE_UPDATE, "alice: crash"]);
    expect(actionsOf(system, later, "alice")).toEqual(["acquire 1"]);
  });

  test("lets go of the session's advisory locks", async () => {
    const system = systemOf(instance("advisory-lock-kept", { crash: 1 }));
    const taken = await run(system, ["alice: acquire 1", "bob: acquire 1", "alice: crash"]);
    expect(taken.woken).toEqual(["bob"]);
  });
});

describe("a lost connection", () => {
  test("answers the statement that waits, at once", async () => {
    const system = systemOf(instance("select-for-update", { disconnect: 1 }));
    const taken = await run(system, [...TO_THE_UPDATE, "bob: acquire 1", "bob: next", "bob: disconnect"]);
    expect(sqlstateOf(taken)).toBe("57P01");
  });

  test("is noticed with the next statement where none is under way, and the one after that has a new connection", async () => {
    const system = systemOf(instance("select-for-update", { disconnect: 1 }));
    const lost = [...TO_THE_UPDATE, "alice: disconnect"];
    expect(sqlstateOf(await run(system, lost))).toBe("local");
    expect(sqlstateOf(await run(system, [...lost, "alice: next"]))).toBe("08006");
    expect(sqlstateOf(await run(system, [...lost, "alice: next", "alice: next"]))).toBe("replied");
  });

  test("during COMMIT leaves it done or undone, and the client does not know which", async () => {
    const system = systemOf(instance("select-for-update", { "lost-commit": 1 }));
    const outcomes = await Promise.all(
      ["done", "undone"].map((how) => run(system, [...TO_THE_UPDATE, `alice: lost-commit ${how}`])),
    );
    expect(outcomes.map(sqlstateOf)).toEqual(["08007", "08007"]);
    expect(outcomes.map(({ state }) => system.world(state).tables["buffers"]?.[0]?.["locked_by"])).toEqual([
      "alice",
      null,
    ]);
  });

  test("during an autocommit leaves it done or undone, too", async () => {
    const system = systemOf(instance("atomic-update", { "lost-commit": 1 }));
    expect(actionsOf(system, await run(system, ["alice: acquire 1"]), "alice")).toEqual([
      "commit",
      "lost-commit done",
      "lost-commit undone",
    ]);
  });
});

test("a lock-timeout answers a statement that waits, and no other", async () => {
  const system = systemOf(instance("select-for-update", { "lock-timeout": 1 }));
  const waiting = [...TO_THE_UPDATE, "bob: acquire 1", "bob: next"];
  expect(actionsOf(system, await run(system, waiting), "alice")).not.toContain("lock-timeout");
  expect(sqlstateOf(await run(system, [...waiting, "bob: lock-timeout"]))).toBe("55P03");
});

test("a pooler changes connections only between transactions", async () => {
  const system = systemOf(instance("select-for-update", { pooler: 1 }));
  const inside = await run(system, ["alice: acquire 1"]);
  expect(actionsOf(system, inside, "bob")).not.toContain("pooler with alice");
  const first = systemOf(instance("advisory-lock-kept", { pooler: 1 }));
  const swapped = await run(first, ["alice: acquire 1", "alice: pooler with bob", "bob: acquire 1"]);
  // The session that holds the lock is bob's now, so it does not keep him out.
  expect(swapped.progress.kind).toBe("replied");
});

describe("a verdict under faults", () => {
  const everything: FaultBudget = { crash: 1, disconnect: 1, "lost-commit": 1, "lock-timeout": 1 };

  test.each(["atomic-update", "select-for-update"])("holds for %s, whatever goes wrong once", async (protocol) => {
    const found = await explore(systemOf(instance(protocol, everything, { granularity: "fine" })), NO_BOUNDS);
    expect(found).toMatchObject({ verdict: "holds", exhaustive: true });
  });

  test("is the same with symmetry, which accounts for every state", async () => {
    const what = instance("select-for-update", { crash: 1, "lost-commit": 1, disconnect: 1 }, { clients: 3 });
    const full = await explore(systemOf(what), NO_BOUNDS);
    const reduced = await explore(systemOf(what), NO_BOUNDS, {}, ["symmetry"]);
    expect(reduced.verdict).toBe(full.verdict);
    expect(reduced.fullStates).toBe(full.distinctStates);
    expect(reduced.distinctStates).toBeLessThan(full.distinctStates / 4);
  });

  test("is refused with symmetry behind a pooler", async () => {
    const system = systemOf(instance("atomic-update", { pooler: 1 }));
    await expect(explore(system, NO_BOUNDS, {}, ["symmetry"])).rejects.toThrow("not bound to one session");
  });

  test("comes with a trace that names the faults and replays", async () => {
    const what = instance("check-then-act", { disconnect: 1 }, { property: "owner-is-recorded" });
    const { trace } = await check(what, NO_BOUNDS);
    if (trace === null) throw new Error("nothing was found");
    const read = readTrace(writeTrace(trace), "trace");
    expect(read.parameters).toMatchObject({ faults: { disconnect: 1 }, property: "owner-is-recorded" });
    expect(await replaySimulated(systemOf(what), read)).toMatchObject({ kind: "reproduced" });
  });
});
