/** Which statements a process may send, as far as the replies that its protocol lists lead: looked at before anything is run. */
import type { Query, Reply, ReplyEvent } from "../../model/protocol.ts";
import type { Node, Process } from "./process.ts";

/** No protocol comes near it; a machine whose memory grows for ever is cut off here. */
const NODES_MAX = 2000;

/** The statements, each once, in the order in which a breadth-first walk meets them. */
export function queriesOf(process: Process, replies: readonly ReplyEvent[]): readonly Query[] {
  const found = new Map<string, Query>();
  const met = new Set<Node>([process.initial]);
  for (const node of met) {
    if (met.size > NODES_MAX) break;
    for (const { query, then } of attempted(() => process.requests(node)) ?? []) {
      met.add(then);
      if (query === null) continue;
      found.set(JSON.stringify(query), query);
      for (const event of replies) {
        const next = attempted(() => process.advance(then, replyTo(event)));
        if (typeof next === "number") met.add(next);
      }
    }
  }
  return [...found.values()];
}

/** A machine need not make sense of a reply that no server gives it. */
function attempted<T>(ask: () => T): T | null {
  try {
    return ask();
  } catch {
    return null;
  }
}

function replyTo(event: ReplyEvent): Reply {
  if (event.type === "failed") {
    return { kind: "failed", sqlstate: event.sqlstate, message: event.message, detail: null };
  }
  const fields = Object.keys(event.rows[0] ?? {});
  const rows = event.rows.map((row) => fields.map((field) => row[field] ?? null));
  return { kind: "rows", command: "SELECT", rowCount: event.rowCount, fields, rows };
}
