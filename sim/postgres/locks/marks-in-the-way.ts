/** The changes and row locks that a session waits for, as they stand in the row versions. */
import type { SessionId } from "../server.ts";
import type { State, Wait } from "../session/state.ts";
import { catalogOf, heapOf } from "../session/state.ts";
import type { Author, RowLock } from "../versions/heap.ts";
import { rowMarks } from "./row-lock.ts";
import type { KeyProbe } from "./unique-key.ts";
import { keyState } from "./unique-key.ts";

/** Those of a wait for a row or a key; none for who stands in a line, which is a wait for those ahead. */
export function marksOfWait(state: State, session: SessionId, wait: Wait): readonly (Author | RowLock)[] {
  if (wait.kind === "row" && wait.way !== "line") {
    const version = heapOf(state, wait.table)[wait.version];
    return version ? rowMarks(version, { session, mode: wait.mode }, wait.way === "chase") : [];
  }
  if (wait.kind !== "key") return [];
  const probe = probeOf(state, session, wait);
  const found = probe && keyState(heapOf(state, wait.table), probe);
  return found?.kind === "held" ? [found.by] : [];
}

function probeOf(state: State, session: SessionId, wait: Wait & { kind: "key" }): KeyProbe | null {
  const table = catalogOf(state, session).tables[wait.table];
  const index = table?.indexes.find((each) => each.name === wait.index);
  return table && index ? { session, table, index, key: wait.key, except: wait.except } : null;
}
