/** Each anomaly is called by its name, where it is to be had, and is gone at the level that keeps it away. */
import { beforeAll, describe, expect, test } from "vitest";
import type { IsolationLevel } from "../../../model/protocol.ts";
import { anomalyIn } from "../../../sim/explore/anomaly.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import { openSystem } from "../../../sim/explore/oracles.ts";
import { loadGrammar } from "../../../sim/postgres/grammar.ts";
import type { Instance } from "../../../sim/system/from-scenario.ts";
import type { Anomaly } from "../../../sim/trace/trace.ts";
import { scriptedScenario } from "./scripted-scenario.ts";

beforeAll(loadGrammar);

const TWO_ROWS = ["CREATE TABLE t (id integer PRIMARY KEY, v integer)", "INSERT INTO t VALUES (1, 10), (2, 20)"];

/** What the oracle says of these clients: the anomaly of its counterexample, or `holds`. */
async function judged(
  scripts: Readonly<Record<string, readonly string[]>>,
  isolation: IsolationLevel,
  tables: readonly string[] = TWO_ROWS,
): Promise<Anomaly | "holds"> {
  const scenario = scriptedScenario(tables, scripts);
  const [protocol] = scenario.protocols;
  if (protocol === undefined) throw new Error("a scripted scenario has a protocol");
  const instance: Instance = {
    scenario,
    protocol,
    clients: Object.keys(scripts).length,
    buffers: 1,
    isolation,
    granularity: "coarse",
    oracle: { name: "serializable-outcome", attempts: 1 },
  };
  const { system } = await openSystem(instance, NO_BOUNDS);
  const { verdict, schedule } = await explore(system, NO_BOUNDS);
  if (verdict === "holds") return "holds";
  return anomalyIn(instance, schedule ?? []);
}

function nameOf(anomaly: Anomaly | "holds"): string | null {
  return anomaly === "holds" ? anomaly : anomaly.name;
}

const begun = (...statements: readonly string[]): readonly string[] => ["BEGIN", ...statements, "COMMIT"];

/** Between two transactions: what is violated at which levels, the weakest first. */
const BETWEEN_TRANSACTIONS = [
  {
    name: "lost update",
    levels: ["lost update", "holds", "holds"],
    scripts: {
      alice: begun("SELECT v FROM t WHERE id = 1", "UPDATE t SET v = 11 WHERE id = 1"),
      bob: begun("SELECT v FROM t WHERE id = 1", "UPDATE t SET v = 12 WHERE id = 1"),
    },
  },
  {
    name: "read skew",
    levels: ["read skew", "holds", "holds"],
    scripts: {
      alice: begun("SELECT v FROM t WHERE id = 1", "SELECT v FROM t WHERE id = 2"),
      bob: begun("UPDATE t SET v = 11 WHERE id = 1", "UPDATE t SET v = 21 WHERE id = 2"),
    },
  },
  {
    name: "non-repeatable read",
    levels: ["non-repeatable read", "holds", "holds"],
    scripts: {
      alice: begun("SELECT v FROM t WHERE id = 1", "SELECT v FROM t WHERE id = 1"),
      bob: ["UPDATE t SET v = 11 WHERE id = 1"],
    },
  },
  {
    name: "a phantom that is read twice",
    levels: ["phantom", "holds", "holds"],
    scripts: {
      alice: begun("SELECT count(*) FROM t", "SELECT count(*) FROM t"),
      bob: ["INSERT INTO t VALUES (3, 30)"],
    },
  },
  {
    name: "write skew",
    levels: ["write skew", "write skew", "holds"],
    scripts: {
      alice: begun("SELECT v FROM t WHERE id = 2", "UPDATE t SET v = 11 WHERE id = 1"),
      bob: begun("SELECT v FROM t WHERE id = 1", "UPDATE t SET v = 21 WHERE id = 2"),
    },
  },
  {
    name: "a phantom on both sides",
    levels: ["phantom", "phantom", "holds"],
    scripts: {
      alice: begun("SELECT count(*) FROM t", "INSERT INTO t VALUES (3, 30)"),
      bob: begun("SELECT count(*) FROM t", "INSERT INTO t VALUES (4, 40)"),
    },
  },
] as const;

const LEVELS: readonly IsolationLevel[] = ["read committed", "repeatable read", "serializable"];

test.each(BETWEEN_TRANSACTIONS)(
  "$name is found at the levels that allow it, and at no other",
  async ({ scripts, levels }) => {
    const found: (string | null)[] = [];
    for (const level of LEVELS) found.push(nameOf(await judged(scripts, level)));
    expect(found).toEqual(levels);
  },
);

