/**
 * Traces written by hand (traces.ts) run on a real server: those that are true are reproduced, those with one thing changed
 * are told to differ at that step, and those that need what cannot be done from outside are told as such.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { TraceStep } from "../../sim/trace/trace.ts";
import { replayOnPostgres } from "../../src/postgres/replay.ts";
import type { ReplayedStep } from "../../src/postgres/replay-attempt.ts";
import { type OpenServer, openServer } from "../../src/postgres/server.ts";
import {
  BEFORE_THE_AUTOCOMMIT,
  BEGIN,
  buffers,
  CHECK,
  COMMIT,
  deadlock,
  done,
  finished,
  move,
  owner,
  RACE_001,
  replied,
  send,
  take,
  traceOf,
  WAIT_AND_WAKE,
  waits,
} from "./traces.ts";

let server: OpenServer;
beforeAll(async () => {
  server = await openServer({ databaseUrl: inject("databaseUrl") });
});
afterAll(() => server.close());

/** The trace with one step changed. */
function edited(trace: typeof RACE_001, n: number, change: Partial<TraceStep>): typeof RACE_001 {
  return { ...trace, steps: trace.steps.map((step) => (step.n === n ? { ...step, ...change } : step)) };
}

describe("what happened on the simulated server happens on the real one", () => {
  test("check-then-act gives one buffer to two clients", async () => {
    expect(await replayOnPostgres(RACE_001, server)).toMatchObject({ kind: "reproduced", steps: 7, notes: [] });
  });

  test("a locking SELECT waits and sees the new owner", async () => {
    expect(await replayOnPostgres(WAIT_AND_WAKE, server)).toMatchObject({ kind: "reproduced", steps: 8, notes: [] });
  });

  test.each(["alice", "bob"] as const)("a deadlock ends the wanted victim: %s", async (victim) => {
    expect(await replayOnPostgres(deadlock(victim), server)).toMatchObject({ kind: "reproduced", steps: 10 });
  });

  test("a statement that others meet before its autocommit runs in an explicit transaction, and that is said", async () => {
    const result = await replayOnPostgres(BEFORE_THE_AUTOCOMMIT, server);
    expect(result).toMatchObject({ kind: "reproduced", steps: 5 });
    expect(result.notes).toEqual([
      "step 1: alice's statement runs as BEGIN; statement; COMMIT, because others move before its autocommit",
    ]);
  });

  test("first updater wins under repeatable read", async () => {
    const failure = {
      kind: "failed",
      sqlstate: "40001",
      message: "could not serialize access due to concurrent update",
      detail: null,
    } as const;
    const trace = traceOf(
      [
        send("alice", BEGIN, replied(done("BEGIN"))),
        send("alice", CHECK, replied(owner(null))),
        send("bob", take("bob"), finished(done("UPDATE", 1))),
        move("bob", "commit", replied(done("UPDATE", 1)), { committed: true, tables: buffers("bob") }),
        send("alice", take("alice"), replied(failure)),
      ],
      "repeatable read",
    );
    expect(await replayOnPostgres(trace, server)).toMatchObject({ kind: "reproduced", steps: 5 });
  });

  test("three clients queue for one row, and each is let in by the one before", async () => {
    const trace = traceOf([
      send("alice", BEGIN, replied(done("BEGIN"))),
      send("alice", take("alice"), replied(done("UPDATE", 1))),
      send("bob", take("bob"), waits("alice")),
      send("carol", take("carol"), waits("alice")),
      send("alice", { text: "ROLLBACK", values: [] }, replied(done("ROLLBACK")), { woken: ["bob"] }),
      move("bob", "resume", finished(done("UPDATE", 1))),
      move("bob", "commit", replied(done("UPDATE", 1)), { committed: true, woken: ["carol"], tables: buffers("bob") }),
      move("carol", "resume", finished(done("UPDATE", 1))),
      move("carol", "commit", replied(done("UPDATE", 1)), { committed: true, tables: buffers("carol") }),
    ]);
    expect(await replayOnPostgres(trace, server)).toMatchObject({ kind: "reproduced", steps: 9 });
  });
});

