/**
 * Writes a trace as a test in PostgreSQL's isolation-test notation, which its own isolationtester runs without us.
 *
 *     trace                                   permutation
 *     2 alice UPDATE, replied                 alice_2
 *     3 bob UPDATE, waits for alice           bob_3          printed as <waiting ...>
 *     4 alice COMMIT, wakes bob               alice_4
 *     5 bob resume, 6 bob commit              -              the tester's own <... completed>
 *
 * A move between a statement's end and its autocommit makes the statement `BEGIN; …` and the commit a step. A deadlock's
 * victim is chosen by deadlock_timeout (a superuser's setting) and told after those whom it wakes: `bob_4(*, alice_3)`.
 * Where clients are left waiting for an open transaction, that is rolled back at the end.
 *
 * Refused: moves inside a statement, moves before a woken client's, several woken at once, a victim that did not wait last, faults, and a closing brace in SQL.
 *
 * Source: PostgreSQL, `src/test/isolation/README`.
 */
import { circleThrough } from "../../model/properties.ts";
import type { Cell } from "../../model/protocol.ts";
import { moveOf } from "../system/system.ts";
import type { UsageError } from "../usage-error.ts";
import { SERVER_MOVES } from "./experiment.ts";
import { notExported, notRunnable } from "./exporting.ts";
import { framesOf } from "./frames.ts";
import { repeatSentence } from "./lasso.ts";
import { filledText, transactionEdge } from "./sql-text.ts";
import type { Trace, TraceStep } from "./trace.ts";
import { listed } from "./wording.ts";
import { visible } from "./wrap.ts";

/** One step of the test. */
interface Written {
  readonly client: string;
  readonly name: string;
  readonly sql: string;
  readonly comment: string | null;
  readonly markers: readonly string[];
}

const KEYWORDS: ReadonlySet<string> = new Set(["notices", "permutation", "session", "setup", "step", "teardown"]);

/** The trace as the text of a test; one that nobody can run so is a `UsageError` that says why. */
export function renderIsolationSpec(trace: Trace): string {
  refuse(trace);
  const real = trace.steps.filter(({ statement }) => statement !== null);
  const victim = victimOf(trace);
  const steps = real.flatMap((step, at) => written(trace, { real, step, at, victim }));
  const open = openAtEnd(real);
  const ends = closing(trace, open, victim);
  const all = [...steps, ...ends];
  if (all.length === 0) throw refused("no step of it sends a statement");
  const closed = new Set(ends.map(({ client }) => client));
  const lines = [
    ...headLines(trace),
    "",
    ...trace.setup.map((sql) => block("setup", sql)),
    ...teardownLines(trace),
    ...trace.parameters.clients.flatMap((client) => {
      const own = all.filter((step) => step.client === client);
      const rollsBack = open.has(client) && !closed.has(client);
      return own.length === 0 ? [] : ["", ...sessionLines(trace, client, { own, victim, rollsBack })];
    }),
    "",
    `permutation ${all.map(entry).join(" ")}`,
  ];
  return `${lines.join("\n")}\n`;
}

function refuse(trace: Trace): void {
  const why = notRunnable(trace);
  if (why !== null) throw refused(why);
  for (const { n, client, action, statement, sent } of trace.steps) {
    if (statement !== null && sent === null && !SERVER_MOVES.has(moveOf(action))) {
      throw refused(`step ${n} is "${action}" of ${client}, and the tester knows statements only`);
    }
  }
}

function refused(why: string): UsageError {
  return notExported("spec", why);
}

/** Who must fail in the deadlock, the step that sent the statement, and the clients that go on when it has failed. */
interface Victim {
  readonly client: string;
  readonly sentAt: number;
  readonly frees: readonly string[];
}

/** The victim of the trace's deadlock: as recorded, or for a circle at the end of the trace the one that closes it. */
function victimOf(trace: Trace): Victim | null {
  const deadlocks = trace.steps.filter(({ action }) => action === "deadlock");
  if (deadlocks.length > 1) throw refused("it has several deadlocks, and a time-out chooses the victim of one");
  const [deadlock] = deadlocks;
  const waits = framesOf(trace).at(-1)?.waits ?? {};
  const last = trace.steps.findLast(({ progress }) => progress.kind === "waits");
  if (
    deadlock === undefined &&
    (last === undefined || circleThrough(last.client, (name) => waits[name] ?? []) === null)
  )
    return null;
  const client = deadlock?.client ?? last?.client ?? "";
  const end = deadlock?.n ?? trace.steps.length;
  const closer = trace.steps.findLast(({ n, progress }) => n < end && progress.kind === "waits");
  if (deadlock !== undefined && closer?.client !== client) {
    throw refused(
      `the deadlock's victim ${client} waits before ${closer?.client ?? "others"}, which time cannot be made to choose`,
    );
  }
  const sentAt = trace.steps.findLast((step) => step.client === client && step.sent !== null && step.n <= end)?.n ?? 0;
  const freed = Object.keys(waits).filter((other) => waits[other]?.length === 1 && waits[other]?.[0] === client);
  return { client, sentAt, frees: deadlock?.woken ?? freed };
}

interface Place {
  readonly real: readonly TraceStep[];
  readonly step: TraceStep;
  readonly at: number;
  readonly victim: Victim | null;
}

