/**
 * What clients have been answered in all steps that were computed of a system: whether there was anything to be looked at.
 *
 *     alice    UPDATE … -> 1 row      she works
 *     bob      SELECT x -> 42703      he has sent a statement, and none but BEGIN and the like has ever succeeded
 *     carol                           she has never sent one
 */
import type { Reply } from "../../model/protocol.ts";

/** What one client has been answered. */
interface Answered {
  /** It has sent a statement. */
  sent: boolean;
  /** One of its statements has succeeded, those aside that begin and end transactions. */
  works: boolean;
}

/** An error, by whom it was met, and for which statement. */
export interface MetError {
  readonly sqlstate: string;
  readonly message: string;
  readonly statement: string;
  /** The places of the clients. */
  readonly clients: readonly number[];
}

/** They succeed whatever the client is about (the first words of command tags). */
const CONTROL = new Set(["BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET", "RESET", "DISCARD"]);

/** How many different errors are kept. */
const ERRORS_MAX = 1000;

export class Evidence {
  readonly #clients: readonly Answered[];
  readonly #errors = new Map<string, MetError>();
  #cutOff: string | null = null;

  constructor(clients: number) {
    this.#clients = Array.from({ length: clients }, () => ({ sent: false, works: false }));
  }

  /** A client has sent a statement. */
  noteSent(client: number): void {
    const answered = this.#clients[client];
    if (answered !== undefined) answered.sent = true;
  }

  /** A client was answered; `statement` tells which one, and is asked for only where that failed. */
  noteReply(client: number, reply: Reply, statement: () => string): void {
    const answered = this.#clients[client];
    if (reply.kind === "failed") this.#noteError(client, reply, statement());
    else if (answered?.works === false && !CONTROL.has(reply.command)) answered.works = true;
  }

  /** A process is not followed any further; `bound` is what was reached. */
  noteCutOff(bound: string): void {
    this.#cutOff ??= bound;
  }

  #noteError(client: number, { sqlstate, message }: { sqlstate: string; message: string }, statement: string): void {
    const key = `${sqlstate} ${statement}`;
    const known = this.#errors.get(key);
    if (known?.clients.includes(client) === true || this.#errors.size >= ERRORS_MAX) return;
    const clients = [...(known?.clients ?? []), client].sort((left, right) => left - right);
    this.#errors.set(key, { sqlstate, message: known?.message ?? message, statement, clients });
  }

  /** By client, in their order. */
  get clients(): readonly Readonly<Answered>[] {
    return this.#clients;
  }

  /** The errors that were met, in the order in which they were. */
  get errors(): readonly MetError[] {
    return [...this.#errors.values()];
  }

  /** The bound at which a process was followed no further; null where none was reached. */
  get cutOff(): string | null {
    return this.#cutOff;
  }
}
