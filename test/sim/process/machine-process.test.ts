/** An XState machine as a process: its requests, its nodes, and what of XState is refused by name. */
import { describe, expect, test } from "vitest";
import { type AnyStateMachine, assign, fromPromise, setup } from "xstate";
import type { Protocol, Query, Reply } from "../../../model/protocol.ts";
import { atomicUpdate } from "../../../model/protocols/atomic-update.ts";
import { checkThenAct } from "../../../model/protocols/check-then-act.ts";
import { selectForUpdate } from "../../../model/protocols/select-for-update.ts";
import { machineProcess } from "../../../sim/process/machine-process.ts";
import type { Node, Process, Request } from "../../../sim/process/process.ts";
import { DEADLOCK, DONE, FREE, TAKEN, UPDATED, UPDATED_NOTHING } from "./replies.ts";

function alice(protocol: Protocol, buffers: readonly number[] = [1]): Process {
  return machineProcess(protocol, { client: "alice", buffers });
}

function named(process: Process, node: Node, name: string): Request {
  const found = process.requests(node).find((request) => request.name === name);
  if (found === undefined) throw new Error(`no request ${name}`);
  return found;
}

/** Takes requests (by name) and replies in turn. */
async function follow(process: Process, steps: readonly (string | Reply)[]): Promise<Node> {
  let node = process.initial;
  for (const step of steps)
    node = typeof step === "string" ? named(process, node, step).then : await process.advance(node, step);
  return node;
}

describe("the requests of a machine", () => {
  test("are named by the user event and its arguments", () => {
    const process = alice(checkThenAct, [1, 2]);
    expect(process.requests(process.initial).map(({ name }) => name)).toEqual(["acquire 1", "acquire 2"]);
  });

  test("join a user event that nobody can see with the statement that it leads to", () => {
    const process = alice(checkThenAct);
    expect(named(process, process.initial, "acquire 1").query).toEqual({
      text: "SELECT locked_by FROM buffers WHERE id = $1",
      values: [1],
    });
  });

  test("keep a user event that ends a belief apart from its statement", async () => {
    const process = alice(atomicUpdate);
    const owning = await follow(process, ["acquire 1", UPDATED]);
    const release = named(process, owning, "release");
    expect([process.view(owning), release.query, process.view(release.then)]).toEqual([
      { owns: 1 },
      null,
      { owns: null },
    ]);
    expect(process.requests(release.then).map(({ name, query }) => [name, query?.values])).toEqual([
      ["next", [1, "alice"]],
    ]);
  });

  test("are empty while the machine waits for a reply", () => {
    const process = alice(checkThenAct);
    expect(process.requests(named(process, process.initial, "acquire 1").then)).toEqual([]);
  });

  test("leave out events that the state does not accept", async () => {
    const process = alice(atomicUpdate, [1, 2]);
    const owning = await follow(process, ["acquire 2", UPDATED]);
    expect(process.requests(owning).map(({ name }) => name)).toEqual(["release"]);
  });

  test("are empty in a final state", () => {
    const machine = setup({ actions: { query: (_, _query: Query) => {} } }).createMachine({
      initial: "over",
      states: { over: { type: "final" } },
    });
    const process = alice(protocolOf(machine));
    expect(process.requests(process.initial)).toEqual([]);
  });
});

describe("the nodes of a machine", () => {
  test("are equal again after a round of acquire and release", async () => {
    const process = alice(selectForUpdate);
    const round = ["acquire 1", DONE, "next", FREE, "next", UPDATED, "next", DONE, "release", "next", UPDATED];
    expect(await follow(process, round)).toBe(process.initial);
  });

  test("are equal after different ways to the same state", async () => {
    const process = alice(checkThenAct);
    const taken = await follow(process, ["acquire 1", TAKEN]);
    const failed = await follow(process, ["acquire 1", DEADLOCK]);
    expect([taken, failed]).toEqual([process.initial, process.initial]);
  });

  test("tell the wait for a statement from the wish to send it", async () => {
    const process = alice(checkThenAct);
    const wants = await follow(process, ["acquire 1", FREE]);
    const waits = await follow(process, ["acquire 1", FREE, "next"]);
    expect(waits).not.toBe(wants);
    expect([process.describe(wants), process.describe(waits)]).toEqual(["taking", "taking"]);
  });

  test("number as many as the machine has stops", async () => {
    const process = alice(checkThenAct);
    const seen = await reachable(process, [FREE, TAKEN, UPDATED, UPDATED_NOTHING, DEADLOCK]);
    // idle, owning; checking waits; taking and releasing want to send, and wait.
    expect(seen.size).toBe(7);
  });
});

async function reachable(process: Process, replies: readonly Reply[]): Promise<ReadonlySet<Node>> {
  const seen = new Set<Node>([process.initial]);
  for (const node of seen) {
    const requests = process.requests(node);
    for (const request of requests) seen.add(request.then);
    if (requests.length === 0) for (const reply of replies) seen.add(await process.advance(node, reply));
  }
  return seen;
}

describe("select-for-update", () => {
  test("owns only when COMMIT has replied", async () => {
    const process = alice(selectForUpdate);
    const committing = await follow(process, ["acquire 1", DONE, "next", FREE, "next", UPDATED, "next"]);
    const owning = await process.advance(committing, DONE);
    expect([process.view(committing), process.view(owning)]).toEqual([{ owns: null }, { owns: 1 }]);
  });

  test("sends ROLLBACK after an error in the transaction", async () => {
    const process = alice(selectForUpdate);
    const failed = await follow(process, ["acquire 1", DONE, "next", DEADLOCK]);
    expect(process.requests(failed).map(({ query }) => query?.text)).toEqual(["ROLLBACK"]);
  });

  test("has nothing to roll back when BEGIN fails", async () => {
    const process = alice(selectForUpdate);
    expect(await follow(process, ["acquire 1", DEADLOCK])).toBe(process.initial);
  });
});

