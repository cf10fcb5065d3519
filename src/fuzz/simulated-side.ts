/**
 * The simulated server's half of a fuzzed run: the databases that agree with everything that the real server has shown.
 *
 * PostgreSQL leaves some outcomes open: who of several chasers of a row wins, which of several waiters for a key, who dies in a
 * deadlock. There the simulated server has several moves. After each statement all that can follow from it is explored,
 * and what disagrees with the real server is dropped:
 *
 *     one database --send--> woken: s1, s2 --resume s1--> … s1 has it, s2 waits    real: s1 has replied, s2 waits    kept
 *                                          --resume s2--> … s2 has it, s1 waits                                     dropped
 *
 * A reply that the real server has not given ends a branch at once, so that few are followed to their end.
 */
import type { Query, Reply, Rows } from "../../model/protocol.ts";
import type { Database, OwnMove, Server, ServerMove } from "../../sim/postgres/server.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { type Send, UNORDERED } from "./case.ts";
import type { Observation, Waiting } from "./observation.ts";

/** What a branch shows that the real server does not; `session` null where it is not about one. */
export interface Mismatch {
  readonly session: number;
  readonly aspect: "reply" | "wait" | "blockers" | "transaction";
  readonly simulated: string;
  readonly real: string;
}

export interface Agreement {
  readonly kind: "agrees";
  /** How many databases agree with the real server. */
  readonly candidates: number;
  /** What happened inside, on the way to the first of them. */
  readonly notes: readonly string[];
  /** The waits on that way, in the simulated server's words. */
  readonly waits: readonly string[];
  /** Outcomes that were possible as far as they were followed. */
  readonly branches: number;
}

export type Verdict = Agreement | { readonly kind: "differs"; readonly mismatch: Mismatch };

/** More branches than this are a sign of a run that says nothing. */
const BRANCHES_MAX = 20_000;

/** The moves that end a statement with an error, and its SQLSTATE. */
const FAILURES: ReadonlyMap<OwnMove["kind"], string> = new Map([
  ["deadlock", "40P01"],
  ["lock timeout", "55P03"],
  ["statement timeout", "57014"],
]);

interface Branch {
  readonly database: Database;
  /** The sessions whose replies have come. */
  readonly replied: ReadonlySet<number>;
  readonly notes: readonly string[];
  readonly waits: readonly string[];
}

export class SimulatedSide {
  readonly #server: Server;
  readonly #sessions: number;
  #candidates: readonly Database[];
  /** The sessions whose last statement does not force the order of its rows. */
  readonly #unordered = new Set<number>();

  constructor(server: Server, sessions: number) {
    this.#server = server;
    this.#sessions = sessions;
    this.#candidates = [server.initial];
  }

