/** Symmetry is refused where a process does more with a name than to hand it on. */
import { beforeAll, describe, expect, it } from "vitest";
import { scenarioNamed } from "../../../model/scenarios/index.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import { createServer, loadGrammar } from "../../../sim/postgres/index.ts";
import { type Process, request } from "../../../sim/process/process.ts";
import { buildSystem } from "../../../sim/system/build.ts";
import type { ExplorableSystem } from "../../../sim/system/explorable-system.ts";
import { type Instance, protocolOf, systemOf } from "../../../sim/system/from-scenario.ts";

beforeAll(loadGrammar);

const NAMES = ["alice", "bob", "carol", "dave"];

/** Sends one value and remembers another, both made of its name. */
function process(
  name: string,
  made: { value: (name: string) => string | number; memory: (name: string) => unknown },
): Process {
  return {
    initial: 0,
    requests: (node) =>
      node === 0 ? [request("next", { text: "UPDATE t SET v = $1 WHERE id = 1", values: [made.value(name)] }, 1)] : [],
    advance: () => 2,
    view: () => ({}),
    text: (node) => JSON.stringify([node, node === 2 ? made.memory(name) : null]),
    describe: (node) => ["ready", "waiting", "done"][node] as string,
  };
}

function system(made: Parameters<typeof process>[1]): ExplorableSystem {
  return systemOfProcesses(NAMES.map((name) => process(name, made)));
}

function systemOfProcesses(processes: readonly Process[]): ExplorableSystem {
  const setup = ["CREATE TABLE t (id integer PRIMARY KEY, v text)", "INSERT INTO t VALUES (1, NULL)"];
  return buildSystem({
    server: createServer({ sessions: NAMES.length, setup, granularity: "coarse", isolation: "read committed" }),
    clients: NAMES,
    processes,
    properties: [],
    claimed: true,
    granularity: "coarse",
  });
}

const name = (each: string): string => each;

describe("symmetry", () => {
  it("is used where processes hand their names on", async () => {
    const found = await explore(system({ value: name, memory: name }), NO_BOUNDS, {}, ["symmetry"]);
    expect(found.verdict).toBe("holds");
  });

  it("is refused where a process sends what it has computed from its name", async () => {
    const explored = explore(system({ value: ({ length }) => `of ${length}`, memory: name }), NO_BOUNDS, {}, [
      "symmetry",
    ]);
    await expect(explored).rejects.toThrow(/alice and bob send different values in ready/);
  });

  it("is refused where a process remembers what it has computed from its name", async () => {
    const explored = explore(system({ value: name, memory: (each) => each < "carol" }), NO_BOUNDS, {}, ["symmetry"]);
    await expect(explored).rejects.toThrow(/alice and carol remember different things after waiting/);
  });

  it("is refused where a name is part of a text", async () => {
    const explored = explore(system({ value: () => "held by bob", memory: name }), NO_BOUNDS, {}, ["symmetry"]);
    await expect(explored).rejects.toThrow(/the name of the client bob is part of a longer text/);
  });

  it("is used where a word has a name in it by chance", async () => {
    const found = await explore(system({ value: () => "bobbin", memory: () => "caroling" }), NO_BOUNDS, {}, [
      "symmetry",
    ]);
    expect(found.verdict).toBe("holds");
  });

  it("is refused where a process makes words of its name", async () => {
    const explored = explore(system({ value: (each) => `${each}s`, memory: name }), NO_BOUNDS, {}, ["symmetry"]);
    await expect(explored).rejects.toThrow(/alice and bob send different values/);
  });

  it("is refused where one client has a wish that others have not", async () => {
    const wishes = (each: string): Process => ({
      ...process(each, { value: name, memory: name }),
      requests: (node) => {
        const update = { text: "UPDATE t SET v = $1 WHERE id = 1", values: [each] };
        return node > 0 ? [] : [request("ask", update, 1), ...(each === "dave" ? [request("take", update, 1)] : [])];
      },
    });
    const explored = explore(systemOfProcesses(NAMES.map(wishes)), NO_BOUNDS, {}, ["symmetry"]);
    await expect(explored).rejects.toThrow(/alice and dave ask for different things in ready/);
  });

  it("is refused where a process sends what it has computed from its name, and then is where it was before", async () => {
    const polls = (each: string): Process => ({
      initial: 0,
      requests: (node) =>
        node === 0 ? [request("poll", { text: "SELECT pg_try_advisory_lock($1)", values: [each.length] }, 1)] : [],
      advance: () => 0,
      view: () => ({}),
      text: String,
      describe: (node) => ["ready", "waiting"][node] as string,
    });
    await expect(
      explore(systemOfProcesses(NAMES.map(polls)), { ...NO_BOUNDS, states: 1000 }, {}, ["symmetry"]),
    ).rejects.toThrow(/send different values in ready/);
  });

  it("is refused in the editor, whose cursor stands after its owner's name", async () => {
    const scenario = scenarioNamed("editor");
    if (scenario === null) throw new Error("there is an editor");
    const what: Instance = {
      scenario,
      protocol: protocolOf(scenario, "edit-after-atomic-update"),
      clients: 3,
      buffers: 1,
      isolation: "read committed",
      granularity: "coarse",
    };
    await expect(explore(systemOf(what), NO_BOUNDS, {}, ["symmetry"])).rejects.toThrow(/a name is more than a name/);
  });
});

describe("a search without reductions", () => {
  it("takes the steps of each client by itself where names are more than names", async () => {
    const found = await explore(system({ value: ({ length }) => `of ${length}`, memory: name }), NO_BOUNDS);
    expect([found.verdict, found.unfolded]).toEqual(["holds", false]);
  });
});
