/**
 * How rows, replies, beliefs and waits are said, in one place, so that text, diagram and page use the same words.
 *
 *     reply of a SELECT       id 1, locked_by null
 *     reply of an UPDATE      1 row updated
 *     a changed row           buffers: id 1, locked_by null → 'alice'
 *     a belief                owns 1
 *     nothing believed        owns nothing
 */
import type { Cell, Reply, Row, View } from "../../model/protocol.ts";
import type { Progress } from "../system/system.ts";
import { literal } from "./sql-text.ts";
import type { Anomaly } from "./trace.ts";

/** `id 1, locked_by 'alice'`. */
export function rowCells(fields: readonly string[], cells: readonly Cell[]): string {
  return fields.map((field, at) => `${field} ${literal(cells[at] ?? null)}`).join(", ");
}

/** A row by its columns, as `rowCells`. */
export function rowText(row: Row): string {
  return Object.entries(row)
    .map(([field, cell]) => `${field} ${literal(cell)}`)
    .join(", ");
}

const PAST: Readonly<Record<string, string>> = {
  UPDATE: "updated",
  INSERT: "inserted",
  DELETE: "deleted",
  SELECT: "found",
  MERGE: "merged",
};

/** What a statement answered, as lines: one a row, or a count, or the command's tag, or the error. */
export function replyLines(reply: Reply): readonly string[] {
  if (reply.kind === "failed") {
    return [`ERROR ${reply.sqlstate}: ${reply.message}`, ...(reply.detail === null ? [] : reply.detail.split("\n"))];
  }
  const past = PAST[reply.command];
  const count = reply.rowCount ?? reply.rows.length;
  if (reply.rows.length > 0) return reply.rows.map((row) => rowCells(reply.fields, row));
  if (reply.command === "SELECT") return ["no row"];
  return [
    past === undefined ? reply.command : `${count === 0 ? "no row" : count === 1 ? "1 row" : `${count} rows`} ${past}`,
  ];
}

/** `owns 1`, `owns nothing`; several beliefs with commas. A client that believes nothing at all has an empty view. */
export function viewText(view: View): string {
  const parts = Object.entries(view).map(([name, value]) => `${name} ${value === null ? "nothing" : String(value)}`);
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

/** One row of a table that became another, appeared or went away. */
export interface RowChange {
  readonly kind: "changed" | "added" | "removed";
  readonly before: Row | null;
  readonly after: Row | null;
  /** The columns that tell the row from the table's others, the first ones that do. */
  readonly key: readonly string[];
}

/**
 * How committed rows changed. Two rows are taken for the same one when they are equal in the first columns that tell the table's rows
 * apart: the trace knows no keys, and these are the key in nearly every table, also where it has several columns.
 */
export function rowChanges(before: readonly Row[], after: readonly Row[]): readonly RowChange[] {
  const gone = without(before, after);
  const come = without(after, before);
  const key = keyOf(before, after);
  const used = new Set<Row>();
  const changes = gone.map((old): RowChange => {
    const same = come.find((row) => !used.has(row) && cellsAt(row, key) === cellsAt(old, key));
    if (same === undefined) return { kind: "removed", before: old, after: null, key };
    used.add(same);
    return { kind: "changed", before: old, after: same, key };
  });
  const added = come
    .filter((row) => !used.has(row))
    .map((row): RowChange => ({ kind: "added", before: null, after: row, key }));
  return [...changes, ...added];
}

function without(rows: readonly Row[], others: readonly Row[]): readonly Row[] {
  const left = others.map((row) => JSON.stringify(row));
  return rows.filter((row) => {
    const at = left.indexOf(JSON.stringify(row));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** The first columns in which no two rows of a table are equal; the first column where there are none. A trace does not know keys. */
function keyOf(before: readonly Row[], after: readonly Row[]): readonly string[] {
  const columns = Object.keys(before[0] ?? after[0] ?? {});
  const tells = (key: readonly string[]): boolean =>
    [before, after].every((rows) => new Set(rows.map((row) => cellsAt(row, key))).size === rows.length);
  for (let count = 1; count < columns.length; count++) {
    if (tells(columns.slice(0, count))) return columns.slice(0, count);
  }
  return columns.slice(0, 1);
}

function cellsAt(row: Row, key: readonly string[]): string {
  return JSON.stringify(key.map((field) => row[field] ?? null));
}

/** `id 1: locked_by null → 'alice'`, `new row: id 2, …`, `row gone: id 2, …`. */
export function rowChangeText({ kind, before, after, key }: RowChange): string {
  switch (kind) {
    case "added":
      return `new row: ${rowText(after ?? {})}`;
    case "removed":
      return `row gone: ${rowText(before ?? {})}`;
    case "changed": {
      const name = key.map((field) => `${field} ${literal(after?.[field] ?? null)}`).join(", ");
      const cells = Object.entries(after ?? {})
        .filter(([field, cell]) => before?.[field] !== cell)
        .map(([field, cell]) => `${field} ${literal(before?.[field] ?? null)} → ${literal(cell)}`);
      return `${name === "" ? "" : `${name}: `}${cells.join(", ")}`;
    }
  }
}

/** Why a statement did not come to its end in this step: a wait or a stop; null where it did. */
export function haltText(progress: Progress): string | null {
  switch (progress.kind) {
    case "waits":
      return `waits for ${listed(progress.waitsFor)}: ${progress.what}`;
    case "stopped":
      return `stops ${progress.at}`;
    case "local":
    case "replied":
    case "finished":
      return null;
  }
}

/** `alice`, `alice and bob`, `alice, bob and carol`. */
export function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names[names.length - 1] ?? ""}`;
}

/** `lost update (P4 of Berenson et al. 1995): each of these would have to come before the next, in a circle`. */
export function anomalySentence({ name, source, dependencies }: Anomaly): string {
  if (name === null) return "This is none of the named anomalies: no circle of reads and writes explains it.";
  const how = dependencies.length === 2 ? "each of the two attempts" : "each of these attempts";
  return `The anomaly is called ${name} (${source}): ${how} would have to come before the ${dependencies.length === 2 ? "other" : "next, in a circle"}.`;
}

/** `bob's acquire 1 before alice's acquire 1 (rw): bob's acquire 1 reads …`. */
export function dependencySentence({ kind, before, after, sentence }: Anomaly["dependencies"][number]): string {
  return `${before} before ${after} (${kind}): ${sentence}`;
}
