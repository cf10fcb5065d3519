/**
 * Races that only show at points inside of statements, or under a plan that no text forces. Each was seen on a real server, in some
 * of thousands of runs; their counts are pinned, since a point that goes missing is a false *holds*.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { Property, World } from "../../../model/property.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import type { Exploration } from "../../../sim/explore/exploration.ts";
import { createServer, loadGrammar } from "../../../sim/postgres/index.ts";
import type { ServerOptions } from "../../../sim/postgres/server.ts";
import { codeProcess } from "../../../sim/process/code-process.ts";
import { buildSystem } from "../../../sim/system/build.ts";

const NAMES = ["alice", "bob", "carol"];

/** What a client has been answered so far, statement by statement: rows, counts, SQLSTATEs. */
function heard(world: World, client: number): string {
  return String(world.clients[client]?.view["heard"] ?? "");
}

function never(name: string, happens: (world: World) => boolean): Property {
  return { kind: "always", name, sentence: name, violation: (world) => (happens(world) ? name : null) };
}

const NO_DEADLOCK = never("no-deadlock", (world) =>
  world.clients.some((_, client) => heard(world, client).includes("40P01")),
);

interface Programs {
  readonly setup: readonly string[];
  readonly clients: readonly (readonly string[])[];
  readonly property?: Property;
  readonly options?: Partial<ServerOptions>;
}

/** What was found; whether a row was ever changed is not asked here. */
async function explored(programs: Programs): Promise<Exploration> {
  const found = await exploration(programs);
  return found.exhaustive && found.violation === null ? { ...found, verdict: "holds" } : found;
}

async function exploration({ setup, clients, property = NO_DEADLOCK, options = {} }: Programs): Promise<Exploration> {
  const names = NAMES.slice(0, clients.length);
  const processes = await Promise.all(
    clients.map((statements, at) =>
      codeProcess(
        async (session) => {
          const answers: unknown[] = [];
          for (const sql of statements) {
            try {
              const { rows, rowCount } = await session.query(sql, []);
              answers.push(rows.length > 0 ? rows.map((row) => Object.values(row)) : rowCount);
            } catch (error) {
              answers.push((error as { readonly code?: string }).code);
            }
            session.believe({ heard: JSON.stringify(answers) });
          }
        },
        { name: names[at] ?? "", view: { heard: "" } },
      ),
    ),
  );
  const granularity = options.granularity ?? "fine";
  const server = createServer({
    sessions: clients.length,
    setup,
    granularity,
    isolation: "read committed",
    ...options,
  });
  const system = buildSystem({ server, clients: names, processes, properties: [property], granularity });
  return explore(system, NO_BOUNDS);
}

const T = ["CREATE TABLE t (id int PRIMARY KEY, v int)"];
const TWO_ROWS = [...T, "INSERT INTO t VALUES (1, 0), (2, 0)"];

beforeAll(loadGrammar);

