/** What the second of two sessions does with rows that the first one has changed; all answers were given by PostgreSQL 18. */
import { beforeAll, describe, expect, it } from "vitest";
import { loadGrammar } from "../../../../sim/postgres/index.ts";
import { playAll } from "../play.ts";

beforeAll(loadGrammar);

const SETUP =
  "create table t(id int primary key, k int, v int); create table u(k int primary key, x int); " +
  "insert into t values (1,1,0),(2,2,0); insert into u values (1,100),(2,200)";

/** The last answer of the second session, which waits for the first one's commit. */
function lastAnswer(change: string, sql: string): string {
  const { lines } = playAll(SETUP, `s1> begin; ${change}\ns2> ${sql}\ns1> commit`);
  return (lines.at(-1) ?? "").replace("s2 <- ", "");
}

const KEY_MOVED = "update t set k = 2 where id = 1";

describe("a join", () => {
  it("keeps the other table's row, which may match no more", () => {
    expect(lastAnswer(KEY_MOVED, "update t set v = x from u where u.k = t.k")).toBe("UPDATE 1");
    expect(
      lastAnswer("update u set x = 7; update t set v = 5", "update t set v = t.v + x from u where u.k = t.k"),
    ).toBe("UPDATE 2");
  });

  it("on the far side of LEFT JOIN is evaluated again too", () => {
    expect(lastAnswer(KEY_MOVED, "select * from t left join u using (k) order by id for update of t")).toBe(
      "SELECT 2 (2|1|0|NULL) (2|2|0|200)",
    );
  });
});

describe("a sub-select that is a semi-join", () => {
  it.each([
    "update t set v = 9 where k in (select k from u)",
    "update t set v = 9 where k = any (select k from u)",
    "update t set v = 9 where exists (select 1 from u where u.k = t.k)",
    "update t set v = 9 where k in (select k from u where u.x > t.v)",
    "update t set v = 9 where k in (select k from u limit 5)",
  ])("keeps its row: %s", (sql) => {
    expect(lastAnswer(KEY_MOVED, sql)).toBe("UPDATE 1");
  });

  it("without a row stays without one", () => {
    const sql = "update t set v = 9 where not exists (select 1 from u where u.k = t.k and u.x > 100)";
    expect(lastAnswer(KEY_MOVED, sql)).toBe("UPDATE 1");
  });
});

describe("a sub-select that is none", () => {
  it.each([
    ["under OR", "update t set v = 9 where (k = 1 or k in (select k from u))"],
    ["with NOT IN", "update t set v = 9 where k not in (select k + 5 from u)"],
    ["with an aggregate, correlated", "update t set v = 9 where (select count(*) from u where u.k = t.k) = 1"],
  ])("is run again: %s", (_, sql) => {
    expect(lastAnswer(KEY_MOVED, sql)).toBe("UPDATE 2");
  });

  it("keeps its value where it does not look at the row", () => {
    expect(
      lastAnswer("update t set v = 50 where id = 1", "update t set v = (select sum(v) from t) + 1 where id = 1"),
    ).toBe("UPDATE 1");
  });
});

describe("a condition inside", () => {
  it("a sub-select with FOR UPDATE filters on the old value", () => {
    expect(lastAnswer(KEY_MOVED, "select id from (select * from t for update) s where k = 1")).toBe("SELECT 0");
  });

  it("a CTE that locks is not pushed into it", () => {
    expect(lastAnswer(KEY_MOVED, "with c as (select * from t for update) select id from c where k = 1")).toBe(
      "SELECT 0",
    );
  });
});
