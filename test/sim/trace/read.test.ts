/** Trace files: written and read back unchanged, and every way in which a file is none, refused with its place. */
import { describe, expect, it } from "vitest";
import { readTrace, writeTrace } from "../../../sim/trace/read.ts";
import { recordTrace } from "../../../sim/trace/record.ts";
import type { Trace } from "../../../sim/trace/trace.ts";
import { UsageError } from "../../../sim/usage-error.ts";
import { about, fakeSystem, RACE, RACE_WITH_WAIT } from "./fake-system.ts";

const PAIR = ["alice", "bob"];
const system = fakeSystem({ clients: PAIR, protocol: "check-then-act" });
const trace = await recordTrace(system, RACE_WITH_WAIT, about(PAIR));
const text = writeTrace(trace);

function refusal(input: string): UsageError {
  try {
    readTrace(input, "race.json");
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error("the text was read");
}

/** The trace's text after a change to the document. */
function changed(change: (document: { [name: string]: never }) => void): string {
  const document = JSON.parse(text);
  change(document);
  return JSON.stringify(document, null, 2);
}

describe("a trace file", () => {
  it("reads back as the same trace", () => {
    expect(readTrace(text, "race.json")).toEqual(trace);
  });

  it("is the same bytes after reading and writing it again", () => {
    expect(writeTrace(readTrace(text, "race.json"))).toBe(text);
  });

  it("has its fields in one order, however the trace's were", () => {
    const backwards = Object.fromEntries(Object.entries(trace).reverse()) as unknown as Trace;
    expect(writeTrace(backwards)).toBe(text);
  });

  it("ends with a newline and begins with format and version", () => {
    expect(text.endsWith("}\n")).toBe(true);
    expect(text.startsWith('{\n  "format": "lockstep-trace",\n  "version": 1,\n')).toBe(true);
  });

  it("may begin with a byte order mark", () => {
    expect(readTrace(`\uFEFF${text}`, "race.json")).toEqual(trace);
  });
});

describe("a file that is no trace is refused", () => {
  it("with line and column where it is cut off", () => {
    const cut = text.slice(0, text.indexOf('"schedule"') + 14);
    const error = refusal(cut);
    const lines = cut.split("\n");
    expect(error.message).toBe(
      `race.json, line ${lines.length}, column ${(lines.at(-1) ?? "").length + 1}: found the end of the file, expected a value.`,
    );
    expect(error.hint).toContain("cut off");
  });

  it("wherever it is cut off", () => {
    for (let length = 0; length < text.length - 2; length += 37) {
      expect(refusal(text.slice(0, length)).code).toBe("trace-not-json");
    }
  });

  it("with what was found where it is other JSON", () => {
    expect(refusal("[1, 2]").message).toBe(
      'race.json: found a list, expected a JSON object whose "format" is "lockstep-trace".',
    );
    expect(refusal('"a"').message).toContain('found "a"');
  });

  it("with the versions that are read where it has another version", () => {
    const error = refusal(text.replace('"version": 1', '"version": 7'));
    expect(error.message).toBe("race.json: found version 7 of the trace format, expected 1.");
    expect(error.hint).toContain("reads version 1 only");
  });

  it("with the place, what was found and what was expected where a field is wrong", () => {
    const edited = text.replace('"kind": "waits"', '"kind": "wait"');
    const line = edited.split("\n").findIndex((one) => one.includes('"kind": "wait"')) + 1;
    const error = refusal(edited);
    expect(error.message).toContain(`race.json, line ${line}, column `);
    expect(error.message).toContain('steps[3].progress.kind: found "wait", expected one of ');
    expect(error.message).toContain('"replied"');
  });

  it("where a field is missing", () => {
    const error = refusal(changed((document) => delete document["end"]));
    expect(error.message).toMatch(/^race\.json, line 1, column 1, end: found nothing, expected a string\.$/);
  });

  it("where there is a field that no trace has", () => {
    const error = refusal(text.replace('"version": 1,', '"version": 1, "color": "red",'));
    expect(error.message).toContain('color: found "red", expected no field of this name');
  });

  it("where a value is of another kind", () => {
    const error = refusal(text.replace('"buffers": 1', '"buffers": "one"'));
    expect(error.message).toContain('parameters.buffers: found "one", expected a number');
  });

  it("where an isolation level is none", () => {
    const error = refusal(text.replace('"isolation": "read committed"', '"isolation": "chaos"'));
    expect(error.message).toContain(
      'found "chaos", expected one of "read committed", "repeatable read", "serializable"',
    );
  });

  it("where its steps do not follow its schedule", () => {
    const error = refusal(
      text.replace('{ "client": "alice", "action": "acquire 1" }', '{ "client": "alice", "action": "next" }'),
    );
    expect(error.message).toContain('steps[0].action: found "acquire 1", expected "next" as in schedule[0]');
  });

  it("where a step is of a client that there is not", () => {
    const error = refusal(text.replace('"clients": ["alice", "bob"]', '"clients": ["alice", "carol"]'));
    expect(error.message).toContain('steps[1].client: found "bob", expected one of "alice", "carol"');
  });

  it("where a race names a step that there is not", () => {
    const error = refusal(text.replace('"second": 5', '"second": 50'));
    expect(error.message).toContain("races[0]: found the steps 2 and 50");
  });
});

describe("writing", () => {
  it("gives the same bytes for two recordings of one schedule", async () => {
    const one = await recordTrace(fakeSystem({ clients: PAIR, protocol: "check-then-act" }), RACE, about(PAIR));
    const other = await recordTrace(fakeSystem({ clients: PAIR, protocol: "check-then-act" }), RACE, about(PAIR));
    expect(writeTrace(one)).toBe(writeTrace(other));
  });
});
