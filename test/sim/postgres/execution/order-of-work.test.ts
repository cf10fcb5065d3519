/** In which order a statement looks at rows, locks, writes and checks: whoever interposes can see it. */
import { beforeAll, describe, expect, it } from "vitest";
import { loadGrammar } from "../../../../sim/postgres/grammar.ts";
import { type FakeDatabase, failure, fakeDatabase } from "../fake-access.ts";

beforeAll(loadGrammar);

function jobs(): FakeDatabase {
  const database = fakeDatabase();
  database.text("create table t (id int primary key, v int not null check (v >= 0), k int unique)");
  database.text("insert into t values (1, 10, null), (2, 20, null), (3, 30, null)");
  database.calls.length = 0;
  return database;
}

describe("an UPDATE", () => {
  it("looks at a row, locks it and writes it before it looks at the next", () => {
    const database = jobs();
    database.text("update t set v = v + 1 where pg_advisory_lock(id) is not null and v < 25");
    expect(database.calls).toEqual([
      "scan t",
      "pg_advisory_lock(1)",
      "lock t [1,10,null] no key update",
      "update t [1,10,null] to [1,11,null]",
      "pg_advisory_lock(2)",
      "lock t [2,20,null] no key update",
      "update t [2,20,null] to [2,21,null]",
    ]);
  });

  it("looks at cheap conditions first, and at equal ones as they are written", () => {
    const database = jobs();
    const advisory = (sql: string): number => {
      database.calls.length = 0;
      database.text(sql);
      return database.calls.filter((call) => call.startsWith("pg_try")).length;
    };
    // The cast of id to bigint makes the lock function the dearer one.
    expect(advisory("select 1 from t where pg_try_advisory_lock(id) and v < 25")).toBe(2);
    expect(advisory("select 1 from t where pg_try_advisory_lock(7, id) and v < 25")).toBe(3);
    expect(advisory("select 1 from t where pg_try_advisory_lock(7, id) and v in (1, 2, 3, 4, 5, 6)")).toBe(3);
  });

  it("locks for update only where the value of a key column changes", () => {
    const database = jobs();
    database.text("update t set id = id, v = 0 where id = 1");
    database.text("update t set k = 5 where id = 2");
    expect(database.calls.filter((call) => call.startsWith("lock"))).toEqual([
      "lock t [1,10,null] no key update",
      "lock t [2,20,null] update",
    ]);
  });

  it("checks its constraints before it locks the row", () => {
    const database = jobs();
    expect(failure(() => database.text("update t set v = -1"))).toBe(
      '23514 new row for relation "t" violates check constraint "t_v_check"',
    );
    expect(database.calls).toEqual(["scan t"]);
  });

  it("changes a row once, however often a join finds it", () => {
    const database = jobs();
    expect(database.count("update t set v = x from (values (100), (200)) s(x) where id = 1")).toBe(1);
    expect(database.text("select v from t where id = 1")).toEqual([["100"]]);
  });

  it("leaves a row alone that another part of the statement has changed", () => {
    const database = jobs();
    const sql = "with w as (update t set v = 1 where id = 1 returning id) update t set v = 2 from w where t.id = w.id";
    expect(database.count(sql)).toBe(0);
    expect(database.text("select v from t where id = 1")).toEqual([["1"]]);
  });

  it("reads by an index where conditions fix or bound its columns", () => {
    const database = jobs();
    database.text("update t set v = 1 where id = $1", [2]);
    database.text("select * from t where id in (1, 3)");
    database.text("select * from t where id = any($1) and v > 0", ["{2,9}"]);
    database.text("select * from t where k = 4 or id = 1");
    database.text("select * from t where id between 1 and 2 and v > 0");
    database.text("select * from t where 3 < id");
    database.text("select * from t where id < 3 or v = 1");
    expect(database.calls.filter((call) => call.startsWith("scan"))).toEqual([
      "scan t by t_pkey [[2]]",
      "scan t by t_pkey [[1],[3]]",
      "scan t by t_pkey [[2],[9]]",
      "scan t by t_k_key #0 = 4 or t_pkey #0 = 1",
      "scan t by t_pkey #0 >= 1 and #0 <= 2",
      "scan t by t_pkey #0 > 3",
      "scan t",
    ]);
  });
});