describe("a point before each row and key", () => {
  it("lets two inserts of the same keys in other orders deadlock", async () => {
    const clients = [["INSERT INTO t VALUES (1, 0), (2, 0)"], ["INSERT INTO t VALUES (2, 0), (1, 0)"]];
    const found = await explored({ setup: T, clients });
    expect([found.verdict, found.schedule?.length]).toEqual(["violated", 5]);
    expect((await explored({ setup: T, clients, options: { granularity: "coarse" } })).verdict).toBe("holds");
  });

  it("makes no error of a rival that comes between ON CONFLICT's look and its key", async () => {
    const setup = ["CREATE TABLE u (id serial PRIMARY KEY, name text UNIQUE, v int)"];
    const upsert = "INSERT INTO u (name, v) VALUES ('a', 1) ON CONFLICT (name) DO UPDATE SET v = u.v + 1 RETURNING v";
    const nothing = "INSERT INTO u (name, v) VALUES ('a', 1) ON CONFLICT DO NOTHING RETURNING v";
    const property = never("an error", (world) => [0, 1].some((client) => heard(world, client).includes("23505")));
    const found = await explored({ setup, clients: [[upsert], [upsert]], property });
    expect([found.verdict, found.distinctStates]).toEqual(["holds", 53]);
    expect((await explored({ setup, clients: [[nothing], [nothing]], property })).verdict).toBe("holds");
    expect((await explored({ setup, clients: [[upsert], [nothing]], property })).verdict).toBe("holds");
  });

  it("keeps the error of a key that ON CONFLICT does not name", async () => {
    const setup = ["CREATE TABLE u (id int PRIMARY KEY, name text UNIQUE)"];
    const property = never("an error", (world) => [0, 1].some((client) => heard(world, client).includes("23505")));
    const insert = "INSERT INTO u VALUES (1, 'a') ON CONFLICT (id) DO NOTHING";
    const clients = [[insert], ["INSERT INTO u VALUES (2, 'a')"]];
    expect((await explored({ setup, clients, property })).verdict).toBe("violated");
  });

  it("lets upserts deadlock, and not where both take the keys in one order", async () => {
    const upsert = (first: number, second: number): readonly string[] => [
      `INSERT INTO t VALUES (${first}, 0), (${second}, 0) ON CONFLICT (id) DO UPDATE SET v = 1`,
    ];
    expect((await explored({ setup: T, clients: [upsert(1, 2), upsert(2, 1)] })).verdict).toBe("violated");
    expect((await explored({ setup: T, clients: [upsert(1, 2), upsert(1, 2)] })).verdict).toBe("holds");
  });

  it("lets a second unique key of one row be met by somebody who waits for the first", async () => {
    const setup = ["CREATE TABLE t (id int PRIMARY KEY, u int UNIQUE)"];
    const clients = [["INSERT INTO t VALUES (1, 1), (3, 3)"], ["INSERT INTO t VALUES (3, 9), (8, 1)"]];
    expect((await explored({ setup, clients })).verdict).toBe("violated");
  });

  it("lies between ON CONFLICT's look for its key and the entry of another unique key", async () => {
    const setup = ["CREATE TABLE t (id int PRIMARY KEY, u int UNIQUE)"];
    const property = never("duplicate-key", (world) => heard(world, 1) === '["23505"]');
    const beside = (clause: string): Promise<Exploration> =>
      explored({
        setup,
        clients: [["INSERT INTO t VALUES (1, 1)"], [`INSERT INTO t VALUES (1, 1) ON CONFLICT ${clause}`]],
        property,
      });
    const found = await beside("(id) DO UPDATE SET u = excluded.u");
    expect([found.verdict, found.schedule?.length]).toEqual(["violated", 6]);
    expect((await beside("DO NOTHING")).verdict).toBe("holds");
    const other = ["INSERT INTO t VALUES (1, 1)", "INSERT INTO t VALUES (2, 1) ON CONFLICT (u) DO NOTHING"];
    expect((await explored({ setup, clients: other.map((sql) => [sql]), property })).verdict).toBe("holds");
  });

  it("lets who has entered a key for ON CONFLICT wait for another unique key, and others for the first", async () => {
    const setup = ["CREATE TABLE t (id int PRIMARY KEY, u int UNIQUE)"];
    const clients = [
      ["INSERT INTO t VALUES (5, 1), (1, 5)"],
      ["INSERT INTO t VALUES (1, 1) ON CONFLICT (id) DO NOTHING"],
    ];
    expect((await explored({ setup, clients })).verdict).toBe("violated");
    const same = ["INSERT INTO t VALUES (5, 1), (1, 5)", "INSERT INTO t VALUES (1, 1) ON CONFLICT DO NOTHING"];
    expect((await explored({ setup, clients: same.map((sql) => [sql]) })).verdict).toBe("holds");
  });

  it("lies between a row lock and the row that it leads to", async () => {
    const claim = `WITH c AS (SELECT id FROM t ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
      INSERT INTO k SELECT 7 FROM c ON CONFLICT DO NOTHING RETURNING (SELECT id FROM c)`;
    const property = never("the-second-row-wins", (world) => [0, 1].some((at) => heard(world, at) === "[[[2]]]"));
    const found = await explored({
      setup: [...TWO_ROWS, "CREATE TABLE k (id int PRIMARY KEY)"],
      clients: [[claim], [claim]],
      property,
    });
    expect([found.verdict, found.schedule?.length]).toEqual(["violated", 7]);
  });
});