test("a read-only transaction sees of two others what no order of the three gives, although the two alone would have one", async () => {
  const batch = begun("SELECT v FROM t WHERE id = 1", "UPDATE t SET v = 21 WHERE id = 2");
  const close = ["UPDATE t SET v = 11 WHERE id = 1"];
  const report = begun("SELECT v FROM t WHERE id = 1", "SELECT v FROM t WHERE id = 2");
  expect(nameOf(await judged({ alice: batch, bob: close }, "repeatable read"))).toBe("holds");
  expect(nameOf(await judged({ alice: batch, bob: close, carol: report }, "repeatable read"))).toBe(
    "read-only anomaly",
  );
});

describe("between attempts of several transactions happens what no level allows between transactions", () => {
  test("their writes are mixed", async () => {
    const anomaly = await judged(
      {
        alice: ["UPDATE t SET v = 11 WHERE id = 1", "UPDATE t SET v = 21 WHERE id = 2"],
        bob: ["UPDATE t SET v = 12 WHERE id = 1", "UPDATE t SET v = 22 WHERE id = 2"],
      },
      "serializable",
    );
    expect(nameOf(anomaly)).toBe("write cycle");
  });

  test("each reads what the other has written", async () => {
    const anomaly = await judged(
      {
        alice: ["UPDATE t SET v = v + 1 WHERE id = 1", "SELECT v FROM t WHERE id = 2"],
        bob: ["UPDATE t SET v = v + 1 WHERE id = 2", "SELECT v FROM t WHERE id = 1"],
      },
      "serializable",
    );
    expect(nameOf(anomaly)).toBe("circular reads");
  });
});

test("the circle is told attempt by attempt, each with its row", async () => {
  const anomaly = await judged(
    {
      alice: begun("SELECT v FROM t WHERE id = 2", "UPDATE t SET v = 11 WHERE id = 1"),
      bob: begun("SELECT v FROM t WHERE id = 1", "UPDATE t SET v = 21 WHERE id = 2"),
    },
    "repeatable read",
  );
  expect(anomaly).toEqual({
    name: "write skew",
    source: "A5B of Berenson et al. 1995, G2 of Adya 1999",
    dependencies: [
      {
        kind: "rw",
        before: "alice's run",
        after: "bob's run",
        sentence: "alice's run reads t (id = 2) as it was before bob's run changes it",
      },
      {
        kind: "rw",
        before: "bob's run",
        after: "alice's run",
        sentence: "bob's run reads t (id = 1) as it was before alice's run changes it",
      },
    ],
  });
});

test("a violation that no circle of reads and writes explains has no name", async () => {
  const tables = ["CREATE TABLE tickets (id serial PRIMARY KEY, of text)"];
  const two = (client: string) => [
    `INSERT INTO tickets (of) VALUES ('${client}')`,
    `INSERT INTO tickets (of) VALUES ('${client}')`,
  ];
  expect(await judged({ alice: two("alice"), bob: two("bob") }, "read committed", tables)).toEqual({
    name: null,
    source: null,
    dependencies: [],
  });
});

describe("is no anomaly", () => {
  test("an UPDATE that waits, and reads again what it waited for", async () => {
    const add = ["UPDATE t SET v = v + 1 WHERE id = 1"];
    expect(await judged({ alice: add, bob: add }, "read committed")).toBe("holds");
  });

  test("a transaction that fails, whose client is told so", async () => {
    const add = begun("SELECT v FROM t WHERE id = 1", "UPDATE t SET v = v + 1 WHERE id = 1");
    expect(await judged({ alice: add, bob: add }, "repeatable read")).toBe("holds");
  });

  test("a deadlock, whose victim is told so", async () => {
    const scripts = {
      alice: begun("UPDATE t SET v = v + 1 WHERE id = 1", "UPDATE t SET v = v + 1 WHERE id = 2"),
      bob: begun("UPDATE t SET v = v + 1 WHERE id = 2", "UPDATE t SET v = v + 1 WHERE id = 1"),
    };
    expect(await judged(scripts, "read committed")).toBe("holds");
  });

  test("the order in which a table without a key holds its rows", async () => {
    const tables = ["CREATE TABLE notes (of text)"];
    const note = (client: string) => [`INSERT INTO notes VALUES ('${client}')`];
    expect(await judged({ alice: note("alice"), bob: note("bob") }, "read committed", tables)).toBe("holds");
  });
});
