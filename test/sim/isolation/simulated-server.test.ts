/** Waits on the simulated server end by other sessions, or by timers on a clock that moves while the tester looks. */
import { describe, expect, test } from "vitest";
import { runIsolationOnSimulated } from "../../../sim/isolation/run-on-simulated.ts";
import { VirtualClock } from "../../../sim/isolation/virtual-clock.ts";

async function outputOf(spec: string, stepSecondsMax?: number): Promise<string> {
  let output = "";
  await runIsolationOnSimulated(spec, {
    file: "test.spec",
    print: (text) => {
      output += text;
    },
    ...(stepSecondsMax === undefined ? {} : { stepSecondsMax }),
  });
  return output;
}

/** Two sessions that want two rows in opposite orders, with these deadlock timeouts. */
function crossing(first: string, second: string): string {
  return `
setup { CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 0), (2, 0); }
teardown { DROP TABLE t; }
session s1
setup { BEGIN; SET deadlock_timeout = '${first}'; }
step a1 { UPDATE t SET v = 1 WHERE id = 1; }
step a2 { UPDATE t SET v = 1 WHERE id = 2; }
teardown { ROLLBACK; }
session s2
setup { BEGIN; SET deadlock_timeout = '${second}'; }
step b2 { UPDATE t SET v = 2 WHERE id = 2; }
step b1 { UPDATE t SET v = 2 WHERE id = 1; }
teardown { ROLLBACK; }
permutation a1 b2 a2 b1(*)
`;
}

describe("a deadlock", () => {
  test("fails the session whose check comes first", async () => {
    expect(await outputOf(crossing("10s", "20ms"))).toMatch(/step b1: <... completed>\nERROR: {2}deadlock detected/);
  });

  test("fails the other one where its check comes first", async () => {
    expect(await outputOf(crossing("20ms", "10s"))).toMatch(/step a2: <... completed>\nERROR: {2}deadlock detected/);
  });

  test("is not found by a check that came before the cycle: the last who waits fails", async () => {
    // The check of s1 has found nothing when s2 begins to wait.
    const spec = crossing("5ms", "1s")
      .replace("a2 b1(*)", "a2 b0 b1(*)")
      .replace("step b1", "step b0 { SELECT 1; }\nstep b1");
    expect(await outputOf(spec)).toMatch(/step b1: <... completed>\nERROR: {2}deadlock detected/);
  });
});

/** s2 waits for s1 with these settings. */
function waiting(settings: string): string {
  return `
setup { CREATE TABLE t (v int); INSERT INTO t VALUES (0); }
teardown { DROP TABLE t; }
session s1
setup { BEGIN; }
step w1 { UPDATE t SET v = 1; }
step r1 { SELECT * FROM t; }
teardown { ROLLBACK; }
session s2
setup { ${settings} }
step w2 { UPDATE t SET v = 2; }
permutation w1 w2 r1
`;
}

describe("several timers", () => {
  test("the earliest ends the wait", async () => {
    const output = await outputOf(waiting("SET lock_timeout = '2s'; SET statement_timeout = '1s';"));
    expect(output).toContain("ERROR:  canceling statement due to statement timeout");
  });

  test("at the same time it is the lock timeout", async () => {
    const output = await outputOf(waiting("SET lock_timeout = '1s'; SET statement_timeout = '1s';"));
    expect(output).toContain("ERROR:  canceling statement due to lock timeout");
  });

  test("the clock gives them in their order, and none that runs out at the end of a look", () => {
    const clock = new VirtualClock();
    clock.set(1, "lock timeout", 20);
    clock.set(2, "deadlock check", 20);
    clock.set(3, "statement timeout", 10);
    clock.set(4, "lock timeout", 0);
    expect(clock.advance(10)).toBeNull();
    expect([clock.advance(50), clock.advance(50), clock.advance(50), clock.advance(50)]).toEqual([
      { session: 3, kind: "statement timeout", atMs: 10 },
      { session: 2, kind: "deadlock check", atMs: 20 },
      { session: 1, kind: "lock timeout", atMs: 20 },
      null,
    ]);
    expect(clock.nowMs).toBe(50);
  });
});

test("a step that nothing ends is cancelled when the tester has had enough", async () => {
  const output = await outputOf(waiting("SELECT 1;"), 5);
  expect(output).toContain("isolationtester: canceling step w2 after 5 seconds\n");
  expect(output).toContain("ERROR:  canceling statement due to user request");
});

test("values, dates and intervals are printed as PostgreSQL's test driver has them", async () => {
  const output = await outputOf(`
session s1
step r { SELECT true AS b, date '2008-12-23' AS d, interval '26 hours' AS i, 1e-7::float8 AS f; }
`);
  expect(output).toContain(
    "b|         d|i         |    f\n-+----------+----------+-----\nt|12-23-2008|@ 26 hours|1e-07\n",
  );
});
