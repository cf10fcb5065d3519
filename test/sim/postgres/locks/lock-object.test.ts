/** Table and advisory locks: queues that hand over in order, who may go ahead, and when a lock ends. */
import { beforeAll, describe, expect, it } from "vitest";
import { loadGrammar } from "../../../../sim/postgres/index.ts";
import { acquire, handOver, type LockObject } from "../../../../sim/postgres/locks/lock-object.ts";
import type { TableLockMode } from "../../../../sim/postgres/locks/table-lock-mode.ts";
import { play, playAll } from "../play.ts";

beforeAll(loadGrammar);

function object(): LockObject {
  return { holders: [], queue: [] };
}

function ask(on: LockObject, session: number, mode: TableLockMode, mayWait = true): string {
  return acquire(on, { session, mode, depth: 0 }, mayWait);
}

describe("the queue of a lock", () => {
  it("holds back who conflicts with a waiter, also where it would go with the holders", () => {
    const on = object();
    expect(ask(on, 0, "access share")).toBe("granted");
    expect(ask(on, 1, "access exclusive")).toBe("queued");
    expect(ask(on, 2, "access share")).toBe("queued");
    expect(ask(on, 3, "access share", false)).toBe("busy");
  });

  it("lets a holder go ahead of the waiters that need it to let go", () => {
    const on = object();
    ask(on, 0, "access share");
    ask(on, 1, "access exclusive");
    expect(ask(on, 0, "row exclusive")).toBe("granted");
  });

  it("hands over in order to all who go together", () => {
    const on = object();
    ask(on, 0, "exclusive");
    ask(on, 1, "share");
    ask(on, 2, "share");
    ask(on, 3, "exclusive");
    ask(on, 4, "share");
    on.holders = [];
    expect(handOver(on)).toEqual([1, 2]);
    expect(on.queue.map(({ session }) => session)).toEqual([3, 4]);
  });
});

const T = "create table t(id int primary key, v int); insert into t values (1,0)";

describe("table locks", () => {
  it("are handed over in order, and kept to the end of the transaction", () => {
    expect(
      play(
        T,
        `s0> begin; select * from t
         s1> begin; lock table t in access exclusive mode
         s2> begin; select * from t
         s3> begin; lock table t in access share mode nowait
         s0> commit
         s1> commit`,
      ),
    ).toEqual([
      "s0: BEGIN; SELECT 1 (1|0)",
      "s1: waits for s0",
      "s2: waits for s1",
      's3: BEGIN; ERROR 55P03: could not obtain lock on relation "t"',
      "s0: COMMIT",
      "s1 <- BEGIN; LOCK",
      "s1: COMMIT",
      "s2 <- BEGIN; SELECT 1 (1|0)",
    ]);
  });

  it("are waited for before the snapshot at read committed, after it above", () => {
    const script = (level: string) => `s1> begin; lock table t; update t set v=1; insert into t values (2,2)
      s2> begin isolation level ${level}; select * from t order by id
      s1> commit`;
    expect(play(T, script("read committed")).at(-1)).toBe("s2 <- BEGIN; SELECT 2 (1|1) (2|2)");
    expect(play(T, script("repeatable read")).at(-1)).toBe("s2 <- BEGIN; SELECT 1 (1|0)");
  });

  it("of DDL keep writers out, and of ALTER TABLE readers too", () => {
    expect(
      play(
        T,
        `s1> begin; create index on t(v)
         s2> select * from t
         s2> update t set v=1
         s1> commit
         s1> begin; alter table t add column z int
         s2> select * from t
         s1> commit`,
      ),
    ).toEqual([
      "s1: BEGIN; CREATE",
      "s2: SELECT 1 (1|0)",
      "s2: waits for s1",
      "s1: COMMIT",
      "s2 <- UPDATE 1",
      "s1: BEGIN; ALTER",
      "s2: waits for s1",
      "s1: COMMIT",
      "s2 <- SELECT 1 (1|1|NULL)",
    ]);
  });

  it("leave an older snapshot with an empty table after TRUNCATE", () => {
    expect(
      play(
        T,
        `s1> begin isolation level repeatable read; select 1
         s2> truncate t
         s1> select * from t`,
      ),
    ).toEqual(["s1: BEGIN; SELECT 1 (1)", "s2: TRUNCATE", "s1: SELECT 0"]);
  });
});

