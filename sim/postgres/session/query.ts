/**
 * Queries as statements: locks, snapshot, run, checks, reply.
 *
 *     tables locked (may wait) ──> snapshot (READ COMMITTED) ──> run (may wait) ──> constraints (may wait) ──> reply
 *
 * Above READ COMMITTED the snapshot comes first. A run that must wait unwinds from here; `life.ts` catches it.
 */
import type { CreateTableAsStmt } from "libpg-query";
import type { Cell, Reply, Rows } from "../../../model/protocol.ts";
import { createTableAs } from "../catalog/create-table-as.ts";
import type { Access } from "../execution/access.ts";
import { AnalysisError } from "../execution/prepare.ts";
import type { Prepared, Result } from "../execution/prepared.ts";
import { isStyled } from "../expressions/zoned-casts.ts";
import type { ParsedStatement } from "../grammar.ts";
import { SqlError } from "../sql-error.ts";
import { refuse } from "../syntax/refuse.ts";
import { ISO_UTC, type TimeStyle, timeStyle } from "../values/time-style.ts";
import { toCell, toText } from "../values/wire.ts";
import { newVersion } from "../versions/heap.ts";
import { endStatement } from "../versions/snapshot.ts";
import { createAccess } from "./access.ts";
import { checkChanges } from "./constraints.ts";
import { tag } from "./control.ts";
import { definitionSite } from "./definition-site.ts";
import { applyDefinition } from "./definitions.ts";
import { lockingWords } from "./nodes.ts";
import { cachedPrepare } from "./prepared-cache.ts";
import { checkArguments, execution, keepStatement, keptStatement } from "./prepared-statements.ts";
import { startRun } from "./run.ts";
import { effective } from "./settings.ts";
import { catalogOf, depthOf, heapOf, keepsSnapshot, nextAddress } from "./state.ts";
import type { Step } from "./step.ts";
import { mine } from "./step.ts";
import { lockTable } from "./table-locks.ts";
import { ensureTransaction, releaseStatementSnapshot, takeSnapshot } from "./transaction.ts";

/** READ ONLY refuses statements that write or lock rows, whether or not they would find any. */
function mustOnlyRead({ command, relations }: Prepared, { node }: ParsedStatement): void {
  const modes = relations.map(({ mode }) => mode);
  if (!modes.includes("row exclusive") && !modes.includes("row share")) return;
  const words = command === "SELECT" && modes.includes("row share") ? `SELECT ${lockingWords(node)}` : command;
  throw new SqlError("25006", `cannot execute ${words} in a read-only transaction`);
}

/** SELECT, INSERT, UPDATE, DELETE. */
export function runQuery(step: Step, statement: ParsedStatement): Reply {
  return execute(step, statement, () => mine(step).running?.query.values ?? []);
}

/** PREPARE: the statement is analysed, and the locks of that stay. */
export function runPrepare(step: Step, statement: ParsedStatement): void {
  lockRelations(step, analysed(step, keptStatement(statement)));
  keepStatement(step, statement);
}

/** EXECUTE evaluates its arguments with the snapshot of the statement that they are for. */
export function runExecute(step: Step, statement: ParsedStatement): Reply {
  const { statement: inner, arguments: list } = execution(step, statement);
  const { parameters } = analysed(step, inner);
  // A statement without parameters does not look at what it is given.
  const values = list === null || parameters === 0 ? null : analysed(step, list);
  checkArguments(statement, parameters, values?.fields.length ?? 0);
  return execute(step, inner, (access) => {
    const [row] = values?.run(access, []).rows ?? [];
    return (values?.fields ?? []).map(({ type }, at) => toText(type, row?.[at] ?? null));
  });
}

/** The statement as analysis has it. An error of the analysis comes when the tables are locked that were looked up before it. */
function analysed(step: Step, statement: ParsedStatement): Prepared {
  try {
    return cachedPrepare(statement, catalogOf(step.state, step.session));
  } catch (error) {
    if (error instanceof AnalysisError) lockRelations(step, error);
    throw error;
  }
}

function lockRelations(step: Step, { relations }: Pick<Prepared, "relations">): void {
  for (const { table, mode } of relations) lockTable(step, table, mode);
}

