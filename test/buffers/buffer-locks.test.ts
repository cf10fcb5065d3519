/** What every strategy of buffer ownership promises, on a real server: one suite, three implementations. */
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  atomicUpdate,
  BufferLocks,
  BufferNotFound,
  brokenCheckThenAct,
  Contended,
  DatabaseUnavailable,
  NotOwner,
  SchemaMissing,
  type Strategy,
  selectForUpdate,
  TransactionLeftOpen,
} from "../../src/buffers/index.ts";
import { type TestDatabase, testDatabase } from "./database.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase({ schema: "buffers_locks", connectionsMax: 2, settings: ["lock_timeout=50"] });
});
beforeEach(() => database.reset(1));
afterAll(() => database.drop());

describe.each([atomicUpdate, selectForUpdate, brokenCheckThenAct])("$name", (strategy) => {
  const locks = () => new BufferLocks(database.pool, strategy);

  test("records who acquired a free buffer", async () => {
    expect(await locks().acquire(1, "alice")).toEqual({ kind: "acquired" });
    expect(await locks().ownerOf(1)).toBe("alice");
  });

  test("says who owns a buffer that is taken, and leaves it alone", async () => {
    await locks().acquire(1, "alice");
    expect(await locks().acquire(1, "bob")).toEqual({ kind: "already-owned", by: "alice" });
    expect(await locks().ownerOf(1)).toBe("alice");
  });

  test("refuses a client that owns the buffer already", async () => {
    await locks().acquire(1, "alice");
    expect(await locks().acquire(1, "alice")).toEqual({ kind: "already-owned", by: "alice" });
  });

  test("lets the next one have a buffer that was released", async () => {
    await locks().acquire(1, "alice");
    await locks().release(1, "alice");
    expect(await locks().acquire(1, "bob")).toEqual({ kind: "acquired" });
  });

  test("releases nothing for a client that is not the owner", async () => {
    await locks().acquire(1, "alice");
    await expect(locks().release(1, "bob")).rejects.toThrow(new NotOwner(1, "bob"));
    expect(await locks().ownerOf(1)).toBe("alice");
  });

  test("knows no buffer without a row", async () => {
    await expect(locks().acquire(404, "alice")).rejects.toThrow(new BufferNotFound(404));
  });

  test("gives its connection back outside of a transaction", async () => {
    await locks().acquire(1, "alice");
    await locks().acquire(1, "bob");
    await locks()
      .acquire(404, "alice")
      .catch(() => {});
    expect([await database.connectionStates(), database.pool.idleCount]).toEqual([["idle"], database.pool.totalCount]);
  });
});

/** A strategy that does one thing to its connection. */
function that(acquire: Strategy["acquire"]): BufferLocks {
  return new BufferLocks(database.pool, { name: "for a test", acquire });
}

describe("a connection", () => {
  test("that the server has closed is destroyed, and the next operation gets another", async () => {
    const killed = that(async (session) => {
      await session.query("SELECT 1", []);
      return brokenCheckThenAct.acquire(
        { query: () => session.query("SELECT pg_terminate_backend(pg_backend_pid())", []) },
        1,
        "alice",
      );
    });
    await expect(killed.acquire(1, "alice")).rejects.toBeInstanceOf(DatabaseUnavailable);
    expect(database.pool.idleCount).toBe(database.pool.totalCount);
    expect(await new BufferLocks(database.pool, atomicUpdate).acquire(1, "alice")).toEqual({ kind: "acquired" });
  });

  test("with a transaction left open is destroyed", async () => {
    const used: number[] = [];
    const careless = that(async (session) => {
      const { rows } = await session.query("SELECT pg_backend_pid() AS pid", []);
      used.push(rows[0]?.["pid"] as number);
      await session.query("BEGIN", []);
      throw new TransactionLeftOpen("for a test");
    });
    await expect(careless.acquire(1, "alice")).rejects.toBeInstanceOf(TransactionLeftOpen);
    await expect(careless.acquire(1, "alice")).rejects.toBeInstanceOf(TransactionLeftOpen);
    expect(used[0]).not.toBe(used[1]);
  });

  test("is used again after an outcome that leaves it clean", async () => {
    const locks = new BufferLocks(database.pool, selectForUpdate);
    await locks.acquire(1, "alice");
    const before = database.pool.totalCount;
    await locks.acquire(404, "alice").catch(() => {});
    await locks.acquire(1, "bob");
    expect(database.pool.totalCount).toBe(before);
  });
});

describe("what the database reports comes out as", () => {
  test.each([atomicUpdate, selectForUpdate])(
    "Contended, where $name waits too long for a row lock",
    async (strategy) => {
      const other = await database.pool.connect();
      try {
        await other.query("BEGIN");
        await other.query("SELECT * FROM buffers FOR UPDATE");
        const attempt = new BufferLocks(database.pool, strategy).acquire(1, "alice");
        await expect(attempt).rejects.toBeInstanceOf(Contended);
      } finally {
        await other.query("ROLLBACK");
        other.release();
      }
      expect(await new BufferLocks(database.pool, strategy).acquire(1, "alice")).toEqual({ kind: "acquired" });
    },
  );

  test("SchemaMissing, where the migrations have not run", async () => {
    const empty = await testDatabase({ schema: "buffers_empty", connectionsMax: 1, migrated: false });
    try {
      await expect(new BufferLocks(empty.pool, atomicUpdate).acquire(1, "alice")).rejects.toBeInstanceOf(SchemaMissing);
    } finally {
      await empty.drop();
    }
  });

  test("DatabaseUnavailable, where nobody listens", async () => {
    const pool = new pg.Pool({ host: "127.0.0.1", port: 1 });
    await expect(new BufferLocks(pool, atomicUpdate).acquire(1, "alice")).rejects.toBeInstanceOf(DatabaseUnavailable);
    await pool.end();
  });
});
