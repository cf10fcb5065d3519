/** Traces in the Trace Event Format, held against the rules of its document. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { renderPerfetto } from "../../../sim/trace/perfetto.ts";
import type { Trace } from "../../../sim/trace/trace.ts";
import { BEFORE_THE_AUTOCOMMIT, deadlock, RACE_001, WAIT_AND_WAKE } from "../../postgres/traces.ts";

const event = z.looseObject({
  name: z.string().min(1),
  ph: z.enum(["M", "B", "E", "i", "s", "f"]),
  ts: z.int().nonnegative(),
  pid: z.int(),
  tid: z.int(),
});
const document = z.strictObject({ displayTimeUnit: z.enum(["ms", "ns"]), traceEvents: z.array(event) });

function events(trace: Trace): readonly z.infer<typeof event>[] {
  return document.parse(JSON.parse(renderPerfetto(trace))).traceEvents;
}

describe.each([RACE_001, WAIT_AND_WAKE, BEFORE_THE_AUTOCOMMIT, deadlock("bob")])("a trace as events", (trace) => {
  it("has every B ended by its E, the innermost first", () => {
    const open = new Map<number, string[]>();
    for (const { ph, tid, name } of events(trace)) {
      const names = open.get(tid) ?? [];
      open.set(tid, names);
      if (ph === "B") names.push(name);
      if (ph === "E") expect(names.pop()).toBe(name);
    }
    expect([...open.values()].flat()).toEqual([]);
  });

  it("is sorted by time, and names a thread for each client", () => {
    const all = events(trace);
    expect(all.map(({ ts }) => ts)).toEqual(all.map(({ ts }) => ts).sort((one, other) => one - other));
    expect(all.filter(({ name }) => name === "thread_name")).toHaveLength(trace.parameters.clients.length);
  });

  it("has an arrow with two ends for each client that is woken and goes on", () => {
    const ids = (ph: string): unknown[] => events(trace).flatMap((one) => (one.ph === ph ? [one["id"]] : []));
    expect(ids("f")).toEqual(ids("s"));
    expect(ids("s")).toHaveLength(trace.steps.flatMap(({ woken }) => woken).length);
  });
});
