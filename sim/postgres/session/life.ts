/**
 * The life of a statement, from the message to its reply. See `index.ts` for the story; this is its machinery.
 *
 *     send ──> parse ──> part 1 ──> part 2 … ──> end of message ──> reply
 *                          │  │                      │
 *                          │  └ suspended            └ finished: wrote or locked something in autocommit ──commit──> reply
 *                          │      (waits | stopped) ──resume──> part 1 again, with the answers that it has had
 *                          └ error: transaction taken back, reply `failed`
 *
 * One place catches errors of SQL (`proceed`); a UsageError (SQL that is not modelled) passes through.
 */
import type { Query, Reply } from "../../../model/protocol.ts";
import type { ParsedStatement, StatementKind } from "../grammar.ts";
import { reorderQueues } from "../locks/deadlock.ts";
import { waitsFor } from "../locks/waits.ts";
import { SerializationFailure } from "../serializable/dependencies.ts";
import type { Microseconds, ServerMove, ServerProgress } from "../server.ts";
import { SqlError } from "../sql-error.ts";
import { disconnect } from "./connection.ts";
import { checkAtCommit, control, tag } from "./control.ts";
import { runDefinition } from "./definitions.ts";
import { waitWords } from "./naming.ts";
import { cachedStatements } from "./prepared-cache.ts";
import { forgetStatement } from "./prepared-statements.ts";
import { runCreateTableAs, runExecute, runPrepare, runQuery } from "./query.ts";
import { runSet, runShow } from "./set.ts";
import type { Running } from "./state.ts";
import type { Step } from "./step.ts";
import { mine, Suspended } from "./step.ts";
import { runLockTable } from "./table-locks.ts";
import { beginSnapshot, commit, ensureTransaction, fail, hasEffects } from "./transaction.ts";

/** Makes the move; says how far the session's statement came. */
export function make(step: Step, move: ServerMove): ServerProgress {
  const session = mine(step);
  switch (move.kind) {
    case "send":
      session.running = newRunning(move.query, step.elapsedUs);
      return proceed(step, session.running);
    case "resume":
      return proceed(step, goingOnWith(runningOf(step), move.option));
    case "commit":
      return finish(step, runningOf(step));
    case "deadlock":
      return failWith(step, new SqlError("40P01", "deadlock detected"));
    case "reorder":
      return reorder(step, runningOf(step));
    case "lock timeout":
      return failWith(step, new SqlError("55P03", "canceling statement due to lock timeout"));
    case "statement timeout":
      return failWith(step, new SqlError("57014", "canceling statement due to statement timeout"));
    case "cancel":
      return failWith(step, new SqlError("57014", "canceling statement due to user request"));
    case "disconnect":
      disconnect(step);
      return { kind: "replied", reply: TERMINATED };
  }
}

function goingOnWith(running: Running, option: string | undefined): Running {
  if (option !== undefined) running.picked = option;
  return running;
}

/** Its wait may be over with that: the step's end hands the object over. */
function reorder(step: Step, { wait }: Running): ServerProgress {
  reorderQueues(step.state, step.session);
  step.notes.push("the deadlock check lets it, or others, go ahead in a queue");
  const what = wait ? waitWords(step.state, step.session, wait) : "";
  return { kind: "waits", waitsFor: waitsFor(step.state, step.session), what };
}

const TERMINATED: Reply = {
  kind: "failed",
  sqlstate: "57P01",
  message: "terminating connection due to administrator command",
  detail: null,
};

function newRunning(query: Query, elapsedUs: Microseconds): Running {
  return {
    query,
    ...(elapsedUs === 0 ? {} : { sentAfterUs: elapsedUs }),
    part: 0,
    answers: [],
    pending: null,
    scans: 0,
    stopped: false,
    granted: null,
    wait: null,
    ending: null,
    finished: null,
    turn: null,
    woken: false,
  };
}

function runningOf(step: Step): Running {
  const { running } = mine(step);
  if (running === null) throw new RangeError(`session ${step.session} runs no statement`);
  return running;
}

