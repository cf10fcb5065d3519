/** Circles of waits: who may be the victim, what it loses, and which circles are none. */
import { beforeAll, describe, expect, it } from "vitest";
import { loadGrammar } from "../../../../sim/postgres/index.ts";
import { play, playAll } from "../play.ts";

beforeAll(loadGrammar);

const TWO = "create table t(id int primary key, v int); insert into t values (1, 0), (2, 0)";

describe("a deadlock over rows", () => {
  it("may take any of its members", () => {
    const { server, database } = playAll(
      TWO,
      `s1> begin; update t set v=1 where id=1
       s2> begin; update t set v=2 where id=2
       s1> update t set v=1 where id=2`,
    );
    const { database: closed } = server.step(database, 1, {
      kind: "send",
      query: { text: "update t set v=2 where id=1", values: [] },
    });
    expect(server.moves(closed)).toEqual([
      { session: 0, kind: "deadlock" },
      { session: 1, kind: "deadlock" },
    ]);
  });

  it("aborts the victim's transaction at once, and the other goes on", () => {
    expect(
      play(
        TWO,
        `s1> begin; update t set v=1 where id=1
         s2> begin; update t set v=2 where id=2
         s1> update t set v=1 where id=2
         s2> update t set v=2 where id=1
         s2> commit
         s1> commit`,
      ),
    ).toEqual([
      "s1: BEGIN; UPDATE 1",
      "s2: BEGIN; UPDATE 1",
      "s1: waits for s2",
      "s2: waits for s1",
      "s1 <- ERROR 40P01: deadlock detected",
      "s2 <- UPDATE 1",
      "s2: COMMIT",
      "s1: ROLLBACK",
    ]);
  });

  it("comes of two sharers who both want to write", () => {
    expect(
      play(
        TWO,
        `s1> begin; select id from t where id=1 for share
         s2> begin; select id from t where id=1 for share
         s1> update t set v=11 where id=1
         s2> update t set v=12 where id=1`,
      ),
    ).toEqual([
      "s1: BEGIN; SELECT 1 (1)",
      "s2: BEGIN; SELECT 1 (1)",
      "s1: waits for s2",
      "s2: waits for s1",
      "s1 <- ERROR 40P01: deadlock detected",
      "s2 <- UPDATE 1",
    ]);
  });

  it("leaves the victim what it locked before its savepoint", () => {
    expect(
      play(
        TWO,
        `s1> begin; update t set v=1 where id=1; savepoint a
         s2> begin; update t set v=2 where id=2
         s1> update t set v=1 where id=2
         s2> update t set v=2 where id=1
         s1> rollback to a
         s1> commit`,
      ),
    ).toEqual([
      "s1: BEGIN; UPDATE 1; SAVEPOINT",
      "s2: BEGIN; UPDATE 1",
      "s1: waits for s2",
      "s2: waits for s1",
      "s1 <- ERROR 40P01: deadlock detected",
      "s1: ROLLBACK",
      "s1: COMMIT",
      "s2 <- UPDATE 1",
    ]);
  });

  it("comes of two updates of all rows whose snapshots see them in another order", () => {
    expect(
      play(
        TWO,
        `s9> select pg_advisory_lock(2)
         s0> begin; update t set v=5 where id=1
         s1> begin; update t set v=v+10 where pg_advisory_xact_lock_shared(id) is not null
         s0> commit
         s2> begin; update t set v=v+100
         s9> select pg_advisory_unlock(2)`,
      ).filter((line) => line.includes("40P01") || line.includes("<-")),
    ).toHaveLength(2);
  });
});

describe("a deadlock over objects", () => {
  const TABLES = ["create table a1(x int)", "create table a2(x int)"];

  it("fails the requester at once when it wants what somebody ahead holds who waits for it", () => {
    expect(
      play(
        TABLES,
        `s1> begin; lock table a1 in access share mode
         s2> begin; lock table a1 in access share mode
         s1> lock table a1 in access exclusive mode
         s2> lock table a1 in access exclusive mode`,
      ),
    ).toEqual([
      "s1: BEGIN; LOCK",
      "s2: BEGIN; LOCK",
      "s1: waits for s2",
      "s2: ERROR 40P01: deadlock detected",
      "s1 <- LOCK",
    ]);
  });

  it("that only a queue's order makes is dissolved by another order", () => {
    expect(
      play(
        TABLES,
        `d1> begin; lock table a1 in access share mode
         d2> begin; lock table a2 in access share mode
         e1> begin; lock table a1 in access exclusive mode
         e2> begin; lock table a2 in access exclusive mode
         d1> lock table a2 in access share mode
         d2> lock table a1 in access share mode
         d2> commit
         e2> commit
         d1> commit
         e1> commit`,
      ).slice(6),
    ).toEqual([
      "d2 <- LOCK",
      "d2: COMMIT",
      "e2 <- BEGIN; LOCK",
      "e2: COMMIT",
      "d1 <- LOCK",
      "d1: COMMIT",
      "e1 <- BEGIN; LOCK",
      "e1: COMMIT",
    ]);
  });

  it("comes of a place behind somebody who wants a stronger lock, at both granularities", () => {
    const setup = "create table t(id int primary key, v int); insert into t values (1, 0), (2, 0)";
    const script = `
      s1> begin; select from t where id = 1 for key share
      s2> begin; select from t where id = 1 for share
      s4> begin; select from t where id = 2 for update
      s3> begin; select from t where id = 1 for update
      s4> select from t where id = 1 for no key update
      s1> select from t where id = 2 for update`;
    for (const granularity of ["coarse", "fine"] as const) {
      const { server, database } = playAll(setup, script.slice(0, script.lastIndexOf("\n")), { granularity });
      expect(server.moves(database).filter(({ kind }) => kind === "deadlock")).toEqual([]);
      const text = "select from t where id = 2 for update";
      let after = server.step(database, 0, { kind: "send", query: { text, values: [] } }).database;
      if (granularity === "fine") after = server.step(after, 0, { kind: "resume" }).database;
      const victims = server.moves(after).filter(({ kind }) => kind === "deadlock");
      expect(victims.map(({ session }) => session)).toEqual([0, 2, 3]);
    }
  });
});
