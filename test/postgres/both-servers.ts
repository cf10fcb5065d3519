/** The same statement on the simulated server and on a real one, each with a session of its own, as answers that can be compared. */
import pg from "pg";
import type { Cell, Reply } from "../../model/protocol.ts";
import { createServer } from "../../sim/postgres/index.ts";
import type { Database, ServerMove, ServerProgress } from "../../sim/postgres/server.ts";
import { formatFloat8 } from "../../sim/postgres/values/float.ts";

export interface Statement {
  readonly sql: string;
  readonly values: readonly Cell[];
}

interface Answer {
  readonly fields: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly rowCount: number | null;
  readonly error: string | null;
}

/** Values stay as the server wrote them. */
const AS_TEXT = { getTypeParser: () => (text: string) => text };

/** What a real server answers. */
export async function askReal(client: pg.Client, { sql, values }: Statement): Promise<Answer> {
  try {
    const result = await client.query({ text: sql, values: [...values], rowMode: "array", types: AS_TEXT });
    const fields = result.rows.length === 0 ? [] : result.fields.map(({ name }) => name);
    return { fields, rows: result.rows, rowCount: result.rowCount, error: null };
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return failed(error.code ?? "", error.message, error.detail ?? null);
  }
}

function failed(sqlstate: string, message: string, detail: string | null): Answer {
  return {
    fields: [],
    rows: [],
    rowCount: null,
    error: [sqlstate, message, ...(detail === null ? [] : [detail])].join(" | "),
  };
}

function text(cell: Cell): string | null {
  if (typeof cell === "boolean") return cell ? "t" : "f";
  return typeof cell === "number" ? formatFloat8(cell) : cell;
}

function answerOf(reply: Reply): Answer {
  if (reply.kind === "failed") return failed(reply.sqlstate, reply.message, reply.detail);
  const rows = reply.rows.map((row) => row.map(text));
  return { fields: rows.length === 0 ? [] : reply.fields, rows, rowCount: reply.rowCount, error: null };
}

/**
 * A session of a simulated server that runs each statement to its end. What is refused is thrown, and leaves the database
 * as it was.
 */
export function simulatedSession(): (statement: Statement) => Answer {
  const server = createServer({ sessions: 1, setup: [], granularity: "coarse", isolation: "read committed" });
  let database: Database = server.initial;
  return ({ sql, values }) => {
    let at = database;
    const take = (move: ServerMove): ServerProgress => {
      const outcome = server.step(at, 0, move);
      at = outcome.database;
      return outcome.progress;
    };
    let progress = take({ kind: "send", query: { text: sql, values } });
    while (progress.kind !== "replied") progress = take({ kind: progress.kind === "finished" ? "commit" : "resume" });
    database = at;
    return answerOf(progress.reply);
  };
}
