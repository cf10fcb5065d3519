/** Traces in the Informal Trace Format, held against a schema that was written from the format's definition (ADR-015). */
import { expect, it } from "vitest";
import { z } from "zod";
import { renderItf } from "../../../sim/trace/itf.ts";
import type { Trace } from "../../../sim/trace/trace.ts";
import { RACE_001, WAIT_AND_WAKE } from "../../postgres/traces.ts";

const expression: z.ZodType = z.lazy(() =>
  z.union([
    z.boolean(),
    z.string(),
    z.int(),
    z.array(expression),
    z.strictObject({ "#bigint": z.string().regex(/^-?[0-9]+$/) }),
    z.strictObject({ "#tup": z.array(expression) }),
    z.strictObject({ "#set": z.array(expression) }),
    z.strictObject({ "#map": z.array(z.tuple([expression, expression])) }),
    z.record(z.string().regex(/^[^#]/), expression),
  ]),
);
const state = z.looseObject({ "#meta": z.looseObject({ index: z.int() }) });
const document = z
  .strictObject({
    "#meta": z.record(z.string(), z.unknown()),
    vars: z.array(z.string()),
    states: z.array(state),
    loop: z.int().nonnegative().optional(),
  })
  .refine(({ vars, states }) =>
    states.every(({ "#meta": _, ...values }) => {
      const isSame = Object.keys(values).sort().join() === [...vars].sort().join();
      return isSame && Object.values(values).every((value) => expression.safeParse(value).success);
    }),
  )
  .refine(({ loop, states }) => loop === undefined || loop < states.length);

function itf(trace: Trace): z.infer<typeof document> {
  return document.parse(JSON.parse(renderItf(trace)));
}

it.each([RACE_001, WAIT_AND_WAKE])("a trace has a state before each step and one after the last", (trace) => {
  const { states } = itf(trace);
  expect(states.map((one) => one["#meta"].index)).toEqual(Array.from({ length: trace.steps.length + 1 }, (_, n) => n));
});

it("a row's NULL and numbers are told apart from texts", () => {
  const [first] = itf(RACE_001).states;
  expect(JSON.stringify(first?.["tables"])).toContain('["id",{"#bigint":"1"}],["locked_by",{"#tup":["NULL"]}]');
});

it("a trace that repeats from a step loops to the state before it", () => {
  expect(itf(RACE_001)).not.toHaveProperty("loop");
  expect(itf({ ...RACE_001, repeatsFrom: 3 }).loop).toBe(2);
});