describe("a point before each table lock but the first", () => {
  const setup = ["CREATE TABLE a (id int)", "CREATE TABLE b (id int)", "CREATE TABLE c (id int)"];
  const locks = (tables: string): readonly string[] => ["BEGIN", `LOCK TABLE ${tables}`, "COMMIT"];

  it.each([
    ["LOCK TABLE of two", [locks("a, b"), locks("b, a")]],
    ["LOCK TABLE of three, the last two in other orders", [locks("a, b, c"), ["BEGIN", "LOCK c, b", "COMMIT"]]],
    ["TRUNCATE", [["TRUNCATE a, b"], ["TRUNCATE b, a"]]],
    ["DROP TABLE", [["DROP TABLE a, b"], ["DROP TABLE b, a"]]],
    ["a query beside LOCK TABLE", [["SELECT 1 FROM a, b"], locks("b, a")]],
  ])("lets %s deadlock", async (_, clients) => {
    expect((await explored({ setup, clients })).verdict).toBe("violated");
  });

  it("lets nobody deadlock where all take the tables in one order", async () => {
    expect((await explored({ setup, clients: [locks("a, b"), locks("a, b")] })).verdict).toBe("holds");
  });
});

describe("the rows of a WITH that locks them", () => {
  it("are pulled one by one, or all before the first is inserted", async () => {
    const insert = (rows: string): readonly string[] => [
      `WITH c AS (SELECT id FROM t ORDER BY id ${rows}) INSERT INTO k SELECT 7 FROM c ON CONFLICT DO NOTHING`,
    ];
    const found = await explored({
      setup: [...TWO_ROWS, "CREATE TABLE k (id int PRIMARY KEY)"],
      clients: [insert("LIMIT 2 FOR UPDATE"), insert("DESC LIMIT 1 FOR UPDATE SKIP LOCKED")],
    });
    expect(found.verdict).toBe("violated");
  });
});

describe("a point before each advisory lock and sequence call", () => {
  it("lets a job that is gone be taken, since the snapshot is older than the lock", async () => {
    const take = "SELECT id FROM t WHERE pg_try_advisory_lock(id) ORDER BY id LIMIT 1";
    const found = await explored({
      setup: TWO_ROWS,
      clients: [
        [take, "DELETE FROM t WHERE id = 1", "SELECT pg_advisory_unlock(1)"],
        [take, "SELECT count(*) FROM t WHERE id = 1"],
      ],
      property: never("a-job-that-is-gone", (world) => heard(world, 1) === '[[[1]],[["0"]]]'),
    });
    expect([found.verdict, found.schedule?.length]).toEqual(["violated", 9]);
  });

  it("lets rows come in another order than their numbers", async () => {
    const setup = ["CREATE SEQUENCE s", "CREATE TABLE t (n int, at int)", "CREATE SEQUENCE clock"];
    const insert = "INSERT INTO t VALUES (nextval('s'), nextval('clock'))";
    const found = await explored({
      setup,
      clients: [[insert], [insert]],
      property: never("out-of-order", ({ tables }) => {
        const rows = tables["t"] ?? [];
        return rows.some(({ n, at }) => n !== at);
      }),
    });
    expect(found.verdict).toBe("violated");
  });
});

