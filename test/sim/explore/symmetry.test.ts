/** Symmetry explores one state of each orbit, and the sizes of the orbits say that nothing was lost. */
import { beforeAll, describe, expect, it } from "vitest";
import type { AlwaysProperty } from "../../../model/property.ts";
import type { Protocol } from "../../../model/protocol.ts";
import { scenarios } from "../../../model/scenarios/index.ts";
import { race001 } from "../../../model/scenarios/race-001.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import { createServer, loadGrammar } from "../../../sim/postgres/index.ts";
import { buildSystem } from "../../../sim/system/build.ts";
import type { ExplorableSystem } from "../../../sim/system/explorable-system.ts";
import { type Instance, protocolOf, systemOf } from "../../../sim/system/from-scenario.ts";
import { scriptedProcess } from "./scripted-process.ts";

/** Explored in full this far; where the full space is larger, nothing is compared. */
const FULL_STATES_MAX: Readonly<Record<number, number>> = { 2: 1500, 3: 600 };

/** Behind a pooler a client is not bound to one session, and symmetry is refused. */
function isBoundToSessions({ faults }: Protocol): boolean {
  return faults?.pooler === undefined;
}

/** In the editor clients' names are parts of texts, and leases are compared by statements that may compare names, too: refused. */
const symmetric = scenarios.filter(({ name }) => name !== "editor" && name !== "leases");

function instances(clients: number): readonly Instance[] {
  return symmetric.flatMap((scenario) =>
    scenario.protocols.filter(isBoundToSessions).flatMap((protocol) =>
      (["fine", "coarse"] as const).map(
        (granularity): Instance => ({
          // Without properties nothing ends the search before everything was seen.
          scenario: { ...scenario, properties: [] },
          protocol,
          clients,
          buffers: scenario.defaults.buffers,
          isolation: "read committed",
          granularity,
        }),
      ),
    ),
  );
}

beforeAll(loadGrammar);

