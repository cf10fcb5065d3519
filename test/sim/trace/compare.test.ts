/** Replay of a trace on the simulated system: reproduced as recorded, and the first difference told with both sides. */
import { describe, expect, it } from "vitest";
import { replaySimulated } from "../../../sim/trace/compare.ts";
import { recordTrace } from "../../../sim/trace/record.ts";
import type { Trace, TraceStep } from "../../../sim/trace/trace.ts";
import { about, fakeSystem, RACE, RACE_WITH_WAIT } from "./fake-system.ts";

const PAIR = ["alice", "bob"];
const system = fakeSystem({ clients: PAIR, protocol: "check-then-act" });
const trace = await recordTrace(system, RACE, about(PAIR));
const waiting = await recordTrace(system, RACE_WITH_WAIT, about(PAIR));

/** The trace with one step edited, as by hand. */
function edited(source: Trace, n: number, change: Partial<TraceStep>): Trace {
  return { ...source, steps: source.steps.map((step) => (step.n === n ? { ...step, ...change } : step)) };
}

describe("replaying a trace on the simulated system", () => {
  it("reproduces what was recorded, on a system made anew", async () => {
    const anew = fakeSystem({ clients: PAIR, protocol: "check-then-act" });
    expect(await replaySimulated(anew, waiting)).toEqual({ kind: "reproduced", steps: 7, notes: [] });
  });

  it("differs at the step whose reply was edited, with both replies", async () => {
    const reply = { kind: "rows", command: "SELECT", rowCount: 1, fields: ["locked_by"], rows: [["carol"]] } as const;
    expect(await replaySimulated(system, edited(trace, 2, { progress: { kind: "replied", reply } }))).toEqual({
      kind: "differs",
      step: 2,
      expected: "bob comes to the answer locked_by 'carol'",
      actual: "bob comes to the answer locked_by null",
    });
  });

  it("differs where another statement is sent", async () => {
    const sent = { text: "SELECT 1", values: [] };
    expect(await replaySimulated(system, edited(trace, 1, { sent }))).toMatchObject({
      kind: "differs",
      step: 1,
      expected: "alice sends SELECT 1",
    });
  });

  it("differs where a wait is for somebody else", async () => {
    const progress = { kind: "waits", waitsFor: ["carol"], what: "the row lock of buffers (id 1)" } as const;
    expect(await replaySimulated(system, edited(waiting, 4, { progress }))).toMatchObject({
      kind: "differs",
      step: 4,
      expected: "bob comes to a wait for carol: the row lock of buffers (id 1)",
    });
  });

  it.each([
    ["committed rows", 4, { tables: { buffers: [{ id: 1, locked_by: "carol" }] } }],
    ["beliefs", 4, { views: { bob: { owns: 1 } } }],
    ["broken properties", 6, { violations: [] }],
    ["the commit", 4, { committed: false }],
    ["who is woken", 4, { woken: ["bob"] }],
  ])("differs where %s are others", async (_, step, change) => {
    expect(await replaySimulated(system, edited(trace, step, change))).toMatchObject({ kind: "differs", step });
  });

  it("does not compare notes: they are for people", async () => {
    expect(await replaySimulated(system, edited(trace, 1, { notes: ["something else"] }))).toMatchObject({
      kind: "reproduced",
    });
  });

  it("takes the same rows for the same where a file has their columns in another order", async () => {
    const tables = { buffers: [{ locked_by: "alice", id: 1 }] };
    expect(await replaySimulated(system, edited(trace, 4, { tables }))).toMatchObject({ kind: "reproduced" });
  });

  it("differs where a step is not possible, and says what is", async () => {
    const atomic = fakeSystem({ clients: PAIR, protocol: "atomic" });
    expect(await replaySimulated(atomic, { ...trace, steps: trace.steps.slice(2) })).toEqual({
      kind: "differs",
      step: 3,
      expected: '"next" of alice is possible',
      actual: 'possible are "acquire 1" of alice, "acquire 1" of bob',
    });
  });

  it("differs at step 0 where the start is another", async () => {
    const other = { ...trace, start: { ...trace.start, tables: { buffers: [{ id: 1, locked_by: "carol" }] } } };
    expect(await replaySimulated(system, other)).toEqual({
      kind: "differs",
      step: 0,
      expected: "before the first step buffers: (id 1, locked_by 'carol')",
      actual: "before the first step buffers: (id 1, locked_by null)",
    });
  });

  it("differs at the last step where the end state is another", async () => {
    expect(await replaySimulated(system, { ...trace, end: "elsewhere" })).toMatchObject({
      kind: "differs",
      step: 6,
      expected: "the end state elsewhere",
    });
  });
});
