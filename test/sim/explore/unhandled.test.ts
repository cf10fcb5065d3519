/** An error that code does not catch ends its client, which properties see; code that tries again for ever is followed to a bound. */
import { beforeAll, describe, expect, test } from "vitest";
import type { Property } from "../../../model/property.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { explore } from "../../../sim/explore/exhaustive.ts";
import { createServer, loadGrammar } from "../../../sim/postgres/index.ts";
import { type Code, codeProcess } from "../../../sim/process/code-process.ts";
import { buildSystem, type SystemParts } from "../../../sim/system/build.ts";
import type { ExplorableSystem } from "../../../sim/system/explorable-system.ts";

beforeAll(loadGrammar);

const NAMES = ["alice", "bob"];
const NOTHING_WRONG: Property = { kind: "always", name: "fine", sentence: "all is fine", violation: () => null };

/** Two clients that run this code, whose process is followed for a few replies. */
async function system(code: Code, about: Partial<SystemParts> = {}): Promise<ExplorableSystem> {
  const setup = ["CREATE TABLE t (id integer PRIMARY KEY, v integer)", "INSERT INTO t VALUES (1, 0)"];
  const processes = NAMES.map((name) => codeProcess(code, { name, view: {}, repliesMax: 6 }));
  return buildSystem({
    server: createServer({ sessions: 2, setup, granularity: "fine", isolation: "read committed" }),
    clients: NAMES,
    processes: await Promise.all(processes),
    properties: [NOTHING_WRONG],
    granularity: "fine",
    ...about,
  });
}

const insert: Code = async ({ query }) => {
  await query("INSERT INTO t VALUES (2, 0)");
};

describe("an error that the code does not catch", () => {
  test("is a violation, whatever properties there are", async () => {
    const { verdict, violation } = await explore(await system(insert), NO_BOUNDS);
    expect([verdict, violation?.property]).toEqual(["violated", "no-unexpected-error"]);
    expect(violation?.message).toMatch(/^(alice|bob) ended by an error that it does not handle: 23505 duplicate key/);
  });

  test("is none where its SQLSTATE is allowed", async () => {
    expect((await explore(await system(insert, { allowedErrors: ["23505"] }), NO_BOUNDS)).verdict).toBe("holds");
  });

  test("is none where it is caught", async () => {
    const caught: Code = async (session) => insert(session).catch(() => {});
    expect((await explore(await system(caught), NO_BOUNDS)).verdict).toBe("holds");
  });

  test("is also told where it is the cause of another one", async () => {
    const wrapped: Code = async (session) =>
      insert(session).catch((cause: unknown) => {
        throw new Error("cannot insert", { cause });
      });
    expect((await explore(await system(wrapped), NO_BOUNDS)).violation?.property).toBe("no-unexpected-error");
  });

  test("is what properties see as the end of its client", async () => {
    const ends = new Set<string>();
    const looks: Property = {
      ...NOTHING_WRONG,
      violation: ({ clients }) => {
        for (const { ended, endedBy } of clients)
          ends.add(`${ended} ${endedBy?.kind === "error" ? endedBy.sqlstate : endedBy?.kind}`);
        return null;
      },
    };
    await explore(await system(insert, { properties: [looks], allowedErrors: ["23505"] }), NO_BOUNDS);
    expect([...ends].sort()).toEqual(["false undefined", "true 23505", "true done"]);
  });
});

test("code whose statements all fail and are caught is vacuous", async () => {
  const misspelt: Code = async ({ query }) => {
    await query("UPDATE t SET w = 1").catch(() => {});
  };
  const { verdict, vacuous } = await explore(await system(misspelt), NO_BOUNDS);
  expect([verdict, vacuous[0]]).toEqual([
    "inconclusive",
    'no statement of alice ever succeeds (42703 column "w" of relation "t" does not exist)',
  ]);
});

describe("code that tries again for ever", () => {
  const forEver: Code = async ({ query }) => {
    for (;;) await query("UPDATE t SET v = v + 1 WHERE id = 2");
  };

  test("ends as inconclusive, at the number of replies that it is followed for", async () => {
    const { verdict, exhaustive, stop } = await explore(await system(forEver), NO_BOUNDS);
    expect([verdict, exhaustive]).toEqual(["inconclusive", false]);
    expect(stop).toEqual({
      kind: "bound",
      bound: expect.stringMatching(/^6 replies to one run of (alice|bob)'s code$/),
    });
  });

  test("is not said to have ended, so that nobody waits for a client that is gone", async () => {
    const locks: Code = async ({ query }) => {
      await query("BEGIN");
      for (;;) await query("SELECT v FROM t WHERE id = 1 FOR UPDATE");
    };
    const isGone: Property = {
      ...NOTHING_WRONG,
      name: "all-there",
      violation: ({ clients }) => (clients.some(({ ended }) => ended) ? "somebody is gone" : null),
    };
    expect((await explore(await system(locks, { properties: [isGone] }), NO_BOUNDS)).verdict).toBe("inconclusive");
  });

  test("breaks a property all the same where one is broken on the way", async () => {
    const inserts: Code = async ({ query }) => {
      for (;;) await query("INSERT INTO t VALUES (2, 0)");
    };
    expect((await explore(await system(inserts), NO_BOUNDS)).violation?.property).toBe("no-unexpected-error");
  });
});
