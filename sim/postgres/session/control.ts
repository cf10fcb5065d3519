/**
 * The statements that steer transactions: BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, ROLLBACK TO.
 *
 *     depth 0    BEGIN            depth 1    SAVEPOINT a         depth 2    SAVEPOINT b
 *     ROLLBACK TO a               takes back depth 1 and deeper, stays at depth 1
 *     RELEASE a                   makes depth 1 and deeper depth 0
 *
 * Of two savepoints with one name the newer counts. Warnings are notes that begin with `WARNING:`.
 *
 * Sources: postgres-semantics, sections 7 and 15; src/backend/access/transam/xact.c.
 */
import type { Reply } from "../../../model/protocol.ts";
import type { ParsedStatement } from "../grammar.ts";
import { SqlError } from "../sql-error.ts";
import { checkDeferred } from "./constraints.ts";
import { literal, optionsOf } from "./nodes.ts";
import { startRun } from "./run.ts";
import type { IsolationLevel, Transaction } from "./state.ts";
import { catalogOf } from "./state.ts";
import type { Step } from "./step.ts";
import { mine } from "./step.ts";
import { commit, ensureTransaction, liftTo, rollback, takeBackTo } from "./transaction.ts";

interface TransactionNode {
  readonly kind: string;
  readonly options?: readonly unknown[];
  readonly savepoint_name?: string;
  readonly chain?: boolean;
}

/** Runs the statement; the reply is its command tag. */
export function control(step: Step, statement: ParsedStatement): Reply {
  const node = (statement.node as { readonly TransactionStmt: TransactionNode }).TransactionStmt;
  const name = node.savepoint_name ?? "";
  switch (node.kind) {
    case "TRANS_STMT_BEGIN":
    case "TRANS_STMT_START":
      begin(step, node);
      return tag(node.kind === "TRANS_STMT_BEGIN" ? "BEGIN" : "START TRANSACTION");
    case "TRANS_STMT_COMMIT":
      return tag(commitBlock(step, node.chain === true));
    case "TRANS_STMT_ROLLBACK":
      rollbackBlock(step, node.chain === true);
      return tag("ROLLBACK");
    case "TRANS_STMT_SAVEPOINT":
      requireBlock(step, "SAVEPOINT").savepoints.push(name);
      return tag("SAVEPOINT");
    case "TRANS_STMT_RELEASE":
      release(step, name);
      return tag("RELEASE");
    case "TRANS_STMT_ROLLBACK_TO":
      rollbackTo(step, name);
      return tag("ROLLBACK");
    default:
      throw new SqlError("0A000", `${statement.text} is not supported`);
  }
}

/** The reply of a statement without rows: clients see the first word of its command tag. */
export function tag(command: string): Reply {
  return { kind: "rows", command: command.replace(/ .*$/, ""), rowCount: null, fields: [], rows: [] };
}

function begin(step: Step, node: TransactionNode): void {
  const transaction = ensureTransaction(step);
  if (transaction.block === "open") step.notes.push("WARNING: there is already a transaction in progress");
  transaction.block = "open";
  for (const { name, value } of optionsOf(node.options ?? [])) setTransaction(step, name, literal(value));
}

/** One of the modes of BEGIN, SET TRANSACTION and SET transaction_…. */
export function setTransaction(step: Step, name: string, value: string): void {
  const transaction = ensureTransaction(step);
  switch (name) {
    case "transaction_isolation":
      setIsolation(transaction, value as IsolationLevel);
      return;
    case "transaction_read_only":
      if (transaction.savepoints.length > 0 && transaction.readOnly && !isOn(value)) {
        throw new SqlError("25001", "cannot set transaction read-write mode inside a read-only transaction");
      }
      if (transaction.begun && transaction.readOnly && !isOn(value)) {
        throw new SqlError("25001", "transaction read-write mode must be set before any query");
      }
      transaction.readOnly = isOn(value);
      return;
    case "transaction_deferrable":
      if (transaction.begun)
        throw new SqlError("25001", "SET TRANSACTION [NOT] DEFERRABLE must be called before any query");
      transaction.deferrable = isOn(value);
      return;
    default:
      throw new SqlError("42704", `unrecognized configuration parameter "${name}"`);
  }
}

function isOn(value: string): boolean {
  return value === "1" || value === "on" || value === "true";
}

function setIsolation(transaction: Transaction, level: IsolationLevel): void {
  if (transaction.isolation === level) return;
  if (transaction.begun) throw new SqlError("25001", "SET TRANSACTION ISOLATION LEVEL must be called before any query");
  if (transaction.savepoints.length > 0) {
    throw new SqlError("25001", "SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction");
  }
  transaction.isolation = level;
}

/** COMMIT of a failed transaction rolls it back, and says so. */
function commitBlock(step: Step, chain: boolean): string {
  const { transaction } = mine(step);
  const open = transaction?.block === "open";
  if (!open && chain) throw new SqlError("25P01", "COMMIT AND CHAIN can only be used in transaction blocks");
  if (!open) step.notes.push("WARNING: there is no transaction in progress");
  if (transaction?.failed) {
    rollbackBlock(step, chain);
    return "ROLLBACK";
  }
  commitOrRollBack(step);
  step.committed ||= transaction !== null;
  if (chain && transaction) beginLike(step, transaction);
  return "COMMIT";
}

/** The constraints that were put off to COMMIT. They may wait, and then COMMIT does. */
export function checkAtCommit(step: Step): void {
  const { transaction } = mine(step);
  if (transaction === null || transaction.deferred.length === 0) return;
  checkDeferred(startRun(step, catalogOf(step.state, step.session), "COMMIT", true), transaction.deferred);
}

/** A transaction whose COMMIT fails is over. */
function commitOrRollBack(step: Step): void {
  try {
    checkAtCommit(step);
    commit(step);
  } catch (error) {
    if (error instanceof SqlError) rollback(step);
    throw error;
  }
}

function rollbackBlock(step: Step, chain: boolean): void {
  const { transaction } = mine(step);
  const open = transaction?.block === "open";
  if (!open && chain) throw new SqlError("25P01", "ROLLBACK AND CHAIN can only be used in transaction blocks");
  if (!open) step.notes.push("WARNING: there is no transaction in progress");
  rollback(step);
  if (chain && transaction) beginLike(step, transaction);
}

/** AND CHAIN: a new transaction with the modes of the one that has just ended. */
function beginLike(step: Step, { isolation, readOnly, deferrable }: Transaction): void {
  Object.assign(ensureTransaction(step), { block: "open", isolation, readOnly, deferrable });
}

/** The open transaction; 25P01 where there is none. */
function requireBlock(step: Step, statement: string): Transaction {
  const { transaction } = mine(step);
  if (transaction?.block !== "open") {
    throw new SqlError("25P01", `${statement} can only be used in transaction blocks`);
  }
  return transaction;
}

/** The depth of what was done since the savepoint. */
function depthSince(transaction: Transaction, name: string): number {
  const at = transaction.savepoints.lastIndexOf(name);
  if (at < 0) throw new SqlError("3B001", `savepoint "${name}" does not exist`);
  return at + 1;
}

function release(step: Step, name: string): void {
  const transaction = requireBlock(step, "RELEASE SAVEPOINT");
  const depth = depthSince(transaction, name);
  liftTo(step, depth);
  transaction.savepoints.length = depth - 1;
}

function rollbackTo(step: Step, name: string): void {
  const transaction = requireBlock(step, "ROLLBACK TO SAVEPOINT");
  const depth = depthSince(transaction, name);
  takeBackTo(step, depth);
  transaction.savepoints.length = depth;
  transaction.failed = false;
}
