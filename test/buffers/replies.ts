/** Turns the replies over which a machine is walked into what a server, and what a driver, would give. */
import type { Cell, Reply, ReplyEvent } from "../../model/protocol.ts";

/** The server's reply that reaches a machine as this event. */
export function serverReply(event: ReplyEvent): Reply {
  if (event.type === "failed")
    return { kind: "failed", sqlstate: event.sqlstate, message: event.message, detail: null };
  const fields = Object.keys(event.rows[0] ?? {});
  const rows: (readonly Cell[])[] = event.rows.map((row) => fields.map((field) => row[field] ?? null));
  return { kind: "rows", command: "", rowCount: event.rowCount, fields, rows };
}

/** An error as node-postgres throws it. */
export function driverError(sqlstate: string, message: string): Error {
  return Object.assign(new Error(message), { code: sqlstate });
}
