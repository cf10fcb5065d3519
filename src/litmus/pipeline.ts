/**
 * A connection on which many messages are sent at once and answered one after the other.
 *
 *     send([BEGIN, UPDATE …, COMMIT])     one write: the server goes from one statement to the next without waiting for us
 *                                         each message is a simple query of its own, with a ReadyForQuery of its own
 *
 * node-postgres sends a message when the one before it was answered, so that between two statements of a session there is a round
 * trip, in which every other session is done. Here its connection is taken over after it has logged in: the bytes that
 * arrive are read by this file from then on.
 *
 * Source: PostgreSQL's manual, Message Formats. Values arrive as texts; notices and parameters are passed over.
 */
import type { Socket } from "node:net";
import type { Told } from "../../sim/litmus/outcome.ts";
import type { Session } from "../postgres/connection.ts";

const LETTER = {
  rowDescription: 0x54,
  dataRow: 0x44,
  commandComplete: 0x43,
  error: 0x45,
  ready: 0x5a,
} as const;

/** The header of a message: its letter, and its length without the letter. */
const HEADER = 5;

/** A message of the client's. */
export function simpleQuery(text: string): Buffer {
  const bytes = Buffer.byteLength(text);
  const message = Buffer.allocUnsafe(HEADER + bytes + 1);
  message.writeUInt8(0x51);
  message.writeInt32BE(4 + bytes + 1, 1);
  message.write(text, HEADER);
  message.writeUInt8(0, HEADER + bytes);
  return message;
}

/** What the server answered to one message: to each of its statements, up to the first that failed. */
export type Answers = readonly Told[];

export class Pipeline {
  readonly pid: number;
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #expected = 0;
  #answered: Answers[] = [];
  #now: Told[] = [];
  #rows: (readonly (string | null)[])[] = [];
  #finish: ((answers: readonly Answers[]) => void) | null = null;
  #fail: ((error: Error) => void) | null = null;
  #lost: Error | null = null;

  /** Takes the session's connection over. It can be closed by the session still, and used for nothing else. */
  constructor(session: Session) {
    this.pid = session.pid;
    const { connection } = session.client as unknown as { readonly connection: { readonly stream: Socket } };
    this.#socket = connection.stream;
    this.#socket.removeAllListeners("data");
    this.#socket.on("data", (chunk: Buffer) => this.#read(chunk));
    this.#socket.on("close", () => this.#lose(new Error("the server has closed a connection of the litmus run")));
  }

  /** Sends messages that `simpleQuery` has made, as one write, and gives what each was answered. */
  send(messages: readonly Buffer[]): Promise<readonly Answers[]> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    if (this.#finish !== null)
      throw new Error("assertion failed: a pipeline is sent after the one before it was answered");
    this.#expected = messages.length;
    this.#answered = [];
    this.#socket.write(Buffer.concat(messages));
    return new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
  }

  #lose(error: Error): void {
    this.#lost = error;
    this.#fail?.(error);
  }

  #read(chunk: Buffer): void {
    const bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    let at = 0;
    while (bytes.length - at >= HEADER) {
      const length = bytes.readInt32BE(at + 1);
      if (bytes.length - at < 1 + length) break;
      this.#take(bytes[at] ?? 0, bytes.subarray(at + HEADER, at + 1 + length));
      at += 1 + length;
    }
    this.#bytes = bytes.subarray(at);
  }

  #take(letter: number, body: Buffer): void {
    switch (letter) {
      case LETTER.rowDescription:
        this.#rows = [];
        return;
      case LETTER.dataRow:
        this.#rows.push(cellsOf(body));
        return;
      case LETTER.commandComplete:
        this.#now.push({ kind: "rows", ...tagOf(body.toString("utf8", 0, body.length - 1)), rows: this.#rows });
        this.#rows = [];
        return;
      case LETTER.error:
        this.#now.push({ kind: "failed", sqlstate: sqlstateOf(body) });
        this.#rows = [];
        return;
      case LETTER.ready:
        this.#answered.push(this.#now);
        this.#now = [];
        if (this.#answered.length === this.#expected) this.#done();
        return;
    }
  }

  #done(): void {
    const finish = this.#finish;
    this.#finish = null;
    this.#fail = null;
    finish?.(this.#answered);
  }
}

function cellsOf(body: Buffer): readonly (string | null)[] {
  const cells: (string | null)[] = [];
  let at = 2;
  for (let left = body.readInt16BE(0); left > 0; left--) {
    const length = body.readInt32BE(at);
    at += 4;
    cells.push(length < 0 ? null : body.toString("utf8", at, at + length));
    at += Math.max(length, 0);
  }
  return cells;
}

/** `INSERT 0 2`, `UPDATE 1`, `CREATE TABLE`. */
function tagOf(tag: string): { readonly command: string; readonly rowCount: number | null } {
  const words = tag.split(" ");
  const last = Number(words.at(-1));
  return { command: words[0] ?? "", rowCount: Number.isInteger(last) ? last : null };
}

function sqlstateOf(body: Buffer): string {
  for (let at = 0; at < body.length && body[at] !== 0; ) {
    const end = body.indexOf(0, at + 1);
    if (body[at] === 0x43) return body.toString("utf8", at + 1, end);
    at = end + 1;
  }
  return "XX000";
}
