/** Unique and foreign keys between transactions: who waits, who fails, who deadlocks. */
import { beforeAll, describe, expect, it } from "vitest";
import { loadGrammar } from "../../../../sim/postgres/index.ts";
import { play, playAll } from "../play.ts";

beforeAll(loadGrammar);

const EMPTY = "create table t(id int primary key, v int)";
const TWO = "create table t(id int primary key, v int); insert into t values (1,1),(2,2)";
const DUPLICATE = 'ERROR 23505: duplicate key value violates unique constraint "t_pkey"';

describe("a unique key", () => {
  it("that another transaction has inserted is waited for, and is a duplicate once committed", () => {
    expect(
      play(
        EMPTY,
        `s1> begin; insert into t values (1,1)
         s2> insert into t values (1,2)
         s1> commit
         s1> begin; insert into t values (2,1)
         s2> insert into t values (2,2)
         s1> rollback`,
      ),
    ).toEqual([
      "s1: BEGIN; INSERT 0 1",
      "s2: waits for s1",
      "s1: COMMIT",
      `s2 <- ${DUPLICATE}`,
      "s1: BEGIN; INSERT 0 1",
      "s2: waits for s1",
      "s1: ROLLBACK",
      "s2 <- INSERT 0 1",
    ]);
  });

  it("that is deleted, moved away, or on a row being updated is waited for too", () => {
    expect(
      play(
        "create table t(id int primary key, v int); insert into t values (1,1),(2,2),(3,3)",
        `s0> begin; delete from t where id=1; update t set id=9 where id=2; update t set v=0 where id=3
         s1> insert into t values (1,0)
         s2> insert into t values (2,0)
         s3> insert into t values (3,0)
         s4> insert into t values (9,0)
         s0> commit`,
      )
        .slice(6)
        .sort(),
    ).toEqual(["s1 <- INSERT 0 1", "s2 <- INSERT 0 1", `s3 <- ${DUPLICATE}`, `s4 <- ${DUPLICATE}`]);
  });

  it("has no queue: all who wait for it may win", () => {
    const { server, database } = playAll(
      EMPTY,
      `s1> begin; insert into t values (1,1)
       s2> begin; insert into t values (1,2)
       s3> begin; insert into t values (1,3)`,
    );
    const rolledBack = server.step(database, 0, { kind: "send", query: { text: "rollback", values: [] } });
    expect(server.moves(rolledBack.database)).toEqual([
      { session: 1, kind: "resume" },
      { session: 2, kind: "resume" },
    ]);
    const winner = server.step(rolledBack.database, 2, { kind: "resume" }).database;
    expect(server.step(winner, 1, { kind: "resume" }).progress).toMatchObject({ kind: "waits", waitsFor: [2] });
  });

  it("deadlocks when rows are inserted in opposite orders", () => {
    expect(
      play(
        EMPTY,
        `s1> begin; insert into t values (1)
         s2> begin; insert into t values (2)
         s1> insert into t values (2)
         s2> insert into t values (1)`,
      ).slice(2),
    ).toEqual(["s1: waits for s2", "s2: waits for s1", "s1 <- ERROR 40P01: deadlock detected", "s2 <- INSERT 0 1"]);
  });

  it("counts only where a partial index's condition holds", () => {
    expect(
      play(
        "create table t(id int, live bool); create unique index live_ids on t(id) where live; insert into t values (1, true)",
        `s1> insert into t values (1, false), (1, false)
         s1> insert into t values (1, true)`,
      ),
    ).toEqual(["s1: INSERT 0 2", 's1: ERROR 23505: duplicate key value violates unique constraint "live_ids"']);
  });

  it("that is deferred is checked at COMMIT, which waits", () => {
    expect(
      play(
        "create table t(id int, constraint u unique (id) deferrable initially deferred)",
        `s1> begin; insert into t values (1)
         s2> begin; insert into t values (1)
         s2> commit
         s1> commit`,
      ),
    ).toEqual([
      "s1: BEGIN; INSERT 0 1",
      "s2: BEGIN; INSERT 0 1",
      "s2: waits for s1",
      "s1: COMMIT",
      's2 <- ERROR 23505: duplicate key value violates unique constraint "u"',
    ]);
  });
});

