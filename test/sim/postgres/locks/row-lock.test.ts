/** Row locks: which modes conflict, who waits behind whom, and what a waiter finds when its wait is over. */
import { beforeAll, describe, expect, it } from "vitest";
import { loadGrammar } from "../../../../sim/postgres/index.ts";
import { play, playAll } from "../play.ts";

beforeAll(loadGrammar);

const ONE = "create table t(id int primary key, v text); insert into t values (1, '')";
const TWO = "create table t(id int primary key, v int); insert into t values (1, 10), (2, 20)";
const MODES = ["key share", "share", "no key update", "update"];

/** PostgreSQL manual, table 13.3: a row for the lock held, a column for the lock wanted. */
const CONFLICTS = ["---X", "--XX", "-XXX", "XXXX"];

describe("row lock modes", () => {
  for (const [row, held] of MODES.entries()) {
    for (const [column, wanted] of MODES.entries()) {
      const conflicts = CONFLICTS[row]?.[column] === "X";
      it(`FOR ${held} ${conflicts ? "conflicts" : "goes"} with FOR ${wanted}`, () => {
        const lines = play(ONE, `s1> begin; select id from t for ${held}\ns2> select id from t for ${wanted} nowait`);
        expect(lines[1]).toBe(
          conflicts ? 's2: ERROR 55P03: could not obtain lock on row in relation "t"' : "s2: SELECT 1 (1)",
        );
      });
    }
  }

  it("an UPDATE that leaves the key alone goes with FOR KEY SHARE, one that changes it does not", () => {
    const lines = play(
      TWO,
      `s1> begin; select id from t for key share
       s2> update t set v = 1, id = id
       s2> begin; set local lock_timeout = '1s'; update t set id = 9 where id = 1
       s2! lock timeout`,
    );
    expect(lines).toEqual([
      "s1: BEGIN; SELECT 2 (1) (2)",
      "s2: UPDATE 2",
      "s2: waits for s1",
      "s2 <- BEGIN; SET; ERROR 55P03: canceling statement due to lock timeout",
    ]);
  });
});

describe("what a transaction does to a row that it has locked itself", () => {
  it("counts as a change of the key after FOR UPDATE: FOR KEY SHARE follows it", () => {
    const script = `s1> begin; select * from t for update; update t set v = '2'
       s2> select * from t for key share
       s1> commit`;
    expect(play(ONE, script).at(-1)).toBe("s2 <- SELECT 1 (1|2)");
  });
});

describe("a row that was updated and then deleted by one transaction", () => {
  it("was updated, for those who must not follow it", () => {
    const script = `s1> begin; update t set v = '2'; delete from t
       s2> begin isolation level repeatable read; delete from t
       s1> commit`;
    expect(play(ONE, script).at(-1)).toMatch(/ERROR 40001: could not serialize access due to concurrent update$/);
  });
});

describe("a row that was deleted", () => {
  it("was updated, for a locking clause, also inside of an UPDATE", () => {
    const script = `s1> begin isolation level repeatable read; select * from t
       s2> delete from t
       s1> update t set v = 'x' where id = (select id from t for share)`;
    expect(play(ONE, script).at(-1)).toMatch(/ERROR 40001: could not serialize access due to concurrent update$/);
  });
});

describe("a lock on a version that an update has replaced", () => {
  it("is waited for like any other, and only then the update is seen", () => {
    const lines = play(
      ONE,
      `s1> begin; update t set v = '2'
       s2> begin; select * from t for key share
       s3> begin isolation level repeatable read; delete from t
       s1> commit
       s2> commit`,
    );
    expect(lines.slice(2)).toEqual([
      "s3: waits for s1, s2",
      "s1: COMMIT",
      "s2: COMMIT",
      "s3 <- BEGIN; ERROR 40001: could not serialize access due to concurrent update",
    ]);
  });
});

describe("a locking clause that has waited for an update", () => {
  it("waits for the new version outside of its line, and keeps its place in the old one", () => {
    const { server, database } = playAll(
      ONE,
      `s0> begin; update t set v = '2'
       s1> begin; select * from t for no key update
       s2> begin; update t set id = 4
       s3> begin; select * from t for update
       s4> begin; select * from t for update
       s0> commit`,
    );
    expect([1, 2, 3, 4].map((session) => server.status(database, session))).toMatchObject([
      { kind: "idle" },
      { waitsFor: [1] },
      { waitsFor: [1] },
      { waitsFor: [3] },
    ]);
  });
});

describe("a key of a partial unique index", () => {
  it("that its transaction inserted and left is waited for until that transaction ends", () => {
    const setup = "create table t(id int primary key, v int, g text); create unique index i on t (v) where g = 'x'";
    const lines = play(
      setup,
      `s1> begin; insert into t values (1, 7, 'x')
       s2> insert into t values (2, 7, 'x')
       s1> update t set g = 'y'
       s1> commit`,
    );
    expect(lines.slice(1)).toEqual(["s2: waits for s1", "s1: UPDATE 1", "s1: COMMIT", "s2 <- INSERT 0 1"]);
  });
});

