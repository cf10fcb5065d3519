/**
 * What a protocol is: an XState machine that sends SQL and is moved on by replies.
 *
 * A machine is a transducer. On entry to a state that needs the database it emits one `query` action whose params are
 * a `Query`; it leaves that state by the event made from the server's reply (`rows` or `failed`). In every other
 * state it waits for a user event (`acquire`, `release`), which is a choice of the environment. There is no invoke, no
 * spawn, no delayed event and no history: guards and assigns only.
 *
 *     idle --acquire--> checking {query SELECT} --rows--> taking {query UPDATE} --rows--> owning --release--> ...
 *
 * So one machine is explored, walked by @xstate/graph, drawn, and run against a real database.
 */

import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import type { FaultBudget } from "./fault.ts";

/** One value of a row or a parameter, as node-postgres shows it: int8 and numeric are strings, timestamps are text. */
export type Cell = null | boolean | number | string;

/** One statement as it is sent: the text with `$1…` and the values for them. */
export interface Query {
  readonly text: string;
  readonly values: readonly Cell[];
}

/** Goes to no server: the client looks at its own clock. The answer is one row with the time, `now`. */
export const CLIENT_CLOCK: Query = { text: "-- the client reads its own clock", values: [] };

/** The server's answer to a statement that succeeded. `rowCount` is null where PostgreSQL's command tag has no count. */
export interface Rows {
  readonly kind: "rows";
  /** The first word of the command tag: SELECT, UPDATE, BEGIN, … */
  readonly command: string;
  readonly rowCount: number | null;
  readonly fields: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** The server's answer to a statement that failed, with PostgreSQL's own SQLSTATE and text. */
export interface Failed {
  readonly kind: "failed";
  readonly sqlstate: string;
  readonly message: string;
  readonly detail: string | null;
}

export type Reply = Rows | Failed;

/** One row by column name. */
export type Row = Readonly<Record<string, Cell>>;

/** A reply as the event that moves a machine. */
export type ReplyEvent =
  | { readonly type: "rows"; readonly rows: readonly Row[]; readonly rowCount: number }
  | { readonly type: "failed"; readonly sqlstate: string; readonly message: string };

/** A choice of the environment: what a user asks of a client, for instance `{ type: "acquire", buffer: 1 }`. */
export interface UserEvent {
  readonly type: string;
  readonly [argument: string]: Cell;
}

/** What a client believes, by name; for the buffer protocols `{ owns: 1 }` or `{ owns: null }`. */
export type View = Readonly<Record<string, Cell>>;

/** What a machine is told about itself when it starts. */
export interface ProtocolInput {
  /** The client's name, which is also what it writes into `locked_by`. */
  readonly client: string;
}

/** The isolation levels at which a claim can be made, the weakest first. */
export const ISOLATION_LEVELS = ["read committed", "repeatable read", "serializable"] as const;

export type IsolationLevel = (typeof ISOLATION_LEVELS)[number];

/** What an exhaustive exploration with two clients and every point inside a statement is to say of a protocol. */
export type Claim = "holds" | { readonly violates: string };

export interface Protocol {
  /** The name on the command line, for instance `check-then-act`. */
  readonly name: string;
  /** What it does, in one sentence. */
  readonly sentence: string;
  /** True where it is kept only to be caught. */
  readonly broken: boolean;
  /** The protocols of the same scenario that mend it, an edit away; they hold at each level at which this one does not (`matrix`). */
  readonly curedBy?: readonly string[];
  /** The verdict at each level, or the name of the property that breaks; a test compares it with what the explorer says. */
  readonly claims?: Readonly<Record<IsolationLevel, Claim>>;
  /** The faults under which it claims that, where they are others than the scenario's. */
  readonly faults?: FaultBudget;
  /** What it needs in the database beside the scenario's tables: an index, a column. Run after the scenario's own set-up. */
  readonly setup?: readonly string[];
  /** Properties of the scenario that it does not claim, each with the reason; they are not looked at. */
  readonly unclaimed?: Readonly<Record<string, string>>;
  /** SQLSTATEs by which its clients may end without handling them, beside those that the scenario allows. */
  readonly allowedErrors?: readonly string[];
  /**
   * The protocol of the same scenario that does the same in one explicit transaction, statement by statement. Where this
   * one breaks inside a statement, which nobody can force from outside, the other one's counterexample is shown, too.
   */
  readonly spelledOut?: string;
  /** Takes a `ProtocolInput`. */
  readonly machine: AnyStateMachine;
  /** The user events of one client in a scenario with these buffers. */
  userEvents(buffers: readonly number[]): readonly UserEvent[];
  /** What the client believes in this state of the machine. */
  view(snapshot: AnyMachineSnapshot): View;
  /** The replies over which @xstate/graph walks the machine: one of each kind that the machine can tell apart. */
  readonly replies: readonly ReplyEvent[];
}

/** Turns the server's reply into the event for a machine. */
export function replyEvent(reply: Reply): ReplyEvent {
  switch (reply.kind) {
    case "failed":
      return { type: "failed", sqlstate: reply.sqlstate, message: reply.message };
    case "rows":
      return {
        type: "rows",
        rowCount: reply.rowCount ?? 0,
        rows: reply.rows.map((row) => Object.fromEntries(reply.fields.map((field, at) => [field, row[at] ?? null]))),
      };
  }
}
