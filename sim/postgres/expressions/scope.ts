/**
 * Names: which column a name means, at which query level, and what the analysis of a statement gathers on its way.
 *
 *     SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k)
 *
 *     scope of the SELECT  { items: [t] }  <- parent -  scope of the sub-select  { items: [u] }
 *     t.k in the sub-select: one level up, item 0, column k
 *
 * Invariant: `reads` of a tracker names every FROM item of its own level that the tracked expression looks at,
 * sub-selects inside it included. Sources: parse_relation.c (colNameToVar, errorMissingRTE).
 */
import type { Node, SelectStmt } from "libpg-query";
import type { Catalog, Table, TypeName } from "../catalog/catalog.ts";
import type { Field } from "../execution/prepared.ts";
import type { TableLockMode } from "../locks/table-lock-mode.ts";
import { SqlError } from "../sql-error.ts";
import type { Frame, Row, Run } from "./frame.ts";
import type { Typed } from "./typed.ts";

/** An analysed query: what it returns, and how its rows are made, one at a time. */
export interface Query {
  readonly fields: readonly Field[];
  /** The output expressions' types may still be open; see `coerceOutputs`. */
  readonly outputs: readonly Typed[];
  /** Gives open or other outputs the types that the surroundings ask for. */
  coerceOutputs(coerce: (output: Typed, at: number) => Typed): void;
  /** How many levels up it looks, seen from itself: 1 is the query around it. */
  readonly outerLevels: ReadonlySet<number>;
  /**
   * Its rows; `frame` is that of the query around it, or null for the outermost one. `before` is a condition on its
   * rows that is looked at before they are locked.
   */
  rows(run: Run, frame: Frame | null, before?: Before): Iterable<Row>;
}

/** A condition from outside of a query on its rows, and what it costs beside the query's own. */
export interface Before {
  readonly cost: number;
  holds(row: Row): boolean;
}

/** One part of a WITH. */
export interface Cte {
  readonly name: string;
  readonly fields: readonly Field[];
  /** True for INSERT, UPDATE and DELETE: it runs to its end even if nobody reads it. */
  readonly modifying: boolean;
  /** Whether running it is more than reading: it changes or locks rows, or calls something volatile. */
  readonly hasEffects: boolean;
  /** False for a modifying one without RETURNING, which nobody can read. */
  readonly returns: boolean;
  /** Its rows, from a frame of the query that carries the WITH. */
  rows(frame: Frame): Iterable<Row>;
}

/** An error of the planner; `folding` where it comes of computing constants. */
export interface Complaint {
  readonly error: SqlError;
  readonly folding: boolean;
}

/** What the analysis of one statement shares between its levels. */
export interface Analysis {
  readonly sql: string;
  readonly catalog: Catalog;
  /** Types of `$1…`; null while open. */
  readonly parameters: (TypeName | null)[];
  readonly relations: { readonly table: string; readonly mode: TableLockMode }[];
  /** Whether anything is found that is more than reading, and the cost of all operators and functions so far. */
  readonly effects: { any: boolean; cost: number };
  /** What the planner will complain of, behind the locks on the tables. */
  readonly complaints: Complaint[];
  /** Analyses a sub-select; `execution/` provides it, so that expressions need not know queries. */
  readonly subselect: (node: SelectStmt, parent: Scope) => Query;
  /**
   * Analyses the statement of a WITH or of a function's body, which may be an INSERT, UPDATE or DELETE. A body has an
   * analysis of its own.
   */
  readonly statement: (node: Node, parent: Scope | null, analysis?: Analysis) => Query;
}

export interface ScopeColumn {
  readonly name: string;
  readonly type: TypeName;
  /** The FROM item and the position in its row. */
  readonly item: number;
  readonly column: number;
  /** PostgreSQL has the column, and the server has no value for it. */
  readonly unmodelled?: boolean;
}

/** A FROM item as names see it. */
export interface ScopeItem {
  readonly name: string;
  /** The table behind it, where it is one. */
  readonly table: Table | null;
  readonly columns: readonly ScopeColumn[];
}

/** What one expression was found to do while it was analysed. */
export interface Tracker {
  readonly reads: Set<number>;
  volatile: boolean;
  /** The cost of the operators and functions called, as PostgreSQL's planner has it: mostly 1 each. */
  cost: number;
}

export interface Scope {
  readonly analysis: Analysis;
  readonly parent: Scope | null;
  readonly items: ScopeItem[];
  /** The items that a qualified name can mean; null for all of them. */
  visible: ReadonlySet<number> | null;
  /** Columns that a bare name can mean, in the order of `*`. */
  columns: ScopeColumn[];
  readonly ctes: Map<string, Cte>;
  /** How many levels up this level's expressions look: 1 is the parent. */
  readonly outerLevels: Set<number>;
  tracker: Tracker;
  /** What stands around the statements of a function's body: they are at the top level. */
  readonly isBody?: true;
  /** How many rows the frame of this level holds. */
  size: number;
}

