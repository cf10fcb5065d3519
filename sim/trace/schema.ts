/** The trace as a zod schema: what a file must look like, and the order in which its fields are written. */
import * as z from "zod";
import { ISOLATION_LEVELS } from "../../model/protocol.ts";
import { isName, NAME_RULE } from "../names.ts";
import { FAULT_KINDS, COUNT_MAX as FAULTS_MAX } from "../system/faults.ts";
import { TRACE_FORMAT, TRACE_VERSION, type Trace } from "./trace.ts";

/** No trace is of more than the command line takes: `--clients`, `--buffers`, `--attempts`. */
const COMPETITORS_MAX = 1000;
const ATTEMPTS_MAX = 9;

const name = z.string().refine(isName, NAME_RULE);
const cell = z.union([z.null(), z.boolean(), z.number(), z.string()], "a string, a number, true, false or null");
const row = z.record(z.string(), cell);
const view = z.record(z.string(), cell);
const tables = z.record(z.string(), z.array(row));
const views = z.record(z.string(), view);
const query = z.strictObject({ text: z.string(), values: z.array(cell) });
const count = z.int().nonnegative();

const reply = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("rows"),
    command: z.string(),
    rowCount: count.nullable(),
    fields: z.array(z.string()),
    rows: z.array(z.array(cell)),
  }),
  z.strictObject({
    kind: z.literal("failed"),
    sqlstate: z.string().regex(/^[0-9A-Z]{5}$/, "an SQLSTATE: five digits or capital letters"),
    message: z.string(),
    detail: z.string().nullable(),
  }),
]);

const progress = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("local") }),
  z.strictObject({ kind: z.literal("replied"), reply }),
  z.strictObject({ kind: z.literal("finished"), reply }),
  z.strictObject({ kind: z.literal("waits"), waitsFor: z.array(z.string()), what: z.string() }),
  z.strictObject({ kind: z.literal("stopped"), at: z.string() }),
]);

const choice = z.strictObject({ client: z.string(), action: z.string() });

const step = z.strictObject({
  n: count,
  client: z.string(),
  action: z.string(),
  sent: query.nullable(),
  statement: query.nullable(),
  progress,
  committed: z.boolean(),
  woken: z.array(z.string()),
  notes: z.array(z.string()),
  tables,
  views,
  violations: z.array(z.strictObject({ property: z.string(), message: z.string() })),
});

const parameters = z.strictObject({
  scenario: name,
  protocol: name,
  clients: z.array(name).min(1).max(COMPETITORS_MAX),
  buffers: count.max(COMPETITORS_MAX),
  isolation: z.enum(ISOLATION_LEVELS),
  granularity: z.enum(["fine", "coarse"]),
  seed: z.number().nullable(),
  faults: z.partialRecord(z.enum(FAULT_KINDS), z.int().positive().max(FAULTS_MAX)).optional(),
  now: z
    .string()
    .regex(/^\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/, "a time in UTC, such as 2026-01-31 12:00:00+00")
    .optional(),
  property: name.optional(),
  oracle: z
    .discriminatedUnion("name", [
      z.strictObject({ name: z.literal("serializable-outcome"), attempts: z.int().positive().max(ATTEMPTS_MAX) }),
      z.strictObject({ name: z.literal("linearizable") }),
    ])
    .optional(),
});

const verdict = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("violated"),
    property: name,
    sentence: z.string(),
    message: z.string(),
    step: count,
  }),
  z.strictObject({ kind: z.literal("none") }),
]);

const anomaly = z.strictObject({
  name: z.string().nullable(),
  source: z.string().nullable(),
  dependencies: z.array(
    z.strictObject({
      kind: z.enum(["ww", "wr", "rw", "order"]),
      before: z.string(),
      after: z.string(),
      sentence: z.string(),
    }),
  ),
});

/** Every field of a trace in the order in which it is written. */
export const traceSchema: z.ZodType<Trace> = z.strictObject({
  format: z.literal(TRACE_FORMAT),
  version: z.literal(TRACE_VERSION),
  parameters,
  setup: z.array(z.string()),
  start: z.strictObject({ tables, views }),
  schedule: z.array(choice),
  steps: z.array(step),
  repeatsFrom: z.int().positive().optional(),
  verdict,
  races: z.array(z.strictObject({ first: count, second: count, sentence: z.string() })),
  anomaly: anomaly.optional(),
  end: z.string(),
});
