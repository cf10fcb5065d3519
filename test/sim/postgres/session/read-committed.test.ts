/** READ COMMITTED: a snapshot for each statement, waiting for rows, and reading them again. */
import { beforeAll, describe, expect, it } from "vitest";
import { loadGrammar } from "../../../../sim/postgres/index.ts";
import { play } from "../play.ts";

beforeAll(loadGrammar);

const ONE = "create table t(id int primary key, v int); insert into t values (1, 10)";
const TWO = "create table t(id int primary key, v int); insert into t values (1, 10), (2, 20)";

describe("snapshots at read committed", () => {
  it("are taken anew by each statement", () => {
    expect(
      play(
        TWO,
        `s1> begin
         s1> select * from t
         s2> update t set v = 11 where id = 1
         s1> select * from t`,
      ),
    ).toEqual(["s1: BEGIN", "s1: SELECT 2 (1|10) (2|20)", "s2: UPDATE 1", "s1: SELECT 2 (2|20) (1|11)"]);
  });

  it("stay as they were while the statement waits for a row", () => {
    expect(
      play(
        "create table t(id int primary key, v int); insert into t values (1,0),(2,0),(3,0)",
        `s1> begin; update t set v=1 where id=1
         s2> update t set v=v+100 where v<10 returning *
         s3> update t set v=50 where id=2; update t set v=5 where id=3; insert into t values (4,0); delete from t where id=3
         s1> commit
         s2> select * from t order by id`,
      ),
    ).toEqual([
      "s1: BEGIN; UPDATE 1",
      "s2: waits for s1",
      "s3: UPDATE 1; UPDATE 1; INSERT 0 1; DELETE 1",
      "s1: COMMIT",
      "s2 <- UPDATE 1 (1|101)",
      "s2: SELECT 3 (1|101) (2|50) (4|0)",
    ]);
  });

  it("do not show a statement its own changes", () => {
    expect(play(ONE, "s1> insert into t select id + 10, v from t\ns1> select count(*) from t")).toEqual([
      "s1: INSERT 0 1",
      "s1: SELECT 1 (2)",
    ]);
  });

  it("show the earlier statements of the same transaction to the next, and nobody else", () => {
    expect(
      play(
        ONE,
        `s1> begin; update t set v = 11; update t set v = v + 1
         s1> select v from t
         s2> select v from t`,
      ),
    ).toEqual(["s1: BEGIN; UPDATE 1; UPDATE 1", "s1: SELECT 1 (12)", "s2: SELECT 1 (10)"]);
  });
});

describe("a second updater at read committed", () => {
  it("waits, then applies its change to the newest version", () => {
    expect(
      play(
        ONE,
        `s1> begin; update t set v=v+1 where id=1
         s2> update t set v=v+1 where id=1 returning v
         s1> commit`,
      ),
    ).toEqual(["s1: BEGIN; UPDATE 1", "s2: waits for s1", "s1: COMMIT", "s2 <- UPDATE 1 (12)"]);
  });

  it("leaves the row out when its condition no longer holds", () => {
    expect(
      play(
        ONE,
        `s1> begin; update t set v=11 where id=1
         s2> update t set v=99 where v=10
         s1> commit
         s2> select * from t`,
      ),
    ).toEqual(["s1: BEGIN; UPDATE 1", "s2: waits for s1", "s1: COMMIT", "s2 <- UPDATE 0", "s2: SELECT 1 (1|11)"]);
  });

  it("goes on with the old version when the first rolls back", () => {
    expect(
      play(
        ONE,
        `s1> begin; update t set v=11 where id=1
         s2> update t set v=99 where v=10 returning *
         s1> rollback`,
      ),
    ).toEqual(["s1: BEGIN; UPDATE 1", "s2: waits for s1", "s1: ROLLBACK", "s2 <- UPDATE 1 (1|99)"]);
  });

  it("leaves out a row that was deleted, even if its key was inserted again", () => {
    expect(
      play(
        ONE,
        `s1> begin; delete from t where id=1; insert into t values (1,50)
         s2> update t set v=99 where id=1
         s1> commit
         s2> select * from t`,
      ),
    ).toEqual([
      "s1: BEGIN; DELETE 1; INSERT 0 1",
      "s2: waits for s1",
      "s1: COMMIT",
      "s2 <- UPDATE 0",
      "s2: SELECT 1 (1|50)",
    ]);
  });

  it("never adds a row that matches only now", () => {
    expect(
      play(
        "create table w(id int primary key, hits int); insert into w values (1,9),(2,10)",
        `s1> begin; update w set hits=hits+1
         s2> delete from w where hits=10
         s1> commit
         s2> select * from w`,
      ),
    ).toEqual([
      "s1: BEGIN; UPDATE 2",
      "s2: waits for s1",
      "s1: COMMIT",
      "s2 <- DELETE 0",
      "s2: SELECT 2 (1|10) (2|11)",
    ]);
  });

  it("waits again when a third transaction holds the new version", () => {
    expect(
      play(
        ONE,
        `s1> begin; update t set v=v+1 where id=1
         s2> begin; update t set v=v+100 where id=1 returning v
         s3> begin; update t set v=v+10 where id=1 returning v
         s1> commit
         s2> commit
         s3> commit`,
      ),
    ).toEqual([
      "s1: BEGIN; UPDATE 1",
      "s2: waits for s1",
      "s3: waits for s2",
      "s1: COMMIT",
      "s2 <- BEGIN; UPDATE 1 (111)",
      "s2: COMMIT",
      "s3 <- BEGIN; UPDATE 1 (121)",
      "s3: COMMIT",
    ]);
  });

  it("does not look again when the row was only locked", () => {
    expect(
      play(
        ONE,
        `s1> begin; select * from t for update
         s2> update t set v=v+100 where id=1 returning v
         s1> commit`,
      ),
    ).toEqual(["s1: BEGIN; SELECT 1 (1|10)", "s2: waits for s1", "s1: COMMIT", "s2 <- UPDATE 1 (110)"]);
  });

  it("keeps the old snapshot for a sub-select in SET, and so loses an update", () => {
    expect(
      play(
        "create table c(id int primary key, n int); insert into c values (1,0)",
        `s1> begin; update c set n=n+1 where id=1
         s2> update c set n=(select n from c where id=1)+1 where id=1 returning n
         s1> commit`,
      ),
    ).toEqual(["s1: BEGIN; UPDATE 1", "s2: waits for s1", "s1: COMMIT", "s2 <- UPDATE 1 (1)"]);
  });
});

describe("a plain SELECT", () => {
  it("never waits for rows", () => {
    expect(play(ONE, "s1> begin; update t set v=1\ns2> select * from t")).toEqual([
      "s1: BEGIN; UPDATE 1",
      "s2: SELECT 1 (1|10)",
    ]);
  });
});

describe("an updated row", () => {
  it("moves to the end of the heap, and a rolled back update leaves the order alone", () => {
    expect(
      play(
        TWO,
        `s1> update t set v = 11 where id = 1
         s1> select id from t
         s1> begin; update t set v = 21 where id = 2; rollback
         s1> select id from t`,
      ),
    ).toEqual(["s1: UPDATE 1", "s1: SELECT 2 (2) (1)", "s1: BEGIN; UPDATE 1; ROLLBACK", "s1: SELECT 2 (2) (1)"]);
  });
});
