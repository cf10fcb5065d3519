/** What all protocols have in common, whatever SQL they send and whatever they own: when they believe, when they stop, what they forget. */
import { describe, expect, test } from "vitest";
import { replyEvent } from "../../model/protocol.ts";
import { clientNames } from "../../model/scenario.ts";
import { scenarioNamed, scenarios } from "../../model/scenarios/index.ts";
import { race001 } from "../../model/scenarios/race-001.ts";
import { movesOf } from "../../src/docs/walk.ts";

const BUFFERS = [1, 2];
const protocols = scenarios.flatMap((scenario) => scenario.protocols);

/** In these an owner asks for more than to let go, and believes while it does. */
const ownersAct = protocols.filter(({ userEvents }) =>
  userEvents([1]).some(({ type }) => type !== "acquire" && type !== "release"),
);

describe.each(protocols)("$name", (protocol) => {
  const moves = movesOf(protocol, BUFFERS);

  test("leaves every state that has asked, on every reply of its alphabet", () => {
    const asking = moves.filter(({ from }) => from.value !== "idle" && from.value !== "owning").map(({ from }) => from);
    for (const state of asking) for (const reply of protocol.replies) expect(state.can(reply)).toBe(true);
    expect(asking).not.toHaveLength(0);
  });

  test("owns what it was asked to acquire, or what it was given", () => {
    const owned = moves.filter(({ to }) => to.value === "owning").map(({ to }) => protocol.view(to)["owns"]);
    expect([...new Set(owned)].sort()).toEqual(BUFFERS);
  });

  test("never owns after an error", () => {
    for (const { event, to } of moves) if (event.type === "failed") expect(to.value).not.toBe("owning");
  });

  test("forgets what it wanted when it is idle, so that trying again leads to no new state", () => {
    const idle = moves.filter(({ to }) => to.value === "idle").map(({ to }) => to.context as Record<string, unknown>);
    // Attempts that are counted down end by themselves.
    const kept = idle.map(({ client: _, attemptsLeft: __, ...rest }) => rest);
    expect(kept.flatMap((context) => Object.values(context)).filter((value) => value !== null)).toEqual([]);
    expect(kept).not.toHaveLength(0);
  });
});

describe.each(protocols.filter((protocol) => !ownersAct.includes(protocol)))("$name", (protocol) => {
  const moves = movesOf(protocol, BUFFERS);

  test("believes in the state owning and nowhere else", () => {
    for (const { to } of moves) expect(protocol.view(to)["owns"] !== null).toBe(to.value === "owning");
  });

  test("stops believing by the user's decision, before it sends the release", () => {
    const ends = moves.filter(({ from, to }) => from.value === "owning" && to.value !== "owning");
    expect(new Set(ends.map(({ event, to }) => `${event.type} ${to.value} ${protocol.view(to)["owns"]}`))).toEqual(
      new Set(["release releasing null"]),
    );
  });
});

describe.each(ownersAct)("$name", (protocol) => {
  const moves = movesOf(protocol, BUFFERS);

  test("begins to believe in the state owning, and stops for good when it releases, or learns that it has lost", () => {
    const believes = (snapshot: (typeof moves)[number]["from"]): boolean => protocol.view(snapshot)["owns"] !== null;
    const begins = moves.filter(({ from, to }) => !believes(from) && believes(to)).map(({ to }) => to.value);
    const ends = moves.filter(({ from, to }) => believes(from) && !believes(to)).map(({ to }) => to.value);
    expect(new Set(begins)).toEqual(new Set(["owning"]));
    expect(new Set(ends.filter((state) => state !== "idle"))).toEqual(new Set(["releasing"]));
  });
});

describe.each(scenarios)("the scenario $name", (scenario) => {
  test("is found by its name and has its default protocol", () => {
    expect(scenarioNamed(scenario.name)).toBe(scenario);
    expect(scenario.protocols.map(({ name }) => name)).toContain(scenario.defaults.protocol);
  });

  test("claims a witness, so that none of its protocols holds by doing nothing", () => {
    expect(scenario.properties.map(({ kind }) => kind)).toContain("sometimes");
  });

  test("has protocols of different names, and each that is spelled out names another one", () => {
    const names = scenario.protocols.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const spelledOut = scenario.protocols.flatMap((protocol) => protocol.spelledOut ?? []);
    expect(spelledOut.filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe("the scenario race-001", () => {
  test("is found by its name, and an unknown name finds nothing", () => {
    expect([scenarioNamed("race-001"), scenarioNamed("race-002")]).toEqual([race001, null]);
  });

  test("has a free row for each buffer", () => {
    expect(race001.setup(2)).toEqual([
      "CREATE TABLE buffers (id integer PRIMARY KEY, locked_by text)",
      "INSERT INTO buffers (id, locked_by) VALUES (1, NULL)",
      "INSERT INTO buffers (id, locked_by) VALUES (2, NULL)",
    ]);
  });
});

test("clients have names, and numbers when the names run out", () => {
  expect(clientNames(13).filter((_, at) => at === 0 || at > 10)).toEqual(["alice", "niaj", "client13"]);
});

test("a reply reaches a machine as rows by column name", () => {
  const reply = {
    kind: "rows",
    command: "SELECT",
    rowCount: 1,
    fields: ["id", "locked_by"],
    rows: [[1, null]],
  } as const;
  expect(replyEvent(reply)).toEqual({ type: "rows", rowCount: 1, rows: [{ id: 1, locked_by: null }] });
});
