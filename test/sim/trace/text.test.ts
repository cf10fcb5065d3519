/** The printed trace: its whole text for the incident and for a wait, its forms, and its width for any schedule. */
import fc from "fast-check";
import pc from "picocolors";
import { describe, expect, it } from "vitest";
import type { Choice, System } from "../../../sim/system/system.ts";
import { replaySimulated } from "../../../sim/trace/compare.ts";
import { readTrace, writeTrace } from "../../../sim/trace/read.ts";
import { recordTrace } from "../../../sim/trace/record.ts";
import { renderText } from "../../../sim/trace/text.ts";
import { about, fakeSystem, RACE, RACE_WITH_WAIT } from "./fake-system.ts";

const PAIR = ["alice", "bob"];
const NAMES = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"];
const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");
const system = fakeSystem({ clients: PAIR, protocol: "check-then-act" });

describe("the printed trace of the incident", () => {
  it("reads so at 100 columns", async () => {
    const text = renderText(await recordTrace(system, RACE, about(PAIR)), { width: 100, color: null });
    expect(text).toMatchInlineSnapshot(`
      "race-001 · check-then-act · 2 clients · read committed
        claim  mutual-exclusion: at most one client believes that it owns a buffer
        steps  6, taken at statements, waits and commits (coarse)
        start  buffers: id 1, locked_by null
               alice and bob believe: owns nothing

        step │ alice                                        │ bob
      ───────┼──────────────────────────────────────────────┼─────────────────────────────────────────────
           1 │ acquire 1                                    │
             │ SELECT locked_by FROM buffers WHERE id = 1   │
             │ → locked_by null                             │
             │                                              │
      ┏    2 │                                              │ acquire 1
      ┃      │                                              │ SELECT locked_by FROM buffers WHERE id = 1
      ┃      │                                              │ → locked_by null
      ┃      │                                              │
      ┗  3-4 │ UPDATE buffers SET locked_by = 'alice'       │
             │   WHERE id = 1                               │
             │ → 1 row updated, committed                   │
             │ = buffers id 1: locked_by null → 'alice'     │
             │ ● alice believes: owns 1                     │
             │                                              │
         5-6 │                                              │ UPDATE buffers SET locked_by = 'bob'
             │                                              │   WHERE id = 1
             │                                              │ → 1 row updated, committed
             │                                              │ = buffers id 1: locked_by 'alice' → 'bob'
             │                                              │ ● bob believes: owns 1
             │                                              │ ✗ mutual-exclusion breaks here

        end  buffers: id 1, locked_by 'bob'
             alice and bob believe: owns 1

      ✗ mutual-exclusion is violated: alice and bob both own buffer 1

      ┃ The race is the order of steps 2 and 4: bob's SELECT runs (step 2) before alice's UPDATE is
      ┃ committed (step 4). In the other order bob's SELECT answers locked_by 'alice' instead of locked_by
      ┃ null, and mutual-exclusion holds.
      "
    `);
  });

  it("has the wait, who goes on after it, and a dotted lane in between", async () => {
    const text = renderText(await recordTrace(system, RACE_WITH_WAIT, about(PAIR)), { width: 100, color: null });
    expect(text).toMatchInlineSnapshot(`
      "race-001 · check-then-act · 2 clients · read committed
        claim  mutual-exclusion: at most one client believes that it owns a buffer
        steps  7, taken at statements, waits and commits (coarse)
        start  buffers: id 1, locked_by null
               alice and bob believe: owns nothing

        step │ alice                                        │ bob
      ───────┼──────────────────────────────────────────────┼─────────────────────────────────────────────
           1 │ acquire 1                                    │
             │ SELECT locked_by FROM buffers WHERE id = 1   │
             │ → locked_by null                             │
             │                                              │
      ┏    2 │                                              │ acquire 1
      ┃      │                                              │ SELECT locked_by FROM buffers WHERE id = 1
      ┃      │                                              │ → locked_by null
      ┃      │                                              │
      ┃    3 │ UPDATE buffers SET locked_by = 'alice'       │
      ┃      │   WHERE id = 1                               │
      ┃      │ → 1 row updated, not yet committed           │
      ┃      │                                              │
      ┃    4 │                                              │ UPDATE buffers SET locked_by = 'bob'
      ┃      │                                              │   WHERE id = 1
      ┃      │                                              │ … waits for alice: the row lock of buffers
      ┃      │                                              │   (id 1)
      ┃      │                                              │
      ┗    5 │ UPDATE of step 3 commits                     │ ┊
             │ → 1 row updated, committed                   │ ┊
             │ = buffers id 1: locked_by null → 'alice'     │ ┊
             │ … bob can go on                              │ ┊
             │ ● alice believes: owns 1                     │ ┊
             │                                              │
         6-7 │                                              │ UPDATE of step 4 goes on
             │                                              │ · reads the row again after the wait
             │                                              │ → 1 row updated, committed
             │                                              │ = buffers id 1: locked_by 'alice' → 'bob'
             │                                              │ ● bob believes: owns 1
             │                                              │ ✗ mutual-exclusion breaks here

        end  buffers: id 1, locked_by 'bob'
             alice and bob believe: owns 1

      ✗ mutual-exclusion is violated: alice and bob both own buffer 1

      ┃ The race is the order of steps 2 and 5: bob's SELECT runs (step 2) before alice's UPDATE is
      ┃ committed (step 5). In the other order bob's SELECT answers locked_by 'alice' instead of locked_by
      ┃ null, and mutual-exclusion holds.
      "
    `);
  });

  it("says the same with colour, apart from the colour", async () => {
    const trace = await recordTrace(system, RACE_WITH_WAIT, about(PAIR));
    const coloured = renderText(trace, { width: 100, color: pc.createColors(true) });
    const plain = renderText(trace, { width: 100, color: null });
    const stripped = coloured
      .replace(ESCAPES, "")
      .split("\n")
      .map((line) => line.trimEnd())
      .join("\n");
    expect(coloured).not.toBe(plain);
    expect(stripped).toBe(plain);
  });

  it("does not let what the database holds steer the terminal", async () => {
    const odd = fakeSystem({ clients: PAIR, protocol: "check-then-act", prefix: "\u001b[2J\r\u0007\u009b" });
    const text = renderText(await recordTrace(odd, RACE, about(PAIR)), { width: 100, color: null });
    expect(text).toContain("\\x1b[2J\\x0d\\x07\\x9b");
    expect([...text].filter((char) => char < " " && char !== "\n")).toEqual([]);
  });
});

