/** The simulated server's replies as the text that a real server sends. */
import type { Cell, Reply } from "../../model/protocol.ts";
import type { Answer } from "./server.ts";

/** A reply as the runner of isolation tests wants it. */
export function answerOf(reply: Reply): Answer {
  if (reply.kind === "failed") {
    return { kind: "failed", severity: "ERROR", message: reply.message, detail: reply.detail, hint: null };
  }
  if (reply.fields.length === 0) return { kind: "done" };
  return { kind: "rows", fields: reply.fields, rows: reply.rows.map((row) => row.map(textOf)) };
}

/** The server was made with `cells: "texts"`. */
function textOf(cell: Cell): string | null {
  return cell === null ? null : String(cell);
}
