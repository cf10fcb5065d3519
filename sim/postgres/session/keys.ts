/**
 * Writing the keys of a new row version into the table's indexes, and looking for ON CONFLICT's row.
 *
 * The version is in the heap first; then its keys go into the indexes one by one, each unique one after a look at who else
 * has that key. When that has to wait, the version stays in the heap with the entries that it has (`indexed`), so
 * others meet these.
 *
 *     INSERT (1, 'a')    t_pkey (1): free -> entry     t_name_key ('a'): held by s0 -> waits with one entry
 *
 * Sources: postgres-semantics, section 11; src/backend/executor/execIndexing.c.
 */
import type { Index, Table } from "../catalog/catalog.ts";
import type { Arbiter, HeapRow } from "../execution/access.ts";
import type { KeyState } from "../locks/unique-key.ts";
import { isIndexed, keyOf, keyState } from "../locks/unique-key.ts";
import { watchIndex } from "../serializable/watch.ts";
import { SqlError } from "../sql-error.ts";
import type { Value } from "../values/value.ts";
import type { Version } from "../versions/heap.ts";
import { sees } from "../versions/heap.ts";
import { keyWords } from "./naming.ts";
import { stopBefore } from "./points.ts";
import { heapOf, keepsSnapshot } from "./state.ts";
import type { Step } from "./step.ts";
import { mine } from "./step.ts";
import { waitFor } from "./wait.ts";

/** What a new version's keys depend on. */
interface Entry {
  /** The values of the version that this one replaces. */
  readonly before: readonly Value[] | null;
  readonly arbiter: Arbiter | null;
}

/**
 * Puts the version's keys into the indexes. Waits for who holds one of them; 23505 for a duplicate. Others may move before each unique
 * key that is new, but for an inserted row's first: nobody can come upon that row yet.
 *
 * A key of ON CONFLICT's is entered whoever has it, and without a wait; then the version is taken back behind the last index, and the
 * answer is false.
 */
export function enterKeys(step: Step, table: Table, at: number, { before, arbiter }: Entry): boolean {
  const version = heapOf(step.state, table.name)[at];
  const { running } = mine(step);
  if (version === undefined || running === null) return true;
  const pending = { ...running.pending, table: table.name, version: at };
  running.pending = pending;
  for (let place = version.indexed ?? 0; place < table.indexes.length; place++) {
    version.indexed = place;
    const index = table.indexes[place];
    if (index === undefined || !isIndexed(table, index, version.values)) continue;
    const key = keyOf(index, version.values);
    if (arbiter?.indexes.includes(index.name)) {
      if (look(step, table, index, { key, except: at }).kind !== "free") pending.isBeaten = true;
      watchIndex(step, index.name, key);
    } else if (mayClash(index)) {
      if (isPoint(table, index, version.values, before))
        stopBefore(step, `before the key ${keyWords(table, index, key)} of ${index.name}`);
      enterUnique(step, table, index, { values: version.values, at });
      running.stopped = false;
    } else watchIndex(step, index.name, key);
  }
  version.indexed = null;
  running.pending = null;
  version.dead = pending.isBeaten === true;
  return !version.dead;
}

/** Whether a second row with the same key fails as soon as it is entered. */
function mayClash({ unique, deferrable }: Index): boolean {
  return unique && !deferrable;
}

/** Whether the row has a unique key that is none of ON CONFLICT's: it may wait or fail after the look for a conflict. */
export function hasOtherKeys(table: Table, values: readonly Value[], arbiter: Arbiter): boolean {
  return table.indexes.some(
    (index) => mayClash(index) && !arbiter.indexes.includes(index.name) && isIndexed(table, index, values),
  );
}

function isPoint(table: Table, index: Index, values: readonly Value[], before: readonly Value[] | null): boolean {
  if (before !== null) return JSON.stringify(keyOf(index, before)) !== JSON.stringify(keyOf(index, values));
  const first = table.indexes.find((each) => mayClash(each) && isIndexed(table, each, values));
  return first !== index;
}

function enterUnique(step: Step, table: Table, index: Index, row: { values: readonly Value[]; at: number }): void {
  const key = keyOf(index, row.values);
  const found = look(step, table, index, { key, except: row.at });
  if (found.kind === "held") {
    waitFor(step, { kind: "key", table: table.name, index: index.name, key, except: row.at });
  }
  // PostgreSQL looks for a serialization failure first: who has read that the key is free is told so, not 23505.
  watchIndex(step, index.name, key);
  if (found.kind === "taken") throw duplicateKey(table, index, key);
}

/** A deferrable constraint, once the statement or the transaction is done: the row must have its key alone by now. */
export function recheckUnique(step: Step, table: Table, index: Index, { ref, values }: HeapRow): void {
  enterUnique(step, table, index, { values, at: ref.version });
}

/** Whether nobody else has the row's key now, not even for the time being. */
export function isKeyFree(step: Step, table: Table, index: Index, { ref, values }: HeapRow): boolean {
  return look(step, table, index, { key: keyOf(index, values), except: ref.version }).kind === "free";
}

function look(
  step: Step,
  table: Table,
  index: Index,
  what: { readonly key: readonly Value[]; readonly except: number | null },
): KeyState {
  return keyState(heapOf(step.state, table.name), { session: step.session, table, index, ...what });
}

function duplicateKey(table: Table, index: Index, key: readonly Value[]): SqlError {
  return new SqlError(
    "23505",
    `duplicate key value violates unique constraint "${index.name}"`,
    `Key ${keyWords(table, index, key)} already exists.`,
  );
}

/** The live row that ON CONFLICT meets, or null. Waits for who holds one of the keys. */
export function findConflict(step: Step, table: Table, values: readonly Value[], arbiter: Arbiter): number | null {
  for (const index of table.indexes) {
    if (!arbiter.indexes.includes(index.name)) continue;
    if (index.deferrable) {
      const what = "deferrable unique constraints/exclusion constraints as arbiters";
      throw new SqlError("55000", `ON CONFLICT does not support ${what}`);
    }
    if (!isIndexed(table, index, values)) continue;
    const key = keyOf(index, values);
    const found = look(step, table, index, { key, except: null });
    if (found.kind === "held") {
      waitFor(step, { kind: "key", table: table.name, index: index.name, key, except: null });
    }
    if (found.kind === "taken") {
      const version = heapOf(step.state, table.name)[found.version];
      if (version !== undefined && arbiter.action === "nothing") mustBeVisible(step, version);
      else if (version?.inserted?.fresh) {
        throw new SqlError("21000", "ON CONFLICT DO UPDATE command cannot affect row a second time");
      }
      return found.version;
    }
  }
  return null;
}

/** Above READ COMMITTED a row that the snapshot does not show is a conflict, unless it is the statement's own. DO UPDATE locks it first. */
export function mustBeVisible(step: Step, version: Version): void {
  const { transaction } = mine(step);
  if (version.inserted?.fresh || transaction === null || !keepsSnapshot(transaction.isolation)) return;
  if (!sees(step.session, version)) {
    throw new SqlError("40001", "could not serialize access due to concurrent update");
  }
}
