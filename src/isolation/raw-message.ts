/**
 * One simple-query message and everything that the server answers to it, as text.
 *
 * node-postgres gives the results of several statements only when all of them succeed. Here the answers to those that came
 * before an error are kept, and no value is turned into anything.
 */
import pg from "pg";
import type { Answer, Message } from "../../sim/isolation/server.ts";

/** The parts of node-postgres' protocol messages that are read here. */
interface RowDescription {
  readonly fields: readonly { readonly name: string }[];
}
interface DataRow {
  readonly fields: readonly (string | null)[];
}
interface Connection {
  query(text: string): void;
  on(event: "readyForQuery" | "end", listener: () => void): void;
  off(event: "readyForQuery" | "end", listener: () => void): void;
  sendCopyFail(message: string): void;
}

/** A query object of node-postgres: `client.query(new RawMessage(sql))` sends it. */
export class RawMessage implements pg.Submittable {
  readonly #sql: string;
  readonly #answers: Answer[] = [];
  #rows: { readonly fields: readonly string[]; readonly rows: (readonly (string | null)[])[] } | null = null;
  #finish: () => void = () => {};
  /** Resolves when the server has answered everything, or the connection is lost. */
  readonly done: Promise<void>;
  #isDone = false;

  constructor(sql: string) {
    this.#sql = sql;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  get answers(): readonly Answer[] {
    return this.#answers;
  }

  /** Keeps a notice in its place behind the answers that came before; false where there are none. */
  takesNotice(notice: Message): boolean {
    if (this.#answers.length === 0) return false;
    this.#answers.push({ kind: "notice", ...notice });
    return true;
  }

  submit(connection: unknown): void {
    (connection as Connection).query(this.#sql);
  }

  handleRowDescription({ fields }: RowDescription): void {
    this.#rows = { fields: fields.map(({ name }) => name), rows: [] };
  }

  handleDataRow({ fields }: DataRow): void {
    this.#rows?.rows.push([...fields]);
  }

  handleCommandComplete(): void {
    this.#answers.push(this.#rows === null ? { kind: "done" } : { kind: "rows", ...this.#rows });
    this.#rows = null;
  }

  handleEmptyQuery(): void {
    this.#answers.push({ kind: "done" });
  }

  handleReadyForQuery(): void {
    this.#end();
  }

  handleError(error: Error, connection: Connection): void {
    if (!(error instanceof pg.DatabaseError)) {
      this.#lose();
      return;
    }
    const { severity = "ERROR", message, detail = null, hint = null } = error;
    this.#answers.push({ kind: "failed", severity, message, detail, hint });
    if (severity === "FATAL" || severity === "PANIC") this.#lose();
    else this.#endWhenReady(connection);
  }

  /** The server says what is wrong first and takes the transaction back then: before it is ready, its locks are held. */
  #endWhenReady(connection: Connection): void {
    const events = ["readyForQuery", "end"] as const;
    const end = (): void => {
      for (const event of events) connection.off(event, end);
      this.#end();
    };
    for (const event of events) connection.on(event, end);
  }

  #lose(): void {
    this.#answers.push({ kind: "lost" });
    this.#end();
  }

  handleCopyInResponse(connection: Connection): void {
    connection.sendCopyFail("COPY FROM STDIN has nothing to read here");
  }

  handleCopyData(): void {}

  #end(): void {
    this.#isDone = true;
    this.#finish();
  }
}