function execute(step: Step, statement: ParsedStatement, valuesOf: (access: Access) => readonly Cell[]): Reply {
  const transaction = ensureTransaction(step);
  const prepared = analysed(step, statement);
  const result = perform(step, prepared, {
    mayRun: () => {
      if (transaction.readOnly) mustOnlyRead(prepared, statement);
    },
    valuesOf,
  });
  endQuery(step);
  return {
    kind: "rows",
    command: prepared.command,
    rowCount: result.rowCount,
    fields: prepared.fields.map((field) => field.name),
    rows: cellsOf(step, prepared, result.rows),
  };
}

interface Performance {
  /** Called when the tables are locked. */
  readonly mayRun: () => void;
  readonly valuesOf: (access: Access) => readonly Cell[];
}

function perform(step: Step, prepared: Prepared, { mayRun, valuesOf }: Performance): Result {
  const { isolation, block } = ensureTransaction(step);
  const keeps = keepsSnapshot(isolation);
  lockRelations(step, prepared);
  if (prepared.complaint !== null) throw prepared.complaint;
  mayRun();
  takeSnapshot(step);
  const reads = !step.keptSnapshot && (prepared.reads || (keeps && block === "open"));
  const run = startRun(step, catalogOf(step.state, step.session), prepared.command, reads);
  const access = createAccess(run, checkChanges);
  const result = prepared.run(access, valuesOf(access));
  checkChanges(run);
  return result;
}

function endQuery(step: Step): void {
  endStatement(Object.values(step.state.heaps), step.session);
  releaseStatementSnapshot(step);
}

/**
 * CREATE TABLE … AS: a query's rows in a new table. The query runs first and may wait; then the table is made and filled in one
 * go, since nobody else can see it before the commit.
 */
export function runCreateTableAs(step: Step, statement: ParsedStatement): Reply {
  const node = (statement.node as { readonly CreateTableAsStmt: CreateTableAsStmt }).CreateTableAsStmt;
  if (node.objtype !== "OBJECT_TABLE") refuse(statement.sql, undefined, "CREATE MATERIALIZED VIEW");
  const transaction = ensureTransaction(step);
  const prepared = analysed(step, queryOf(statement, node));
  const mayRun = (): void => {
    if (transaction.readOnly) throw new SqlError("25006", "cannot execute CREATE TABLE AS in a read-only transaction");
  };
  const { rows } = perform(step, prepared, { mayRun, valuesOf: () => mine(step).running?.query.values ?? [] });
  const catalog = catalogOf(step.state, step.session);
  const site = definitionSite(step);
  const { definition, name } = createTableAs(node, prepared.fields, { sql: statement.sql, catalog, site });
  applyDefinition(step, transaction, definition);
  const kept = name === null || node.into?.skipData === true ? [] : rows;
  const author = { session: step.session, depth: depthOf(mine(step)), fresh: true };
  if (name !== null)
    for (const values of kept) {
      const address = nextAddress(step.state, name, step.options.addresses === true);
      heapOf(step.state, name).push(newVersion(values, { ...author }, address));
    }
  endQuery(step);
  if (name === null || node.into?.skipData === true) return tag("CREATE TABLE AS");
  return { kind: "rows", command: "SELECT", rowCount: kept.length, fields: [], rows: [] };
}

/** The query as a statement of its own, the same object each time: what analysis finds is remembered by it. */
function queryOf(statement: ParsedStatement, { query }: CreateTableAsStmt): ParsedStatement {
  const known = queries.get(statement) ?? { ...statement, kind: "query", node: query };
  queries.set(statement, known);
  return known;
}

const queries = new WeakMap<ParsedStatement, ParsedStatement>();

function cellsOf(step: Step, { fields }: Prepared, rows: Result["rows"]): Rows["rows"] {
  const style = fields.some(({ type }) => isStyled(type)) ? styleNow(step) : ISO_UTC;
  const show = step.options.cells === "texts" ? toText : toCell;
  return rows.map((row) => fields.map(({ type }, at) => show(type, row[at] ?? null, style)));
}

function styleNow(step: Step): TimeStyle {
  return timeStyle(effective(step, "datestyle"), effective(step, "timezone"), effective(step, "intervalstyle"));
}