describe("ON CONFLICT", () => {
  it("DO NOTHING waits, then adds nothing to what was committed and adds to what was rolled back", () => {
    expect(
      play(
        EMPTY,
        `s1> begin; insert into t values (1,1)
         s2> insert into t values (1,2) on conflict do nothing
         s1> commit
         s1> begin; insert into t values (2,1)
         s2> insert into t values (2,2) on conflict do nothing
         s1> rollback`,
      ).filter((line) => line.startsWith("s2")),
    ).toEqual(["s2: waits for s1", "s2 <- INSERT 0 0", "s2: waits for s1", "s2 <- INSERT 0 1"]);
  });

  it("DO UPDATE at read committed works on a row that its snapshot cannot see", () => {
    expect(
      play(
        EMPTY,
        `s1> begin; insert into t values (1,1)
         s2> insert into t values (1,100) on conflict (id) do update set v=t.v+excluded.v returning *
         s1> commit`,
      ),
    ).toEqual(["s1: BEGIN; INSERT 0 1", "s2: waits for s1", "s1: COMMIT", "s2 <- INSERT 0 1 (1|101)"]);
  });

  it("DO UPDATE inserts when the row is deleted or its key moved away meanwhile", () => {
    expect(
      play(
        TWO,
        `s1> begin; delete from t where id=1; update t set id=7 where id=2
         s2> insert into t values (1,100) on conflict (id) do update set v=t.v+excluded.v returning *
         s3> insert into t values (2,100) on conflict (id) do update set v=t.v+excluded.v returning *
         s1> commit`,
      ).slice(-2),
    ).toEqual(["s2 <- INSERT 0 1 (1|100)", "s3 <- INSERT 0 1 (2|100)"]);
  });

  it("DO UPDATE locks the row also where its WHERE is false", () => {
    expect(
      play(
        TWO,
        `s1> begin; insert into t values (1,100) on conflict (id) do update set v=9 where t.v>5
         s2> select * from t where id=1 for update nowait`,
      ),
    ).toEqual(["s1: BEGIN; INSERT 0 0", 's2: ERROR 55P03: could not obtain lock on row in relation "t"']);
  });

  it("DO UPDATE may not meet one row twice", () => {
    expect(play(EMPTY, "s1> insert into t values (1,1),(1,2) on conflict (id) do update set v=excluded.v")).toEqual([
      "s1: ERROR 21000: ON CONFLICT DO UPDATE command cannot affect row a second time",
    ]);
  });

  it("above read committed fails on a row that the snapshot cannot see", () => {
    expect(
      play(
        EMPTY,
        `s1> begin isolation level repeatable read; select * from t
         s2> insert into t values (1,1)
         s1> savepoint a; insert into t values (1,2) on conflict do nothing
         s1> rollback to a; insert into t values (1,2) on conflict (id) do update set v=excluded.v`,
      ).slice(2),
    ).toEqual([
      "s1: SAVEPOINT; ERROR 40001: could not serialize access due to concurrent update",
      "s1: ROLLBACK; ERROR 40001: could not serialize access due to concurrent update",
    ]);
  });
});

const FAMILY = `create table p(id int primary key, v int);
  create table c(id int primary key, pid int references p, x int);
  insert into p values (1,1),(2,2)`;
const NO_PARENT = 'ERROR 23503: insert or update on table "c" violates foreign key constraint "c_pid_fkey"';
const HAS_CHILD =
  'ERROR 23503: update or delete on table "p" violates foreign key constraint "c_pid_fkey" on table "c"';

