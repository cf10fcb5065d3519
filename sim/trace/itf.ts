/**
 * Writes a trace in Apalache's Informal Trace Format: the states of the run, with what each step did in their `#meta`.
 *
 * Three variables: `tables`, the committed rows by table; `views`, what clients believe; `waits`, for whom they wait. SQL's NULL is
 * the string "null" in a tuple of its own, `{ "#tup": ["NULL"] }`, because ITF has no null and a text may be the word.
 *
 * A run whose last steps repeat has `loop`: the state before the first of them. Its last state is equal to that one.
 *
 * Source: Apalache, ADR-015, https://apalache-mc.org/docs/adr/015adr-trace.html
 */
import type { Cell, Row } from "../../model/protocol.ts";
import { framesOf } from "./frames.ts";
import type { Trace } from "./trace.ts";

type Expression =
  | boolean
  | number
  | string
  | { readonly "#bigint": string }
  | { readonly "#tup": readonly Expression[] }
  | { readonly "#set": readonly Expression[] }
  | { readonly "#map": readonly (readonly [Expression, Expression])[] }
  | readonly Expression[];

/** The trace as the text of an `.itf.json` file; it ends with a newline. */
export function renderItf(trace: Trace): string {
  const { parameters, verdict, repeatsFrom, steps } = trace;
  const said = verdict.kind === "violated" ? `${verdict.property} is violated: ${verdict.message}` : "nothing broke";
  const document = {
    "#meta": {
      format: "ITF",
      "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
      source: `${parameters.scenario}, ${parameters.protocol}, ${parameters.isolation}`,
      status: verdict.kind === "violated" ? "violation" : "ok",
      description: said,
    },
    vars: ["tables", "views", "waits"],
    states: framesOf(trace).map(({ n, tables, views, waits }) => {
      const step = steps[n - 1];
      return {
        "#meta": { index: n, ...(step === undefined ? {} : { client: step.client, action: step.action }) },
        tables: map(tables, (rows) => rows.map(record)),
        views: map(views, record),
        waits: map(waits, (clients): Expression => ({ "#set": clients })),
      };
    }),
    ...(repeatsFrom === undefined ? {} : { loop: repeatsFrom - 1 }),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function map<T>(values: Readonly<Record<string, T>>, say: (value: T) => Expression): Expression {
  return { "#map": Object.entries(values).map(([key, value]) => [key, say(value)] as const) };
}

/** A row as a map, not as a record: a column's name may begin with `#`. */
function record(row: Row): Expression {
  return map(row, cell);
}

/** ITF knows integers only; any other number is a text, as PostgreSQL would write it. */
function cell(value: Cell): Expression {
  if (value === null) return { "#tup": ["NULL"] };
  if (typeof value !== "number") return value;
  return Number.isInteger(value) ? { "#bigint": BigInt(value).toString() } : String(value);
}