describe("the line for a row", () => {
  it("is served in order when the holder only locked it", () => {
    expect(
      play(
        ONE,
        `s0> begin; select * from t for update
         s1> update t set v=v||'1' returning v
         s2> update t set v=v||'2' returning v
         s3> update t set v=v||'3' returning v
         s0> commit`,
      ),
    ).toEqual([
      "s0: BEGIN; SELECT 1 (1|)",
      "s1: waits for s0",
      "s2: waits for s1",
      "s3: waits for s1, s2",
      "s0: COMMIT",
      "s1 <- UPDATE 1 (1)",
      "s2 <- UPDATE 1 (12)",
      "s3 <- UPDATE 1 (123)",
    ]);
  });

  it("lets sharers in together", () => {
    expect(
      play(
        ONE,
        `s0> begin; select * from t for update
         s1> begin; select * from t for update
         s2> begin; select * from t for share
         s3> begin; select * from t for share
         s4> begin; select * from t for update
         s0> commit
         s1> commit
         s2> commit
         s3> commit`,
      ).filter((line) => !line.includes("waits")),
    ).toEqual([
      "s0: BEGIN; SELECT 1 (1|)",
      "s0: COMMIT",
      "s1 <- BEGIN; SELECT 1 (1|)",
      "s1: COMMIT",
      "s2 <- BEGIN; SELECT 1 (1|)",
      "s3 <- BEGIN; SELECT 1 (1|)",
      "s2: COMMIT",
      "s3: COMMIT",
      "s4 <- BEGIN; SELECT 1 (1|)",
    ]);
  });

  it("does not stop a sharer who goes with the holders", () => {
    expect(
      play(
        ONE,
        `s0> begin; select * from t for share
         s1> begin; select * from t for update
         s2> begin; select * from t for share
         s3> begin; select * from t for key share
         s0> commit
         s2> commit
         s3> commit`,
      ),
    ).toEqual([
      "s0: BEGIN; SELECT 1 (1|)",
      "s1: waits for s0",
      "s2: BEGIN; SELECT 1 (1|)",
      "s3: BEGIN; SELECT 1 (1|)",
      "s0: COMMIT",
      "s2: COMMIT",
      "s3: COMMIT",
      "s1 <- BEGIN; SELECT 1 (1|)",
    ]);
  });

  it("goes on without a member whose wait has timed out", () => {
    expect(
      play(
        ONE,
        `s0> begin; select * from t for update
         s1> begin; set local lock_timeout='500ms'; update t set v=v||'1'
         s2> update t set v=v||'2' returning v
         s1! lock timeout
         s0> commit`,
      ),
    ).toEqual([
      "s0: BEGIN; SELECT 1 (1|)",
      "s1: waits for s0",
      "s2: waits for s1",
      "s1 <- BEGIN; SET; ERROR 55P03: canceling statement due to lock timeout",
      "s0: COMMIT",
      "s2 <- UPDATE 1 (2)",
    ]);
  });

  it("does not exist for the sole holder, who asks for more and gets it", () => {
    expect(
      play(
        TWO,
        `s1> begin; select id from t for share
         s2> begin; update t set v=12
         s1> update t set v=11
         s1> commit`,
      ),
    ).toEqual([
      "s1: BEGIN; SELECT 2 (1) (2)",
      "s2: waits for s1",
      "s1: UPDATE 2",
      "s1: COMMIT",
      "s2 <- BEGIN; UPDATE 2",
    ]);
  });
});

describe("locks and the versions of a row", () => {
  it("are found on the newest version by NOWAIT and SKIP LOCKED", () => {
    expect(
      play(
        ONE,
        `s1> begin; update t set v='x'
         s2> select * from t for no key update nowait
         s2> select * from t for update skip locked
         s2> select id from t for key share`,
      ),
    ).toEqual([
      "s1: BEGIN; UPDATE 1",
      's2: ERROR 55P03: could not obtain lock on row in relation "t"',
      "s2: SELECT 0",
      "s2: SELECT 1 (1)",
    ]);
  });

  it("pass from an old version to the new one that an update makes", () => {
    expect(
      play(
        ONE,
        `s1> begin; select id from t for key share
         s2> update t set v='x'
         s3> select id from t for no key update nowait
         s3> select id from t for update nowait`,
      ),
    ).toEqual([
      "s1: BEGIN; SELECT 1 (1)",
      "s2: UPDATE 1",
      "s3: SELECT 1 (1)",
      's3: ERROR 55P03: could not obtain lock on row in relation "t"',
    ]);
  });

  it("FOR KEY SHARE returns the old row beside an update that leaves the key alone", () => {
    expect(
      play(
        TWO,
        `s1> begin isolation level repeatable read; select v from t where id = 1
         s2> update t set v=11 where id = 1
         s1> select v from t where id = 1 for key share
         s3> delete from t where id = 1
         s1> commit`,
      ),
    ).toEqual([
      "s1: BEGIN; SELECT 1 (10)",
      "s2: UPDATE 1",
      "s1: SELECT 1 (10)",
      "s3: waits for s1",
      "s1: COMMIT",
      "s3 <- DELETE 1",
    ]);
  });

  it("keep nothing of an autocommit SELECT FOR UPDATE", () => {
    expect(play(ONE, "s1> select id from t for update\ns2> select id from t for update nowait")).toEqual([
      "s1: SELECT 1 (1)",
      "s2: SELECT 1 (1)",
    ]);
  });

  it("are taken row by row: who waits holds the earlier rows and not the later ones", () => {
    expect(
      play(
        "create table t(id int primary key, v int); insert into t values (1,0),(2,0),(3,0)",
        `s1> begin; update t set v=1 where id=2
         s2> begin; update t set v=2
         s3> select id from t for update skip locked
         s1> commit`,
      ),
    ).toEqual(["s1: BEGIN; UPDATE 1", "s2: waits for s1", "s3: SELECT 1 (3)", "s1: COMMIT", "s2 <- BEGIN; UPDATE 3"]);
  });
});
