/** REPEATABLE READ: one snapshot for the transaction, and the first updater wins. */
import { beforeAll, describe, expect, it } from "vitest";
import { loadGrammar } from "../../../../sim/postgres/index.ts";
import { play } from "../play.ts";

beforeAll(loadGrammar);

const TWO = "create table t(id int primary key, v int); insert into t values (1,10),(2,20)";
const UPDATED = "ERROR 40001: could not serialize access due to concurrent update";
const DELETED = "ERROR 40001: could not serialize access due to concurrent delete";
const READ = "begin isolation level repeatable read; select v from t where id=1";

describe("the snapshot of a transaction at repeatable read", () => {
  it("is taken by its first query, and not by BEGIN, SET, SHOW, SAVEPOINT or LOCK TABLE", () => {
    expect(
      play(
        TWO,
        `s1> begin isolation level repeatable read
         s1> set local lock_timeout='10s'; show lock_timeout; savepoint a; lock table t in share update exclusive mode
         s2> update t set v=11 where id=1
         s1> select v from t where id=1
         s2> update t set v=12 where id=1
         s1> select v from t where id=1`,
      ).filter((line) => line.includes("SELECT")),
    ).toEqual(["s1: SELECT 1 (11)", "s1: SELECT 1 (11)"]);
  });

  it("is taken by an advisory lock before it waits", () => {
    expect(
      play(
        TWO,
        `s2> begin; select pg_advisory_xact_lock(1)
         s1> begin isolation level repeatable read; select pg_advisory_xact_lock(1)
         s2> update t set v=11 where id=1
         s2> commit
         s1> select v from t where id=1`,
      ).at(-1),
    ).toBe("s1: SELECT 1 (10)");
  });
});

describe("the first updater wins", () => {
  it("and the second fails at once, or after its wait", () => {
    expect(
      play(
        TWO,
        `s1> ${READ}
         s2> update t set v=11 where id=1
         s1> update t set v=v+1 where id=1
         s3> begin; update t set v=12 where id=2
         s4> begin isolation level repeatable read; update t set v=0 where id=2
         s3> commit`,
      ),
    ).toEqual([
      "s1: BEGIN; SELECT 1 (10)",
      "s2: UPDATE 1",
      `s1: ${UPDATED}`,
      "s3: BEGIN; UPDATE 1",
      "s4: waits for s3",
      "s3: COMMIT",
      `s4 <- BEGIN; ${UPDATED}`,
    ]);
  });

  it("but goes on when the first rolls back, or only locked the row", () => {
    expect(
      play(
        TWO,
        `s1> begin; update t set v=12 where id=1
         s2> begin isolation level repeatable read; update t set v=v+100 where id=1 returning v
         s1> rollback
         s2> commit
         s3> ${READ}
         s1> begin; select v from t for update
         s3> update t set v=v+1 where id=1
         s1> commit`,
      ).filter((line) => line.includes("<-")),
    ).toEqual(["s2 <- BEGIN; UPDATE 1 (110)", "s3 <- UPDATE 1"]);
  });

  it("says `delete` for a row that was deleted, except to SELECT FOR UPDATE", () => {
    expect(
      play(
        TWO,
        `s1> ${READ}; savepoint a
         s2> delete from t where id=1
         s1> delete from t where id=1
         s1> rollback to a; select v from t where id=1 for update`,
      ).slice(2),
    ).toEqual([`s1: ${DELETED}`, `s1: ROLLBACK; ${UPDATED}`]);
  });

  it("also after ROLLBACK TO, which does not renew the snapshot", () => {
    expect(
      play(
        TWO,
        `s1> ${READ}
         s2> update t set v=11 where id=1
         s1> savepoint a
         s1> update t set v=12 where id=1
         s1> rollback to a; update t set v=12 where id=1
         s1> rollback; begin isolation level repeatable read; update t set v=v+1 where id=1 returning v`,
      ).slice(3),
    ).toEqual([`s1: ${UPDATED}`, `s1: ROLLBACK; ${UPDATED}`, "s1: ROLLBACK; BEGIN; UPDATE 1 (12)"]);
  });
});

describe("repeatable read", () => {
  it("reports a duplicate of a row that it cannot see as 23505", () => {
    expect(play(TWO, `s1> ${READ}\ns2> insert into t values (3,3)\ns1> insert into t values (3,4)`).at(-1)).toBe(
      's1: ERROR 23505: duplicate key value violates unique constraint "t_pkey"',
    );
  });

  it("allows write skew", () => {
    expect(
      play(
        "create table d(n text primary key, oncall bool); insert into d values ('a',true),('b',true)",
        `s1> begin isolation level repeatable read; select count(*) from d where oncall
         s2> begin isolation level repeatable read; select count(*) from d where oncall
         s1> update d set oncall=false where n='a'
         s2> update d set oncall=false where n='b'
         s1> commit
         s2> commit
         s1> select count(*) from d where oncall`,
      ).at(-1),
    ).toBe("s1: SELECT 1 (0)");
  });
});