describe("SELECT FOR UPDATE", () => {
  it("locks in output order, and no row more than LIMIT asks for", () => {
    const database = jobs();
    database.text("select id from t order by v desc limit 2 for update skip locked");
    expect(database.calls).toEqual([
      "scan t",
      "lock t [3,30,null] update skip locked",
      "lock t [2,20,null] update skip locked",
    ]);
  });

  it("takes the next candidate for a row that it does not get", () => {
    const database = jobs();
    database.meanwhile = (row) => (row.values[0] === 1 ? { kind: "skipped" } : { kind: "same" });
    expect(database.text("select id from t order by id limit 1 for update skip locked")).toEqual([["2"]]);
  });

  it("looks rows up by their keys rather than along the order that is wanted", () => {
    const database = jobs();
    database.text("select id from t where k = 2 order by id desc limit 1");
    expect(database.calls).toEqual(["scan t by t_k_key [[2]]"]);
  });

  it("keeps the old order and shows the new values", () => {
    const database = jobs();
    database.meanwhile = (row) =>
      row.values[0] === 1
        ? { kind: "newer", row: { ref: { table: "t", version: 99 }, values: [1, 99, null] } }
        : { kind: "same" };
    expect(database.text("select id, v from t order by v for update")).toEqual([
      ["1", "99"],
      ["2", "20"],
      ["3", "30"],
    ]);
  });

  it("filters a locking sub-select before it locks", () => {
    const database = jobs();
    database.text("select * from (select * from t for update) s where v = 20");
    expect(database.calls).toEqual(["scan t", "lock t [2,20,null] update"]);
  });

  it("takes the strongest mode and the most impatient wait of its clauses", () => {
    const database = jobs();
    database.text("select * from t where id = 1 for share of t for no key update of t nowait");
    expect(database.calls.at(-1)).toBe("lock t [1,10,null] no key update nowait");
  });
});

describe("INSERT", () => {
  it("evaluates a row and stores it before the next", () => {
    const database = fakeDatabase();
    database.text("create table s (id serial, v int)");
    database.text("insert into s (v) values (1), (2)");
    expect(database.calls).toEqual(["nextval s_id_seq", "insert s [1,1]", "nextval s_id_seq", "insert s [2,2]"]);
  });

  it("locks the row that ON CONFLICT DO UPDATE meets, by the columns that SET names", () => {
    const database = jobs();
    database.text("insert into t values (1, 5, 7) on conflict (id) do update set v = t.v + excluded.v where t.v > 100");
    database.text("insert into t values (2, 5, 7) on conflict (id) do update set k = excluded.k");
    expect(database.calls).toEqual([
      "insert t [1,5,7]",
      "lock t [1,10,null] no key update",
      "insert t [2,5,7]",
      "lock t [2,20,null] update",
      "update t [2,20,null] to [2,20,7]",
    ]);
  });

  it("starts over where the row it met is gone when it has the lock", () => {
    const database = jobs();
    let asked = 0;
    database.meanwhile = () => {
      asked += 1;
      return asked === 1 ? { kind: "gone" } : { kind: "same" };
    };
    expect(database.text("insert into t values (1, 5) on conflict (id) do update set v = 6 returning v")).toEqual([
      ["6"],
    ]);
    expect(database.calls.filter((call) => call.startsWith("insert"))).toHaveLength(2);
  });

  it("does not affect a row twice", () => {
    const database = jobs();
    const sql = "insert into t values (7, 1), (7, 2) on conflict (id) do update set v = excluded.v";
    expect(failure(() => database.text(sql))).toBe(
      "21000 ON CONFLICT DO UPDATE command cannot affect row a second time",
    );
  });
});

describe("a sub-select", () => {
  it("that looks at no row of its query runs once", () => {
    const database = jobs();
    database.text(
      "select id from t where v > (select nextval('q') from t limit 1) - 100".replace(
        "nextval('q')",
        "pg_backend_pid()",
      ),
    );
    expect(database.calls.filter((call) => call === "scan t")).toHaveLength(2);
  });

  it("that looks at the row runs for each", () => {
    const database = jobs();
    database.text("select (select max(v) from t i where i.id < o.id) from t o");
    expect(database.calls.filter((call) => call.startsWith("scan t"))).toHaveLength(4);
  });
});

describe("a WITH query that modifies data", () => {
  it("runs to its end though nobody reads it", () => {
    const database = jobs();
    database.text("with w as (delete from t where id > 1 returning id) select 1");
    expect(database.text("select id from t")).toEqual([["1"]]);
  });

  it("does not show its effect to the rest of the statement", () => {
    const database = jobs();
    expect(database.text("with w as (delete from t) select count(*) from t")).toEqual([["3"]]);
  });
});
