/** CREATE, ALTER and DROP change the catalog as PostgreSQL does, down to the names that it gives by itself. */
import { beforeAll, describe, expect, it } from "vitest";
import { type Catalog, EMPTY_CATALOG } from "../../../../sim/postgres/catalog/catalog.ts";
import { type Definition, define } from "../../../../sim/postgres/catalog/define.ts";
import { ALONE } from "../../../../sim/postgres/catalog/definition.ts";
import { loadGrammar, parseStatements } from "../../../../sim/postgres/grammar.ts";
import { failure, fakeDatabase } from "../fake-access.ts";

beforeAll(loadGrammar);

function last(sql: string, start: Catalog = EMPTY_CATALOG, site = ALONE): Definition {
  let catalog = start;
  let definition: Definition | null = null;
  for (const statement of parseStatements(sql)) {
    definition = define(statement, catalog, site);
    catalog = definition.catalog;
  }
  if (definition === null) throw new Error("no statement");
  return definition;
}

describe("names", () => {
  it("are given to constraints, indexes and sequences as PostgreSQL gives them", () => {
    const { catalog } = last(`create table p (id int primary key);
      create table t (id serial primary key, a int unique check (a > 0), b int references p, check (a < b), unique (a, b),
        check (b > 1), check (b > 2));
      create index on t (a, b); create index on t (a, b); create unique index on t (b)`);
    const table = catalog.tables["t"];
    expect(table?.indexes.map(({ name }) => name)).toEqual([
      "t_pkey",
      "t_a_key",
      "t_a_b_key",
      "t_a_b_idx",
      "t_a_b_idx1",
      "t_b_idx",
    ]);
    expect(table?.checks.map(({ name }) => name)).toEqual(["t_a_check", "t_check", "t_b_check", "t_b_check1"]);
    expect(table?.foreignKeys.map(({ name }) => name)).toEqual(["t_b_fkey"]);
    expect(Object.keys(catalog.sequences)).toEqual(["t_id_seq"]);
  });

  it("are cut to 63 characters, the longer part first", () => {
    const long = "x".repeat(60);
    const { catalog } = last(`create table ${long} (id int, column_of_a_length int unique)`);
    expect(catalog.tables[long]?.indexes[0]?.name).toBe(`${"x".repeat(40)}_column_of_a_length_key`);
  });
});

describe("CREATE TABLE", () => {
  it("makes the primary key NOT NULL and its index the first", () => {
    const { catalog, created } = last("create table t (a text unique, b bigint, primary key (b))");
    expect(created).toEqual(["t"]);
    expect(catalog.tables["t"]?.columns.map(({ name, type, notNull }) => ({ name, type, notNull }))).toEqual([
      { name: "a", type: "text", notNull: false },
      { name: "b", type: "int8", notNull: true },
    ]);
    expect(catalog.tables["t"]?.indexes[0]).toMatchObject({ primary: true, columns: [1] });
  });

  it("takes storage options and means nothing by them", () => {
    expect(last("create table t (id int) with (autovacuum_enabled = off, fillfactor = 50)").created).toEqual(["t"]);
  });

  it("locks the tables that it refers to", () => {
    const locks: unknown[] = [];
    const site = { ...ALONE, lock: (table: string, mode: string) => locks.push({ table, mode }) };
    last("create table p (id int primary key); create table c (p int references p)", EMPTY_CATALOG, site);
    expect(locks).toEqual([{ table: "p", mode: "share row exclusive" }]);
  });

  it("keeps DEFERRABLE and what becomes of children", () => {
    const { catalog } = last(
      "create table p (id int primary key); create table c (p int references p on delete cascade on update set null deferrable initially deferred)",
    );
    expect(catalog.tables["c"]?.foreignKeys[0]).toMatchObject({
      onDelete: "cascade",
      onUpdate: "set null",
      deferrable: true,
      initiallyDeferred: true,
    });
  });

  it.each([
    ["create table t (id int); create table t (id int)", '42P07 relation "t" already exists'],
    ["create table t (id int, id text)", '42701 column "id" specified more than once'],
    ["create table t (p int references nope)", '42P01 relation "nope" does not exist'],
    [
      "create table t (a int primary key, b int primary key)",
      '42P16 multiple primary keys for table "t" are not allowed',
    ],
    ["create table t (a int default 'x')", '22P02 invalid input syntax for type integer: "x"'],
    ["create table t (a int, check (b > 1))", '42703 column "b" does not exist'],
    ["create table t (a int); create index on t (b)", '42703 column "b" does not exist'],
    ["drop table t", '42P01 table "t" does not exist'],
  ])("%s fails", (sql, error) => {
    expect(failure(() => last(sql))).toBe(error);
  });

  it("says and does nothing where IF NOT EXISTS finds the table", () => {
    const { created, notices } = last("create table t (id int); create table if not exists t (x text)");
    expect(created).toEqual([]);
    expect(notices).toEqual(['relation "t" already exists, skipping']);
  });
});

describe("DROP and TRUNCATE", () => {
  it("take the sequences of serial columns along", () => {
    expect(last("create table t (id serial); drop table t").dropped).toEqual(["t", "t_id_seq"]);
    expect(last("create table t (id serial); truncate t restart identity").restarted).toEqual(["t_id_seq"]);
  });

  it("are refused where a foreign key is in the way, and cascade where told", () => {
    const setup = "create table p (id int primary key); create table c (p int references p);";
    expect(failure(() => last(`${setup} drop table p`))).toBe(
      "2BP01 cannot drop table p because other objects depend on it",
    );
    expect(last(`${setup} drop table p cascade`).catalog.tables["c"]?.foreignKeys).toEqual([]);
    expect(failure(() => last(`${setup} truncate p`))).toBe(
      "0A000 cannot truncate a table referenced in a foreign key constraint",
    );
    expect(last(`${setup} truncate p cascade`).truncated).toEqual(["p", "c"]);
  });
});

describe("ALTER TABLE", () => {
  it("gives the rows that are there a new column's default", () => {
    const database = fakeDatabase();
    database.text("create table t (id int); insert into t values (1), (2)");
    database.text("alter table t add column n int not null default 7");
    expect(database.text("select * from t")).toEqual([
      ["1", "7"],
      ["2", "7"],
    ]);
  });

  it("checks the rows that are there against new constraints", () => {
    const database = fakeDatabase();
    database.text("create table t (id int, n int); insert into t values (1, null)");
    expect(failure(() => database.text("alter table t alter n set not null"))).toBe(
      '23502 column "n" of relation "t" contains null values',
    );
    expect(failure(() => database.text("alter table t add constraint big check (id > 5)"))).toBe(
      '23514 check constraint "big" of relation "t" is violated by some row',
    );
  });

  it("moves the columns of indexes when one before them is dropped", () => {
    const { catalog } = last("create table t (a int, b int, c int unique); alter table t drop column a");
    expect(catalog.tables["t"]?.indexes).toMatchObject([{ name: "t_c_key", columns: [1] }]);
  });
});
