/** What a recorded trace holds: statements, replies, waits, changes, violations, verdict and end. */
import { describe, expect, it } from "vitest";
import { recordTrace } from "../../../sim/trace/record.ts";
import { about, fakeSystem, RACE, RACE_AT_COMMIT, RACE_WITH_WAIT, SELECT, schedule, UPDATE } from "./fake-system.ts";

const PAIR = ["alice", "bob"];
const system = fakeSystem({ clients: PAIR, protocol: "check-then-act" });

describe("a recorded trace", () => {
  it("holds the world before the first step", async () => {
    const trace = await recordTrace(system, RACE, about(PAIR));
    expect(trace.start).toEqual({
      tables: { buffers: [{ id: 1, locked_by: null }] },
      views: { alice: { owns: null }, bob: { owns: null } },
    });
  });

  it("numbers its steps from one, in the order of the schedule", async () => {
    const trace = await recordTrace(system, RACE, about(PAIR));
    expect(trace.steps.map(({ n, client, action }) => `${n} ${client} ${action}`)).toEqual([
      "1 alice acquire 1",
      "2 bob acquire 1",
      "3 alice next",
      "4 alice commit",
      "5 bob next",
      "6 bob commit",
    ]);
  });

  it("holds each statement as it was sent, and which statement a commit is of", async () => {
    const trace = await recordTrace(system, RACE, about(PAIR));
    expect(trace.steps[0]?.sent).toEqual({ text: SELECT, values: [1] });
    expect(trace.steps[3]?.sent).toBeNull();
    expect(trace.steps[3]?.statement).toEqual({ text: UPDATE, values: ["alice", 1] });
  });

  it("holds rows and beliefs only where they changed", async () => {
    const trace = await recordTrace(system, RACE, about(PAIR));
    expect(trace.steps.map(({ tables }) => tables["buffers"]?.[0]?.["locked_by"])).toEqual([
      undefined,
      undefined,
      undefined,
      "alice",
      undefined,
      "bob",
    ]);
    expect(trace.steps.map(({ views }) => views)).toEqual([
      {},
      {},
      {},
      { alice: { owns: 1 } },
      {},
      { bob: { owns: 1 } },
    ]);
  });

  it("holds who waits for whom, and who is woken", async () => {
    const trace = await recordTrace(system, RACE_WITH_WAIT, about(PAIR));
    expect(trace.steps[3]?.progress).toMatchObject({ kind: "waits", waitsFor: ["alice"] });
    expect(trace.steps[4]?.woken).toEqual(["bob"]);
  });

  it("tells a property in the step in which it breaks, and not again while it stays broken", async () => {
    const three = ["alice", "bob", "carol"];
    const everybody = schedule(
      "alice/acquire 1, bob/acquire 1, carol/acquire 1, alice/next, alice/commit, bob/next, bob/commit, carol/next, carol/commit",
    );
    const trace = await recordTrace(
      fakeSystem({ clients: three, protocol: "check-then-act" }),
      everybody,
      about(three),
    );
    expect(trace.steps.filter(({ violations }) => violations.length > 0).map(({ n }) => n)).toEqual([7]);
  });

  it("has the property, its claim and its message as verdict", async () => {
    const trace = await recordTrace(system, RACE, about(PAIR));
    expect(trace.verdict).toEqual({
      kind: "violated",
      property: "mutual-exclusion",
      sentence: "at most one client believes that it owns a buffer",
      message: "alice and bob both own buffer 1",
      step: 6,
    });
  });

  it("has no verdict and no race where nothing broke", async () => {
    const trace = await recordTrace(system, RACE.slice(0, 4), about(PAIR));
    expect(trace.verdict).toEqual({ kind: "none" });
    expect(trace.races).toEqual([]);
  });

  it("ends with the fingerprint of the last state", async () => {
    const trace = await recordTrace(system, RACE_AT_COMMIT, about(PAIR));
    expect(trace.end).toBe('{"lockedBy":"bob","locals":{"alice":"owner","bob":"owner"}}');
  });

  it("is refused where the schedule holds a choice that is not enabled", async () => {
    await expect(recordTrace(system, schedule("alice/next"), about(PAIR))).rejects.toThrow("alice/next is not enabled");
  });
});
