import { beforeAll, describe, expect, it } from "vitest";
import { loadGrammar } from "../../../../sim/postgres/index.ts";
import { play } from "../play.ts";

beforeAll(loadGrammar);

const ONE = "create table t(id int primary key, v text); insert into t values (1, '')";

describe("who holds a table lock already", () => {
  it("gets a weaker one past those who wait for it to let go, also with NOWAIT", () => {
    const script = `s1> begin; lock table t
       s2> begin; lock table t in access exclusive mode
       s1> lock table t in share mode nowait`;
    expect(play(ONE, script).at(-1)).toBe("s1: LOCK");
  });

  it("gets the same one again whoever waits", () => {
    const script = `s1> begin; lock table t in share mode
       s2> begin; lock table t in share mode; lock table t in row exclusive mode
       s1> lock table t in share mode`;
    expect(play(ONE, script).at(-1)).toBe("s1: LOCK");
  });
});

describe("a read-only transaction", () => {
  it("waits for the table lock before it says that it may not write", () => {
    const script = `s1> begin; lock table t
       s2> begin read only; delete from t
       s1> commit`;
    expect(play(ONE, script).slice(1)).toEqual([
      "s2: waits for s1",
      "s1: COMMIT",
      "s2 <- BEGIN; ERROR 25006: cannot execute DELETE in a read-only transaction",
    ]);
  });
});

describe("the table that a foreign key points at", () => {
  it("is not locked any longer when such a row is in", () => {
    const setup = "create table p(id int primary key); create table c(id int, pid int references p)";
    const script = `s1> begin; insert into c values (1, null)
       s2> begin; lock table p nowait`;
    expect(play(setup, script).at(-1)).toBe("s2: BEGIN; LOCK");
  });

  it("is locked also for a new row that points at nothing", () => {
    const setup = "create table p(id int primary key); create table c(id int, pid int references p)";
    const script = `s1> begin; lock table p
       s2> insert into c values (1, null)
       s1> commit`;
    expect(play(setup, script).slice(1)).toEqual(["s2: waits for s1", "s1: COMMIT", "s2 <- INSERT 0 1"]);
  });
});
