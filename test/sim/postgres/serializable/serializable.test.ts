/** SERIALIZABLE: which rw-dependencies fail a transaction, which one, at which statement, and in what words. */
import { beforeAll, describe, expect, it } from "vitest";
import { loadGrammar } from "../../../../sim/postgres/index.ts";
import { play, playAll } from "../play.ts";

beforeAll(loadGrammar);

const DOCTORS = "create table d(n text primary key, oncall bool); insert into d values ('a',true),('b',true)";
const FAILS = "ERROR 40001: could not serialize access due to read/write dependencies among transactions";
const BEGIN = "begin isolation level serializable";
const COUNT = "select count(*) from d where oncall";

describe("write skew at serializable", () => {
  it("fails at COMMIT when both have written before the first commits", () => {
    expect(
      play(
        DOCTORS,
        `s1> ${BEGIN}; ${COUNT}
         s2> ${BEGIN}; ${COUNT}
         s1> update d set oncall=false where n='a'
         s2> update d set oncall=false where n='b'
         s1> commit
         s2> commit`,
      ).slice(2),
    ).toEqual(["s1: UPDATE 1", "s2: UPDATE 1", "s1: COMMIT", `s2: ${FAILS}`]);
  });

  it("fails at the write when the other has committed before, and a retry succeeds", () => {
    expect(
      play(
        DOCTORS,
        `s1> ${BEGIN}; ${COUNT}
         s2> ${BEGIN}; ${COUNT}
         s1> update d set oncall=false where n='a'; commit
         s2> update d set oncall=false where n='b'
         s2> rollback; ${BEGIN}; ${COUNT}; commit`,
      ).slice(3),
    ).toEqual([`s2: ${FAILS}`, "s2: ROLLBACK; BEGIN; SELECT 1 (1); COMMIT"]);
  });

  it("is not seen when one of the two is at repeatable read", () => {
    expect(
      play(
        DOCTORS,
        `s1> ${BEGIN}; ${COUNT}
         s2> begin isolation level repeatable read; ${COUNT}
         s1> update d set oncall=false where n='a'
         s2> update d set oncall=false where n='b'
         s1> commit
         s2> commit`,
      ).slice(-2),
    ).toEqual(["s1: COMMIT", "s2: COMMIT"]);
  });

  it("names the reason in the detail", () => {
    const { server, database } = playAll(
      DOCTORS,
      `s1> ${BEGIN}; ${COUNT}
       s2> ${BEGIN}; ${COUNT}
       s1> update d set oncall=false where n='a'
       s2> update d set oncall=false where n='b'
       s1> commit`,
    );
    const outcome = server.step(database, 1, { kind: "send", query: { text: "commit", values: [] } });
    expect(outcome.progress).toMatchObject({
      kind: "replied",
      reply: {
        sqlstate: "40001",
        detail: "Reason code: Canceled on identification as a pivot, during commit attempt.",
      },
    });
  });
});

const ROWS = "create table t(id int primary key, v int); insert into t values (1,0),(2,0),(3,0),(4,0)";

describe("what a serializable transaction has read", () => {
  it("by key are rows: who writes only what the other did not read commits", () => {
    expect(
      play(
        ROWS,
        `s1> ${BEGIN}; select v from t where id=1
         s2> ${BEGIN}; select v from t where id=2
         s1> update t set v=1 where id=1
         s2> update t set v=1 where id=2
         s1> commit
         s2> commit`,
      ).slice(-2),
    ).toEqual(["s1: COMMIT", "s2: COMMIT"]);
  });

  it("by key is also the index page: an INSERT of any other key conflicts", () => {
    expect(
      play(
        ROWS,
        `s1> ${BEGIN}; select v from t where id=10
         s2> ${BEGIN}; select v from t where id=20
         s1> insert into t values (11,1)
         s2> insert into t values (21,1)
         s1> commit
         s2> commit`,
      ).slice(-2),
    ).toEqual(["s1: COMMIT", `s2: ${FAILS}`]);
  });

  it("with a third row of a page is all its rows, and an UPDATE reads its row too", () => {
    const script = (reads: string) => `s1> ${BEGIN}; ${reads}
      s2> ${BEGIN}; select v from t where id=1
      s1> update t set v=1 where id=1
      s2> update t set v=1 where id=4
      s1> commit
      s2> commit`;
    const one = "select v from t where id=2";
    expect(play(ROWS, script(one)).at(-1)).toBe("s2: COMMIT");
    expect(play(ROWS, script(`${one}; select v from t where id=3`)).at(-1)).toBe(`s2: ${FAILS}`);
  });

  it("is remembered after its COMMIT while somebody overlaps it, and forgotten then", () => {
    const { server, database } = playAll(
      ROWS,
      `s1> ${BEGIN}; select v from t where id=1
       s2> ${BEGIN}; select count(*) from t; commit
       s1> rollback`,
    );
    expect(server.key(database)).toBe(server.key(server.initial));
  });
});

describe("a failure that only the size of a page makes", () => {
  const PAGE = "a false positive of page granularity: with exact key ranges this transaction would not fail here";
  const inserts = (first: number, second: number) => `s1> ${BEGIN}; select v from t where id=10
    s2> ${BEGIN}; select v from t where id=20
    s1> insert into t values (${first},1)
    s2> insert into t values (${second},1)
    s1> commit
    s2> commit`;

  it("is marked as such", () => {
    const { lines, notes } = playAll(ROWS, inserts(11, 21));
    expect(lines.at(-1)).toBe(`s2: ${FAILS}`);
    expect(notes).toContain(PAGE);
  });

  it("is told from one in which each wrote the key that the other had looked for", () => {
    const { lines, notes } = playAll(ROWS, inserts(20, 10));
    expect(lines.at(-1)).toBe(`s2: ${FAILS}`);
    expect(notes).not.toContain(PAGE);
  });
});

describe("a reader at serializable", () => {
  const BANK = "create table a(n text primary key, bal int); insert into a values ('checking',0),('savings',0)";
  const anomaly = (reader: string) => `s2> ${BEGIN}; select bal from a
    s1> ${BEGIN}; select bal from a where n='savings'; update a set bal=20 where n='savings'; commit
    s3> ${reader}; select bal from a; commit
    s2> update a set bal=-11 where n='checking'
    s2> commit`;

  it("makes an anomaly of two writers that would have had an order", () => {
    const lines = play(BANK, anomaly(BEGIN));
    expect(lines.filter((line) => line.includes("40001"))).toHaveLength(1);
  });

  it("is not needed for the writers alone", () => {
    expect(
      play(
        BANK,
        `s2> ${BEGIN}; select bal from a
         s1> ${BEGIN}; select bal from a where n='savings'; update a set bal=20 where n='savings'; commit
         s2> update a set bal=-11 where n='checking'
         s2> commit`,
      ).at(-1),
    ).toBe("s2: COMMIT");
  });

  it("READ ONLY DEFERRABLE waits for a safe snapshot, and then disturbs nobody", () => {
    expect(play(BANK, anomaly(`${BEGIN} read only deferrable`)).slice(2)).toEqual([
      "s3: waits for s2",
      "s2: UPDATE 1",
      "s2: COMMIT",
      "s3 <- BEGIN; SELECT 2 (20) (-11); COMMIT",
    ]);
  });
});