describe("an order that no text forces is the planner's choice", () => {
  it("lets updates of two rows deadlock, and says in the schedule what the planner chose", async () => {
    const clients = [["UPDATE t SET v = 1"], ["UPDATE t SET v = 2"]];
    const found = await explored({ setup: TWO_ROWS, clients });
    expect(found.verdict).toBe("violated");
    expect(found.schedule).toContainEqual({ client: "bob", action: "resume: t (id = 2) next" });
    const fixed = await explored({ setup: TWO_ROWS, clients, options: { plan: "fixed" } });
    expect([fixed.verdict, fixed.distinctStates]).toEqual(["holds", 30]);
  });

  it("lets an update by a list of keys lock them in any order, and in one where a sub-select forces it", async () => {
    const unnest = (list: string): readonly string[] => [
      `UPDATE t SET v = 1 FROM unnest(ARRAY[${list}]) AS u(id) WHERE t.id = u.id`,
    ];
    expect((await explored({ setup: TWO_ROWS, clients: [unnest("2, 1"), unnest("1, 2")] })).verdict).toBe("violated");
    const forced = [
      "UPDATE t SET v = v + 1 FROM (SELECT id FROM t WHERE id IN (1, 2) ORDER BY id FOR UPDATE) AS u WHERE t.id = u.id",
    ];
    expect((await explored({ setup: TWO_ROWS, clients: [forced, forced] })).verdict).toBe("holds");
  });

  it("lets a LIMIT without ORDER BY take either row, and rows that are equal in the order as well", async () => {
    const took = (row: number): Property => never(`took-${row}`, (world) => heard(world, 0) === `[[[${row}]]]`);
    for (const sql of ["SELECT id FROM t LIMIT 1 FOR UPDATE", "SELECT id FROM t ORDER BY v LIMIT 1"]) {
      for (const row of [1, 2])
        expect((await explored({ setup: TWO_ROWS, clients: [[sql]], property: took(row) })).verdict).toBe("violated");
    }
    const ordered = ["SELECT id FROM t ORDER BY id LIMIT 1"];
    expect((await explored({ setup: TWO_ROWS, clients: [ordered], property: took(2) })).verdict).toBe("holds");
  });

  it("lets a locking sub-select be run again for each row", async () => {
    const claim =
      "UPDATE t SET v = 1 WHERE id IN (SELECT id FROM t WHERE v = 0 LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id";
    const property = never("two-rows-of-one", (world) => heard(world, 0).split("],[").length > 1);
    expect((await explored({ setup: TWO_ROWS, clients: [[claim]], property })).verdict).toBe("violated");
    const once =
      "UPDATE t SET v = 1 WHERE id = (SELECT id FROM t WHERE v = 0 LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id";
    expect((await explored({ setup: TWO_ROWS, clients: [[once]], property })).verdict).toBe("holds");
  });

  it("lets a cascade take children in any order", async () => {
    const setup = [
      "CREATE TABLE p (id int PRIMARY KEY)",
      "CREATE TABLE c (id int PRIMARY KEY, pid int REFERENCES p ON DELETE CASCADE)",
      "INSERT INTO p VALUES (1)",
      "INSERT INTO c VALUES (1, 1), (2, 1)",
    ];
    const lock = ["SELECT id FROM c ORDER BY id FOR UPDATE"];
    expect((await explored({ setup, clients: [["DELETE FROM p"], lock] })).verdict).toBe("violated");
  });
});

describe("a point that nobody else could notice is passed", () => {
  it("leaves a statement that does one thing in one step", async () => {
    for (const sql of ["INSERT INTO t VALUES (1, 0)", "SELECT pg_advisory_lock(1)", "SELECT nextval('s')"]) {
      const found = await explored({ setup: [...T, "CREATE SEQUENCE s"], clients: [[sql]] });
      expect(found.distinctStates).toBeLessThanOrEqual(3);
    }
  });
});
