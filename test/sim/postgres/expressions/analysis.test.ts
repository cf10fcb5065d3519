/** Analysis finds types, names and errors before a statement runs, as PostgreSQL does, in its words. */
import { beforeAll, describe, expect, it } from "vitest";
import { prepare } from "../../../../sim/postgres/execution/prepare.ts";
import type { Prepared } from "../../../../sim/postgres/execution/prepared.ts";
import { loadGrammar, parseStatements } from "../../../../sim/postgres/grammar.ts";
import { UsageError } from "../../../../sim/usage-error.ts";
import { type FakeDatabase, failure, fakeDatabase } from "../fake-access.ts";

let database: FakeDatabase;

beforeAll(async () => {
  await loadGrammar();
  database = fakeDatabase();
  database.text("create table t (id int primary key, v bigint, s text, a int[], at timestamptz default now())");
  database.text("create table u (id int primary key, t int)");
});

function prepared(sql: string): Prepared {
  const [statement] = parseStatements(sql);
  if (statement === undefined) throw new Error("no statement");
  return prepare(statement, database.catalog());
}

function refusal(sql: string): string {
  try {
    prepared(sql);
    return "taken";
  } catch (error) {
    if (error instanceof UsageError) return error.message.split("\n").slice(0, 2).join(" at ");
    throw error;
  }
}

describe("parameters", () => {
  it("take their types from their surroundings", () => {
    expect(database.text("select id + $1, $2 || 'x', $3 = any(a) from t", [1, 2, 3])).toEqual([]);
    expect(failure(() => database.text("select * from t where id = $1", ["x"]))).toBe(
      '22P02 invalid input syntax for type integer: "x"',
    );
  });

  it("must have one type, and the values that were sent must be as many", () => {
    const both = "42P08 inconsistent types deduced for parameter $1";
    expect(failure(() => prepared("insert into t (id, s) values ($1, $1)"))).toBe(both);
    expect(failure(() => prepared("update t set id = $1, s = $1"))).toBe(both);
    expect(failure(() => prepared("select $1::int, $1::text"))).toBe("none");
    expect(failure(() => database.text("select $1::int", [1, 2]))).toBe(
      '08P01 bind message supplies 2 parameters, but prepared statement "" requires 1',
    );
  });
});

describe("a prepared statement", () => {
  it("names its outputs and their types", () => {
    expect(prepared("select id, v + 1, count(*), s as label from t group by id").fields).toEqual([
      { name: "id", type: "int4" },
      { name: "?column?", type: "int8" },
      { name: "count", type: "int8" },
      { name: "label", type: "text" },
    ]);
  });

  it("tells the table locks that it takes, in its order", () => {
    const sql = "insert into u (id) select id from t where exists (select 1 from u for update)";
    expect(prepared(sql).relations).toEqual([
      { table: "u", mode: "row exclusive" },
      { table: "t", mode: "access share" },
      { table: "u", mode: "row share" },
    ]);
  });

  it("is one atomic read where it locks, writes and calls nothing volatile", () => {
    expect(prepared("select now(), s from t where id = 1").readOnly).toBe(true);
    expect(prepared("select 1 from t for key share").readOnly).toBe(false);
    expect(prepared("select pg_try_advisory_lock(1)").readOnly).toBe(false);
    expect(prepared("select (select clock_timestamp())").readOnly).toBe(false);
    expect(prepared("with w as (delete from t) select 1").readOnly).toBe(false);
  });

  it("keeps nothing between its runs", () => {
    const sql = "select id from (values (1), (2)) x(id) where id in (select max(id) from t)";
    expect(database.text(sql)).toEqual([]);
    database.text("insert into t (id) values (2)");
    expect(database.text(sql)).toEqual([["2"]]);
    database.text("delete from t");
  });
});

describe("what is not modelled in an expression", () => {
  it.each([
    ["select s ~ 'x' from t", "the operator ~ on these types is not modelled at line 1, column 10"],
    ["select random() from t", "the function random is not modelled at line 1, column 8"],
    ["select xmin from t", "the system column xmin is not modelled at line 1, column 8"],
    ["select t from t", "the whole row t as a value is not modelled at line 1, column 8"],
    ["select 'x'::xml", "the type xml is not modelled at line 1, column 13"],
    ["select * from pg_locks", "the system catalog pg_locks is not modelled at line 1, column 15"],
    ["select s similar to 'x' from t", "SIMILAR TO is not modelled at line 1, column 10"],
    ["select * from t full join u using (id)", "FULL JOIN is not modelled at line 1, column 1"],
    [
      "with recursive r as (select 1 union all select * from r) select * from r",
      "WITH RECURSIVE that refers to itself is not modelled at line 1, column 16",
    ],
  ])("%s", (sql, words) => {
    expect(refusal(sql)).toBe(words);
  });
});

describe("an index on an expression", () => {
  it("keeps what it gives unique, and is an arbiter of ON CONFLICT", () => {
    const names = fakeDatabase();
    names.text("create table n (name text); create unique index on n (lower(name))");
    expect(names.catalog().tables["n"]?.indexes.map(({ name }) => name)).toEqual(["n_lower_idx"]);
    names.text("insert into n values ('Ann')");
    expect(failure(() => names.text("insert into n values ('ANN')"))).toBe(
      '23505 duplicate key value violates unique constraint "n_lower_idx"',
    );
    const sql =
      "insert into n values ('ann') on conflict (lower(name)) do update set name = excluded.name returning name";
    expect(names.text(sql)).toEqual([["ann"]]);
  });
});

describe("a function in LANGUAGE sql", () => {
  it("is called with its arguments, by name and by number", () => {
    const functions = fakeDatabase();
    functions.text("create table t (id int); insert into t values (1), (2)");
    functions.text(
      "create function above(n int) returns bigint stable language sql as 'select count(*) + $1 from t where id > n'",
    );
    expect(functions.text("select above(0), above(id) from t order by id")).toEqual([
      ["2", "2"],
      ["2", "2"],
    ]);
    functions.text("drop function above(int)");
    expect(functions.catalog().functions).toEqual({});
  });

  it("is made of queries, and in no other language", () => {
    const taken = (sql: string): string => {
      try {
        database.text(sql);
        return "taken";
      } catch (error) {
        return error instanceof UsageError ? (error.message.split("\n")[0] ?? "") : String(error);
      }
    };
    expect(taken("create function f() returns int language sql as 'select 1; create table q (a int)'")).toBe(
      "a function whose body is not made of queries is not modelled",
    );
    expect(taken("create function f() returns int language plpgsql as 'begin end'")).toBe(
      "a function in LANGUAGE plpgsql is not modelled",
    );
  });
});
