/**
 * One run of plain async code against recorded replies, up to the point where it asks something that has no reply yet.
 *
 *     history  [ ]                run --> asks BEGIN
 *     history  [BEGIN]            run --> asks SELECT … FOR UPDATE
 *     history  [BEGIN, 1 row]     run --> asks UPDATE …
 *
 * The code has no other way out than `query`, so its history of replies is its local state (design D7): running it again
 * with the same replies brings it back to the same point, and a run that has stopped is simply dropped.
 *
 * What happens between a reply and the next statement takes microtasks only. A run which neither asks nor ends within a
 * bounded number of them waits for something that the simulator does not have (a timer, a socket, another client), and
 * is refused with that explanation instead of hanging.
 *
 * Beliefs. The first `believe` after a reply is what the code made of that reply, and comes with it; every later one
 * before the next statement is a decision of the code and a stop of its own, so that others can move in between.
 */
import type { Cell, Failed, Query, Reply, Row, Rows, View } from "../../model/protocol.ts";
import { UsageError } from "../usage-error.ts";
import { canonicalText } from "./canonical-text.ts";

/** What a query resolves to, in the shape of node-postgres. */
export interface QueryResult {
  readonly command: string;
  readonly rowCount: number | null;
  readonly fields: readonly { readonly name: string }[];
  readonly rows: Row[];
}

/** A statement with its values, as node-postgres takes it; `name` would prepare it on the server, which changes nothing here. */
export interface QueryConfig {
  readonly text: string;
  readonly values?: readonly Cell[];
  readonly name?: string;
}

/** What the code is given: one database session, and a way to say what it believes. */
export interface CodeSession {
  /** Sends one statement, given as node-postgres takes it. Rejects with a `QueryFailed` where the server reports an error. */
  query(statement: string | QueryConfig, values?: readonly Cell[]): Promise<QueryResult>;
  /** Says what the client believes from now on. Call it between statements, not while one is under way. */
  believe(view: View): void;
}

/** Plain async code that talks to a database by `session.query` and to nobody else. */
export type Code = (session: CodeSession) => Promise<void>;

/** An error of the server, in the shape of node-postgres' `DatabaseError`: `code` is the SQLSTATE. */
export class QueryFailed extends Error {
  readonly code: string;
  readonly severity = "ERROR";
  readonly detail: string | undefined;
  constructor(failed: Failed) {
    super(failed.message);
    this.name = "error";
    this.code = failed.sqlstate;
    this.detail = failed.detail ?? undefined;
  }
}

/** Where a run came to a stop. */
export interface Stop {
  /** What the client believes, in order: with the last reply, and after each further decision. Never empty. */
  readonly views: readonly View[];
  readonly end:
    | { readonly kind: "asks"; readonly query: Query }
    | { readonly kind: "ended" }
    /** An error of the server that the code did not catch: the client is gone, whatever it held. */
    | { readonly kind: "threw"; readonly message: string; readonly error: Pick<Failed, "sqlstate" | "message"> };
}

/** How a run is started. */
export interface RunOptions {
  readonly name: string;
  /** What the client believes before it has said anything. */
  readonly view: View;
  /** How many microtasks the code may take between a reply and its next statement. */
  readonly turnsMax: number;
}

/** Microtasks that are watched after a statement was sent, for a second one that was not to be sent before the reply. */
const TURNS_AFTER_QUERY = 32;

/** Runs the code on this history and returns every stop on the way: one before each reply, and the last one. */
export async function runCode(code: Code, history: readonly Reply[], options: RunOptions): Promise<readonly Stop[]> {
  const run = new Run(options);
  run.start(code);
  const stops = [await run.stop()];
  for (const reply of history) {
    if (stops.at(-1)?.end.kind !== "asks") break;
    run.answer(reply);
    stops.push(await run.stop());
  }
  return stops;
}

interface Asked {
  readonly query: Query;
  answer(reply: Reply): void;
}