/** Runs the message from where it is to its end, or to where it must stop. */
function proceed(step: Step, running: Running): ServerProgress {
  running.turn = null;
  try {
    if (running.ending !== null) return endOfMessage(step, running, running.ending);
    const statements = cachedStatements(running.query);
    const statement = statements[running.part];
    if (statement === undefined) return reply(step, emptyReply());
    const answer = runPart(step, statement);
    if (running.part === statements.length - 1) return endOfMessage(step, running, answer);
    nextPart(running);
    return { kind: "stopped", at: `after statement ${running.part} of ${statements.length}`, reply: answer };
  } catch (error) {
    if (error instanceof Suspended) return suspended(step, error, running);
    if (error instanceof SqlError) return failWith(step, error);
    throw error;
  }
}

function emptyReply(): Reply {
  return { kind: "rows", command: "", rowCount: null, fields: [], rows: [] };
}

function nextPart(running: Running): void {
  running.part += 1;
  running.answers = [];
  running.scans = 0;
  running.stopped = false;
  running.granted = null;
}

function suspended(step: Step, { at }: Suspended, { wait }: Running): ServerProgress {
  if (at !== null || wait === null) return { kind: "stopped", at: at ?? "inside the statement" };
  return {
    kind: "waits",
    waitsFor: waitsFor(step.state, step.session),
    what: waitWords(step.state, step.session, wait),
  };
}

function failWith(step: Step, error: SqlError): ServerProgress {
  const { sqlstate, message, detail } = error;
  if (error instanceof SerializationFailure && error.overlap === "page") {
    step.notes.push("a false positive of page granularity: with exact key ranges this transaction would not fail here");
  }
  fail(step);
  return reply(step, { kind: "failed", sqlstate, message, detail });
}

function reply(step: Step, answer: Reply): ServerProgress {
  mine(step).running = null;
  return { kind: "replied", reply: answer };
}

/** The message is over: an implicit transaction commits, in a step of its own where others can notice. */
function endOfMessage(step: Step, running: Running, answer: Reply): ServerProgress {
  const { transaction } = mine(step);
  if (transaction?.block !== "implicit") return reply(step, answer);
  if (running.ending === null) running.answers = [];
  running.ending = answer;
  checkAtCommit(step);
  if (hasEffects(step)) {
    running.finished = answer;
    running.answers = [];
    return { kind: "finished", reply: answer };
  }
  commit(step);
  return reply(step, answer);
}

function finish(step: Step, running: Running): ServerProgress {
  try {
    commit(step);
    step.committed = true;
    return reply(step, running.finished ?? emptyReply());
  } catch (error) {
    if (error instanceof SqlError) return failWith(step, error);
    throw error;
  }
}

/** Statements that run without a snapshot. Source: pquery.c (PlannedStmtRequiresSnapshot). */
const NEEDS_NO_SNAPSHOT: readonly StatementKind[] = ["transaction", "lock table", "set", "show"];

/** One statement of the message. */
function runPart(step: Step, statement: ParsedStatement): Reply {
  if (statement.kind === "transaction") {
    if (!mine(step).transaction?.failed || endsFailure(statement)) return control(step, statement);
  }
  if (mine(step).transaction?.failed) {
    throw new SqlError("25P02", "current transaction is aborted, commands ignored until end of transaction block");
  }
  step.keptSnapshot = mine(step).snapshot;
  if (!NEEDS_NO_SNAPSHOT.includes(statement.kind)) beginSnapshot(step);
  switch (statement.kind) {
    case "query":
      return runQuery(step, statement);
    case "transaction":
      return control(step, statement);
    case "lock table":
      ensureTransaction(step);
      runLockTable(step, statement);
      return tag("LOCK TABLE");
    case "ddl":
      return tag(runDefinition(step, ensureTransaction(step), statement));
    case "set":
      return tag(runSet(step, statement));
    case "show":
      return runShow(step, statement);
    case "prepare":
      runPrepare(step, statement);
      return tag("PREPARE");
    case "create table as":
      return runCreateTableAs(step, statement);
    case "execute":
      return runExecute(step, statement);
    case "deallocate":
      forgetStatement(step, statement);
      return tag("DEALLOCATE");
  }
}

function endsFailure({ node }: ParsedStatement): boolean {
  const { kind } = (node as { readonly TransactionStmt: { readonly kind: string } }).TransactionStmt;
  return kind === "TRANS_STMT_COMMIT" || kind === "TRANS_STMT_ROLLBACK" || kind === "TRANS_STMT_ROLLBACK_TO";
}
