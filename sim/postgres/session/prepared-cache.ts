/** What parsing and analysis found, remembered by text and catalog: both are pure, so this changes nothing but the time. */
import type { Query } from "../../../model/protocol.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { prepare } from "../execution/prepare.ts";
import type { Prepared } from "../execution/prepared.ts";
import type { ParsedStatement } from "../grammar.ts";
import { parseStatements } from "../grammar.ts";
import { SqlError } from "../sql-error.ts";

const statementsByText = new Map<string, readonly ParsedStatement[]>();
const preparedByCatalog = new WeakMap<Catalog, WeakMap<ParsedStatement, Prepared>>();

/** A long exploration of random SQL must not fill the memory: past this many texts the cache starts afresh. */
const TEXTS_MAX = 10_000;

/** The statements of the message. One that was sent with values may hold only one. */
export function cachedStatements(query: Query): readonly ParsedStatement[] {
  const statements = statementsByText.get(query.text) ?? rememberStatements(query.text);
  if (query.values.length > 0 && statements.length > 1) {
    throw new SqlError("42601", "cannot insert multiple commands into a prepared statement");
  }
  return statements;
}

function rememberStatements(text: string): readonly ParsedStatement[] {
  const statements = parseStatements(text);
  if (statementsByText.size >= TEXTS_MAX) statementsByText.clear();
  statementsByText.set(text, statements);
  return statements;
}

export function cachedPrepare(statement: ParsedStatement, catalog: Catalog): Prepared {
  const known = preparedByCatalog.get(catalog) ?? new WeakMap<ParsedStatement, Prepared>();
  preparedByCatalog.set(catalog, known);
  const prepared = known.get(statement) ?? prepare(statement, catalog);
  known.set(statement, prepared);
  return prepared;
}
