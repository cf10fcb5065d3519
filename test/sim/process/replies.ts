/** Replies as the server would give them. */
import type { Failed, Rows } from "../../../model/protocol.ts";

export const FREE: Rows = { kind: "rows", command: "SELECT", rowCount: 1, fields: ["locked_by"], rows: [[null]] };
export const TAKEN: Rows = { kind: "rows", command: "SELECT", rowCount: 1, fields: ["locked_by"], rows: [["zoe"]] };
export const UPDATED: Rows = { kind: "rows", command: "UPDATE", rowCount: 1, fields: [], rows: [] };
export const UPDATED_NOTHING: Rows = { kind: "rows", command: "UPDATE", rowCount: 0, fields: [], rows: [] };
export const DONE: Rows = { kind: "rows", command: "BEGIN", rowCount: null, fields: [], rows: [] };
export const DEADLOCK: Failed = {
  kind: "failed",
  sqlstate: "40P01",
  message: "deadlock detected",
  detail: "Process 1 waits for Process 2",
};
