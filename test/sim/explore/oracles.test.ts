/** The oracles judge as naive ones do, see what they are for, and refuse what they cannot judge. */
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { IsolationLevel, Protocol } from "../../../model/protocol.ts";
import type { Scenario } from "../../../model/scenario.ts";
import { claimJobScenario } from "../../../model/scenarios/claim-job.ts";
import { insertIfAbsentScenario } from "../../../model/scenarios/insert-if-absent.ts";
import { leases } from "../../../model/scenarios/leases.ts";
import { race001 } from "../../../model/scenarios/race-001.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { check } from "../../../sim/explore/check.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import { LockMonitor } from "../../../sim/explore/linearizable.ts";
import { openSystem } from "../../../sim/explore/oracles.ts";
import { loadGrammar } from "../../../sim/postgres/grammar.ts";
import { request } from "../../../sim/process/process.ts";
import type { ExplorableSystem } from "../../../sim/system/explorable-system.ts";
import { type Instance, livenessNamed, type Oracle, protocolOf } from "../../../sim/system/from-scenario.ts";
import { replaySimulated } from "../../../sim/trace/compare.ts";
import { readTrace, writeTrace } from "../../../sim/trace/read.ts";
import { renderText } from "../../../sim/trace/text.ts";
import { believesBeforeCommit, believesEveryReply } from "../../model/mutants.ts";
import { hasOrder, naiveIsLinearizable, naiveIsSerializable, type PlainOperation } from "./naive-oracles.ts";

beforeAll(loadGrammar);

const OUTCOME: Oracle = { name: "serializable-outcome", attempts: 1 };
const LOCK: Oracle = { name: "linearizable" };

function instanceOf(scenario: Scenario, protocol: string | Protocol, more: Partial<Instance> = {}): Instance {
  return {
    scenario,
    protocol: typeof protocol === "string" ? protocolOf(scenario, protocol) : protocol,
    clients: 2,
    buffers: scenario.defaults.buffers,
    isolation: "read committed",
    granularity: "coarse",
    ...more,
  };
}

async function verdict(instance: Instance): Promise<string> {
  const { system } = await openSystem(instance, NO_BOUNDS);
  return (await explore(system, NO_BOUNDS)).verdict;
}

/** At the third nothing else is to be seen that two clients with one attempt each could do. */
const LEVELS: readonly IsolationLevel[] = ["read committed", "repeatable read"];

/** One attempt each, by each protocol that naive orders can follow in no time. */
const small = [
  ...["check-then-act", "atomic-update", "select-for-update", "check-then-atomic-update", "one-transaction"].map(
    (protocol) => ({ scenario: race001, protocol }),
  ),
  ...["insert-if-absent", "insert-if-absent-with-unique-index", "on-conflict-do-nothing-unread"].map((protocol) => ({
    scenario: insertIfAbsentScenario,
    protocol,
  })),
  ...["claim-job", "claim-job-skip-locked", "claim-job-if-still-free"].map((protocol) => ({
    scenario: claimJobScenario,
    protocol,
  })),
];

describe.each(small)("$protocol", ({ scenario, protocol }) => {
  test.each(LEVELS)("has at %s the outcomes of serial orders exactly where naive orders say so", async (isolation) => {
    const instance = instanceOf(scenario, protocol, { isolation });
    const naive = naiveIsSerializable(instance, 1) ? "holds" : "violated";
    expect(await verdict({ ...instance, oracle: OUTCOME })).toBe(naive);
  });
});

test.each(small.filter(({ scenario }) => scenario !== claimJobScenario))(
  "$protocol answers as a lock does exactly where naive orders of two attempts each say so",
  async ({ scenario, protocol }) => {
    const instance = instanceOf(scenario, protocol);
    const naive = naiveIsLinearizable(instance, 2) ? "holds" : "violated";
    expect(await verdict({ ...instance, oracle: LOCK })).toBe(naive);
  },
);

describe("on random histories of one buffer and of two", () => {
  /** What happens next: which client, whether its acquire is granted, and which buffer it asks for. */
  const history = fc.array(
    fc.record({ client: fc.nat(2), isGranted: fc.boolean(), buffer: fc.integer({ min: 1, max: 2 }) }),
    { maxLength: 14 },
  );

  test("the monitor objects exactly where no order of the operations explains the answers", () => {
    let objections = 0;
    fc.assert(
      fc.property(history, (events) => {
        const { completions, objection } = watched(events);
        if (objection) objections++;
        expect(objection).toBe(!completions.some((operations) => hasOrder(operations)));
      }),
      { numRuns: 1500, seed: 7 },
    );
    expect(objections).toBeGreaterThan(300);
  });
});

