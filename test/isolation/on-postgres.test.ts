/**
 * The runner of isolation tests on a real server: the text that it prints is PostgreSQL's tester's, byte for byte.
 *
 * The expected outputs were compared with those of PostgreSQL's own isolationtester on the same server.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { RunOutcome } from "../../sim/isolation/run.ts";
import { type IsolationRunOptions, runIsolationOnPostgres } from "../../src/isolation/run-on-postgres.ts";
import { type OpenServer, openServer } from "../../src/postgres/server.ts";

let server: OpenServer;
beforeAll(async () => {
  server = await openServer({ databaseUrl: inject("databaseUrl") });
});
afterAll(() => server.close());

async function run(
  text: string,
  more: Partial<IsolationRunOptions> = {},
): Promise<{ output: string; outcome: RunOutcome }> {
  let output = "";
  const print = (piece: string): void => {
    output += piece;
  };
  const outcome = await runIsolationOnPostgres(text, server, { file: "test.spec", print, stepSecondsMax: 5, ...more });
  return { output, outcome };
}

const LOCK_AND_WAIT = `
setup { CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'one'), (2, NULL); }
teardown { DROP TABLE t; }
session s1
setup { BEGIN; }
step u1 { UPDATE t SET v = 'uno' WHERE id = 1; }
step c1 { COMMIT; }
session s2
setup { BEGIN; }
step u2 { UPDATE t SET v = v || '!' WHERE id = 1 RETURNING *; }
step r2 { SELECT * FROM t; }
step c2 { COMMIT; }
`;

describe("PostgreSQL's isolation tester and ours print the same", () => {
  test("a step that waits and goes on", async () => {
    const { output, outcome } = await run(`${LOCK_AND_WAIT}permutation u1 u2 c1 r2 c2`);
    expect(output).toBe(`Parsed test spec with 2 sessions

starting permutation: u1 u2 c1 r2 c2
step u1: UPDATE t SET v = 'uno' WHERE id = 1;
step u2: UPDATE t SET v = v || '!' WHERE id = 1 RETURNING *; <waiting ...>
step c1: COMMIT;
step u2: <... completed>
id|v${"   "}
--+----
 1|uno!
(1 row)

step r2: SELECT * FROM t;
id|v${"   "}
--+----
 2|${"    "}
 1|uno!
(2 rows)

step c2: COMMIT;
`);
    expect(outcome).toEqual({ kind: "finished", permutations: 1 });
  });

  test("an error ends a step of several statements, after the answers before it", async () => {
    const { output } = await run(
      "session s step a { SELECT 1 AS one; SELECT 1/0; SELECT 2 AS two; } step b { SELECT 3 AS three; }",
    );
    expect(output).toBe(`Parsed test spec with 1 sessions

starting permutation: a b
step a: SELECT 1 AS one; SELECT 1/0; SELECT 2 AS two;
one
---
  1
(1 row)

ERROR:  division by zero
step b: SELECT 3 AS three;
three
-----
    3
(1 row)

`);
  });

  test("a deadlock's victim by the sessions' time-outs", async () => {
    const { output } = await run(`
      setup { CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2); }
      teardown { DROP TABLE t; }
      session s1
      setup { BEGIN; SET deadlock_timeout = '100s'; }
      step a1 { SELECT FROM t WHERE id = 1 FOR UPDATE; }
      step a2 { SELECT FROM t WHERE id = 2 FOR UPDATE; }
      step c1 { COMMIT; }
      session s2
      setup { BEGIN; SET deadlock_timeout = '10ms'; }
      step b2 { SELECT FROM t WHERE id = 2 FOR UPDATE; }
      step b1 { SELECT FROM t WHERE id = 1 FOR UPDATE; }
      step c2 { COMMIT; }
      permutation a1 b2 a2 b1(*, a2) c2 c1`);
    expect(output.split("\n").slice(2).join("\n")).toBe(`starting permutation: a1 b2 a2 b1 c2 c1
step a1: SELECT FROM t WHERE id = 1 FOR UPDATE;
step b2: SELECT FROM t WHERE id = 2 FOR UPDATE;
step a2: SELECT FROM t WHERE id = 2 FOR UPDATE; <waiting ...>
step b1: SELECT FROM t WHERE id = 1 FOR UPDATE; <waiting ...>
step a2: <... completed>
step b1: <... completed>
ERROR:  deadlock detected
step c2: COMMIT;
step c1: COMMIT;
`);
  });

  test("a step marked with * is told as waiting although it does not", async () => {
    const { output } = await run("session s step a { SELECT; } step b { SELECT; } permutation a(*) b");
    expect(output).toContain("step a: SELECT; <waiting ...>\nstep a: <... completed>\nstep b: SELECT;\n");
  });

  test("a step marked with another is told after it, and one that waits for notices after these", async () => {
    const { output } = await run(`
      session s1
      step lock { SELECT FROM pg_advisory_lock(1); }
      step free { SELECT FROM pg_advisory_unlock(1); }
      session s2
      step notice { DO $$ BEGIN RAISE NOTICE 'one'; PERFORM pg_advisory_lock(1); RAISE WARNING 'two' USING hint = 'go'; END $$; }
      session s3
      step first { SELECT; }
      session s4
      step second { SELECT; }
      permutation lock notice first(notice notices 1) second(first) free`);
    expect(output.split("\n").slice(3).join("\n")).toBe(`step lock: SELECT FROM pg_advisory_lock(1);
s2: NOTICE:  one
step notice: DO $$ BEGIN RAISE NOTICE 'one'; PERFORM pg_advisory_lock(1); RAISE WARNING 'two' USING hint = 'go'; END $$; <waiting ...>
step first: SELECT; <waiting ...>
step second: SELECT; <waiting ...>
step free: SELECT FROM pg_advisory_unlock(1);
s2: WARNING:  two
HINT:  go
step notice: <... completed>
step first: <... completed>
step second: <... completed>
`);
  });

  test("notifications, and the session that they come from", async () => {
    const { output } = await run(`
      session s1 step notify { NOTIFY c, 'p'; }
      session s2 step listen { LISTEN c; } step look { SELECT; }
      permutation listen notify look`);
    expect(output).toContain('step look: SELECT;\ns2: NOTIFY "c" with payload "p" from s1\n');
  });

  test("the end of a connection", async () => {
    const { output } = await run(`session s step end { SELECT pg_terminate_backend(pg_backend_pid()); }`);
    expect(output).toContain(`FATAL:  terminating connection due to administrator command
server closed the connection unexpectedly
	This probably means the server terminated abnormally
	before or while processing the request.
`);
  });

  test("steps that no permutation uses", async () => {
    const { output } = await run("session s step b {} step a {} step c {} permutation c");
    expect(output).toMatch(/^unused step name: a\nunused step name: b\nParsed test spec with 1 sessions\n/);
  });
});

test("all interleavings run on tables made anew", async () => {
  const { output, outcome } = await run(`
    setup { CREATE TABLE t (a int); }
    teardown { DROP TABLE t; }
    session s1 step i1 { INSERT INTO t VALUES (1); } step r1 { SELECT count(*) FROM t; }
    session s2 step i2 { INSERT INTO t VALUES (2); }`);
  expect(outcome).toEqual({ kind: "finished", permutations: 3 });
  expect(output.match(/starting permutation: .*/g)).toEqual([
    "starting permutation: i1 r1 i2",
    "starting permutation: i1 i2 r1",
    "starting permutation: i2 i1 r1",
  ]);
  expect(output.match(/ {4}\d/g)).toEqual(["    1", "    2", "    2"]);
});

test("a failed setup ends the run and says why", async () => {
  const { output, outcome } = await run("setup { SELECT FROM nothing; } session s step a {}");
  expect(outcome).toEqual({ kind: "stopped", permutations: 0 });
  expect(output).toContain('setup failed: ERROR:  relation "nothing" does not exist\n');
});

test("a step that waits for ever is cancelled", async () => {
  const { output } = await run(
    `session s1 setup { BEGIN; SELECT FROM pg_advisory_xact_lock(2); } step a {} step z { COMMIT; }
     session s2 step b { SELECT FROM pg_advisory_xact_lock(2); } step c { SELECT; }
     permutation a b c z`,
    { stepSecondsMax: 0.2 },
  );
  expect(output).toContain("isolationtester: canceling step b after 0 seconds\n");
  expect(output).toContain(
    "step b: <... completed>\nERROR:  canceling statement due to user request\nstep c: SELECT;\n",
  );
});

test("an interrupted run ends between steps and leaves nothing", async () => {
  let steps = 0;
  const { outcome } = await run(LOCK_AND_WAIT, { interrupted: () => ++steps > 5 });
  expect(outcome.kind).toBe("interrupted");
});
