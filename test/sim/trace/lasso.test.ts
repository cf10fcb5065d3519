/** A trace that repeats for ever says so in every form, is read back, and can be run several times round. */
import { beforeAll, describe, expect, it } from "vitest";
import { answered } from "../../../model/liveness.ts";
import { race001 } from "../../../model/scenarios/race-001.ts";
import { NO_BOUNDS } from "../../../sim/explore/bounds.ts";
import { check } from "../../../sim/explore/check.ts";
import { loadGrammar } from "../../../sim/postgres/index.ts";
import { type Instance, protocolOf, systemOf } from "../../../sim/system/from-scenario.ts";
import { replaySimulated } from "../../../sim/trace/compare.ts";
import { repeatSentence, unrolled } from "../../../sim/trace/lasso.ts";
import { renderMermaid } from "../../../sim/trace/mermaid.ts";
import { readTrace, writeTrace } from "../../../sim/trace/read.ts";
import { renderText } from "../../../sim/trace/text.ts";
import type { Trace } from "../../../sim/trace/trace.ts";
import { renderHtml } from "../../../src/page/html.ts";

const instance: Instance = {
  scenario: race001,
  protocol: protocolOf(race001, "select-for-update"),
  clients: 2,
  buffers: 1,
  isolation: "read committed",
  granularity: "fine",
  liveness: answered,
};

let trace: Trace;
beforeAll(async () => {
  await loadGrammar();
  const found = await check(instance, NO_BOUNDS);
  if (found.trace === null) throw new Error("there is no counterexample");
  trace = found.trace;
});

const SENTENCE =
  "From here it repeats from step 3: everything is as it was before that step, so steps 3 to 12 repeat for ever.";

describe("a trace that repeats for ever", () => {
  it("says from which step", () => {
    expect(repeatSentence(trace)).toBe(SENTENCE);
  });

  it("says so in the text, above the first step of the loop and below the last", () => {
    const lines = renderText(trace, { width: 120, color: null }).split("\n");
    const head = lines.findIndex((line) => line.startsWith("──↻ from here on it repeats for ever"));
    expect(lines[head + 1]).toMatch(/^ +3 /);
    expect(lines.join(" ")).toContain("↻ From here it repeats from step 3");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it("is a loop of the Mermaid diagram, which is closed", () => {
    const lines = renderMermaid(trace).split("\n");
    const opened = lines.filter((line) => /^\s*(loop|rect) /.test(line)).length;
    expect(lines.filter((line) => line.trim() === "end")).toHaveLength(opened);
    expect(lines.filter((line) => line.trim() === "loop for ever, from step 3")).toHaveLength(1);
  });

  it("is marked on the page, at both ends of the loop", () => {
    const html = renderHtml(trace);
    expect(html).toContain(SENTENCE);
    expect(html).toContain("↻ from here on it repeats, up to step 12");
    expect(html).toContain("↻ then again from step 3, for ever");
  });

  it("is read back as it was written", () => {
    expect(readTrace(writeTrace(trace), "x.json")).toEqual(trace);
  });

  it("is refused where the loop begins behind the end", () => {
    const text = writeTrace({ ...trace, repeatsFrom: 14 });
    expect(() => readTrace(text, "x.json")).toThrow(/repeatsFrom: found 14, expected a number from 1 to 13/);
  });

  it("gives a trace that ends when its loop is run several times, and the simulated server does the same each time", async () => {
    const twice = unrolled(trace, 2);
    expect(twice.steps.map(({ n }) => n)).toEqual(Array.from({ length: 22 }, (_, at) => at + 1));
    expect(twice.repeatsFrom).toBeUndefined();
    expect(await replaySimulated(systemOf(instance), twice)).toMatchObject({
      kind: "reproduced",
      steps: 22,
      notes: [],
    });
  });
});

describe("a trace that ends", () => {
  it("has no such field in its file, so that version 1 is what it was", () => {
    const { repeatsFrom: _, ...ends } = trace;
    expect(writeTrace(ends)).not.toContain("repeatsFrom");
    expect(repeatSentence(ends)).toBeNull();
    expect(unrolled(ends, 2)).toBe(ends);
  });

  it("may end because nobody can move, and says that", () => {
    expect(repeatSentence({ ...trace, repeatsFrom: 13 })).toBe(
      "From here on nobody can move: it stays like this for ever.",
    );
  });

  it("differs where it is said that nobody can move and somebody can", async () => {
    const stuck = await replaySimulated(systemOf(instance), { ...trace, repeatsFrom: 13 });
    expect(stuck).toMatchObject({ kind: "differs", step: 12, expected: "nobody can move after the last step" });
  });
});