describe("the forms of a printed trace", () => {
  it("is one column a client for two to six clients", async () => {
    for (const count of [2, 3, 4, 5, 6]) {
      const clients = NAMES.slice(0, count);
      const trace = await recordTrace(fakeSystem({ clients, protocol: "check-then-act" }), [], about(clients));
      const head = renderText(trace, { width: 100, color: null })
        .split("\n")
        .find((line) => line.includes("step │"));
      expect(
        head
          ?.split("│")
          .slice(1)
          .map((cell) => cell.trim()),
      ).toEqual(clients);
    }
  });

  it("is a list with the client's name in front for more", async () => {
    const clients = NAMES.slice(0, 7);
    const many = fakeSystem({ clients, protocol: "check-then-act" });
    const text = renderText(await recordTrace(many, [{ client: "grace", action: "acquire 1" }], about(clients)), {
      width: 100,
      color: null,
    });
    expect(text).toMatch(/^ {5}1 {2}grace {2}acquire 1$/m);
  });

  it("says that nothing broke, and that this is no proof", async () => {
    const text = renderText(await recordTrace(system, RACE.slice(0, 2), about(PAIR)), { width: 100, color: null });
    expect(text).toContain("nothing broke in 2 steps; other schedules may");
  });
});

describe("any schedule", () => {
  const drawn = fc.record({
    clients: fc.integer({ min: 1, max: 8 }),
    protocol: fc.constantFrom("check-then-act" as const, "atomic" as const),
    draws: fc.array(fc.nat(), { maxLength: 24 }),
    width: fc.integer({ min: 60, max: 160 }),
  });

  it("fits the width, reads back from its file, and is reproduced", async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async ({ clients: count, protocol, draws, width }) => {
        const clients = NAMES.slice(0, count);
        const one = fakeSystem({ clients, protocol });
        const trace = await recordTrace(one, await walk(one, draws), about(clients, protocol));
        const lines = renderText(trace, { width, color: null }).split("\n");
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
        expect(readTrace(writeTrace(trace), "drawn")).toEqual(trace);
        expect(await replaySimulated(fakeSystem({ clients, protocol }), trace)).toMatchObject({ kind: "reproduced" });
      }),
      { seed: 1, numRuns: 150 },
    );
  });
});

async function walk(one: System, draws: readonly number[]): Promise<readonly Choice[]> {
  const schedule: Choice[] = [];
  let state = one.initial;
  for (const draw of draws) {
    const choices = one.choices(state);
    const choice = choices[draw % Math.max(1, choices.length)];
    if (choice === undefined) break;
    schedule.push(choice);
    state = (await one.take(state, choice)).state;
  }
  return schedule;
}
