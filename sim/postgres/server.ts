/**
 * The simulated server as the rest of the simulator sees it: a pure function from a database, a session and a move to
 * the next database and what happened. A `Database` is an immutable canonical value.
 */
import type { Query, Reply, Row } from "../../model/protocol.ts";
import type { Value } from "./values/value.ts";

/** One connection: 0, 1, 2, … */
export type SessionId = number;

/** A moment in microseconds since 2000-01-01 UTC, or how many microseconds have passed since the server's first one. */
export type Microseconds = number;

/** What a session can be made to do. */
export type ServerMove =
  /** Send a statement; the session must be idle. */
  | { readonly kind: "send"; readonly query: Query }
  /** Go on with a statement that stopped (fine granularity), or whose wait is over; with one of its options, where it offers some. */
  | { readonly kind: "resume"; readonly option?: string }
  /** The commit of an autocommit statement that has finished. */
  | { readonly kind: "commit" }
  /** Its deadlock check finds a cycle through it: its statement fails with 40P01. */
  | { readonly kind: "deadlock" }
  /** Its deadlock check finds a cycle that another order of a queue dissolves: the queue is re-ordered. */
  | { readonly kind: "reorder" }
  /** Its lock_timeout runs out while it waits: 55P03. */
  | { readonly kind: "lock timeout" }
  /** Its statement_timeout runs out: 57014. */
  | { readonly kind: "statement timeout" }
  /** Somebody cancels the statement that it waits in: 57014. */
  | { readonly kind: "cancel" }
  /** Its connection is lost: whatever it is doing ends with 57P01, its transaction is taken back, and it begins anew. */
  | { readonly kind: "disconnect" };

/** A move of the server itself or of the environment: everything but what people do. */
export interface OwnMove {
  readonly session: SessionId;
  readonly kind: Exclude<ServerMove["kind"], "send" | "cancel" | "disconnect">;
  /** What the planner chooses, where a statement that goes on has a choice. */
  readonly option?: string;
}

/** How far the move took the session's statement (compare `Progress` of the system, which has clients' names). */
export type ServerProgress =
  | { readonly kind: "replied"; readonly reply: Reply }
  | { readonly kind: "finished"; readonly reply: Reply }
  | { readonly kind: "waits"; readonly waitsFor: readonly SessionId[]; readonly what: string }
  /** `reply`: it stopped after a statement of a message that holds several, and this is what that statement answered. */
  | { readonly kind: "stopped"; readonly at: string; readonly reply?: Reply };

/** What a statement has read or written of a table, by the places of row versions (`ServerOptions.addresses`). */
export type Touch =
  /** It has looked for rows; `at` are those that it saw, and `covers` says of a row whether it could have been among them. */
  | {
      readonly kind: "looked";
      readonly table: string;
      readonly at: readonly number[];
      covers(values: readonly Value[]): boolean;
    }
  /** It has read this version, the newest at that moment. */
  | { readonly kind: "read"; readonly table: string; readonly at: number }
  /** It has written this version in the place of another one (null: a new row). */
  | {
      readonly kind: "wrote";
      readonly table: string;
      readonly at: number;
      readonly before: number | null;
      readonly values: readonly Value[];
      /** The row as people name it. */
      readonly row: string;
    }
  | { readonly kind: "deleted"; readonly table: string; readonly at: number; readonly row: string };

export interface ServerOutcome {
  readonly database: Database;
  readonly progress: ServerProgress;
  readonly committed: boolean;
  readonly woken: readonly SessionId[];
  /** Only where the server counts row versions; a statement that is run again after a wait tells its looks again. */
  readonly touched?: readonly Touch[];
  /** Sentences for people; they never influence a state. */
  readonly notes: readonly string[];
}

/** What a session is doing. */
export type SessionStatus =
  | { readonly kind: "idle"; readonly transaction: "none" | "open" | "failed" }
  /** Its statement can go on by `resume`. */
  | { readonly kind: "running" }
  /** Its statement has finished and its autocommit is next. */
  | { readonly kind: "finished" }
  /** `place`: behind others in a line, or for who holds what it wants. Moving up to the head of a line begins a new wait. */
  | {
      readonly kind: "waiting";
      readonly waitsFor: readonly SessionId[];
      readonly what: string;
      readonly place: "in line" | "first";
    };

/** Opaque outside of `sim/postgres`. */
export interface Database {
  readonly __brand: "Database";
}

export interface ServerOptions {
  readonly sessions: number;
  /** SQL texts that are run before the first move, each as one simple query. */
  readonly setup: readonly string[];
  /** What the clock shows when the set-up runs, and the first move after it; 2000-01-01 UTC unless told. */
  readonly now?: Microseconds | undefined;
  readonly granularity: "fine" | "coarse";
  /** `open` unless told: at fine granularity an order that no text forces is any plan's. `fixed`: that of one plan. */
  readonly plan?: "open" | "fixed";
  /** Replies carry node-postgres' values, or PostgreSQL's own texts (`t` for true). */
  readonly cells?: "values" | "texts";
  /** Rows have a `ctid`: every version has its place on the page, counted for ever. For runs of scripts; states would never meet. */
  readonly addresses?: boolean;
  /** The default isolation level of every session. */
  readonly isolation: "read committed" | "repeatable read" | "serializable";
  /** Keeps old row versions as they were instead of in canonical form: more states, same behaviour. For tests. */
  readonly keepsHistory?: boolean;
}

