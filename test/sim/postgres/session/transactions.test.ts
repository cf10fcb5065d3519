/** Transactions: failed ones, savepoints, BEGIN and COMMIT in every place, and what each lets go of. */
import { beforeAll, describe, expect, it } from "vitest";
import { loadGrammar } from "../../../../sim/postgres/index.ts";
import { play, playAll } from "../play.ts";

beforeAll(loadGrammar);

const ONE = "create table t(id int primary key, v int); insert into t values (1, 10)";
const TWO = "create table t(id int primary key, v int); insert into t values (1, 10), (2, 20)";
const ABORTED = "ERROR 25P02: current transaction is aborted, commands ignored until end of transaction block";

describe("a failed transaction", () => {
  it("refuses every statement, and its COMMIT is a ROLLBACK", () => {
    expect(
      play(
        ONE,
        `s1> begin
         s1> update t set v=11
         s1> select 1/0
         s1> select 1
         s1> savepoint x
         s1> commit
         s1> select * from t`,
      ),
    ).toEqual([
      "s1: BEGIN",
      "s1: UPDATE 1",
      "s1: ERROR 22012: division by zero",
      `s1: ${ABORTED}`,
      `s1: ${ABORTED}`,
      "s1: ROLLBACK",
      "s1: SELECT 1 (1|10)",
    ]);
  });

  it("lets its locks go at the error, before the client's ROLLBACK", () => {
    expect(
      play(
        ONE,
        `s1> begin
         s1> update t set v=11
         s2> update t set v=12
         s1> select 1/0
         s2> select * from t
         s1> rollback`,
      ),
    ).toEqual([
      "s1: BEGIN",
      "s1: UPDATE 1",
      "s2: waits for s1",
      "s1: ERROR 22012: division by zero",
      "s2 <- UPDATE 1",
      "s2: SELECT 1 (1|12)",
      "s1: ROLLBACK",
    ]);
  });

  it("after a savepoint loses only what it did since", () => {
    expect(
      play(
        TWO,
        `s1> begin
         s1> update t set v=11 where id=1
         s1> savepoint a
         s1> update t set v=21 where id=2
         s2> update t set v=12 where id=1
         s3> update t set v=22 where id=2
         s1> select 1/0
         s1> rollback to a
         s1> select * from t order by id
         s1> commit
         s4> select * from t order by id`,
      ),
    ).toEqual([
      "s1: BEGIN",
      "s1: UPDATE 1",
      "s1: SAVEPOINT",
      "s1: UPDATE 1",
      "s2: waits for s1",
      "s3: waits for s1",
      "s1: ERROR 22012: division by zero",
      "s3 <- UPDATE 1",
      "s1: ROLLBACK",
      "s1: SELECT 2 (1|11) (2|22)",
      "s1: COMMIT",
      "s2 <- UPDATE 1",
      "s4: SELECT 2 (1|12) (2|22)",
    ]);
  });
});

describe("savepoints", () => {
  it("ROLLBACK TO lets go of row locks; who waits for what a released savepoint did waits for the whole transaction", () => {
    expect(
      play(
        "create table t(id int primary key, v int); insert into t values (1,10),(2,20)",
        `s1> begin; savepoint a; update t set v=11 where id=1
         s2> update t set v=v+100 where id=1 returning v
         s1> rollback to a
         s1> savepoint b; update t set v=21 where id=2; release b
         s3> update t set v=v+100 where id=2 returning v
         s1> rollback to a
         s1> commit`,
      ),
    ).toEqual([
      "s1: BEGIN; SAVEPOINT; UPDATE 1",
      "s2: waits for s1",
      "s1: ROLLBACK",
      "s2 <- UPDATE 1 (110)",
      "s1: SAVEPOINT; UPDATE 1; RELEASE",
      "s3: waits for s1",
      "s1: ROLLBACK",
      "s1: COMMIT",
      "s3 <- UPDATE 1 (120)",
    ]);
  });

  it("a lock that was upgraded falls back to the weaker one", () => {
    expect(
      play(
        ONE,
        `s1> begin; select id from t for key share; savepoint a; update t set v=11
         s2> select id from t for share nowait
         s1> rollback to a
         s2> select id from t for no key update nowait
         s2> select id from t for update nowait`,
      ),
    ).toEqual([
      "s1: BEGIN; SELECT 1 (1); SAVEPOINT; UPDATE 1",
      's2: ERROR 55P03: could not obtain lock on row in relation "t"',
      "s1: ROLLBACK",
      "s2: SELECT 1 (1)",
      's2: ERROR 55P03: could not obtain lock on row in relation "t"',
    ]);
  });

  it("may share a name, and the newest counts", () => {
    expect(
      play(
        ONE,
        `s1> savepoint a
         s1> begin; savepoint a; savepoint a; release a; rollback to a
         s1> rollback to b
         s1> rollback to a; release a
         s1> release a`,
      ),
    ).toEqual([
      "s1: ERROR 25P01: SAVEPOINT can only be used in transaction blocks",
      "s1: BEGIN; SAVEPOINT; SAVEPOINT; RELEASE; ROLLBACK",
      's1: ERROR 3B001: savepoint "b" does not exist',
      "s1: ROLLBACK; RELEASE",
      's1: ERROR 3B001: savepoint "a" does not exist',
    ]);
  });
});

