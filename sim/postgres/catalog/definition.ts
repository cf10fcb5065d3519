/** What a definition does: the new catalog, and what the server must do with rows and locks. */
import type { TableLockMode } from "../locks/table-lock-mode.ts";
import type { Value } from "../values/value.ts";
import type { Catalog } from "./catalog.ts";

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
