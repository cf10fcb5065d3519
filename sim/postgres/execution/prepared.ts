/** A statement that was parsed and analysed against a catalog, ready to run any number of times. */
import type { Cell } from "../../../model/protocol.ts";
import type { TypeName } from "../catalog/catalog.ts";
import type { TableLockMode } from "../locks/table-lock-mode.ts";
import type { SqlError } from "../sql-error.ts";
import type { Value } from "../values/value.ts";
import type { Access } from "./access.ts";
import type { ReadsBeforeLock } from "./reads-before-lock.ts";

export interface Field {
  readonly name: string;
  readonly type: TypeName;
  /** PostgreSQL has the column, and the server has no value for it. */
  readonly unmodelled?: boolean;
}

export interface Result {
  /** The rows it returns (SELECT, RETURNING); empty otherwise. */
  readonly rows: readonly (readonly Value[])[];
  /** The number in the command tag. */
  readonly rowCount: number;
}

export interface Prepared {
  /** SELECT, INSERT, UPDATE or DELETE. */
  readonly command: string;
  /** How many parameters it has. */
  readonly parameters: number;
  readonly fields: readonly Field[];
  /** The tables it locks before it starts, in the order of the statement. */
  readonly relations: readonly { readonly table: string; readonly mode: TableLockMode }[];
  /** What the planner complains of, when the tables are locked; null for nothing. */
  readonly complaint: SqlError | null;
  /** True when running it can lock no row, write nothing and call nothing volatile: it is one atomic step. */
  readonly readOnly: boolean;
  /** Whether it looks at rows with its snapshot; an INSERT of VALUES does not. */
  readonly reads: boolean;
  /** What it needs of old row versions while it waits for a lock; null: everything that its snapshot shows. */
  readonly readsBeforeLock: ReadsBeforeLock | null;
  /** Parameters as they were sent; they are read as the types that analysis found for `$1…`. */
  run(access: Access, parameters: readonly Cell[]): Result;
}
