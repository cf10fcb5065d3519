/**
 * What can be seen of a session, as data and as a sentence, and how a trace's and the server's are compared.
 *
 * The detail of an error is not compared: it holds process ids. Rows of a reply are compared in their order, rows of a
 * table without it.
 */
import type { Cell, Reply, Row } from "../../model/protocol.ts";
import { listed, rowCells, rowText } from "../../sim/trace/wording.ts";

/** What a session, or the committed state, was expected to show or did show. */
export type Observation =
  | { readonly kind: "replied"; readonly reply: Reply }
  /** It waits for these clients. */
  | { readonly kind: "waits"; readonly waitsFor: readonly string[] }
  /** Neither a reply nor a wait for another client. */
  | { readonly kind: "restless"; readonly activity: string }
  | { readonly kind: "table"; readonly table: string; readonly rows: readonly Row[] }
  /** A statement of the set-up is answered without an error. */
  | { readonly kind: "set up"; readonly text: string };

/** Whether two observations are the same; `sameText` is false where the server's messages may not be in English. */
export function sameObservation(expected: Observation, actual: Observation, sameText = true): boolean {
  if (expected.kind === "replied" && actual.kind === "replied")
    return sameReply(expected.reply, actual.reply, sameText);
  if (expected.kind === "waits" && actual.kind === "waits") return sameList(expected.waitsFor, actual.waitsFor);
  if (expected.kind === "table" && actual.kind === "table") return sameRows(expected.rows, actual.rows);
  return false;
}

/** The observation as the end of a sentence that starts with the client's name. */
export function observed(observation: Observation): string {
  switch (observation.kind) {
    case "replied":
      return describeReply(observation.reply);
    case "waits":
      return `waits for ${listed(observation.waitsFor)}`;
    case "restless":
      return `neither replies nor waits for a client of the trace (${observation.activity})`;
    case "set up":
      return `the set-up runs: ${observation.text}`;
    case "table":
      return `${observation.table}: ${
        observation.rows
          .map((row) => `(${rowText(row)})`)
          .sort()
          .join(" ") || "no rows"
      }`;
  }
}

/** A reply in one line: `UPDATE 1 (id 1)`, `SELECT 0`, `ERROR 40P01: deadlock detected`. */
function describeReply(reply: Reply): string {
  if (reply.kind === "failed") return `ERROR ${reply.sqlstate}: ${reply.message}`;
  const tag = reply.rowCount === null ? reply.command : `${reply.command} ${reply.rowCount}`;
  const rows = reply.rows.map((row) => `(${rowCells(reply.fields, row)})`);
  return [tag, ...rows].join(" ");
}

function sameReply(expected: Reply, actual: Reply, sameText: boolean): boolean {
  if (expected.kind === "failed" || actual.kind === "failed") {
    if (expected.kind !== "failed" || actual.kind !== "failed") return false;
    return expected.sqlstate === actual.sqlstate && (!sameText || expected.message === actual.message);
  }
  return (
    expected.command === actual.command &&
    expected.rowCount === actual.rowCount &&
    sameCells(expected.fields, actual.fields) &&
    expected.rows.length === actual.rows.length &&
    expected.rows.every((row, at) => sameCells(row, actual.rows[at] ?? []))
  );
}

function sameCells(expected: readonly Cell[], actual: readonly Cell[]): boolean {
  return expected.length === actual.length && expected.every((cell, at) => Object.is(cell, actual[at] ?? null));
}

function sameList(expected: readonly string[], actual: readonly string[]): boolean {
  return sameCells([...expected].sort(), [...actual].sort());
}

function sameRows(expected: readonly Row[], actual: readonly Row[]): boolean {
  return sameCells(expected.map(canonicalRow).sort(), actual.map(canonicalRow).sort());
}

function canonicalRow(row: Row): string {
  const columns = Object.keys(row).sort();
  return JSON.stringify(columns.map((column) => [column, row[column]]));
}
