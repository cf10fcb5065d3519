/** Async code as a process: its history of replies is its state, and code that is not a function of it is found out. */
import { describe, expect, test } from "vitest";
import type { Reply, View } from "../../../model/protocol.ts";
import { type Code, codeProcess } from "../../../sim/process/code-process.ts";
import type { QueryFailed } from "../../../sim/process/code-run.ts";
import type { Node, Process } from "../../../sim/process/process.ts";
import { UsageError } from "../../../sim/usage-error.ts";
import { DEADLOCK, DONE, FREE, TAKEN, UPDATED } from "./replies.ts";

const NOTHING: View = { owns: null };

function alice(code: Code, turnsMax = 1000): Promise<Process> {
  return codeProcess(code, { name: "alice", view: NOTHING, turnsMax });
}

/** The text of the one statement that the process sends next, after its local steps. */
function asked(process: Process, node: Node): string {
  const [next] = process.requests(node);
  if (next === undefined) return process.describe(node);
  return next.query?.text ?? asked(process, next.then);
}

/** Sends what the process asks and gives it these replies. */
async function answer(process: Process, replies: readonly Reply[]): Promise<Node> {
  let node = process.initial;
  for (const reply of replies) node = await process.advance(waiting(process, node), reply);
  return node;
}

function waiting(process: Process, node: Node): Node {
  const [next] = process.requests(node);
  if (next === undefined) throw new Error("it asks nothing");
  return next.query === null ? waiting(process, next.then) : next.then;
}

async function faultOf(promise: Promise<unknown>): Promise<UsageError> {
  const fault: unknown = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(fault instanceof UsageError)) throw new Error(`no UsageError: ${String(fault)}`);
  return fault;
}

const checkThenTake: Code = async ({ query, believe }) => {
  const { rows } = await query("SELECT locked_by", [1]);
  if (rows[0]?.["locked_by"] !== null) return;
  await query("UPDATE");
  believe({ owns: 1 });
  believe({ owns: null });
  await query("RELEASE");
};

describe("async code as a process", () => {
  test("asks the next statement of the same code, by its replies", async () => {
    const process = await alice(checkThenTake);
    const free = await answer(process, [FREE]);
    const taken = await answer(process, [TAKEN]);
    expect([asked(process, process.initial), asked(process, free), asked(process, taken)]).toEqual([
      "SELECT locked_by",
      "UPDATE",
      "ended after 1 reply",
    ]);
  });

  test("comes to the same node by the same history", async () => {
    const process = await alice(checkThenTake);
    const twice = await Promise.all([answer(process, [FREE, UPDATED]), answer(process, [FREE, UPDATED])]);
    expect(twice[0]).toBe(twice[1]);
  });

  test("passes the values of a statement", async () => {
    const process = await alice(checkThenTake);
    expect(process.requests(process.initial)[0]?.query).toEqual({ text: "SELECT locked_by", values: [1] });
  });

  test("offers nothing while it waits, and after its end", async () => {
    const process = await alice(checkThenTake);
    const ended = await answer(process, [TAKEN]);
    expect([process.requests(waiting(process, process.initial)), process.requests(ended)]).toEqual([[], []]);
  });

  test("gives each run rows of its own", async () => {
    const process = await alice(async ({ query }) => {
      const { rows } = await query("SELECT");
      const before = rows.map((row) => row["locked_by"]);
      rows.length = 0;
      await query(`SAW ${JSON.stringify(before)}`);
      await query("AGAIN");
    });
    const last = await answer(process, [TAKEN, DONE]);
    expect([asked(process, await answer(process, [TAKEN])), asked(process, last)]).toEqual(['SAW ["zoe"]', "AGAIN"]);
  });

  test("may await other promises that settle by themselves", async () => {
    const process = await alice(async ({ query }) => {
      for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
      await query("SELECT");
    });
    expect(asked(process, process.initial)).toBe("SELECT");
  });
});

describe("beliefs", () => {
  test("come with the reply that proves them", async () => {
    const process = await alice(checkThenTake);
    expect(process.view(await answer(process, [FREE, UPDATED]))).toEqual({ owns: 1 });
  });

  test("that change again before the next statement are a step of their own", async () => {
    const process = await alice(checkThenTake);
    const owning = await answer(process, [FREE, UPDATED]);
    const [step] = process.requests(owning);
    if (step === undefined) throw new Error("no step");
    expect([step.name, step.query, process.view(step.then)]).toEqual(["next", null, { owns: null }]);
    expect(process.requests(step.then)[0]?.query?.text).toBe("RELEASE");
  });

  test("stay while a statement is under way", async () => {
    const process = await alice(async ({ query, believe }) => {
      await query("UPDATE");
      believe({ owns: 1 });
      await query("RENEW");
    });
    const owning = await answer(process, [UPDATED]);
    expect(process.view(waiting(process, owning))).toEqual({ owns: 1 });
  });

  test("that are confirmed after a reply can be given up in a step of their own", async () => {
    const process = await alice(async ({ query, believe }) => {
      await query("UPDATE");
      believe({ owns: 1 });
      await query("RENEW");
      believe({ owns: 1 });
      believe({ owns: null });
      await query("RELEASE");
    });
    const renewed = await answer(process, [UPDATED, UPDATED]);
    expect([process.view(renewed), process.requests(renewed)[0]?.query]).toEqual([{ owns: 1 }, null]);
  });

  test("are the given ones until the code says something", async () => {
    const process = await alice(checkThenTake);
    expect(process.view(process.initial)).toBe(NOTHING);
  });
});

