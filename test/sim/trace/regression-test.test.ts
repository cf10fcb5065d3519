/** Traces as vitest files: what code is written, and what is refused and why. That they fail and pass is tested on a server. */
import { describe, expect, it } from "vitest";
import { renderRegressionTest } from "../../../sim/trace/regression-test.ts";
import type { Trace } from "../../../sim/trace/trace.ts";
import {
  BEFORE_THE_AUTOCOMMIT,
  BEGIN,
  CHECK,
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
} from "../../postgres/traces.ts";

function violated(trace: Trace, property = "mutual-exclusion"): Trace {
  const verdict = { kind: "violated", property, sentence: "one owner", message: "two own it", step: 1 } as const;
  return { ...trace, verdict };
}

function codeOf(trace: Trace): string {
  return /^async function work[\s\S]*?(?=\n\nconst CODE)/m.exec(renderRegressionTest(violated(trace)))?.[0] ?? "";
}

describe("a trace as a test", () => {
  it("has one function where all clients do the same but for their names", () => {
    const steps = RACE_001.steps.filter(({ progress }) => progress.kind !== "local");
    expect(codeOf({ ...RACE_001, steps }).match(/async function/g)).toHaveLength(1);
  });

  it("has a function a client where they differ", () => {
    const trace = traceOf([send("alice", CHECK, replied(owner(null))), send("bob", BEGIN, replied(done("BEGIN")))]);
    expect(codeOf(trace)).toContain("async function work1");
    expect(codeOf(trace)).toContain("async function work2");
  });

  it("goes on only while the answers are those of the trace", () => {
    const code = codeOf(traceOf([send("alice", CHECK, replied(owner("alice")))]));
    expect(code).toContain("if (!isDeepStrictEqual(answer1.rows, [{ locked_by: client.name }])) return;");
  });

  it("keeps open what the trace leaves open", () => {
    const code = codeOf(traceOf([send("alice", BEGIN, replied(done("BEGIN")))]));
    expect(code).toContain("await client.turn(); // The trace ends here, inside a transaction.");
  });
});

describe("refused with its reason is", () => {
  const failed = replied({ kind: "failed", sqlstate: "40001", message: "could not serialize", detail: null });

  it.each([
    ["a trace in which nothing breaks", /nothing breaks in it/, RACE_001],
    ["a property that the test cannot assert", /one-row-each breaks/, violated(RACE_001, "one-row-each")],
    ["a run without end", /repeat for ever/, { ...violated(RACE_001), repeatsFrom: 1 }],
    ["a deadlock in its middle", /the server chooses who fails in the deadlock of step 7/, violated(deadlock("bob"))],
    ["a move before an autocommit", /between the end of alice's statement and its/, violated(BEFORE_THE_AUTOCOMMIT)],
    ["a statement that fails", /alice's statement fails in step 1/, violated(traceOf([send("alice", CHECK, failed)]))],
    [
      "a fault",
      /in step 2 "crash" is a fault/,
      violated({
        ...traceOf([
          send("alice", take("alice"), finished(done("UPDATE", 1))),
          move("alice", "crash", { kind: "local" }),
        ]),
        parameters: { ...RACE_001.parameters, faults: { crash: 1 } },
      }),
    ],
  ])("%s", (_, why, trace) => {
    expect(() => renderRegressionTest(trace)).toThrow(why);
  });
});
