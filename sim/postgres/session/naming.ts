/** How rows, keys and locks are called in notes, waits and error details. */
import type { Index, Table } from "../catalog/catalog.ts";
import { keyPartName } from "../catalog/index-key.ts";
import type { SessionId } from "../server.ts";
import type { Value } from "../values/value.ts";
import { toText } from "../values/wire.ts";
import type { State, Wait } from "./state.ts";
import { catalogOf, heapOf } from "./state.ts";

/** A row by its primary key, or by all of its values: `buffers (id = 1)`. */
export function rowWords(table: Table, values: readonly Value[]): string {
  const primary = table.indexes.find((index) => index.primary);
  const columns = primary?.columns ?? table.columns.map((_, at) => at);
  const parts = columns.map((at) => `${table.columns[at]?.name} = ${valueWords(table, at, values[at] ?? null)}`);
  return `${table.name} (${parts.join(", ")})`;
}

/** A value as one would write it in SQL. */
function valueWords(table: Table, column: number, value: Value): string {
  const text = toText(table.columns[column]?.type ?? "text", value);
  if (text === null) return "NULL";
  return typeof value === "string" ? `'${text}'` : text;
}

/** A key as PostgreSQL writes it in details: `(id)=(1)`. */
export function keyWords(table: Table, index: Pick<Index, "columns" | "expressions">, key: readonly Value[]): string {
  const names = index.columns.map((at) => keyPartName(table, index, at));
  const texts = index.columns.map((at, place) => toText(table.columns[at]?.type ?? "text", key[place] ?? null));
  return `(${names.join(", ")})=(${texts.map((text) => text ?? "null").join(", ")})`;
}

/** What a session waits for, as a phrase: `the row lock on buffers (id = 1)`. */
export function waitWords(state: State, session: SessionId, wait: Wait): string {
  if (wait.kind === "safe snapshot") return "a safe snapshot";
  if (wait.kind === "object") return `the lock on ${wait.object}`;
  const table = catalogOf(state, session).tables[wait.table];
  if (table === undefined) return `a lock on table ${wait.table}`;
  if (wait.kind === "row") {
    return `the row lock on ${rowWords(table, heapOf(state, wait.table)[wait.version]?.values ?? [])}`;
  }
  const index = table.indexes.find((each) => each.name === wait.index);
  return `the key ${index ? keyWords(table, index, wait.key) : ""} of ${wait.index}`;
}

/**
 * A row version's values but for its primary key: `locked_by is now 'alice'`. All of them, not only those that changed:
 * what the old version said may be forgotten (session/old-versions.ts).
 */
export function valuesNow(table: Table, values: readonly Value[]): string {
  const key = table.indexes.find(({ primary }) => primary)?.columns ?? [];
  const shown = table.columns.flatMap((column, at) =>
    key.includes(at) ? [] : [`${column.name} is now ${valueWords(table, at, values[at] ?? null)}`],
  );
  return shown.length > 0 ? shown.join(", ") : "it is still there";
}
