/**
 * What the server knows of its tables: columns, constraints, indexes, sequences. A catalog is an immutable value; DDL
 * makes a new one.
 */

/** A type by PostgreSQL's internal name: int2, int4, int8, numeric, float8, text, varchar, bool, timestamptz, interval, uuid, jsonb, and `_` + name for arrays. */
export type TypeName = string;

export interface Column {
  readonly name: string;
  readonly type: TypeName;
  /** The type's modifier: `[10]` of varchar(10), `[10, 2]` of numeric(10,2); left out where there is none. */
  readonly modifier?: readonly number[];
  readonly notNull: boolean;
  /** The default, as the expression's node of the parse tree; null for none. */
  readonly default: unknown;
  /** Identity columns: always or by default; null for none. Their sequence is in `default` as nextval. */
  readonly identity: "always" | "by default" | null;
  /** GENERATED ALWAYS AS (…) STORED: the expression's node; left out where the column is an ordinary one. */
  readonly generated?: unknown;
}

export interface Index {
  readonly name: string;
  readonly unique: boolean;
  readonly primary: boolean;
  /** True where it belongs to a constraint (then 23505 names it as one; a unique index does too). */
  readonly constraint: boolean;
  /** Positions of the columns in the table; -1, -2, … stand for the first, second, … of `expressions`. */
  readonly columns: readonly number[];
  /** Key parts that are expressions; left out where there are none. See `index-key.ts`. */
  readonly expressions?: readonly IndexExpression[];
  /** The WHERE of a partial index, as a node of the parse tree; null for none. */
  readonly predicate: unknown;
  readonly deferrable: boolean;
  readonly initiallyDeferred: boolean;
}

export interface IndexExpression {
  /** The expression's node of the parse tree. */
  readonly node: unknown;
  /** As PostgreSQL writes it in error details. */
  readonly words: string;
  /** The table's columns when the index was made. */
  readonly columns: readonly Column[];
}

export interface Check {
  readonly name: string;
  readonly expression: unknown;
  /** NOT VALID: the rows that were there when it was added may violate it. */
  readonly notValid?: true;
}

export type ReferentialAction = "no action" | "restrict" | "cascade" | "set null" | "set default";

export interface ForeignKey {
  readonly name: string;
  readonly columns: readonly number[];
  readonly foreignTable: string;
  readonly foreignColumns: readonly number[];
  readonly onDelete: ReferentialAction;
  readonly onUpdate: ReferentialAction;
  readonly deferrable: boolean;
  readonly initiallyDeferred: boolean;
  /** NOT VALID: the rows that were there when it was added may violate it. */
  readonly notValid?: true;
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly indexes: readonly Index[];
  readonly checks: readonly Check[];
  readonly foreignKeys: readonly ForeignKey[];
}

export interface Sequence {
  readonly name: string;
  readonly start: number;
  readonly increment: number;
  /** Left out where it is the type's. */
  readonly min?: number;
  readonly max?: number;
  /** CYCLE: it starts again behind its last value. */
  readonly cycles?: boolean;
}

/** A function in LANGUAGE SQL. */
export interface FunctionDefinition {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly type: TypeName }[];
  readonly result: TypeName;
  readonly volatile: boolean;
  readonly body: string;
  /** The body's statements, as nodes of the parse tree: SELECT, INSERT, UPDATE or DELETE. The last one's first value is the result. */
  readonly statements: readonly unknown[];
}

export interface Catalog {
  readonly tables: Readonly<Record<string, Table>>;
  readonly sequences: Readonly<Record<string, Sequence>>;
  /** By name; left out where there are none. */
  readonly functions?: Readonly<Record<string, FunctionDefinition>>;
}

export const EMPTY_CATALOG: Catalog = { tables: {}, sequences: {} };
