/**
 * What a client of a trace did, as the text of an async TypeScript function.
 *
 *     trace                                        code
 *     acquire 1: SELECT …, rows locked_by null     const answer1 = await client.query("SELECT …", [1]);
 *                                                  if (!isDeepStrictEqual(answer1.rows, [{ locked_by: null }])) return;
 *     next: UPDATE …, 1 row                        const answer2 = await client.query("UPDATE …", [client.name, 1]);
 *     commit, believes owns 1                      if (answer2.rowCount !== 1) return;
 *                                                  client.owns(1);
 *
 * A trace holds one path of its protocol, so the code is that path: it goes on while the answers are those of the trace, and
 * gives up where one is another. Each statement and each local step is one turn of the schedule.
 *
 * Not modelled: what the protocol does after another answer, and statements that fail, which are refused by `regression-test.ts`.
 */
import type { Cell, Reply, View } from "../../model/protocol.ts";
import { transactionEdge } from "./sql-text.ts";
import type { Trace, TraceStep } from "./trace.ts";

/** Whether the step takes a turn of its own: it sends a statement, or is a local step. */
export function takesTurn({ sent, progress }: TraceStep): boolean {
  return sent !== null || progress.kind === "local";
}

/** The lines of the client's function, without those around them. */
export function clientCode(trace: Trace, client: string): readonly string[] {
  const own = trace.steps.filter((step) => step.client === client);
  const turns = own.filter(takesTurn);
  const lines = turns.flatMap((step, at) => {
    const end = turns[at + 1]?.n ?? Number.POSITIVE_INFINITY;
    const moves = own.filter(({ n }) => n >= step.n && n < end);
    const view = moves.findLast(({ views }) => views[client] !== undefined)?.views[client];
    return [...turnLines(step, moves, at + 1), ...(view === undefined ? [] : [`client.owns(${owned(view)});`])];
  });
  return isOpen(turns) ? [...lines, "await client.turn(); // The trace ends here, inside a transaction."] : lines;
}

function turnLines({ client, sent }: TraceStep, moves: readonly TraceStep[], number: number): readonly string[] {
  if (sent === null) return ["await client.turn();"];
  const values = sent.values.length === 0 ? "" : `, [${sent.values.map((value) => cell(value, client)).join(", ")}]`;
  const call = `await client.query(${JSON.stringify(sent.text)}${values});`;
  const reply =
    moves.map(({ progress }) => (progress.kind === "replied" ? progress.reply : null)).find(Boolean) ?? null;
  const other = reply === null ? null : otherAnswer(reply, `answer${number}`, client);
  return other === null ? [call] : [`const answer${number} = ${call}`, `if (${other}) return;`];
}

/** The condition that the answer is another than in the trace; null where there is nothing in it to be compared. */
function otherAnswer(reply: Reply, name: string, client: string): string | null {
  if (reply.kind === "failed") return null;
  if (reply.fields.length > 0) {
    const rows = reply.rows.map((row) => {
      const cells = reply.fields.map((field, at) => `${key(field)}: ${cell(row[at] ?? null, client)}`);
      return `{ ${cells.join(", ")} }`;
    });
    return `!isDeepStrictEqual(${name}.rows, [${rows.join(", ")}])`;
  }
  return ["INSERT", "UPDATE", "DELETE"].includes(reply.command) ? `${name}.rowCount !== ${reply.rowCount ?? 0}` : null;
}

/** Clients that do the same differ in their names only, so the name is asked of the client. */
function cell(value: Cell, client: string): string {
  return value === client ? "client.name" : JSON.stringify(value);
}

function key(field: string): string {
  return /^[A-Za-z_]\w*$/.test(field) && field !== "__proto__" ? field : `[${JSON.stringify(field)}]`;
}

function owned(view: View): string {
  return [view["owns"] ?? null, view["owns too"] ?? null]
    .filter((one) => one !== null)
    .map((one) => JSON.stringify(one))
    .join(", ");
}

/** Whether the client's transaction is open after its last statement. */
function isOpen(turns: readonly TraceStep[]): boolean {
  let open = false;
  for (const { sent } of turns) {
    const edge = transactionEdge(sent?.text ?? "");
    if (edge !== null) open = edge === "begins";
  }
  return open;
}
