/** A case of the fuzzer: a world, what each session wants to do in it, and who moves when. */
import type { Query } from "../../model/protocol.ts";

/** Sessions are numbered from 0, as in the simulated server. */
export interface Send {
  readonly session: number;
  readonly query: Query;
  /** What the statement exercises, for the report on coverage. */
  readonly labels: readonly string[];
}

/** The label of a statement that sets a time-out for the rest of its transaction: every wait of it ends by itself. */
export const TIMED = "timed";

/** The label of a statement whose text does not force the order of its rows. */
export const UNORDERED = "unordered";
/** The label of a statement of which PostgreSQL's plan decides what it does. */
export const PLANNED = "plan's choice";
/** The label of the statements that make the world. */
export const DEFINING = "world";

export type Statement = Omit<Send, "session">;

/** A generated case. Which statements a session sends is fixed; when it sends them depends on who is idle. */
export interface FuzzCase {
  readonly setup: readonly string[];
  /** What the first session sends before the others begin: the definitions, where they are compared, too. */
  readonly prelude?: readonly Statement[];
  /** The tables, for the look at their rows in the end. */
  readonly tables: readonly string[];
  /** The statements of each session, in order. */
  readonly sessions: readonly (readonly Statement[])[];
  /** Whose turn it is; a session that waits or has nothing left is passed over. */
  readonly picks: readonly number[];
}

/** Decides what is sent next; `idle` are the sessions that can send. Null when the case is over. */
export type Plan = (idle: readonly number[]) => Send | null;

/** The plan of a generated case: the picks, then the rest in turn. */
export function planOf({ prelude = [], sessions, picks }: FuzzCase): Plan {
  const sent = sessions.map(() => 0);
  let begun = 0;
  let at = 0;
  const take = (session: number): Send | null => {
    const statement = sessions[session]?.[sent[session] ?? 0];
    if (statement === undefined) return null;
    sent[session] = (sent[session] ?? 0) + 1;
    return { session, ...statement };
  };
  return (idle) => {
    const first = prelude[begun];
    if (first !== undefined) {
      begun += 1;
      return { session: 0, ...first };
    }
    while (at < picks.length) {
      const pick = picks[at++] ?? 0;
      const send = idle.includes(pick) ? take(pick) : null;
      if (send !== null) return send;
    }
    for (const session of idle) {
      const send = take(session);
      if (send !== null) return send;
    }
    return null;
  };
}

/** The plan of a case that was executed before, or of a part of it: what cannot be sent is left out. */
export function planOfSends(sends: readonly Send[]): Plan {
  let at = 0;
  return (idle) => {
    while (at < sends.length) {
      const send = sends[at++];
      if (send !== undefined && idle.includes(send.session)) return send;
    }
    return null;
  };
}