describe("a foreign key", () => {
  it("lets the parent be updated beside it, and waits for who locks or deletes the parent", () => {
    expect(
      play(
        FAMILY,
        `s1> begin; update p set v=v+1 where id=1
         s2> insert into c values (1,1)
         s1> delete from p where id=2
         s2> insert into c values (2,2)
         s1> commit`,
      ),
    ).toEqual([
      "s1: BEGIN; UPDATE 1",
      "s2: INSERT 0 1",
      "s1: DELETE 1",
      "s2: waits for s1",
      "s1: COMMIT",
      `s2 <- ${NO_PARENT}`,
    ]);
  });

  it("does not see a parent that is not committed", () => {
    expect(play(FAMILY, "s1> begin; insert into p values (3,3)\ns2> insert into c values (1,3)")).toEqual([
      "s1: BEGIN; INSERT 0 1",
      `s2: ${NO_PARENT}`,
    ]);
  });

  it("makes the parent's DELETE wait for an uncommitted child", () => {
    expect(
      play(
        FAMILY,
        `s1> begin; insert into c values (3,2)
         s2> delete from p where id=2
         s1> commit`,
      ),
    ).toEqual(["s1: BEGIN; INSERT 0 1", "s2: waits for s1", "s1: COMMIT", `s2 <- ${HAS_CHILD}`]);
  });

  it("locks no parent when the child's key stays", () => {
    expect(
      play(
        [FAMILY, "insert into c values (1,1,0)"],
        `s1> begin; select * from p where id=1 for update
         s2> update c set x=1
         s2> update c set pid=1
         s2> update c set pid=null
         s2> update c set pid=1
         s1> commit`,
      ).slice(1),
    ).toEqual([
      ...["s2: UPDATE 1", "s2: UPDATE 1", "s2: UPDATE 1"],
      ...["s2: waits for s1", "s1: COMMIT", "s2 <- UPDATE 1"],
    ]);
  });

  it("locks the parent again when the transaction has written the child before", () => {
    expect(
      play(
        [FAMILY, "insert into c values (1,1,0)"],
        `s1> begin; select * from p where id=1 for update
         s2> begin; update c set x=1
         s2> update c set x=2
         s1> commit`,
      ).slice(1),
    ).toEqual(["s2: BEGIN; UPDATE 1", "s2: waits for s1", "s1: COMMIT", "s2 <- UPDATE 1"]);
  });

  it("is checked at the end of the statement, row by row, and at COMMIT when deferred", () => {
    expect(
      play(
        `create table p(id int primary key);
         create table c(id int, pid int references p deferrable initially deferred)`,
        `s1> begin; insert into c values (1,1)
         s2> insert into p values (1)
         s1> commit
         s1> begin; insert into c values (2,9)
         s1> commit
         s1> select * from c`,
      ),
    ).toEqual([
      "s1: BEGIN; INSERT 0 1",
      "s2: INSERT 0 1",
      "s1: COMMIT",
      "s1: BEGIN; INSERT 0 1",
      `s1: ${NO_PARENT}`,
      "s1: SELECT 1 (1|1)",
    ]);
  });

  it("cascades in the same statement, with the children locked", () => {
    expect(
      play(
        `create table p(id int primary key);
         create table c(id int, pid int references p on delete cascade on update cascade, x int);
         insert into p values (1),(2); insert into c values (1,1,0),(2,1,0),(3,2,0)`,
        `s1> begin; delete from p where id=1
         s2> update c set x=1 where id=1
         s1> commit
         s1> update p set id=5 where id=2
         s1> select * from c`,
      ),
    ).toEqual([
      "s1: BEGIN; DELETE 1",
      "s2: waits for s1",
      "s1: COMMIT",
      "s2 <- UPDATE 0",
      "s1: UPDATE 1",
      "s1: SELECT 1 (3|5|0)",
    ]);
  });

  it("above read committed sees no parent of later, and cascades to no child of later", () => {
    expect(
      play(
        `create table p(id int primary key);
         create table c(id int primary key, pid int references p on delete cascade); insert into p values (1)`,
        `s1> begin isolation level repeatable read; select * from p
         s2> insert into p values (2); insert into c values (1,1)
         s1> savepoint a; insert into c values (2,2)
         s1> rollback to a; delete from p where id=1`,
      ).slice(2),
    ).toEqual([
      `s1: SAVEPOINT; ${NO_PARENT}`,
      "s1: ROLLBACK; ERROR 40001: could not serialize access due to concurrent update",
    ]);
  });
});