interface HistoryEvent {
  readonly client: number;
  readonly isGranted: boolean;
  readonly buffer: number;
}

interface Watched {
  /** The operations, with each of those that are not over as one that has had no effect, or all of it. */
  readonly completions: readonly (readonly PlainOperation[])[];
  readonly objection: boolean;
}

/** Plays the events to a monitor: each begins or ends an operation of its client. */
function watched(events: readonly HistoryEvent[]): Watched {
  const clients = [0, 1, 2];
  const owned: (number | null)[][] = [[null, null, null]];
  const busy: (PlainOperation | null)[][] = [[null, null, null]];
  const operations: PlainOperation[] = [];
  const actions: { client: number; action: string }[] = [];
  for (const [at, { client, isGranted, buffer }] of events.entries()) {
    const [owns, under] = [[...(owned[at] as (number | null)[])], [...(busy[at] as (PlainOperation | null)[])]];
    const before = owns[client] ?? null;
    const operation = under[client] ?? null;
    if (operation === null) {
      const wish = before === null ? `acquire ${buffer}` : "release";
      under[client] = { client, wish, begins: at, ends: at, before, after: null, failed: false, knows: "" };
      actions.push({ client, action: wish });
    } else {
      const after = operation.before === null && isGranted ? Number(operation.wish.split(" ")[1]) : null;
      owns[client] = after;
      under[client] = null;
      operations.push({ ...operation, ends: at, after });
      actions.push({ client, action: "next" });
    }
    owned.push(owns);
    busy.push(under);
  }
  const fake = {
    clients: ["alice", "bob", "carol"],
    initial: 0,
    processes: clients.map((client) => ({
      requests: (state: number) =>
        busy[state]?.[client] ? [] : ["acquire 1", "acquire 2", "release"].map((name) => request(name, null, 0)),
      view: (state: number) => ({ owns: owned[state]?.[client] ?? null }),
    })),
    parts: (state: number) => ({ database: 0, nodes: [state, state, state] }),
    standing: (state: number, client: number) => ({ goesOn: busy[state]?.[client] !== null, inTransaction: false }),
  } as unknown as ExplorableSystem;
  const monitor = new LockMonitor(fake, [1, 2], ["buffer", "buffers"]);
  const memory = actions.reduce(
    (known, step, at) => monitor.after(known, { ...step, before: at, after: at + 1, failed: null }),
    monitor.initial,
  );
  const completions = (busy.at(-1) ?? []).reduce<readonly (readonly PlainOperation[])[]>(
    (all, under) => {
      if (under === null) return all;
      const after = under.before === null ? Number(under.wish.split(" ")[1]) : null;
      return all.flatMap((done) => [done, [...done, { ...under, after, ends: Number.POSITIVE_INFINITY }]]);
    },
    [operations],
  );
  return { completions, objection: monitor.objection(memory) !== null };
}

describe("what a client does alone is no matter of serial orders, but it is of a lock", () => {
  test.each([
    { name: "believes every reply", scenario: race001, protocol: believesEveryReply },
    { name: "believes every INSERT", scenario: insertIfAbsentScenario, protocol: "on-conflict-do-nothing-unread" },
  ])("$name", async ({ scenario, protocol }) => {
    const instance = instanceOf(scenario, protocol);
    expect(await verdict({ ...instance, oracle: OUTCOME })).toBe("holds");
    expect(await verdict({ ...instance, oracle: LOCK })).toBe("violated");
  });
});

test("a client that owns in the middle of what it does has ended one operation and begun the next", async () => {
  expect(await verdict(instanceOf(race001, believesBeforeCommit, { oracle: LOCK }))).toBe("holds");
});

test("a worker that is told that there is no job while one is free is found by both", async () => {
  const instance = instanceOf(claimJobScenario, "claim-job-if-still-free");
  const outcome = await check({ ...instance, oracle: OUTCOME }, NO_BOUNDS);
  expect(outcome.exploration.violation?.message).toContain(
    "bob: acquire → owns nothing; jobs: (id 1, claimed_by 'alice') (id 2, claimed_by null)",
  );
  const lock = await check({ ...instance, oracle: LOCK }, NO_BOUNDS);
  expect(lock.exploration.violation?.message).toBe(
    "bob's acquire is refused, though every order of the operations that explains the answers so far has some job free for it",
  );
});

