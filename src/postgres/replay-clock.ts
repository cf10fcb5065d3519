/**
 * The time of a trace on a real server, whose own clock nobody sets: wherever a text asks for the time, a function of ours is called in the
 * place of PostgreSQL's, and it tells what the trace's clock showed.
 *
 *     DEFAULT now()                                   DEFAULT public.now()
 *     SELECT 'now()', CURRENT_TIMESTAMP(3)            SELECT 'now()', public."current_timestamp"()::timestamptz(3)
 *
 *     SET lockstep.transaction = '2026-01-01 12:00:31+00'     before a statement that begins a transaction, where time passes in the
 *     SET lockstep.statement = '2026-01-01 12:00:31+00'       trace; and before each statement
 *
 * The functions have PostgreSQL's names, so that columns of a result are called as they would be. The places are those of the parse tree
 * (sim/postgres/syntax/clock-calls.ts): no string, comment or name is changed. What has no place, such as the word in 'today'::date, tells
 * the server's own time, and a difference that comes after it is not held against the trace (replay-plan.ts).
 */
import type { Query } from "../../model/protocol.ts";
import { CLOCKS, type ClockCall, clockUse } from "../../sim/postgres/syntax/clock-calls.ts";
import { clockOf } from "../../sim/trace/forcing.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import type { Session } from "./connection.ts";

/** What a trace that does not say when it begins has begun with: so were all that were made before traces said it. */
const OLD_START = "2000-01-01 00:00:00+00";

const TYPES: Readonly<Record<string, string>> = {
  current_date: "date",
  current_time: "timetz",
  localtime: "time",
  localtimestamp: "timestamp",
};

/** The time of one trace, in the schema of its replay. */
export class ReplayClock {
  readonly #schema: string;
  readonly #start: string;
  /** Whether time passes in the trace. */
  readonly #moves: boolean;
  /** Whether anything in it asks for the time. */
  readonly #isAsked: boolean;

  constructor({ parameters, start, setup, steps }: Trace, schema: string) {
    this.#schema = schema;
    this.#start = parameters.now ?? OLD_START;
    const texts = [...setup, ...steps.flatMap(({ sent }) => (sent === null ? [] : [sent.text]))];
    this.#isAsked = texts.some((text) => clockUse(text).calls.length > 0);
    this.#moves = this.#isAsked && clockOf(start.tables) !== null;
  }

  /** Makes the functions; they tell the start, until they are told another time. */
  async make(session: Session): Promise<void> {
    if (!this.#isAsked) return;
    for (const [name, whose] of Object.entries(CLOCKS)) {
      const type = typeOf(name);
      const setting = whose === "transaction" ? "lockstep.transaction" : "lockstep.statement";
      const told = `coalesce(nullif(current_setting('${setting}', true), ''), ${session.client.escapeLiteral(this.#start)})`;
      await session.rows(
        `CREATE FUNCTION ${this.#named(name)}() RETURNS ${type} LANGUAGE sql ${whose === "moment" ? "VOLATILE" : "STABLE"} ` +
          `AS $$ SELECT ${told}::timestamptz${type === "timestamptz" ? "" : `::${type}`} $$`,
      );
    }
  }

  /** The text with our functions in the place of PostgreSQL's. */
  told(text: string): string {
    let told = "";
    let from = 0;
    for (const call of clockUse(text).calls) {
      told += text.slice(from, call.from) + this.#call(call);
      from = call.to;
    }
    return told + text.slice(from);
  }

  /** Has the session's clock show this time in the statement that comes next, and in the transaction that it begins. */
  async set(session: Session, now: string | null): Promise<void> {
    if (!this.#moves || now === null) return;
    if (session.client.getTransactionStatus() === "I") await session.run(setting(session, "transaction", now));
    // In a transaction that has failed nothing can be set, and nothing asks for the time.
    await session.run(setting(session, "statement", now));
  }

  #call({ name, precision }: ClockCall): string {
    return `${this.#named(name)}()${precision === null ? "" : `::${typeOf(name)}(${precision})`}`;
  }

  #named(name: string): string {
    return `${quoted(this.#schema)}.${name in TYPES || name === "current_timestamp" ? quoted(name) : name}`;
  }
}

function setting(session: Session, what: "transaction" | "statement", now: string): Query {
  return { text: `SET lockstep.${what} = ${session.client.escapeLiteral(now)}`, values: [] };
}

function typeOf(name: string): string {
  return TYPES[name] ?? "timestamptz";
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
