/**
 * What the oracles say of the catalogue, without being told what its protocols claim: two clients, between statements. The table is kept
 * in oracles.txt; `npx vitest run test/model/oracles.test.ts -u` writes it anew, and a change there is to be explained.
 */
import { beforeAll, expect, test } from "vitest";
import { ISOLATION_LEVELS, type IsolationLevel, type Protocol } from "../../model/protocol.ts";
import type { Scenario } from "../../model/scenario.ts";
import { scenarios } from "../../model/scenarios/index.ts";
import { anomalyIn } from "../../sim/explore/anomaly.ts";
import { NO_BOUNDS } from "../../sim/explore/bounds.ts";
import { explore } from "../../sim/explore/exhaustive.ts";
import { openSystem } from "../../sim/explore/oracles.ts";
import { loadGrammar } from "../../sim/postgres/grammar.ts";
import type { Instance, Oracle } from "../../sim/system/from-scenario.ts";

beforeAll(loadGrammar);

const OUTCOME: Oracle = { name: "serializable-outcome", attempts: 1 };
const LOCK: Oracle = { name: "linearizable" };

/** The levels at which a protocol is judged: all of them where it does not claim the same at all, and not for a lock, which is asked for without end. */
function levelsOf({ claims }: Protocol, oracle: Oracle): readonly IsolationLevel[] {
  const differs = new Set(Object.values(claims ?? {}).map((claim) => JSON.stringify(claim))).size > 1;
  return differs && oracle.name === OUTCOME.name ? ISOLATION_LEVELS : ["read committed"];
}

interface Row {
  readonly scenario: Scenario;
  readonly protocol: Protocol;
  readonly oracle: Oracle;
  readonly isolation: IsolationLevel;
  readonly said: string;
  readonly name: string | null;
}

/** Leases are no locks, and have many states for their clocks. */
const pairs = scenarios
  .filter(({ clock }) => clock !== true)
  .flatMap((scenario) => scenario.protocols.map((protocol) => ({ scenario, protocol })));
const rows: Row[] = [];

beforeAll(async () => {
  for (const { scenario, protocol } of pairs) {
    for (const oracle of [OUTCOME, LOCK]) {
      for (const isolation of levelsOf(protocol, oracle)) {
        rows.push({
          scenario,
          protocol,
          oracle,
          isolation,
          ...(await judged({ scenario, protocol, oracle, isolation })),
        });
      }
    }
  }
}, 120_000);

async function judged(
  cell: Pick<Instance, "scenario" | "protocol" | "isolation"> & { readonly oracle: Oracle },
): Promise<Pick<Row, "said" | "name">> {
  const instance: Instance = { ...cell, clients: 2, buffers: cell.scenario.defaults.buffers, granularity: "coarse" };
  const { system } = await openSystem(instance, NO_BOUNDS);
  const { verdict, schedule } = await explore(system, NO_BOUNDS);
  if (schedule === null) return { said: verdict, name: null };
  const { name } = await anomalyIn(instance, schedule);
  return { said: `${name ?? "no named anomaly"} in ${schedule.length} steps`, name };
}

test("verdicts and anomalies are those of oracles.txt", async () => {
  const lines = rows.map(({ scenario, protocol, oracle, isolation, said }) => {
    const names = [`${scenario.name} ${protocol.name}`.padEnd(51), oracle.name.padEnd(20), isolation.padEnd(15)];
    return [...names, said].join(" ");
  });
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("oracles.txt");
});

test("what breaks mutual exclusion is answered as by no lock", () => {
  for (const { protocol, oracle, isolation, said } of rows) {
    const claim = protocol.claims?.[isolation] ?? "holds";
    if (oracle.name !== LOCK.name || claim === "holds" || claim.violates !== "mutual-exclusion") continue;
    expect([protocol.name, said]).not.toEqual([protocol.name, "holds"]);
  }
});

test("at SERIALIZABLE what is one transaction is what it would be alone", () => {
  const oneTransaction = ["one-transaction", "check-other-table", "insert-if-absent", "claim-job", "lock-parent-row"];
  const found = rows.filter(({ protocol, isolation }) => {
    return isolation === "serializable" && oneTransaction.includes(protocol.name);
  });
  expect(found.map(({ said }) => said)).toEqual(oneTransaction.map(() => "holds"));
});

test("whatever ends as no serial order does has a name", () => {
  const violated = rows.filter(({ oracle, said }) => oracle.name === OUTCOME.name && said !== "holds");
  expect(violated.length).toBeGreaterThan(20);
  expect(violated.filter(({ name }) => name === null).map(({ protocol }) => protocol.name)).toEqual([]);
});