describe("an error of the server", () => {
  test("reaches the code in the shape of node-postgres", async () => {
    const process = await alice(async ({ query }) => {
      await query("UPDATE").catch((error: QueryFailed) =>
        query(`SAW ${error.name} ${error.code} ${error.severity} ${error.message} ${error.detail}`),
      );
    });
    expect(asked(process, await answer(process, [DEADLOCK]))).toBe(
      "SAW error 40P01 ERROR deadlock detected Process 1 waits for Process 2",
    );
  });

  test("that the code does not catch ends it", async () => {
    const process = await alice(checkThenTake);
    const ended = await answer(process, [DEADLOCK]);
    expect([process.describe(ended), process.requests(ended)]).toEqual([
      "ended after 1 reply by 40P01 deadlock detected",
      [],
    ]);
  });

  test("ends it as well when the code throws its own error because of it", async () => {
    const process = await alice(async ({ query }) => {
      await query("UPDATE").catch((cause: unknown) => {
        throw new Error("could not take it", { cause });
      });
    });
    expect(process.describe(await answer(process, [DEADLOCK]))).toBe("ended after 1 reply by Error: could not take it");
  });
});

describe("code that cannot be explored is refused", () => {
  test("when it asks something else on the same history, with both requests", async () => {
    let runs = 0;
    const fault = await faultOf(
      alice(async ({ query }) => {
        runs += 1;
        await query("SELECT", [runs]);
      }),
    );
    expect([fault.code, fault.message]).toEqual([
      "nondeterministic-process",
      "alice, before its first reply: the code did two things on one history. " +
        'First it asked "SELECT" with [1]; run again with the same replies it asked "SELECT" with [2]',
    ]);
  });

  test("when it goes another way after some replies", async () => {
    let runs = 0;
    const process = await alice(async ({ query }) => {
      await query("SELECT");
      runs += 1;
      if (runs % 2 === 0) await query("UPDATE");
    });
    const fault = await faultOf(answer(process, [FREE]));
    expect([fault.code, fault.message]).toEqual([
      "nondeterministic-process",
      "alice, after 1 reply: the code did two things on one history. " +
        'First it ended; run again with the same replies it asked "UPDATE"',
    ]);
  });

  test("when it believes something else on the same history", async () => {
    let runs = 0;
    const fault = await faultOf(
      alice(async ({ believe }) => {
        runs += 1;
        believe({ owns: runs });
      }),
    );
    expect(fault.message).toContain(
      'First it ended, believing {"owns":1}; run again with the same replies it ended, believing {"owns":2}',
    );
  });

  test("when it awaits something else than a query", async () => {
    const fault = await faultOf(alice(() => new Promise(() => {}), 50));
    expect([fault.code, fault.message]).toEqual([
      "process-awaits-something-else",
      "alice, before its first reply: the code neither asked nor ended within 50 microtasks",
    ]);
  });

  test("when it asks two things at once", async () => {
    const fault = await faultOf(
      alice(async ({ query }) => {
        await Promise.all([query("SELECT 1"), query("SELECT 2")]);
      }),
    );
    expect([fault.code, fault.message]).toEqual([
      "two-queries-at-once",
      'alice, before its first reply: "SELECT 2" was sent before "SELECT 1" had its reply',
    ]);
  });

  test("when the second statement comes some turns after the first", async () => {
    const fault = await faultOf(
      alice(async ({ query }) => {
        const first = query("SELECT 1");
        await Promise.resolve();
        await query("SELECT 2");
        await first;
      }),
    );
    expect(fault.code).toBe("two-queries-at-once");
  });

  test("when it ends without awaiting a statement", async () => {
    const fault = await faultOf(
      alice(async ({ query }) => {
        void query("UPDATE");
      }),
    );
    expect([fault.code, fault.message]).toEqual([
      "query-not-awaited",
      'alice, before its first reply: the code ended without awaiting "UPDATE"',
    ]);
  });

  test("when it throws by itself", async () => {
    const fault = await faultOf(
      alice(() => {
        throw new TypeError("x is not a function");
      }),
    );
    expect([fault.code, fault.message]).toEqual([
      "process-threw",
      "alice, before its first reply: the code threw TypeError: x is not a function",
    ]);
  });

  test("when it changes its belief while a statement is under way", async () => {
    const fault = await faultOf(
      alice(async ({ query, believe }) => {
        const update = query("UPDATE");
        believe({ owns: 1 });
        await update;
      }),
    );
    expect(fault.code).toBe("belief-during-query");
  });

  test("when it sends a value that is not plain", async () => {
    const fault = await faultOf(
      alice(async ({ query }) => {
        await query("SELECT $1", [undefined as unknown as null]);
      }),
    );
    expect([fault.code, fault.message]).toEqual([
      "query-value",
      'alice, before its first reply: the value for $1 of "SELECT $1" is no null, boolean, number or string',
    ]);
  });
});

test("two clients can be advanced at the same time", async () => {
  const [one, two] = await Promise.all([alice(checkThenTake), alice(checkThenTake)]);
  const [left, right] = await Promise.all([answer(one, [FREE]), answer(two, [TAKEN])]);
  expect([asked(one, left), asked(two, right)]).toEqual(["UPDATE", "ended after 1 reply"]);
});