describe("BEGIN and COMMIT", () => {
  it("out of place are warnings", () => {
    const { lines, notes } = playAll(ONE, "s1> begin\ns1> begin\ns1> commit\ns1> commit");
    expect(lines).toEqual(["s1: BEGIN", "s1: BEGIN", "s1: COMMIT", "s1: COMMIT"]);
    expect(notes).toEqual([
      "WARNING: there is already a transaction in progress",
      "WARNING: there is no transaction in progress",
    ]);
  });

  it("AND CHAIN begins the next transaction at the same level with a new snapshot", () => {
    expect(
      play(
        ONE,
        `s1> begin isolation level repeatable read; select v from t
         s2> update t set v=1
         s1> commit and chain
         s1> show transaction_isolation
         s1> select v from t`,
      ),
    ).toEqual([
      "s1: BEGIN; SELECT 1 (10)",
      "s2: UPDATE 1",
      "s1: COMMIT",
      "s1: SHOW (repeatable read)",
      "s1: SELECT 1 (1)",
    ]);
  });

  it("READ ONLY refuses to write and to lock rows", () => {
    expect(
      play(
        ONE,
        `s1> begin read only; update t set v=1
         s1> rollback; begin read only; select * from t for update
         s1> rollback; begin read only; with l as (select * from t for share) select count(*) from l`,
      ),
    ).toEqual([
      "s1: BEGIN; ERROR 25006: cannot execute UPDATE in a read-only transaction",
      "s1: ROLLBACK; BEGIN; ERROR 25006: cannot execute SELECT FOR UPDATE in a read-only transaction",
      "s1: ROLLBACK; BEGIN; ERROR 25006: cannot execute SELECT FOR SHARE in a read-only transaction",
    ]);
  });

  it("the isolation level cannot change after a query", () => {
    expect(play(ONE, "s1> begin; select 1; set transaction isolation level serializable")).toEqual([
      "s1: BEGIN; SELECT 1 (1); ERROR 25001: SET TRANSACTION ISOLATION LEVEL must be called before any query",
    ]);
  });
});

describe("several statements in one message", () => {
  it("are one transaction: an error takes all back", () => {
    expect(play(ONE, "s1> update t set v=1; select 1/0\ns1> select v from t")).toEqual([
      "s1: UPDATE 1; ERROR 22012: division by zero",
      "s1: SELECT 1 (10)",
    ]);
  });

  it("have each their own snapshot, and keep their locks to the end", () => {
    const { server } = playAll(ONE, "s1> select 1\ns2> select 1");
    const send = (session: number, text: string, database = server.initial) =>
      server.step(database, session, { kind: "send", query: { text, values: [] } });
    const first = send(0, "update t set v = v + 1; select v from t");
    expect(first.progress).toMatchObject({ kind: "stopped", at: "after statement 1 of 2" });
    expect(send(1, "update t set v = 0", first.database).progress).toMatchObject({ kind: "waits", waitsFor: [0] });
  });

  it("BEGIN makes what came before it part of the block", () => {
    expect(play(ONE, "s1> update t set v=1; begin; select 1\ns1> rollback\ns1> select v from t")).toEqual([
      "s1: UPDATE 1; BEGIN; SELECT 1 (1)",
      "s1: ROLLBACK",
      "s1: SELECT 1 (10)",
    ]);
  });

  it("may not be sent with values", () => {
    const { server } = playAll(ONE, "s1> select 1");
    const outcome = server.step(server.initial, 0, {
      kind: "send",
      query: { text: "select $1; select 1", values: [1] },
    });
    expect(outcome.progress).toMatchObject({ kind: "replied", reply: { kind: "failed", sqlstate: "42601" } });
  });
});

describe("settings", () => {
  it("are undone with the transaction or savepoint that set them", () => {
    expect(
      play(
        ONE,
        `s1> begin; set lock_timeout='1s'; savepoint a; set lock_timeout='2s'; rollback to a
         s1> show lock_timeout
         s1> rollback
         s1> show lock_timeout
         s1> begin; set local lock_timeout='3s'; commit
         s1> show lock_timeout`,
      ),
    ).toEqual([
      "s1: BEGIN; SET; SAVEPOINT; SET; ROLLBACK",
      "s1: SHOW (1s)",
      "s1: ROLLBACK",
      "s1: SHOW (0)",
      "s1: BEGIN; SET; COMMIT",
      "s1: SHOW (0)",
    ]);
  });

  it("are the same transaction however often, and in whatever order, they were made", () => {
    const keyAfter = (...changes: readonly string[]): string => {
      const { server, database } = playAll(ONE, ["begin", ...changes].map((text) => `s1> ${text}`).join("\n"));
      return server.key(database);
    };
    const set = "set lock_timeout = '1s'";
    const local = "set local lock_timeout = '2s'";
    const other = "set statement_timeout = '3s'";
    expect(keyAfter(set, local, other, set)).toBe(keyAfter(other, set));
    expect(keyAfter(set, local, set, other, local)).toBe(keyAfter(set, other, local));
    expect(keyAfter("savepoint a", set, "release a", set)).toBe(keyAfter(set));
    expect(keyAfter(set, local)).not.toBe(keyAfter(local));
    expect(keyAfter(set, "savepoint a", set)).not.toBe(keyAfter(set, "savepoint a"));
  });
});

describe("a savepoint in a read-only transaction", () => {
  it("does not let it become a read-write one", () => {
    const script = "s1> begin read only; savepoint a; set transaction read write";
    expect(play("create table t(id int)", script).at(-1)).toMatch(
      /25001: cannot set transaction read-write mode inside a read-only transaction$/,
    );
  });
});