/** A value in a row version; `column` is null for the time at which a transaction began. */
export interface StoredValue {
  readonly column: string | null;
  readonly type: string;
  readonly value: Value;
}

/** How a database is written down when it does not matter who is who. */
export interface Naming {
  /** What stands for a session. */
  label(session: SessionId): number | string;
  /** The sessions whose private parts are written, in this order. */
  readonly sessions: readonly SessionId[];
  /** Sessions that are left out of the sets of sessions in which they are. Anywhere else their label is asked for. */
  readonly without?: ReadonlySet<SessionId>;
  /** What stands for a text in a row, a parameter or a reply; `isSql`: for the text of a statement. */
  rename(text: string, isSql: boolean): string;
  /** What stands for the keys of rows that are exchanged for each other; left out or null where none are. */
  readonly keys?: KeyLabels | null;
}

/** What is written for rows' keys. */
export interface KeyLabels {
  /** Labels of one number are the same: what was written with them may be kept by it. */
  readonly id: number;
  /** What stands for a text or a number in a row, a parameter, a reply or a local state: itself, where it is no key. */
  label(value: string | number): unknown;
}

/** The database as a skeleton that does not say who is who, and what each session is in it (session/sections.ts). */
export interface Sections {
  /** What is everybody's, with a gap wherever it names a session or its client. */
  readonly shared: string;
  /** By session: its private part, in which it is `me`. */
  readonly own: readonly string[];
  /** By session: the gaps that it fills. */
  readonly gaps: readonly string[];
}

/** Databases as rows of numbers, all of one length. The numbers are those of this store and say nothing to anybody else. */
export interface DatabaseParts {
  /** Equal rows for equal databases, and for no others. */
  cut(database: Database): readonly number[];
  /** A database with this row, which was cut before. */
  join(row: readonly number[]): Database;
  /** The letters of the texts that are kept. */
  readonly letters: number;
}

/** A server made by `createServer` (index.ts). Its functions are pure; whatever it remembers between calls is a cache. */
export interface Server {
  readonly initial: Database;
  /** What the clock shows in `initial`. */
  readonly now: Microseconds;
  /**
   * The moves enabled by the server itself (everything but `send`), in a fixed order. At coarse granularity, after a step
   * that woke sessions, these are only the moves of the woken ones and nobody may send until they have run.
   */
  moves(database: Database): readonly OwnMove[];
  /** False at coarse granularity after a step that woke sessions, until these have run. */
  rests(database: Database): boolean;
  /** Whether this session may send a statement now. */
  canSend(database: Database, session: SessionId): boolean;
  /**
   * Throws a UsageError where the SQL is not modelled, with its position. `elapsedUs`: how much time has passed since the start, none
   * unless told. A state holds times relative to the start, and none where no time has passed.
   */
  step(database: Database, session: SessionId, move: ServerMove, elapsedUs?: Microseconds): ServerOutcome;
  status(database: Database, session: SessionId): SessionStatus;
  /** The statement that the session is in the middle of (suspended, waiting, or awaiting its autocommit), or null. */
  statement(database: Database, session: SessionId): Query | null;
  /** What SHOW would answer to the session. */
  setting(database: Database, session: SessionId, name: string): string;
  /** The committed rows of every table, by table name, in primary-key order. */
  committed(database: Database): Readonly<Record<string, readonly Row[]>>;
  /** Every value that a row holds which somebody may see, or may come to see, and when each open transaction began. */
  stored(database: Database): readonly StoredValue[];
  /** Rows as `committed` could have told them, with other values: in primary-key order. */
  inOrder(database: Database, rows: Readonly<Record<string, readonly Row[]>>): Readonly<Record<string, readonly Row[]>>;
  /** The canonical text of the database: equal texts, equal databases. */
  key(database: Database): string;
  /** A new store of the parts that this server's databases are made of. */
  parts(): DatabaseParts;
  /** The text of the database under other names; what is a set is in the order of the texts under those names. */
  text(database: Database, naming: Naming): string;
  /** Tells databases by sections, for clients of these names, the i-th on session i; null for one where that cannot be done. */
  sections(names: readonly string[]): (database: Database, keys: KeyLabels | null) => Sections | null;
  /**
   * These numbers in the order in which rows come that hold them, without those that no row holds. Exchanging numbers moves no row,
   * so it exchanges them in this order. Null where more is remembered of rows than themselves (SERIALIZABLE).
   */
  keyOrder(database: Database, keys: readonly number[]): readonly number[] | null;
  /**
   * Whether the statement, sent now, neither sees what others do nor changes what others see (session/alone.ts). `othersLockTables`:
   * whether a statement may be sent that does (`locksTables`).
   */
  actsAlone(database: Database, session: SessionId, query: Query, othersLockTables: boolean): boolean;
  /** Whether a text locks tables against those who read and write their rows. */
  locksTables(sql: string): boolean;
  /** Whether a statement does more with texts than to store and to equate them, so that names are no mere names. */
  ordersTexts(database: Database, sql: string): boolean;
  /** Whether a statement does more with numbers than to store and to equate them, or names one of these (execution/computes-with-keys.ts). */
  computesWithKeys(database: Database, sql: string, keys: readonly number[]): boolean;
}
