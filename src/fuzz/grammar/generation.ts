/**
 * What the grammar knows while it makes a case: chance, the world's tables, and notes on the statement that is being made.
 *
 * The names in scope are handed down as a list. A note is what the comparison has to know of a statement:
 *
 *     "ordered"    its text forces the order of its rows
 *     "free"       PostgreSQL's plan decides what it does: a LIMIT without an order, a row that two others update
 */
import type { Features } from "../features.ts";
import type { Draw } from "./draw.ts";
import { type SqlType, TYPES } from "./signatures.ts";

export interface Column {
  readonly name: string;
  readonly type: SqlType;
  /** Values cannot be given to it. */
  readonly generated?: boolean;
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Each list of columns that a unique index is on, as ON CONFLICT names it. */
  readonly keys: readonly string[];
}

/** A column as a query names it. */
export interface Reference {
  readonly text: string;
  readonly type: SqlType;
}

export type Scope = readonly Reference[];

export const ORDERED = "ordered";
export const FREE = "free";

export interface Generation {
  /** The types that columns and expressions of the case mostly have. */
  readonly types: readonly SqlType[];
  /** The name of the table that most statements are about. */
  readonly favourite: string;
  readonly draw: Draw;
  readonly features: Features;
  readonly tables: readonly Table[];
  /** How likely each family of expressions and clauses is in this case; 0 is never. */
  readonly taste: Taste;
  readonly notes: Set<string>;
}

/** Probabilities that differ from case to case, so that each looks somewhere else. */
export interface Taste {
  /** Expressions that are more than a column or a constant. */
  readonly expressions: number;
  readonly subSelects: number;
  readonly joins: number;
  readonly ctes: number;
  readonly aggregates: number;
  readonly locking: number;
  readonly derived: number;
  readonly mistakes: number;
  /** How likely a constraint can be deferred. */
  readonly deferrable: number;
  /** How likely a transaction only reads. */
  readonly readOnly: number;
}

/** One of the tables, mostly the one that the case is about. */
export function someTable({ draw, tables, favourite }: Generation): Table {
  const most = tables.find(({ name }) => name === favourite);
  return most !== undefined && draw.often(0.5) ? most : draw.pick(tables);
}

/** One of the types, mostly one of those that the case is about. */
export function someType({ draw, types }: Generation): SqlType {
  return draw.often(0.85) ? draw.pick(types) : draw.pick(TYPES);
}

/** One of the columns, often the key of its table. */
export function someColumn(draw: Draw, scope: Scope): Reference {
  const keys = scope.filter(({ text }) => /(^|\.)id$/.test(text));
  return keys.length > 0 && draw.often(0.35) ? draw.pick(keys) : draw.pick(scope);
}

export function note(generation: Generation, what: string): void {
  generation.notes.add(what);
}

/** The columns of a table, behind its alias. */
export function scopeOf(table: Table, alias: string): Scope {
  return table.columns.map(({ name, type }) => ({ text: `${alias}.${name}`, type }));
}

/** The same without the alias. */
export function bareScope(table: Table): Scope {
  return table.columns.map(({ name, type }) => ({ text: name, type }));
}

/** The same where no sub-select may stand: in definitions. */
export function withoutQueries(generation: Generation): Generation {
  return { ...generation, taste: { ...generation.taste, subSelects: 0 } };
}

/** The columns of one type. */
export function ofType(scope: Scope, type: SqlType): Scope {
  return scope.filter((each) => each.type === type);
}
