/** A session whose every answer is given by a test, one statement at a time. */
import type { Cell, Query } from "../../model/protocol.ts";
import type { Session, SessionResult } from "../../src/buffers/index.ts";

export class ScriptedSession implements Session {
  #asked: { readonly query: Query; answer(result: Promise<SessionResult>): void } | null = null;

  query(text: string, values: Cell[]): Promise<SessionResult> {
    if (this.#asked !== null) throw new Error(`"${text}" was sent before "${this.#asked.query.text}" had its answer`);
    return new Promise((answer) => {
      this.#asked = { query: { text, values }, answer };
    });
  }

  /** The statement that waits for its answer, or null. */
  get asked(): Query | null {
    return this.#asked?.query ?? null;
  }

  /** Answers it, and lets the code run until it asks again or is done. */
  async answer(result: Promise<SessionResult>): Promise<void> {
    const asked = this.#asked;
    if (asked === null) throw new Error("nothing was asked");
    this.#asked = null;
    asked.answer(result);
    await quiet();
  }
}

/** Resolves when the code that runs now has come to rest: all that it does between two statements are microtasks. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