export function newTracker(): Tracker {
  return { reads: new Set(), volatile: false, cost: 0 };
}

export function newScope(analysis: Analysis, parent: Scope | null): Scope {
  return {
    analysis,
    parent,
    items: [],
    visible: null,
    columns: [],
    ctes: new Map(),
    outerLevels: new Set(),
    tracker: newTracker(),
    size: 0,
  };
}

/** Analyses something and tells what it does; the surrounding tracker hears of it too. */
export function tracked<T>(scope: Scope, analyse: () => T): { readonly result: T; readonly tracker: Tracker } {
  const outer = scope.tracker;
  const tracker = newTracker();
  scope.tracker = tracker;
  const before = scope.analysis.effects.cost;
  try {
    return { result: analyse(), tracker };
  } finally {
    scope.tracker = outer;
    tracker.cost = scope.analysis.effects.cost - before;
    for (const item of tracker.reads) outer.reads.add(item);
    outer.volatile ||= tracker.volatile;
  }
}

/** Analyses something and tells whether running it is more than reading. */
export function withEffects<T>(
  analysis: Analysis,
  analyse: () => T,
): { readonly result: T; readonly hasEffects: boolean } {
  const before = analysis.effects.any;
  analysis.effects.any = false;
  const result = analyse();
  const hasEffects = analysis.effects.any;
  analysis.effects.any ||= before;
  return { result, hasEffects };
}

/** Something volatile was called: the statement is more than one atomic read. */
export function noteVolatile(scope: Scope): void {
  scope.analysis.effects.any = true;
  for (let level: Scope | null = scope; level !== null; level = level.parent) level.tracker.volatile = true;
}

export interface Resolved {
  readonly levels: number;
  readonly column: ScopeColumn;
}

/** The column that `name` or `qualifier.name` means; raises PostgreSQL's errors where it means none or two. */
export function resolveColumn(scope: Scope, qualifier: string | null, name: string): Resolved {
  let levels = 0;
  for (let level: Scope | null = scope; level !== null; level = level.parent, levels++) {
    const column = qualifier === null ? bareColumn(level, name) : qualifiedColumn(level, qualifier, name);
    if (column === null) continue;
    noteReference(scope, levels, column.item);
    return { levels, column };
  }
  if (qualifier === null) throw new SqlError("42703", `column "${name}" does not exist`);
  throw missingItem(scope, qualifier);
}

/** The error for a qualifier that names no FROM item in sight: one that is out of sight is told from none. */
export function missingItem(scope: Scope, qualifier: string): SqlError {
  for (let level: Scope | null = scope; level !== null; level = level.parent) {
    if (level.items.some((item) => item.name === qualifier || item.table?.name === qualifier)) {
      return new SqlError("42P01", `invalid reference to FROM-clause entry for table "${qualifier}"`);
    }
  }
  return new SqlError("42P01", `missing FROM-clause entry for table "${qualifier}"`);
}

function bareColumn(scope: Scope, name: string): ScopeColumn | null {
  const found = scope.columns.filter((column) => column.name === name);
  if (found.length > 1) throw new SqlError("42702", `column reference "${name}" is ambiguous`);
  return found[0] ?? null;
}

/** The FROM item of this level that a name means. */
export function itemInSight({ items, visible }: Scope, name: string): ScopeItem | null {
  return items.find((item, at) => item.name === name && (visible === null || visible.has(at))) ?? null;
}

function qualifiedColumn(scope: Scope, qualifier: string, name: string): ScopeColumn | null {
  const item = itemInSight(scope, qualifier);
  if (item === null) return null;
  const found = item.columns.filter((column) => column.name === name);
  if (found.length > 1) throw new SqlError("42702", `column reference "${name}" is ambiguous`);
  if (found[0] === undefined) throw new SqlError("42703", `column ${qualifier}.${name} does not exist`);
  return found[0];
}

function noteReference(scope: Scope, levels: number, item: number): void {
  let level: Scope | null = scope;
  for (let left = levels; left > 0 && level !== null; left--, level = level.parent) level.outerLevels.add(left);
  level?.tracker.reads.add(item);
}

/** Finds a WITH query by name, and how many levels up it is. */
export function findCte(scope: Scope, name: string): { readonly cte: Cte; readonly levels: number } | null {
  let levels = 0;
  for (let level: Scope | null = scope; level !== null; level = level.parent, levels++) {
    const cte = level.ctes.get(name);
    if (cte !== undefined) return { cte, levels };
  }
  return null;
}
