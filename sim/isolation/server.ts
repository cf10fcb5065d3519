/**
 * What a runner of isolation tests needs of a server: a control session and one session for each of the test's. A real
 * server and the simulated one both stand behind it.
 */

/** One answer to a message, which may hold several statements. Values are text, as the server sends them. */
export type Answer =
  | {
      readonly kind: "rows";
      readonly fields: readonly string[];
      readonly rows: readonly (readonly (string | null)[])[];
    }
  /** A command without rows. */
  | { readonly kind: "done" }
  | ({ readonly kind: "failed" } & Message)
  /** A notice that came behind an answer, where it came. */
  | ({ readonly kind: "notice" } & Message)
  /** The connection is gone. */
  | { readonly kind: "lost" };

/** An error, a warning or a notice. */
export interface Message {
  /** ERROR, FATAL, WARNING, NOTICE, … */
  readonly severity: string;
  readonly message: string;
  readonly detail: string | null;
  readonly hint: string | null;
}

/** What NOTIFY sends. */
export interface Notification {
  readonly channel: string;
  readonly payload: string;
  /** The name of the session that it came from, or `PID n` for one outside of the test. */
  readonly sender: string;
}

/** How far a message has come. */
export type Progress =
  | "done"
  /** It waits for another session of the test. */
  | "blocked"
  | "running";

export interface IsolationSession {
  /** Sends one message. The session must be idle. */
  send(sql: string): void;
  /**
   * Lets a little time pass unless the message is done, and says how far it has come. Where `mayBlock` is false the caller
   * will wait to the end, so it is not asked whether the message waits.
   */
  look(mayBlock: boolean): Promise<Progress>;
  /** The answers to the message that is done, with the notices behind the first of them. */
  answers(): readonly Answer[];
  /** Takes the notices that have arrived since the last call, ahead of the message's first answer. */
  takeNotices(): readonly Message[];
  /** Takes the notifications that have arrived since the last call. */
  takeNotifications(): readonly Notification[];
  /** Asks the server to cancel the message. */
  cancel(): Promise<void>;
}

export interface IsolationServer {
  /** Runs the setup and the teardown of the whole test. */
  readonly control: IsolationSession;
  readonly sessions: readonly IsolationSession[];
  /** The time in milliseconds since some moment, real or simulated. */
  nowMs(): number;
}
