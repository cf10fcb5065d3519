/** What a definition does: the new catalog, and what the server must do with rows and locks. */
import type { TableLockMode } from "../locks/table-lock-mode.ts";
import type { Value } from "../values/value.ts";
import type { Catalog } from "./catalog.ts";

/**
 * What a definition asks of the server while it is made, in PostgreSQL's order: a table is locked when its name is looked up, and what is
 * complained of comes behind that. Each of these may wait; the definition is then made again from its start.
 */
export interface DefinitionSite {
  readonly lock: (table: string, mode: TableLockMode) => void;
  /** Raises 55006 where the transaction has checks of the table's rows put off to COMMIT. */
  readonly mustBeUnused: (table: string, command: string) => void;
  /** Whether the name is one that can be given, which it stays for the statement: who takes it meanwhile is met by `claim`. */
  readonly isFree: (name: string, catalog: Catalog) => boolean;
  /** Whether another transaction is about to give the name. */
  readonly isClaimed: (name: string) => boolean;
  /** Gives the name to a relation. Waits for another transaction that is about to; 23505 when that commits. */
  readonly claim: (name: string, kind: "table" | "index" | "sequence") => void;
  readonly notice: (text: string) => void;
}

/** Nobody else is there. */
export const ALONE: DefinitionSite = {
  lock: () => {},
  mustBeUnused: () => {},
  isFree: (name, catalog) => !isRelation(catalog, name),
  isClaimed: () => false,
  claim: () => {},
  notice: () => {},
};

/** Whether a table, index or sequence has the name. */
export function isRelation(catalog: Catalog, name: string): boolean {
  const indexes = Object.values(catalog.tables).flatMap((table) => table.indexes);
  return (
    Object.hasOwn(catalog.tables, name) ||
    Object.hasOwn(catalog.sequences, name) ||
    indexes.some((index) => index.name === name)
  );
}

export interface Definition {
  readonly catalog: Catalog;
  /** The command tag, such as `CREATE TABLE`. */
  readonly command: string;
  /** Tables and sequences that are new. */
  readonly created: readonly string[];
  readonly dropped: readonly string[];
  /** Tables whose rows go. */
  readonly truncated: readonly string[];
  /** Sequences that start again. */
  readonly restarted: readonly string[];
  /**
   * Sequences that were altered: `from` is where they start again (null: they go on), `unused` where one that was never used
   * stands, and `check` raises where that does not fit.
   */
  readonly positioned: readonly {
    readonly sequence: string;
    readonly from: number | null;
    readonly unused: number;
    readonly check: (last: number) => void;
  }[];
  /** Tables whose rows change their shape: `row` makes the new values of the old ones. */
  readonly rewritten: readonly {
    readonly table: string;
    readonly row: (values: readonly Value[]) => readonly Value[];
  }[];
  /** Tables whose rows must be checked against new constraints: `check` raises where a row does not fit. */
  readonly verified: readonly { readonly table: string; readonly check: (values: readonly Value[]) => void }[];
  /** Unique indexes and foreign keys that were added to tables that may have rows. */
  readonly added: readonly { readonly table: string; readonly constraint: string }[];
  readonly locks: readonly { readonly table: string; readonly mode: TableLockMode }[];
  readonly notices: readonly string[];
}

/** A definition that changes nothing yet. */
export function unchanged(catalog: Catalog, command: string): Definition {
  return {
    catalog,
    command,
    created: [],
    dropped: [],
    truncated: [],
    restarted: [],
    positioned: [],
    rewritten: [],
    verified: [],
    added: [],
    locks: [],
    notices: [],
  };
}