function written(trace: Trace, { real, step, at, victim }: Place): readonly Written[] {
  const { client, n, sent } = step;
  const name = `${client}_${n}`;
  const comment = commentOf(trace, step);
  if (sent === null) {
    const start = real.findLast((one) => one.n < n && one.client === client && one.sent !== null);
    if (step.action !== "commit" || start === undefined || !commitsLater(real, start)) return [];
    return [{ client, name, sql: "COMMIT", comment, markers: [] }];
  }
  const begin = commitsLater(real, step) ? "BEGIN; " : "";
  const markers =
    victim?.sentAt !== n
      ? []
      : [
          "*",
          ...victim.frees.flatMap((other) => {
            const held = real.slice(0, at).findLast((one) => one.client === other && one.sent !== null);
            return held === undefined ? [] : [quoted(`${other}_${held.n}`)];
          }),
        ];
  return [{ client, name, sql: `${begin}${inlined(sent.text, sent.values)}`, comment, markers }];
}

/** Whether others move, or the trace ends, between the end of this autocommit statement and its commit. */
function commitsLater(real: readonly TraceStep[], sent: TraceStep): boolean {
  const own = real.filter((step) => step.client === sent.client && step.n >= sent.n);
  const finished = own.find(({ progress }) => progress.kind === "finished");
  const nextSent = own.find((step) => step.n > sent.n && step.sent !== null);
  if (finished === undefined || (nextSent !== undefined && nextSent.n < finished.n)) return false;
  const next = real[real.indexOf(finished) + 1];
  return next === undefined || next.client !== sent.client;
}

/** A negative number is quoted, as `x -$1` would become a comment; the server takes the number from the text. */
function inlined(text: string, values: readonly Cell[]): string {
  const safe = values.map((value) => (typeof value === "number" && !(value >= 0) ? String(value) : value));
  return filledText({ text, values: safe }).replace(/;\s*$/, "");
}

/** The clients whose transaction is open after the last step. */
function openAtEnd(real: readonly TraceStep[]): ReadonlySet<string> {
  const open = new Set<string>();
  for (const step of real) {
    if (step.sent === null) {
      if (step.action === "commit") open.delete(step.client);
      continue;
    }
    const edge = transactionEdge(step.sent.text);
    if (edge === "begins" || commitsLater(real, step)) open.add(step.client);
    if (edge === "ends") open.delete(step.client);
  }
  return open;
}

/** Steps that end what clients are left waiting for, where it is not a deadlock that ends by itself. */
function closing(trace: Trace, open: ReadonlySet<string>, victim: Victim | null): readonly Written[] {
  const waits = framesOf(trace).at(-1)?.waits ?? {};
  const waiting = Object.keys(waits);
  if (waiting.length === 0 || victim !== null) return [];
  const free = [...open].filter((client) => !waiting.includes(client));
  if (free.length === 0) throw refused(`${listed(waiting)} would wait for ever at its end`);
  const comment = "after the trace: lets those who wait go on";
  return free.map((client) => ({ client, name: `${client}_end`, sql: "ROLLBACK", comment, markers: [] }));
}

/** What is told of the trace's steps that this step of the test stands for: the statement with its resumes and commit. */
function commentOf({ races, verdict, steps }: Trace, step: TraceStep): string | null {
  const later = steps.filter(({ n, client }) => n > step.n && client === step.client);
  const nextAt = later.find(({ sent, progress }) => sent !== null || progress.kind === "local")?.n ?? steps.length + 1;
  const stands = [step.n, ...later.map(({ n }) => n).filter((n) => n < nextAt)];
  const race = races[0];
  const parts = [
    ...(race !== undefined && (stands.includes(race.first) || stands.includes(race.second)) ? ["the race"] : []),
    ...(verdict.kind === "violated" && stands.includes(verdict.step) ? [`${verdict.property} breaks`] : []),
  ];
  return parts.length === 0 ? null : parts.join(", ");
}

function headLines(trace: Trace): readonly string[] {
  const { parameters, verdict, races } = trace;
  const repeats = repeatSentence(trace);
  return [
    `${parameters.scenario}, ${parameters.protocol}, ${parameters.isolation}. Steps are named by the client and the number in the trace.`,
    ...(verdict.kind === "violated" ? [`${verdict.property}: ${verdict.message}`] : []),
    ...races
      .slice(0, 1)
      .map(({ first, second, sentence }) => `The race is the order of steps ${first} and ${second}: ${sentence}`),
    ...(repeats === null ? [] : [repeats]),
  ].map((text) => `# ${visible(text)}`);
}

function teardownLines({ start }: Trace): readonly string[] {
  const tables = Object.keys(start.tables).map((name) => `"${name.replaceAll('"', '""')}"`);
  return tables.length === 0 ? [] : [block("teardown", `DROP TABLE ${tables.join(", ")} CASCADE`)];
}

interface Session {
  readonly own: readonly Written[];
  readonly victim: Victim | null;
  readonly rollsBack: boolean;
}

function sessionLines({ parameters }: Trace, client: string, { own, victim, rollsBack }: Session): readonly string[] {
  const timeout = victim === null ? "" : `; SET deadlock_timeout = '${victim.client === client ? "10ms" : "100s"}'`;
  return [
    `session ${quoted(client)}`,
    block("setup", `SET default_transaction_isolation = '${parameters.isolation}'${timeout}`),
    ...own.flatMap(({ name, sql, comment }) => [
      ...(comment === null ? [] : [`# ${comment}`]),
      block(`step ${quoted(name)}`, sql),
    ]),
    ...(rollsBack ? [block("teardown", "ROLLBACK")] : []),
  ];
}

function block(head: string, sql: string): string {
  if (sql.includes("}")) throw refused("its SQL holds a closing brace, which the notation cannot hold");
  return `${head} { ${sql}; }`;
}

function entry({ name, markers }: Written): string {
  return markers.length === 0 ? quoted(name) : `${quoted(name)}(${markers.join(", ")})`;
}

function quoted(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) && !KEYWORDS.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
