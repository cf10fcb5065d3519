/** The text of a database under other names: whoever is exchanged is exchanged everywhere, and who is left out is in no set. */
import { beforeAll, expect, it } from "vitest";
import { loadGrammar } from "../../../../sim/postgres/index.ts";
import { playAll } from "../play.ts";

const SETUP = "CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 10)";

beforeAll(loadGrammar);

it("a wait for the end of another session exchanges that session, too", () => {
  const textOf = (holder: number, waiter: number): string => {
    const { server, database } = playAll(
      SETUP,
      `s${holder}> begin
       s${holder}> savepoint a
       s${holder}> savepoint b
       s${holder}> update t set v = 11
       s${waiter}> update t set v = 12
       s${holder}> release b`,
      { granularity: "fine" },
    );
    return server.text(database, {
      label: (session) => (session + 1 === holder ? "holder" : "waiter"),
      sessions: [holder - 1, waiter - 1],
      rename: (text) => text,
    });
  };
  expect(textOf(1, 2)).toContain('"untilEndOf":["holder"]');
  expect(textOf(2, 1)).toBe(textOf(1, 2));
});

it("a session that is left out is not among those who lock a row, hold a table or see an old version", () => {
  const textOf = (readers: readonly string[]): string => {
    const { server, database } = playAll(
      SETUP,
      [
        ...readers.flatMap((name) => [`${name}> begin isolation level repeatable read`, `${name}> select * from t`]),
        "s0> update t set v = 11",
        ...readers.flatMap((name) => [`${name}> select * from t for key share`]),
      ].join("\n"),
      { granularity: "fine" },
    );
    return server.text(database, {
      label: (session) => (session < 2 ? session : Number.NaN),
      sessions: [0, 1],
      without: new Set(readers.map((_, at) => at + 1).filter((session) => session > 1)),
      rename: (text) => text,
    });
  };
  expect(textOf(["s1", "s2", "s3"])).toBe(textOf(["s1"]));
});