  /** Why the simulated server refuses the statement, or null; nothing is changed. What else it throws is left to `follow`. */
  refusal(session: number, query: Query): string | null {
    const [database] = this.#candidates;
    if (database === undefined || !this.#server.canSend(database, session)) return null;
    try {
      this.#server.step(database, session, { kind: "send", query });
      return null;
    } catch (error) {
      return error instanceof UsageError ? error.message : null;
    }
  }

  /** Sends the statement and keeps what agrees with the observation. When nothing does, the side is as before. */
  follow({ session, query, labels }: Send, observation: Observation): Verdict {
    if (labels.includes(UNORDERED)) this.#unordered.add(session);
    else this.#unordered.delete(session);
    const exploration = new Exploration(this.#server, this.#sessions, observation, this.#unordered);
    const none: Branch = { database: this.#server.initial, replied: new Set(), notes: [], waits: [] };
    for (const database of this.#candidates) {
      if (!this.#server.canSend(database, session)) continue;
      exploration.move({ ...none, database }, session, { kind: "send", query });
    }
    exploration.explore();
    const [first] = exploration.kept;
    if (first === undefined) return { kind: "differs", mismatch: exploration.mismatch(session) };
    this.#candidates = exploration.kept.map((branch) => branch.database);
    const { notes, waits } = first;
    return { kind: "agrees", candidates: exploration.kept.length, notes, waits, branches: exploration.branches };
  }
}

class Exploration {
  readonly #server: Server;
  readonly #sessions: number;
  readonly #observation: Observation;
  readonly #unordered: ReadonlySet<number>;
  readonly #open: Branch[] = [];
  readonly #seen = new Set<string>();
  readonly kept: Branch[] = [];
  branches = 0;
  #best: { readonly mismatch: Mismatch; readonly depth: number } | null = null;

  constructor(server: Server, sessions: number, observation: Observation, unordered: ReadonlySet<number>) {
    this.#server = server;
    this.#sessions = sessions;
    this.#observation = observation;
    this.#unordered = unordered;
  }

  explore(): void {
    for (let branch = this.#open.pop(); branch !== undefined; branch = this.#open.pop()) {
      if (++this.branches > BRANCHES_MAX)
        throw new Error("assertion failed: a statement has too many outcomes to follow");
      const moves = this.#server.moves(branch.database);
      if (moves.every(({ kind }) => kind !== "resume" && kind !== "commit")) this.#end(branch);
      // The last one is looked at first, and the first move is what usually happens.
      for (const { session, ...move } of [...moves].reverse()) {
        if (this.#mayHappen(branch, session, move.kind)) this.move(branch, session, move);
      }
    }
  }

  /** Makes a move, and keeps what follows from it open unless it disagrees. */
  move(from: Branch, session: number, move: ServerMove): void {
    const { database, progress, notes } = this.#server.step(from.database, session, move);
    const branch = { ...from, database, notes: [...from.notes, ...notes] };
    switch (progress.kind) {
      case "replied":
        if (!this.#expects(from, session, progress.reply)) return;
        this.#add({ ...branch, replied: new Set(from.replied).add(session) });
        return;
      case "finished":
        if (!this.#expects(from, session, progress.reply)) return;
        this.#add(branch);
        return;
      case "waits":
        this.#add({ ...branch, waits: [...from.waits, progress.what] });
        return;
      case "stopped":
        this.#add(branch);
        return;
    }
  }

  mismatch(session: number): Mismatch {
    return (
      this.#best?.mismatch ?? {
        session,
        aspect: "wait",
        simulated: "cannot send",
        real: "can send",
      }
    );
  }

  #add(branch: Branch): void {
    const key = `${[...branch.replied].sort().join()} ${this.#server.key(branch.database)}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#open.push(branch);
  }

  /** A deadlock's victim and an expired time-out are followed where the real server shows them. */
  #mayHappen(branch: Branch, session: number, kind: OwnMove["kind"]): boolean {
    const failures = FAILURES.get(kind);
    if (failures === undefined) return true;
    const reply = this.#observation.replies.get(session);
    return reply?.kind === "failed" && reply.sqlstate === failures && !branch.replied.has(session);
  }

  #expects({ replied }: Branch, session: number, reply: Reply): boolean {
    const real = this.#observation.replies.get(session);
    if (real !== undefined && !replied.has(session) && sameReply(reply, real, this.#unordered.has(session)))
      return true;
    const simulated = replyText(reply);
    const waits = this.#observation.waiting.get(session);
    const shown = real === undefined ? waitText(waits) : replyText(real);
    this.#note({ session, aspect: "reply", simulated, real: shown }, replied.size);
    return false;
  }

  /** Nobody moves any more: the waits and the transactions must be those of the real server. */
  #end(branch: Branch): void {
    for (let session = 0; session < this.#sessions; session++) {
      const mismatch = this.#compare(branch, session);
      if (mismatch === null) continue;
      this.#note(mismatch, branch.replied.size);
      return;
    }
    this.kept.push(branch);
  }

  #compare({ database, replied }: Branch, session: number): Mismatch | null {
    const status = this.#server.status(database, session);
    const { replies, waiting, transactions } = this.#observation;
    const real = waiting.get(session);
    const reply = replies.get(session);
    if (status.kind === "waiting") {
      const simulated = `waits for ${names(status.waitsFor)} (${status.what})`;
      if (real === undefined) {
        const shown = reply === undefined ? "is idle" : replyText(reply);
        return { session, aspect: "wait", simulated, real: shown };
      }
      if (sameBlockers(status.waitsFor, real)) return null;
      return { session, aspect: "blockers", simulated, real: waitText(real) };
    }
    if (real !== undefined || (reply !== undefined && !replied.has(session))) {
      return {
        session,
        aspect: "wait",
        simulated: "is idle",
        real: reply === undefined ? waitText(real) : replyText(reply),
      };
    }
    if (status.kind !== "idle" || status.transaction === transactions[session]) return null;
    return { session, aspect: "transaction", simulated: status.transaction, real: String(transactions[session]) };
  }

  /** The branch that went furthest tells best what is different. */
  #note(mismatch: Mismatch, depth: number): void {
    if (this.#best === null || depth > this.#best.depth) this.#best = { mismatch, depth };
  }
}

/** Details are compared where they hold no numbers of processes; those of transactions are left out. */
const DETAILED = new Set(["23505", "23503", "23514", "23502", "40001"]);

function sameReply(simulated: Reply, real: Reply, unordered: boolean): boolean {
  if (simulated.kind === "failed" || real.kind === "failed") {
    if (simulated.kind !== "failed" || real.kind !== "failed") return false;
    if (simulated.sqlstate !== real.sqlstate || simulated.message !== real.message) return false;
    return !DETAILED.has(real.sqlstate) || withoutPivot(simulated.detail) === withoutPivot(real.detail);
  }
  return (
    simulated.command === real.command &&
    simulated.rowCount === real.rowCount &&
    JSON.stringify(simulated.fields) === JSON.stringify(real.fields) &&
    rowsText(simulated.rows, unordered) === rowsText(real.rows, unordered)
  );
}

function rowsText(rows: Rows["rows"], unordered: boolean): string {
  const texts = rows.map((row) => JSON.stringify(row));
  return (unordered ? texts.sort() : texts).join("\n");
}

function withoutPivot(detail: string | null): string | null {
  return detail?.replace(/\bpivot \d+/, "pivot") ?? null;
}

/**
 * Of several who share a lock on a row the real server waits for one after the other and names only that one; the
 * simulated one names all.
 */
function sameBlockers(simulated: readonly number[], real: Waiting): boolean {
  if (real.what.startsWith("transactionid")) {
    return real.blockers.length > 0 && real.blockers.every((each) => simulated.includes(each));
  }
  return simulated.join() === real.blockers.join();
}

export function replyText(reply: Reply): string {
  if (reply.kind === "failed") {
    const detail = DETAILED.has(reply.sqlstate) && reply.detail !== null ? ` [${reply.detail}]` : "";
    return `${reply.sqlstate} ${reply.message}${detail}`;
  }
  const rows = reply.fields.length === 0 ? "" : ` (${reply.fields.join(", ")}) ${JSON.stringify(reply.rows)}`;
  return `${reply.command} ${reply.rowCount ?? ""}${rows}`;
}

function waitText(waiting: Waiting | undefined): string {
  return waiting === undefined ? "nothing" : `waits for ${names(waiting.blockers)} (${waiting.what})`;
}

function names(sessions: readonly number[]): string {
  return sessions.length === 0 ? "nobody" : sessions.map((each) => `s${each}`).join(", ");
}
