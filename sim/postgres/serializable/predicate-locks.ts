/**
 * Predicate locks (SIREAD): what a SERIALIZABLE transaction has read, as coarse as PostgreSQL remembers it.
 *
 *     sequential scan             the whole table: any write to it conflicts
 *     look-up by a whole key      each row found, and the index page that was searched
 *     a third row of one table    all rows of the table (the heap page), but not new ones
 *
 * A small table has one leaf page in each index, so a key that was looked up covers the whole index: any INSERT, and any UPDATE that
 * changes an indexed column, puts an entry there and conflicts, whatever its key. A 40001 that comes of this need not
 * come with exact key ranges; it can come in production.
 *
 * Nobody waits for such a lock, and it outlives its transaction (dependencies.ts).
 *
 * Sources: postgres-semantics, section 5, "Granularity"; predicate.c, max_pred_locks_per_page = 2.
 */

export interface Reads {
  /** Read as a whole. */
  tables: string[];
  /** All rows that were there. */
  pages: string[];
  /** Rows by table; -1 for one that is gone by now, which still counts. */
  rows: Record<string, number[]>;
  indexes: string[];
}

/** More rows than this of one page are remembered as the page. */
const ROWS_PER_PAGE_MAX = 2;

export function noReads(): Reads {
  return { tables: [], pages: [], rows: {}, indexes: [] };
}

export function copyReads({ tables, pages, rows, indexes }: Reads): Reads {
  const copies = Object.entries(rows).map(([table, versions]): [string, number[]] => [table, [...versions]]);
  return { tables: [...tables], pages: [...pages], rows: Object.fromEntries(copies), indexes: [...indexes] };
}

export function readTable(reads: Reads, table: string): void {
  put(reads.tables, table);
  reads.pages = reads.pages.filter((each) => each !== table);
  delete reads.rows[table];
}

export function readIndex(reads: Reads, index: string): void {
  put(reads.indexes, index);
}

export function readRow(reads: Reads, table: string, version: number): void {
  if (reads.tables.includes(table) || reads.pages.includes(table)) return;
  const rows = reads.rows[table] ?? [];
  if (rows.includes(version)) return;
  if (rows.length >= ROWS_PER_PAGE_MAX) {
    put(reads.pages, table);
    delete reads.rows[table];
  } else reads.rows[table] = [...rows, version].sort((a, b) => a - b);
}

/** The transaction has written the row itself: that it read it no longer matters. */
export function forgetRow(reads: Reads, table: string, version: number): void {
  const rows = (reads.rows[table] ?? []).filter((each) => each !== version);
  if (rows.length > 0) reads.rows[table] = rows;
  else delete reads.rows[table];
}

/** Whether a change or removal of this row version touches what was read. */
export function coversRow({ tables, pages, rows }: Reads, table: string, version: number): boolean {
  return tables.includes(table) || pages.includes(table) || (rows[table]?.includes(version) ?? false);
}

export function coversTable({ tables }: Reads, table: string): boolean {
  return tables.includes(table);
}

export function coversIndex({ indexes }: Reads, index: string): boolean {
  return indexes.includes(index);
}

/** Versions have moved in their heap. */
export function moveRows(reads: Reads, table: string, move: (version: number) => number): void {
  const rows = reads.rows[table];
  if (rows) reads.rows[table] = rows.map((version) => (version < 0 ? -1 : move(version))).sort((a, b) => a - b);
}

function put(list: string[], name: string): void {
  if (list.includes(name)) return;
  list.push(name);
  list.sort();
}
