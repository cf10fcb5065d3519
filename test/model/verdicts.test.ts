/**
 * What each protocol claims at each isolation level is what an exhaustive exploration says, and how many states that takes.
 *
 * The counts are kept in verdicts.txt: a change there is a change of the simulated server's steps, of its canonical form or of a
 * protocol, and is to be explained. `npx vitest run test/model/verdicts.test.ts -u` writes the file anew.
 */
import { beforeAll, describe, expect, test } from "vitest";
import type { IsolationLevel, Protocol } from "../../model/protocol.ts";
import type { Scenario } from "../../model/scenario.ts";
import { scenarios } from "../../model/scenarios/index.ts";
import { NO_BOUNDS } from "../../sim/explore/bounds.ts";
import { explore } from "../../sim/explore/exhaustive.ts";
import type { Exploration } from "../../sim/explore/exploration.ts";
import { loadGrammar } from "../../sim/postgres/grammar.ts";
import { systemOf } from "../../sim/system/from-scenario.ts";
import type { Granularity } from "../../sim/system/system.ts";

beforeAll(loadGrammar);

const LEVELS: readonly IsolationLevel[] = ["read committed", "repeatable read", "serializable"];

const GRANULARITIES: readonly Granularity[] = ["fine", "coarse"];

interface Cell {
  readonly scenario: Scenario;
  readonly protocol: Protocol;
  readonly isolation: IsolationLevel;
  readonly granularity: Granularity;
  readonly clients: number;
}

const pairs = scenarios.flatMap((scenario) => scenario.protocols.map((protocol) => ({ scenario, protocol })));

const known = new Map<string, Promise<Exploration>>();

/** Each cell is explored once, however many tests ask for it. */
function explored(cell: Cell): Promise<Exploration> {
  const { scenario, protocol, isolation, granularity, clients } = cell;
  const name = [scenario.name, protocol.name, isolation, granularity, clients].join(" ");
  const exploration = known.get(name) ?? explore(systemOf({ ...cell, buffers: scenario.defaults.buffers }), NO_BOUNDS);
  known.set(name, exploration);
  return exploration;
}

function said({ verdict, violation }: Exploration): string {
  return verdict === "violated" ? `violates ${violation?.property}` : verdict;
}

describe.each(pairs)("$scenario.name, $protocol.name", ({ scenario, protocol }) => {
  test.each(LEVELS)("is at %s what it claims to be", async (isolation) => {
    const exploration = await explored({ scenario, protocol, isolation, granularity: "fine", clients: 2 });
    const claim = protocol.claims?.[isolation];
    expect(said(exploration)).toBe(claim === "holds" ? "holds" : `violates ${claim?.violates}`);
  });
});

test("every shipped protocol claims a verdict at each level, and is called broken where it does not hold as it is used", () => {
  for (const { protocol } of pairs) {
    expect(Object.keys(protocol.claims ?? {})).toEqual(LEVELS);
    // Nobody gets another level without asking for it.
    expect([protocol.name, protocol.broken]).toEqual([protocol.name, protocol.claims?.["read committed"] !== "holds"]);
  }
});

test("verdicts and numbers of states are those of verdicts.txt", async () => {
  const lines: string[] = [];
  for (const { scenario, protocol } of pairs) {
    for (const isolation of LEVELS) {
      for (const granularity of GRANULARITIES) {
        lines.push(
          line(await explored({ scenario, protocol, isolation, granularity, clients: 2 }), [
            `${scenario.name} ${protocol.name}`,
            isolation,
            granularity,
          ]),
        );
      }
    }
  }
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("verdicts.txt");
});

test("three clients get the verdicts of two, in the numbers of verdicts-of-three.txt", async () => {
  const lines: string[] = [];
  for (const { scenario, protocol } of pairs.filter((pair) => pair.scenario.defaults.buffers === 1)) {
    const cell: Cell = { scenario, protocol, isolation: "read committed", granularity: "coarse", clients: 3 };
    const exploration = await explored(cell);
    const claim = protocol.claims?.["read committed"];
    expect(exploration.verdict).toBe(claim === "holds" ? "holds" : "violated");
    lines.push(line(exploration, [`${scenario.name} ${protocol.name}`, cell.isolation, cell.granularity]));
  }
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("verdicts-of-three.txt");
});

const WIDTHS = [56, 16, 7];

/** One cell: its verdict, its states, the steps of its shortest counterexample, and the errors that clients are answered with. */
function line(exploration: Exploration, names: readonly string[]): string {
  const { distinctStates, schedule, failures } = exploration;
  const found = [
    `${said(exploration)}${schedule === null ? "" : ` in ${schedule.length} steps`}`.padEnd(38),
    `${distinctStates} states`.padEnd(12),
    Object.keys(failures).join(" "),
  ];
  return [...names.map((name, at) => name.padEnd(WIDTHS[at] ?? 0)), ...found].join(" ").trimEnd();
}