describe("DDL", () => {
  it("is undone by ROLLBACK, also to a savepoint, with the rows", () => {
    expect(
      play(
        T,
        `s1> begin; create table u(x int); insert into u values (1); savepoint a; drop table u; truncate t; rollback to a
         s1> select * from u
         s1> select * from t
         s1> rollback
         s1> select * from u`,
      ),
    ).toEqual([
      "s1: BEGIN; CREATE; INSERT 0 1; SAVEPOINT; DROP; TRUNCATE; ROLLBACK",
      "s1: SELECT 1 (1)",
      "s1: SELECT 1 (1|0)",
      "s1: ROLLBACK",
      's1: ERROR 42P01: relation "u" does not exist',
    ]);
  });

  it("of a unique index fails on rows that are equal", () => {
    expect(play([T, "insert into t values (2,0)"], "s1> create unique index twice on t(v)")).toEqual([
      's1: ERROR 23505: could not create unique index "twice"',
    ]);
  });
});

describe("advisory locks", () => {
  it("are counted at session level and survive ROLLBACK", () => {
    const { lines, notes } = playAll(
      T,
      `s1> begin; select pg_advisory_lock(5); select pg_advisory_lock(5)
       s1> rollback
       s2> select pg_try_advisory_lock(5), pg_try_advisory_lock(0,5)
       s1> select pg_advisory_unlock(5)
       s2> select pg_try_advisory_lock(5)
       s1> select pg_advisory_unlock(5)
       s2> select pg_try_advisory_lock(5)
       s1> select pg_advisory_unlock(5)`,
    );
    expect(lines.slice(2)).toEqual([
      "s2: SELECT 1 (false|true)",
      "s1: SELECT 1 (true)",
      "s2: SELECT 1 (false)",
      "s1: SELECT 1 (true)",
      "s2: SELECT 1 (true)",
      "s1: SELECT 1 (false)",
    ]);
    expect(notes).toContain("WARNING: you don't own a lock of type ExclusiveLock");
  });

  it("at transaction level go with the transaction, the savepoint, or the statement in autocommit", () => {
    expect(
      play(
        T,
        `s1> begin; savepoint a; select pg_advisory_xact_lock(1)
         s2> select pg_try_advisory_xact_lock(1)
         s1> rollback to a
         s2> select pg_try_advisory_xact_lock(1)
         s1> rollback
         s1> select pg_advisory_xact_lock(1)
         s2> select pg_try_advisory_xact_lock(1)`,
      ).filter((line) => line.startsWith("s2")),
    ).toEqual(["s2: SELECT 1 (false)", "s2: SELECT 1 (true)", "s2: SELECT 1 (true)"]);
  });

  it("are taken after a wait for the table, as without it", () => {
    expect(
      play(
        T,
        `s1> begin; lock table t
         s2> select pg_advisory_lock(id) from t
         s1> commit
         s3> select pg_try_advisory_lock(1)`,
      ).slice(-2),
    ).toEqual(["s2 <- SELECT 1 ()", "s3: SELECT 1 (false)"]);
  });

  it("are first come, first served", () => {
    expect(
      play(
        T,
        `s0> select pg_advisory_lock(1)
         s1> select pg_advisory_lock(1)
         s2> select pg_advisory_lock_shared(1)
         s3> select pg_advisory_lock(1)
         s4> select pg_try_advisory_lock(1)
         s0> select pg_advisory_unlock(1)
         s1> select pg_advisory_unlock(1)
         s2> select pg_advisory_unlock_shared(1)`,
      ).filter((line) => line.includes("<-")),
    ).toEqual(["s1 <- SELECT 1 ()", "s2 <- SELECT 1 ()", "s3 <- SELECT 1 ()"]);
  });
});

describe("sequences", () => {
  it("never give a number back, and belong to sessions only for currval", () => {
    expect(
      play(
        "create sequence q",
        `s1> begin; select nextval('q'); rollback
         s2> select nextval('q')
         s1> select currval('q')
         s3> select currval('q')`,
      ),
    ).toEqual([
      "s1: BEGIN; SELECT 1 (1); ROLLBACK",
      "s2: SELECT 1 (2)",
      "s1: SELECT 1 (1)",
      's3: ERROR 55000: currval of sequence "q" is not yet defined in this session',
    ]);
  });
});