describe("symmetry", () => {
  for (const clients of [2, 3]) {
    it(`counts the states of the full search, ${clients} clients, every protocol`, async () => {
      let compared = 0;
      for (const instance of instances(clients)) {
        const full = await explore(systemOf(instance), { ...NO_BOUNDS, states: FULL_STATES_MAX[clients] ?? 0 });
        if (!full.exhaustive) continue;
        const reduced = await explore(systemOf(instance), NO_BOUNDS, {}, ["symmetry"]);
        const name = `${instance.scenario.name} ${instance.protocol.name} ${instance.granularity}`;
        expect([name, reduced.fullStates, reduced.depth]).toEqual([name, full.distinctStates, full.depth]);
        expect(reduced.distinctStates).toBeLessThan(full.distinctStates);
        compared++;
      }
      expect(compared).toBeGreaterThan(10);
    });
  }

  it("comes to the same verdict, property and length of the trace", async () => {
    for (const scenario of symmetric) {
      for (const protocol of scenario.protocols.filter(isBoundToSessions)) {
        const instance: Instance = {
          scenario,
          protocol,
          clients: 2,
          buffers: scenario.defaults.buffers,
          isolation: "read committed",
          granularity: "fine",
        };
        const bounds = { ...NO_BOUNDS, states: 1500 };
        const full = await explore(systemOf(instance), bounds);
        const reduced = await explore(systemOf(instance), bounds, {}, ["symmetry"]);
        const told = ({ verdict, violation, schedule }: typeof full) => [
          verdict,
          violation?.property,
          schedule?.length,
        ];
        expect([protocol.name, ...told(reduced)]).toEqual([protocol.name, ...told(full)]);
      }
    }
  });

  it("finds the same orbits by sections and by trying orders", async () => {
    for (const name of ["check-then-act", "atomic-update", "select-for-update"]) {
      for (const granularity of ["fine", "coarse"] as const) {
        const instance: Instance = {
          scenario: { ...race001, properties: [] },
          protocol: protocolOf(race001, name),
          clients: 3,
          buffers: 1,
          isolation: "read committed",
          granularity,
        };
        const tried = systemOf(instance);
        tried.sections = () => null;
        const found = await explore(systemOf(instance), NO_BOUNDS, {}, ["symmetry"]);
        const again = await explore(tried, NO_BOUNDS, {}, ["symmetry"]);
        expect([found.distinctStates, found.fullStates, found.transitions, found.depth]).toEqual([
          again.distinctStates,
          again.fullStates,
          again.transitions,
          again.depth,
        ]);
      }
    }
  });

  it("sees 275,544 states of seven clients as 596 orbits", async () => {
    const instance: Instance = {
      scenario: race001,
      protocol: protocolOf(race001, "select-for-update"),
      clients: 7,
      buffers: 1,
      isolation: "read committed",
      granularity: "fine",
    };
    const found = await explore(systemOf(instance), NO_BOUNDS, {}, ["symmetry"]);
    expect([found.verdict, found.distinctStates, found.fullStates]).toEqual(["holds", 596, 275_544]);
  });

  it("is refused where a statement orders names", async () => {
    const setup = [...race001.setup(1), "CREATE TABLE log (who text)"];
    const instance: Instance = {
      scenario: { ...race001, setup: () => setup },
      protocol: protocolOf(race001, "atomic-update"),
      clients: 2,
      buffers: 1,
      isolation: "read committed",
      granularity: "fine",
    };
    const system = systemOf(instance);
    expect(system.ordersTexts("SELECT locked_by FROM buffers ORDER BY locked_by")).toBe(true);
    expect(system.ordersTexts("SELECT id FROM buffers WHERE locked_by < $1")).toBe(true);
    expect(system.ordersTexts("INSERT INTO log VALUES ('by ' || $1)")).toBe(true);
    expect(system.ordersTexts("SELECT max(locked_by) FROM buffers")).toBe(true);
    expect(
      system.ordersTexts("SELECT locked_by FROM buffers WHERE id > 0 AND locked_by = $1 ORDER BY id LIMIT 1"),
    ).toBe(false);
  });

  it("is refused where a property tells clients apart", async () => {
    const properties = [
      {
        kind: "always",
        name: "not-alice",
        sentence: "alice never owns",
        violation: (world: { clients: readonly { name: string; view: Record<string, unknown> }[] }) =>
          world.clients.some(({ name, view }) => name === "alice" && view["owns"] !== null) ? "alice owns" : null,
      },
    ] as const;
    const instance: Instance = {
      scenario: { ...race001, properties },
      protocol: protocolOf(race001, "atomic-update"),
      clients: 2,
      buffers: 1,
      isolation: "read committed",
      granularity: "fine",
    };
    await expect(explore(systemOf(instance), NO_BOUNDS, {}, ["symmetry"])).rejects.toThrow(
      /not-alice tells clients apart/,
    );
  });

  it("is refused where a property goes by the order of rows whose keys are names", async () => {
    const clients = ["alice", "bob"];
    const build = (): ExplorableSystem =>
      buildSystem({
        server: createServer({
          sessions: 2,
          setup: ["CREATE TABLE line (who text PRIMARY KEY, came bigint)"],
          granularity: "coarse",
          isolation: "read committed",
        }),
        clients,
        processes: clients.map((each) =>
          scriptedProcess(["INSERT INTO line SELECT $1, count(*) FROM line"], false, each),
        ),
        properties: [
          {
            kind: "always",
            name: "in-order",
            sentence: "the first row came first",
            violation: ({ tables }) => {
              const [first, second] = tables["line"] ?? [];
              return second !== undefined && String(first?.["came"]) > String(second["came"]) ? "it came later" : null;
            },
          },
        ],
        granularity: "coarse",
      });
    expect((await explore(build(), NO_BOUNDS)).verdict).toBe("violated");
    await expect(explore(build(), NO_BOUNDS, {}, ["symmetry"])).rejects.toThrow(/in-order tells clients apart/);
  });

  it("is refused for more clients than can be tried where a property does not say that it knows none", async () => {
    const [property] = race001.properties;
    const { symmetric: _, ...silent } = property as AlwaysProperty;
    const instance = (clients: number): Instance => ({
      scenario: { ...race001, properties: [silent] },
      protocol: protocolOf(race001, "atomic-update"),
      clients,
      buffers: 1,
      isolation: "read committed",
      granularity: "fine",
    });
    expect((await explore(systemOf(instance(4)), NO_BOUNDS, {}, ["symmetry"])).fullStates).toBe(760);
    await expect(explore(systemOf(instance(5)), NO_BOUNDS, {}, ["symmetry"])).rejects.toThrow(
      /mutual-exclusion does not say that it knows no client by name/,
    );
  });

  it("is refused where a property tells apart a client who is neither first nor last", async () => {
    const properties = [
      {
        kind: "always",
        name: "not-bob",
        sentence: "bob never owns",
        violation: (world: { clients: readonly { name: string; view: Record<string, unknown> }[] }) =>
          world.clients.some(({ name, view }) => name === "bob" && view["owns"] !== null) ? "bob owns" : null,
      },
    ] as const;
    const instance: Instance = {
      scenario: { ...race001, properties },
      protocol: protocolOf(race001, "atomic-update"),
      clients: 3,
      buffers: 1,
      isolation: "read committed",
      granularity: "fine",
    };
    await expect(explore(systemOf(instance), NO_BOUNDS, {}, ["symmetry"])).rejects.toThrow(
      /not-bob tells clients apart/,
    );
  });
});