describe("a trace that the real server does not follow", () => {
  test("differs at the step whose reply was changed, with both sides", async () => {
    const wrong = edited(RACE_001, 2, { progress: replied(owner("alice")) });
    expect(await replayOnPostgres(wrong, server)).toMatchObject({
      kind: "differs",
      step: 2,
      expected: "bob is answered SELECT 1 (locked_by 'alice')",
      actual: "bob is answered SELECT 1 (locked_by null)",
    });
  });

  test("differs where a statement waits that should reply", async () => {
    const wrong = edited(WAIT_AND_WAKE, 4, { progress: replied(owner(null)) });
    expect(await replayOnPostgres(wrong, server)).toMatchObject({
      kind: "differs",
      step: 4,
      expected: "bob is answered SELECT 1 (locked_by null)",
      actual: "bob waits for alice",
    });
  });

  test("differs where a statement replies that should wait", async () => {
    const wrong = edited(RACE_001, 2, { progress: waits("alice") });
    expect(await replayOnPostgres(wrong, server)).toMatchObject({
      kind: "differs",
      step: 2,
      expected: "bob waits for alice",
    });
  });

  test("differs where a statement goes on that should still wait", async () => {
    const wrong = edited(WAIT_AND_WAKE, 6, { woken: [] });
    expect(await replayOnPostgres(wrong, server)).toMatchObject({
      kind: "differs",
      step: 6,
      expected: "bob waits for alice",
      actual: "bob is answered SELECT 1 (locked_by 'alice')",
    });
  });

  test("differs where other rows are committed", async () => {
    const wrong = edited(RACE_001, 7, { tables: buffers("alice") });
    expect(await replayOnPostgres(wrong, server)).toMatchObject({
      kind: "differs",
      step: 7,
      expected: "buffers: (id 1, locked_by 'alice') (id 2, locked_by null)",
      actual: "buffers: (id 1, locked_by 'bob') (id 2, locked_by null)",
    });
  });

  test("differs at step 0 where the setup makes other rows", async () => {
    const wrong = { ...RACE_001, setup: RACE_001.setup.slice(0, 1) };
    expect(await replayOnPostgres(wrong, server)).toMatchObject({
      kind: "differs",
      step: 0,
      actual: "buffers: no rows",
    });
  });

  test("cannot be forced where it needs a move inside of a statement", async () => {
    const trace = traceOf([
      send("alice", take("alice"), { kind: "stopped", at: "before it locks the row" }),
      send(
        "bob",
        { text: "UPDATE buffers SET locked_by = 'bob' WHERE locked_by IS NULL", values: [] },
        finished(done("UPDATE", 2)),
      ),
      move("bob", "commit", replied(done("UPDATE", 2)), { committed: true, tables: buffers("bob", "bob") }),
      move("alice", "resume", finished(done("UPDATE", 1))),
      move("alice", "commit", replied(done("UPDATE", 1)), { committed: true, tables: buffers("alice", "bob") }),
    ]);
    expect(await replayOnPostgres(trace, server)).toMatchObject({
      kind: "cannot-force",
      step: 2,
      why: "bob moves while alice's statement is stopped before it locks the row: from outside a statement cannot be stopped there",
    });
  });
});

test("each step is told as it happens", async () => {
  const told: ReplayedStep[] = [];
  await replayOnPostgres(WAIT_AND_WAKE, server, { onStep: (step) => told.push(step) });
  expect(told.map(({ step, actual }) => [step.n, actual?.kind])).toEqual([
    [1, "replied"],
    [2, "replied"],
    [3, "replied"],
    [4, "waits"],
    [5, "replied"],
    [6, "replied"],
    [7, "replied"],
    [8, "replied"],
  ]);
});

