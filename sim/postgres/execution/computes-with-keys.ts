/**
 * Whether a statement does more with numbers than to store them and to ask whether two are equal: it orders them, counts, computes, or
 * names a number that is a key.
 *
 *     UPDATE buffers SET locked_by = $1 WHERE id = $2 AND locked_by IS NULL RETURNING id         no
 *     SELECT id FROM jobs WHERE claimed_by IS NULL ORDER BY id LIMIT 1                            orders them
 *     UPDATE buffers SET version = version + 1 WHERE id = $1                                      computes
 *     SELECT locked_by FROM buffers WHERE id = 1                                                  names one
 *
 * Rows are exchanged by exchanging their keys, and a number in a row does not say that it is a key. So of all numbers nothing may be asked
 * but whether they are equal. The answer is read off the parse tree: what is not known to be harmless is not, so it errs on the side of yes.
 */
import type { Catalog } from "../catalog/catalog.ts";
import { parseStatements } from "../grammar.ts";

/** Statements that hold no values of rows. */
const WITHOUT_VALUES = new Set(["transaction", "set", "lock table"]);
/** Nodes that say which rows and columns, compare without an order, and choose by that. */
const HARMLESS = new Set([
  "SelectStmt",
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "RangeVar",
  "RangeSubselect",
  "JoinExpr",
  "LockingClause",
  "ResTarget",
  "IndexElem",
  "List",
  "String",
  "ColumnRef",
  "A_Star",
  "ParamRef",
  "BoolExpr",
  "NullTest",
  "BooleanTest",
  "SubLink",
  "CaseExpr",
  "CaseWhen",
  "CoalesceExpr",
]);
/** Parts of a query that sort, group, count or cut by a number. */
const HARMFUL_PARTS = [
  "distinctClause",
  "groupClause",
  "havingClause",
  "sortClause",
  "limitOffset",
  "larg",
  "withClause",
];
const EQUALITIES = new Set(["=", "<>"]);

/** Whether any statement of the text does, on tables of this catalog, where `keys` are the numbers that are exchanged. */
export function computesWithKeys(sql: string, catalog: Catalog, keys: readonly number[]): boolean {
  if (Object.values(catalog.tables).some((table) => tableComputes(table, keys))) return true;
  return parseStatements(sql).some(
    ({ kind, node }) => !WITHOUT_VALUES.has(kind) && (kind !== "query" || computes(node, keys)),
  );
}

/** What a table does of itself when a row is written. */
function tableComputes({ columns, checks, indexes }: Catalog["tables"][string], keys: readonly number[]): boolean {
  const written = columns.flatMap((column) => [column.default, column.generated ?? null]);
  const checked = [...checks.map(({ expression }) => expression), ...indexes.map(({ predicate }) => predicate)];
  const indexed = indexes.flatMap(({ expressions = [] }) => expressions.map(({ node }) => node));
  return [...written, ...checked, ...indexed].some((node) => computes(node, keys));
}

function computes(tree: unknown, keys: readonly number[]): boolean {
  if (Array.isArray(tree)) return tree.some((each) => computes(each, keys));
  if (typeof tree !== "object" || tree === null) return false;
  return Object.entries(tree).some(([kind, node]: [string, unknown]) => {
    // Fields have small letters.
    if (!/^[A-Z]/.test(kind)) return computes(node, keys);
    switch (kind) {
      case "A_Const":
        return namesKey(node as Constant, keys);
      case "A_Expr":
        return !EQUALITIES.has(operatorOf(node)) || computes(node, keys);
      case "TypeCast":
        return !isGivenItsType(node) || computes((node as Cast).arg, keys);
      case "SelectStmt":
        return selectComputes(node as Readonly<Record<string, unknown>>, keys);
      case "SubLink":
        return !comparesByEquality(node) || computes(isExists(node) ? withoutTargets(node) : node, keys);
      default:
        return !HARMLESS.has(kind) || computes(node, keys);
    }
  });
}

interface Constant {
  readonly ival?: { readonly ival?: number };
  readonly fval?: unknown;
  readonly sval?: { readonly sval?: string };
}

/** A number among the keys, any that is not whole, and a text that could be read as a number. (Zero is written as none.) */
function namesKey({ ival, fval, sval }: Constant, keys: readonly number[]): boolean {
  if (fval !== undefined) return true;
  if (ival !== undefined) return keys.includes(ival.ival ?? 0);
  return sval?.sval !== undefined && /\d/.test(sval.sval);
}

function selectComputes(select: Readonly<Record<string, unknown>>, keys: readonly number[]): boolean {
  if (HARMFUL_PARTS.some((part) => select[part] !== undefined)) return true;
  const { limitCount, ...rest } = select;
  const isCutByConstant = limitCount === undefined || "A_Const" in (limitCount as object);
  return !isCutByConstant || computes(rest, keys);
}

interface Cast {
  readonly arg?: object;
  readonly typeName?: { readonly names?: Names; readonly arrayBounds?: unknown };
}

/** `$1::integer`: a parameter that stays the number or the text that it is. (One that becomes a text is found in the state.) */
function isGivenItsType(node: unknown): boolean {
  const { arg = {}, typeName } = node as Cast;
  const type = typeName?.names?.at(-1)?.String?.sval ?? "";
  return "ParamRef" in arg && typeName?.arrayBounds === undefined && ["int2", "int4", "int8", "text"].includes(type);
}

type Names = readonly { readonly String?: { readonly sval?: string } }[];

function operatorOf(node: unknown): string {
  return (node as { readonly name?: Names }).name?.at(-1)?.String?.sval ?? "";
}

/** `id IN (SELECT …)` names no operator, `id = ANY (SELECT …)` does. */
function comparesByEquality(node: unknown): boolean {
  const names = (node as { readonly operName?: Names }).operName;
  return names === undefined || EQUALITIES.has(names.at(-1)?.String?.sval ?? "");
}

function isExists(node: unknown): boolean {
  return (node as { readonly subLinkType?: string }).subLinkType === "EXISTS_SUBLINK";
}

/** EXISTS does not look at what its query selects, `SELECT 1` as a rule. */
function withoutTargets(node: unknown): unknown {
  const { subselect } = node as { readonly subselect?: { readonly SelectStmt?: Readonly<Record<string, unknown>> } };
  return { SelectStmt: { ...subselect?.SelectStmt, targetList: undefined } };
}
