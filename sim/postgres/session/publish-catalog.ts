/**
 * COMMIT of DDL: what the transaction changed becomes part of the shared catalog, and of those of other transactions with DDL of
 * their own, as PostgreSQL looks names up in what is committed now.
 *
 *     shared {t}     s0 {t, a}   s1 {t, b}        s0 commits:  shared {t, a}   s1 {t, a, b}
 *
 * Two transactions may have changed the same table: CREATE INDEX does not keep another CREATE INDEX away.
 */
import type { Catalog, Table } from "../catalog/catalog.ts";
import type { Transaction } from "./state.ts";
import { ownSession } from "./state.ts";
import type { Step } from "./step.ts";

export function publishCatalog({ state, session }: Step, { catalog, undo }: Transaction): void {
  const base = undo[0]?.catalog;
  if (catalog === null || base === undefined) return;
  const change = { from: base, to: catalog };
  state.catalog = state.catalog === base ? catalog : applied(change, state.catalog);
  for (const id of state.sessions.keys()) {
    if (id === session || state.sessions[id]?.transaction?.catalog == null) continue;
    const { transaction } = ownSession(state, id);
    if (transaction?.catalog == null) continue;
    transaction.catalog = applied(change, transaction.catalog);
    transaction.undo = transaction.undo.map((each) => ({ ...each, catalog: applied(change, each.catalog) }));
  }
}

interface Change {
  readonly from: Catalog;
  readonly to: Catalog;
}

/** The catalog with the changes that another one has had. */
function applied({ from, to }: Change, onto: Catalog): Catalog {
  return {
    tables: merge(onto.tables, from.tables, to.tables, mergedTable),
    sequences: merge(onto.sequences, from.sequences, to.sequences, (_, __, changed) => changed),
    functions: merge(onto.functions ?? {}, from.functions ?? {}, to.functions ?? {}, (_, __, changed) => changed),
  };
}

type Parts<T> = Readonly<Record<string, T>>;

function merge<T>(onto: Parts<T>, from: Parts<T>, to: Parts<T>, both: (onto: T, from: T, to: T) => T): Parts<T> {
  const merged: Record<string, T> = { ...onto };
  for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const [before, changed, there] = [from[name], to[name], onto[name]];
    if (before === changed) continue;
    if (changed === undefined) delete merged[name];
    else if (before === undefined || there === undefined || there === before) merged[name] = changed;
    else merged[name] = both(there, before, changed);
  }
  return merged;
}

function mergedTable(onto: Table, from: Table, to: Table): Table {
  const added = onto.indexes.filter(({ name }) => ![...from.indexes, ...to.indexes].some((each) => each.name === name));
  return { ...to, indexes: [...to.indexes, ...added] };
}