test("an interrupted replay leaves no session", async () => {
  const controller = new AbortController();
  const interrupted = replayOnPostgres(WAIT_AND_WAKE, server, {
    signal: controller.signal,
    onStep: ({ step }) => step.n === 4 && controller.abort(),
  });
  await expect(interrupted).rejects.toThrow("aborted");
  const database = await server.openDatabase();
  const session = await database.session("look");
  expect(
    await session.rows(
      "SELECT count(*) FROM pg_stat_activity WHERE application_name IN ('lockstep alice', 'lockstep bob')",
    ),
  ).toEqual([["0"]]);
  await database.drop();
});

test("a COMMIT of a trace is sent as it is", async () => {
  const trace = traceOf([
    send("alice", BEGIN, replied(done("BEGIN"))),
    send("alice", take("alice"), replied(done("UPDATE", 1))),
    send("alice", COMMIT, replied(done("COMMIT")), { committed: true, tables: buffers("alice") }),
  ]);
  expect(await replayOnPostgres(trace, server)).toMatchObject({ kind: "reproduced", notes: [] });
});

describe("on the embedded server, whose sessions can be held", () => {
  let embedded: OpenServer;
  beforeAll(async () => {
    embedded = await openServer();
  });
  afterAll(() => embedded.close());

  /** When bob commits, two clients chase the version that he made, and any of them may get it. */
  function chase(first: string, second: string): typeof RACE_001 {
    return traceOf([
      send("alice", BEGIN, replied(done("BEGIN"))),
      send("alice", take("alice"), replied(done("UPDATE", 1))),
      ...["bob", "carol", "dave"].flatMap((waiter) => [
        send(waiter, BEGIN, replied(done("BEGIN"))),
        send(waiter, take(waiter), waits("alice")),
      ]),
      send("alice", COMMIT, replied(done("COMMIT")), { committed: true, woken: ["bob"], tables: buffers("alice") }),
      move("bob", "resume", replied(done("UPDATE", 1))),
      send("bob", COMMIT, replied(done("COMMIT")), {
        committed: true,
        woken: ["carol", "dave"],
        tables: buffers("bob"),
      }),
      move(first, "resume", replied(done("UPDATE", 1))),
      move(second, "resume", waits(first)),
    ]);
  }

  test.each([
    ["carol", "dave"],
    ["dave", "carol"],
  ])("of clients that are woken together %s goes on before %s, as in the trace", async (first, second) => {
    const result = await replayOnPostgres(chase(first, second), embedded);
    expect(result).toMatchObject({ kind: "reproduced", steps: 13 });
    expect(result.notes.filter((note) => note.startsWith("run"))).toEqual([]);
  });

  test("a newcomer takes the row before the client whose wait is over", async () => {
    const trace = traceOf([
      send("alice", BEGIN, replied(done("BEGIN"))),
      send("alice", take("alice"), replied(done("UPDATE", 1))),
      send("bob", take("bob"), waits("alice")),
      send("alice", COMMIT, replied(done("COMMIT")), { committed: true, woken: ["bob"], tables: buffers("alice") }),
      send("carol", BEGIN, replied(done("BEGIN"))),
      send("carol", take("carol"), replied(done("UPDATE", 1))),
      move("bob", "resume", waits("carol")),
      send("carol", COMMIT, replied(done("COMMIT")), { committed: true, woken: ["bob"], tables: buffers("carol") }),
      move("bob", "resume", finished(done("UPDATE", 1))),
      move("bob", "commit", replied(done("UPDATE", 1)), { committed: true, tables: buffers("bob") }),
    ]);
    expect(await replayOnPostgres(trace, embedded)).toMatchObject({ kind: "reproduced", steps: 10 });
    expect(await replayOnPostgres(trace, server)).toMatchObject({
      kind: "cannot-force",
      step: 5,
      why: "carol moves before bob, whose wait is over: a real server lets those go on at once",
    });
  });
});