test("with one attempt each nobody lets go, and with two what is let go is looked at, too", async () => {
  const instance = instanceOf(leases, "lease-token-checked-on-read");
  expect(await verdict({ ...instance, oracle: OUTCOME })).toBe("holds");
  expect(await verdict({ ...instance, oracle: { ...OUTCOME, attempts: 2 } })).toBe("violated");
});

test("an attempt that was refused counts as one, whatever its client makes of the error", async () => {
  const instance = instanceOf(leases, "lease-without-token", { isolation: "repeatable read" });
  expect(await verdict({ ...instance, oracle: { ...OUTCOME, attempts: 2 } })).toBe("holds");
});

describe.each([OUTCOME, LOCK])("the trace of a violation of $name", (oracle) => {
  const checked = () => check(instanceOf(race001, "check-then-act", { granularity: "fine", oracle }), NO_BOUNDS);

  test("is the coarse one, and its race is the one of the incident", async () => {
    const { trace, needsFine } = await checked();
    expect(needsFine).toBe(false);
    expect(trace?.verdict).toMatchObject({ kind: "violated", property: oracle.name, step: 6 });
    expect(trace?.races).toMatchObject([{ first: 2, second: 4 }]);
  });

  test("names the anomaly, and prints it", async () => {
    const { trace } = await checked();
    if (trace === null) throw new Error("there is no trace");
    expect(trace.anomaly).toMatchObject({ name: "lost update", source: "P4 of Berenson et al. 1995" });
    expect(renderText(trace, { width: 100, color: null })).toContain("◆ The anomaly is called lost update");
  });

  test("is written, read and replayed to the same end", async () => {
    const { trace } = await checked();
    if (trace === null) throw new Error("there is no trace");
    const read = readTrace(writeTrace(trace), "trace.json");
    expect(read).toEqual(trace);
    const { system } = await openSystem(instanceOf(race001, "check-then-act", { oracle }), NO_BOUNDS);
    expect(await replaySimulated(system, read)).toMatchObject({ kind: "reproduced", steps: 6 });
  });
});

describe("no verdict is called a pass", () => {
  test("when a bound stops the serial orders, nothing else is looked at", async () => {
    const { exploration } = await check(instanceOf(race001, "atomic-update", { oracle: OUTCOME }), {
      ...NO_BOUNDS,
      depth: 1,
    });
    expect(exploration).toMatchObject({ verdict: "inconclusive", stop: { kind: "bound", bound: "depth 1" } });
  });

  test("when a bound stops the search itself", async () => {
    const { exploration } = await check(instanceOf(race001, "select-for-update", { oracle: LOCK }), {
      ...NO_BOUNDS,
      depth: 5,
    });
    expect(exploration.verdict).toBe("inconclusive");
  });

  test("when clients never come to rest", async () => {
    const protocol: Protocol = { ...protocolOf(race001, "atomic-update"), userEvents: () => [] };
    await expect(check(instanceOf(race001, protocol, { oracle: OUTCOME }), NO_BOUNDS)).rejects.toThrow(
      /never all come to rest/,
    );
  });
});

describe("is refused", () => {
  test("beside a property or liveness", async () => {
    const instance = instanceOf(race001, "atomic-update", { oracle: LOCK });
    await expect(check({ ...instance, property: "no-deadlock" }, NO_BOUNDS)).rejects.toThrow(/judges in the place/);
    const liveness = livenessNamed(race001, "answered");
    await expect(check({ ...instance, liveness }, NO_BOUNDS)).rejects.toThrow(/judges in the place/);
  });

  test("with a reduction", async () => {
    const instance = instanceOf(race001, "atomic-update", { oracle: OUTCOME });
    await expect(check(instance, NO_BOUNDS, {}, { reductions: ["symmetry"] })).rejects.toThrow(/judges who did what/);
  });

  test("where ownership ends by itself, which no lock does", async () => {
    await expect(check(instanceOf(leases, "lease", { oracle: LOCK }), NO_BOUNDS)).rejects.toThrow(/ends by itself/);
  });
});