class Run {
  readonly #options: RunOptions;
  #asked: Asked | null = null;
  #ended: Exclude<Stop["end"], { readonly kind: "asks" }> | null = null;
  #fault: Error | null = null;
  #views: View[] = [];
  #lastView: View;
  #replies = 0;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#lastView = options.view;
  }

  start(code: Code): void {
    const session: CodeSession = {
      query: (statement, values) => this.#asQuery(statement, values),
      believe: (view) => this.#believe(view),
    };
    // The arrow also turns what the code throws before its first await into a rejection.
    void (async () => code(session))().then(
      () => {
        this.#ended = { kind: "ended" };
      },
      (error: unknown) => {
        const failed = failureIn(error);
        if (failed === null) this.#fault ??= this.#threw(error);
        else {
          const { code: sqlstate, message } = failed;
          this.#ended = { kind: "threw", message: messageOf(error), error: { sqlstate, message } };
        }
      },
    );
  }

  answer(reply: Reply): void {
    const asked = this.#asked;
    if (asked === null) throw new Error("a reply needs a statement");
    this.#asked = null;
    this.#views = [];
    this.#replies += 1;
    asked.answer(reply);
  }

  /** Lets the code go on until it asks, ends, or has taken too long. */
  async stop(): Promise<Stop> {
    for (let turn = 0; turn < this.#options.turnsMax && !this.#isStill(); turn += 1) await undefined;
    for (let turn = 0; turn < TURNS_AFTER_QUERY && this.#fault === null; turn += 1) await undefined;
    if (this.#fault !== null) throw this.#fault;
    if (this.#asked !== null && this.#ended !== null) throw this.#notAwaited(this.#asked.query);
    const views = this.#views.length > 0 ? this.#views : [this.#lastView];
    if (this.#asked !== null) return { views, end: { kind: "asks", query: this.#asked.query } };
    if (this.#ended !== null) return { views, end: this.#ended };
    throw this.#awaitsSomethingElse();
  }

  #isStill(): boolean {
    return this.#asked !== null || this.#ended !== null || this.#fault !== null;
  }

  #asQuery(statement: unknown, values: unknown): Promise<QueryResult> {
    const text = typeof statement === "string" ? statement : propertyOf(statement, "text");
    const given = values ?? propertyOf(statement, "values") ?? [];
    if (typeof text === "string" && Array.isArray(given)) return this.#query({ text, values: [...given] });
    this.#fault ??= this.#notAStatement(typeof text === "string" ? "values" : "text");
    return new Promise(() => {});
  }

  #query(query: Query): Promise<QueryResult> {
    this.#fault ??= this.#asked === null ? this.#unsendable(query) : this.#twoAtOnce(this.#asked.query, query);
    if (this.#fault !== null) return new Promise(() => {});
    return new Promise((resolve, reject) => {
      this.#asked = {
        query,
        answer: (reply) => {
          if (reply.kind === "rows") resolve(resultOf(reply));
          else reject(new QueryFailed(reply));
        },
      };
    });
  }

  #believe(view: View): void {
    if (this.#asked !== null) this.#fault ??= this.#beliefDuringQuery(this.#asked.query);
    const unchanged = textOf(view) === textOf(this.#views.at(-1) ?? this.#lastView);
    this.#lastView = view;
    if (this.#views.length === 0 || !unchanged) this.#views.push(view);
  }

  /** `alice, after 2 replies`. */
  #where(): string {
    return `${this.#options.name}, ${afterReplies(this.#replies)}`;
  }

  #notAStatement(missing: "text" | "values"): UsageError {
    const what = missing === "text" ? "without the text of a statement" : "with values that are no array";
    return new UsageError(
      "query-not-a-statement",
      `${this.#where()}: query() was called ${what}`,
      'Call it as node-postgres is called: query("SELECT $1", [1]), or query({ text: "SELECT $1", values: [1] }).',
    );
  }

  #unsendable(query: Query): UsageError | null {
    const odd = query.values.findIndex((value) => !isCell(value));
    if (odd < 0) return null;
    return new UsageError(
      "query-value",
      `${this.#where()}: the value for $${odd + 1} of "${query.text}" is no null, boolean, number or string`,
      "Pass the value as PostgreSQL is to read it: a date as text, a document as JSON text.",
    );
  }

  #twoAtOnce(first: Query, second: Query): UsageError {
    return new UsageError(
      "two-queries-at-once",
      `${this.#where()}: "${second.text}" was sent before "${first.text}" had its reply`,
      "One session runs one statement after the other: await each query. For parallel work give each its own client.",
    );
  }

  #notAwaited(query: Query): UsageError {
    return new UsageError(
      "query-not-awaited",
      `${this.#where()}: the code ended without awaiting "${query.text}"`,
      "Await every query: what becomes of one that nobody awaits depends on when the process exits.",
    );
  }

  #beliefDuringQuery(query: Query): UsageError {
    return new UsageError(
      "belief-during-query",
      `${this.#where()}: believe() was called while "${query.text}" was under way`,
      "Call it before the statement, where the decision is made, or after its reply.",
    );
  }

  #awaitsSomethingElse(): UsageError {
    return new UsageError(
      "process-awaits-something-else",
      `${this.#where()}: the code neither asked nor ended within ${this.#options.turnsMax} microtasks`,
      "It awaits something other than session.query (a timer, a file, another client), which the simulator has none of.",
    );
  }

  #threw(error: unknown): UsageError {
    return new UsageError(
      "process-threw",
      `${this.#where()}: the code threw ${messageOf(error)}`,
      "Only errors of the server may end a client. Catch what your own code throws, or mend it.",
    );
  }
}

/** `before its first reply`, `after 1 reply`, `after 2 replies`. */
export function afterReplies(count: number): string {
  if (count === 0) return "before its first reply";
  return count === 1 ? "after 1 reply" : `after ${count} replies`;
}

function resultOf(reply: Rows): QueryResult {
  return {
    command: reply.command,
    rowCount: reply.rowCount,
    fields: reply.fields.map((name) => ({ name })),
    // New objects in every run: code may change the rows that it was given.
    rows: reply.rows.map((row) => Object.fromEntries(reply.fields.map((field, at) => [field, row[at] ?? null]))),
  };
}

/** The error of the server, also one wrapped as the `cause` of another; null for an error of the code's own. */
function failureIn(error: unknown): QueryFailed | null {
  if (error instanceof QueryFailed) return error;
  return error instanceof Error && error.cause !== undefined ? failureIn(error.cause) : null;
}

function messageOf(error: unknown): string {
  if (error instanceof QueryFailed) return `${error.code} ${error.message}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** A property of what may be an object. */
function propertyOf(value: unknown, name: "text" | "values"): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function isCell(value: unknown): value is Cell {
  return value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string";
}

function textOf(view: View): string {
  const canonical = canonicalText(view, "view");
  if (canonical.kind === "text") return canonical.text;
  throw new TypeError(
    `${canonical.path} is ${canonical.what}; a belief is made of null, booleans, numbers and strings`,
  );
}
