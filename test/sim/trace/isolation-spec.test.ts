/** Traces as isolation tests: what is written, and what is refused and why. That they run is tested on a real server. */
import { describe, expect, it } from "vitest";
import { parseSpec } from "../../../sim/isolation/parse.ts";
import { renderIsolationSpec } from "../../../sim/trace/isolation-spec.ts";
import type { Trace } from "../../../sim/trace/trace.ts";
import {
  buffers,
  deadlock,
  done,
  finished,
  move,
  RACE_001,
  replied,
  send,
  take,
  traceOf,
  waits,
} from "../../postgres/traces.ts";

function sqlOf(trace: Trace): readonly string[] {
  return parseSpec(renderIsolationSpec(trace), "exported.spec").sessions.flatMap(({ steps }) =>
    steps.map(({ sql }) => sql),
  );
}

function withFaults(trace: Trace): Trace {
  return { ...trace, parameters: { ...trace.parameters, faults: { crash: 1 } } };
}

describe("a trace as an isolation test", () => {
  it("has one step a statement, and none for autocommits", () => {
    expect(sqlOf(RACE_001)).toHaveLength(RACE_001.steps.filter(({ sent }) => sent !== null).length);
  });

  it("writes parameters as literals, quotes doubled and negative numbers as texts", () => {
    const sent = { text: "SELECT $1, 3-$2, $3, $4", values: ["it's", -1, null, true] };
    const trace = traceOf([send("alice", sent, replied(done("SELECT")))]);
    expect(sqlOf(trace)).toEqual(["SELECT 'it''s', 3-'-1', null, true;"]);
  });

  it("quotes names of clients that are words of the notation", () => {
    const trace = traceOf([send("step", take("step"), replied(done("UPDATE", 1)))]);
    expect(renderIsolationSpec(trace)).toContain('session "step"');
    expect(sqlOf(trace)).toHaveLength(1);
  });
});

describe("refused with its reason is", () => {
  const update = send("alice", take("alice"), finished(done("UPDATE", 1)));

  it.each([
    [
      "a move inside a statement",
      /in step 2 bob moves while alice's statement is stopped before it locks/,
      traceOf([
        send("alice", take("alice"), { kind: "stopped", at: "before it locks" }),
        send("bob", take("bob"), replied(done("UPDATE", 1))),
      ]),
    ],
    [
      "a fault",
      /in step 2 "crash" is a fault, which lockstep replay brings about and a script cannot/,
      withFaults(traceOf([update, move("alice", "crash", { kind: "local" })])),
    ],
    [
      "a move before the one whose wait is over",
      /in step 4 carol moves before bob, whose wait is over/,
      traceOf([
        update,
        send("bob", take("bob"), waits("alice")),
        move("alice", "commit", replied(done("UPDATE", 1)), { woken: ["bob"], tables: buffers("alice") }),
        send("carol", take("carol"), replied(done("UPDATE", 1))),
      ]),
    ],
    [
      "a deadlock whose victim waits first, as its check may come before the circle closes",
      /the deadlock's victim alice waits before bob/,
      deadlock("alice"),
    ],
    [
      "SQL with a closing brace",
      /closing brace/,
      traceOf([send("alice", { text: "SELECT '}'", values: [] }, replied(done("SELECT")))]),
    ],
  ])("%s", (_, why, trace) => {
    expect(() => renderIsolationSpec(trace)).toThrow(why);
  });
});
