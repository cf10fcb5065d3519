/** Many clients on real connections at once; who owns is counted among the clients, not in the table. */
import type { Pool } from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  atomicUpdate,
  BufferLocks,
  brokenCheckThenAct,
  type Strategy,
  selectForUpdate,
} from "../../src/buffers/index.ts";
import { type TestDatabase, testDatabase } from "./database.ts";
import { OwnersSeen } from "./owners-seen.ts";
import { quiet } from "./scripted-session.ts";

const CLIENTS = 12;
const BUFFERS = 2;
const ATTEMPTS_EACH = 60;

let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase({ schema: "buffers_stress", connectionsMax: CLIENTS });
});
beforeEach(() => database.reset(BUFFERS));
afterAll(() => database.drop());

interface Load {
  readonly pool: Pool;
  readonly strategy: Strategy;
  readonly seen: OwnersSeen;
}

/** One client that acquires, holds for a moment, and releases. Returns how often it was refused. */
async function client({ pool, strategy, seen }: Load, at: number): Promise<number> {
  const locks = new BufferLocks(pool, strategy);
  const name = `client-${at}`;
  let refused = 0;
  for (let attempt = 0; attempt < ATTEMPTS_EACH; attempt += 1) {
    const buffer = 1 + ((at + attempt) % BUFFERS);
    const outcome = await locks.acquire(buffer, name);
    if (outcome.kind === "already-owned") {
      refused += 1;
      continue;
    }
    seen.comesIn(buffer, name);
    await quiet();
    seen.goesOut(buffer, name);
    await locks.release(buffer, name);
  }
  return refused;
}

test.each([atomicUpdate, selectForUpdate])("$name never has two owners under load", async (strategy) => {
  const load = { pool: database.pool, strategy, seen: new OwnersSeen() };
  const refused = await Promise.all(Array.from({ length: CLIENTS }, (_, at) => client(load, at)));
  expect(load.seen.conflicts).toEqual([]);
  // Without refusals there was no contention, and the test would have shown nothing.
  expect(refused.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
  expect(load.seen.acquired).toBeGreaterThan(0);
});

/** Lets nobody past before `count` have come. */
function barrier(count: number): () => Promise<void> {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let come = 0;
  return () => {
    come += 1;
    if (come === count) open();
    return opened;
  };
}

test("the count sees two owners where the broken strategy makes them", async () => {
  const bothHaveLooked = barrier(2);
  const slowed: Strategy = {
    name: "check-then-act, held between its statements",
    acquire: (session, buffer, name) =>
      brokenCheckThenAct.acquire(
        {
          async query(text, values) {
            if (text.startsWith("UPDATE")) await bothHaveLooked();
            return session.query(text, values);
          },
        },
        buffer,
        name,
      ),
  };
  const seen = new OwnersSeen();
  const locks = new BufferLocks(database.pool, slowed);
  for (const name of await Promise.all(
    ["alice", "bob"].map(async (name) => ({ name, ...(await locks.acquire(1, name)) })),
  )) {
    if (name.kind === "acquired") seen.comesIn(1, name.name);
  }
  expect(seen.conflicts).toEqual(["alice and bob own buffer 1"]);
});
