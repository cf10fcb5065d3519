/**
 * Whether a statement does more with texts than to store them and to ask whether two are equal: it orders them, measures them,
 * or makes new ones of them.
 *
 * Symmetry exchanges clients by exchanging their names. That is allowed where names are mere names: `locked_by = 'alice'`
 * has a counterpart for bob, `locked_by < 'bob'` and `ORDER BY locked_by` have not. The answer is read off the parse tree and
 * errs on the side of yes.
 */
import type { Catalog } from "../catalog/catalog.ts";
import { parseStatements } from "../grammar.ts";

/** Types whose values cannot be a client's name. */
const NO_TEXTS = new Set([
  "int2",
  "int4",
  "int8",
  "numeric",
  "float4",
  "float8",
  "bool",
  "timestamptz",
  "timestamp",
  "date",
  "interval",
]);
/** Functions whose result does not depend on which texts they are given, but for whether they are equal or null. */
const BLIND_FUNCTIONS = new Set([
  "count",
  "now",
  "statement_timestamp",
  "clock_timestamp",
  "nextval",
  "currval",
  "generate_series",
]);
const ADVISORY_LOCK = /^pg_(try_)?advisory_/;
const EQUALITIES = new Set(["=", "<>"]);

/** Whether any statement of the text orders texts, or looks into them. */
export function ordersTexts(sql: string, catalog: Catalog): boolean {
  return parseStatements(sql).some(({ kind, node }) => kind === "query" && looksInto(node, catalog));
}

function looksInto(tree: unknown, catalog: Catalog): boolean {
  if (Array.isArray(tree)) return tree.some((each) => looksInto(each, catalog));
  if (typeof tree !== "object" || tree === null) return false;
  return Object.entries(tree).some(([kind, node]: [string, unknown]) => {
    if (isSuspicious(kind, node) && mayHaveText(node, catalog)) return true;
    return looksInto(node, catalog);
  });
}

function isSuspicious(kind: string, node: unknown): boolean {
  switch (kind) {
    case "SortBy":
    case "MinMaxExpr":
      return true;
    case "A_Expr":
      return !EQUALITIES.has(lastName((node as { name?: unknown }).name));
    case "FuncCall":
      return !isBlind(lastName((node as { funcname?: unknown }).funcname));
    default:
      return false;
  }
}

/** The last of a list of names in a parse tree. */
function lastName(names: unknown): string {
  const last: unknown = Array.isArray(names) ? names[names.length - 1] : undefined;
  return (last as { String?: { sval?: string } } | undefined)?.String?.sval ?? "";
}

/** Whether a column, a parameter or a constant in the tree may be a text. */
function mayHaveText(tree: unknown, catalog: Catalog): boolean {
  const columns = columnsIn(tree);
  if (columns.length === 0) return mentions(tree, "ParamRef") || mentions(tree, "sval");
  return columns.some((name) => {
    const types = Object.values(catalog.tables).flatMap((table) =>
      table.columns.filter((column) => column.name === name).map(({ type }) => type),
    );
    return types.length === 0 || types.some((type) => !NO_TEXTS.has(type));
  });
}

function columnsIn(tree: unknown): readonly string[] {
  if (Array.isArray(tree)) return tree.flatMap(columnsIn);
  if (typeof tree !== "object" || tree === null) return [];
  return Object.entries(tree).flatMap(([kind, node]: [string, unknown]) =>
    kind === "ColumnRef" ? [lastName((node as { fields?: unknown }).fields)] : columnsIn(node),
  );
}

function mentions(tree: unknown, kind: string): boolean {
  if (Array.isArray(tree)) return tree.some((each) => mentions(each, kind));
  if (typeof tree !== "object" || tree === null) return false;
  return Object.entries(tree).some(([key, node]) => key === kind || mentions(node, kind));
}

/** Advisory locks take numbers. */
function isBlind(name: string): boolean {
  return BLIND_FUNCTIONS.has(name) || ADVISORY_LOCK.test(name);
}