function protocolOf(machine: AnyStateMachine): Protocol {
  return {
    name: "odd",
    sentence: "is made for a test",
    broken: true,
    machine,
    userEvents: () => [{ type: "go" }],
    view: () => ({}),
    replies: [],
  };
}

const odd = setup({ actions: { query: (_, _query: Query) => {}, log: () => {} } });
const ASK = { type: "query", params: { text: "SELECT 1", values: [] } } as const;

describe("a machine that is no transducer is refused", () => {
  test("when it asks two things in one transition", () => {
    const machine = odd.createMachine({ initial: "a", states: { a: { on: { go: "b" } }, b: { entry: [ASK, ASK] } } });
    const process = alice(protocolOf(machine));
    expect(() => process.requests(process.initial)).toThrow("odd: the state b is entered with two queries at once");
  });

  test("when it has another action", () => {
    const machine = odd.createMachine({ initial: "a", states: { a: { on: { go: "b" } }, b: { entry: "log" } } });
    const process = alice(protocolOf(machine));
    expect(() => process.requests(process.initial)).toThrow('odd: the state b has the action "log"');
  });

  test("when it waits for time to pass", () => {
    const machine = odd.createMachine({ initial: "a", states: { a: { after: { 1000: "b" } }, b: {} } });
    expect(() => alice(protocolOf(machine))).toThrow('odd: the state a has the action "xstate.raise"');
  });

  test("when it invokes an actor", () => {
    const machine = setup({ actors: { work: fromPromise(async () => 1) } }).createMachine({
      initial: "a",
      states: { a: { invoke: { src: "work" } } },
    });
    expect(() => alice(protocolOf(machine))).toThrow('odd: the state a has the action "xstate.spawnChild"');
  });

  test("when its context holds a Set", () => {
    const machine = odd.createMachine({ context: { owners: new Set([1]) }, initial: "a", states: { a: {} } });
    expect(() => alice(protocolOf(machine))).toThrow("odd: snapshot.context.owners is a Set, which JSON cannot hold");
  });

  test("when its context holds a BigInt", () => {
    const machine = odd.createMachine({
      context: { count: 0 as unknown },
      initial: "a",
      states: { a: { on: { go: { actions: assign({ count: () => 1n }) } } } },
    });
    const process = alice(protocolOf(machine));
    expect(() => process.requests(process.initial)).toThrow("odd: snapshot.context.count is a bigint");
  });

  test("when two of its user events have one name", () => {
    expect(() => alice(checkThenAct, [1, 1])).toThrow('check-then-act: two user events are named "acquire 1"');
  });

  test("when it ignores rows", () => {
    const machine = odd.createMachine({ initial: "a", states: { a: { entry: ASK, on: { failed: "b" } }, b: {} } });
    const process = alice(protocolOf(machine));
    const waiting = named(process, process.initial, "next").then;
    expect(() => process.advance(waiting, DONE)).toThrow('odd: the state a does not handle the reply "rows"');
  });

  test("when it handles none of its user's wishes", () => {
    const machine = odd.createMachine({ initial: "a", states: { a: { on: { went: "b" } }, b: {} } });
    expect(() => alice(protocolOf(machine))).toThrow('odd: no state of the machine handles the user event "go"');
  });

  test("when a guard depends on chance", () => {
    const draws = [0.1, 0.1, 0.9, 0.9];
    const machine = odd.createMachine({
      initial: "a",
      states: {
        a: { on: { go: [{ guard: () => (draws.shift() ?? 0.4) < 0.5, target: "b" }, { target: "c" }] } },
        b: {},
        c: {},
      },
    });
    const process = alice(protocolOf(machine));
    expect(() => process.requests(process.initial)).toThrow(
      "a guard or an action of odd, in the state a on go, came to two things",
    );
  });

  test("when a guard throws, which is told with its name, the reply and the line", () => {
    const machine = setup({
      actions: { query: (_, _query: Query) => {} },
      guards: {
        isRich: ({ event }) => (event as unknown as { rows: { balance: number }[] }).rows[0]?.balance.toFixed() === "1",
      },
    }).createMachine({
      initial: "a",
      states: {
        a: { entry: ASK, on: { rows: [{ guard: "isRich", target: "b" }, { target: "b" }], failed: "b" } },
        b: {},
      },
    });
    const process = alice(protocolOf(machine));
    const waiting = named(process, process.initial, "next").then;
    const odd: Reply = { kind: "rows", command: "SELECT", rowCount: 1, fields: ["id"], rows: [[1]] };
    expect(() => process.advance(waiting, odd)).toThrow(
      /^the guard "isRich" of odd, in the state a on the reply rows \{"rowCount":1,"rows":\[\{"id":1\}\]\}, threw TypeError: .* \(.*machine-process\.test\.ts:\d+:\d+\)$/,
    );
  });
});

describe("an error that the machine does not handle", () => {
  test("ends it, and it says by which error", () => {
    const machine = odd.createMachine({ initial: "a", states: { a: { entry: ASK, on: { rows: "b" } }, b: {} } });
    const process = alice(protocolOf(machine));
    const end = process.advance(named(process, process.initial, "next").then, DEADLOCK) as number;
    expect(process.requests(end)).toEqual([]);
    expect(process.endedBy?.(end)).toEqual({ kind: "error", sqlstate: "40P01", message: "deadlock detected" });
    expect(process.describe(end)).toBe("a, ended by 40P01");
  });
});
