/**
 * Writes a trace in the Trace Event Format, which Perfetto and Chrome's viewer open: a thread a client, a millisecond a step.
 *
 *     alice  |UPDATE|        |COMMIT|                  B, E   a statement, from the step that sent it to its reply
 *     bob         |UPDATE … |waits …|        |         B, E   inside it, each wait, until the client goes on
 *                                   \-> bob            s, f   from the step that wakes to the step that goes on
 *
 * Commits and broken properties are instants. What has not ended ends after the last step, so that every B has its E.
 *
 * Source: the Trace Event Format document, https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */
import { filledText, statementName } from "./sql-text.ts";
import type { Trace, TraceStep } from "./trace.ts";
import { listed } from "./wording.ts";

interface Event {
  readonly name: string;
  readonly ph: "M" | "B" | "E" | "i" | "s" | "f";
  /** Microseconds. */
  readonly ts: number;
  readonly pid: number;
  readonly tid: number;
  readonly [field: string]: unknown;
}

const STEP_US = 1000;
const PID = 1;

/** The trace as the text of a JSON file; it ends with a newline. */
export function renderPerfetto(trace: Trace): string {
  const { parameters, steps } = trace;
  const threads = new Map(parameters.clients.map((client, at) => [client, at + 1]));
  const name = `${parameters.scenario}, ${parameters.protocol}`;
  const events: Event[] = [
    { name: "process_name", ph: "M", ts: 0, pid: PID, tid: 0, args: { name } },
    ...[...threads].map(
      ([client, tid]): Event => ({ name: "thread_name", ph: "M", ts: 0, pid: PID, tid, args: { name: client } }),
    ),
  ];
  const open = new Map<string, string[]>();
  for (const step of steps)
    events.push(...stepEvents(step, { steps, tid: threads.get(step.client) ?? 0, threads, open }));
  for (const [client, names] of open) {
    const at = { ts: (steps.length + 1) * STEP_US, pid: PID, tid: threads.get(client) ?? 0 };
    events.push(...names.reverse().map((ended): Event => ({ name: ended, ph: "E", ...at })));
  }
  const traceEvents = events.sort((one, other) => one.ts - other.ts);
  return `${JSON.stringify({ displayTimeUnit: "ms", traceEvents }, null, 2)}\n`;
}

interface Around {
  readonly steps: readonly TraceStep[];
  readonly tid: number;
  readonly threads: ReadonlyMap<string, number>;
  /** By client, the names of the slices that have begun and not ended, the outermost first. */
  readonly open: Map<string, string[]>;
}

function stepEvents(step: TraceStep, { steps, tid, threads, open }: Around): readonly Event[] {
  const [begin, end] = [step.n * STEP_US, (step.n + 1) * STEP_US];
  const slices = open.get(step.client) ?? [];
  open.set(step.client, slices);
  const events: Event[] = [];
  const at = (ts: number) => ({ ts, pid: PID, tid });
  const opens = (name: string, ts: number, args: Readonly<Record<string, unknown>>): void => {
    slices.push(name);
    events.push({ name, ph: "B", ...at(ts), args });
  };
  const closes = (depth: number, ts: number): void => {
    while (slices.length > depth) events.push({ name: slices.pop() ?? "", ph: "E", ...at(ts) });
  };
  // Whatever a client does ends its wait.
  closes(Math.min(1, slices.length), begin);
  if (step.sent !== null) {
    closes(0, begin);
    opens(statementName(step.sent), begin, { step: step.n, sql: filledText(step.sent) });
  }
  if (slices.length === 0) opens(step.action, begin, { step: step.n });
  const woken = steps.findLast(({ n, woken }) => n < step.n && woken.includes(step.client));
  const last = steps.findLast(({ n, client }) => n < step.n && client === step.client);
  if (woken !== undefined && last !== undefined && woken.n > last.n) {
    const id = `${woken.n}-${step.client}`;
    const from = threads.get(woken.client) ?? 0;
    events.push({ name: "wakes", cat: "wait", ph: "s", id, ts: woken.n * STEP_US, pid: PID, tid: from });
    events.push({ name: "wakes", cat: "wait", ph: "f", bp: "e", id, ...at(begin) });
  }
  const { progress } = step;
  if (progress.kind === "waits") opens(`waits for ${listed(progress.waitsFor)}`, begin, { what: progress.what });
  if (step.committed) events.push({ name: "commit", ph: "i", s: "t", ...at(begin) });
  for (const { property, message } of step.violations) {
    events.push({ name: `${property} breaks`, ph: "i", s: "p", ...at(begin), args: { message } });
  }
  if (progress.kind === "replied" || progress.kind === "local") closes(0, end);
  return events;
}
