/**
 * The simulated server as a pure function: `createServer` ties the machinery of a step to the interface `Server`.
 *
 *     step(database, session, move)
 *       copy ──> move (life.ts) ──> wake who can go on (waits.ts) ──> sweep dead versions ──> the next database
 *
 * At coarse granularity the sessions that a step woke have the turn: until each has run to its next stop, their `resume`
 * is the only move (with the autocommits of those who have). In the line for a row the next one has the turn when the one ahead
 * has begun; where PostgreSQL lets several go at once, each of them may be the first.
 */

import type { Query } from "../../../model/protocol.ts";
import { UsageError } from "../../usage-error.ts";
import { EMPTY_CATALOG } from "../catalog/catalog.ts";
import { computesWithKeys } from "../execution/computes-with-keys.ts";
import { ordersTexts } from "../execution/orders-texts.ts";
import { checkDeadlock, mayHaveCircles } from "../locks/deadlock.ts";
import { waitsFor, wake } from "../locks/waits.ts";
import { noDependencies } from "../serializable/dependencies.ts";
import type {
  Database,
  Microseconds,
  OwnMove,
  Server,
  ServerMove,
  ServerOptions,
  ServerOutcome,
  SessionId,
  SessionStatus,
} from "../server.ts";
import { actsAlone, locksTables } from "./alone.ts";
import { committedRows, inOrder, storedValues } from "./committed.ts";
import { idleSession } from "./connection.ts";
import { keyOfState, textOfState } from "./key.ts";
import { keyOrder } from "./key-order.ts";
import { make } from "./life.ts";
import { waitWords } from "./naming.ts";
import { forgetUnread } from "./old-versions.ts";
import { StateParts } from "./parts.ts";
import { runAll } from "./refusals.ts";
import { SectionWriter } from "./sections.ts";
import { changedSetting, show } from "./settings.ts";
import type { Running, Session, State } from "./state.ts";
import { copyState, fromDatabase, ownSession, sessionOf, sweep, toDatabase } from "./state.ts";
import type { Step } from "./step.ts";

/** A server with its tables made by `options.setup`. The grammar must be loaded (`loadGrammar`). */
export function createServer(options: ServerOptions): Server {
  const initial = setUp(options);
  const { catalog } = fromDatabase(initial);
  return {
    initial,
    now: options.now ?? 0,
    moves: (database) => movesOf(fromDatabase(database)),
    rests: (database) => !fromDatabase(database).sessions.some(hasTurn),
    canSend: (database, session) => canSend(fromDatabase(database), session),
    step: (database, session, move, elapsedUs = 0) =>
      takeStep(options, fromDatabase(database), { session, move, elapsedUs }),
    status: (database, session) => statusOf(fromDatabase(database), session),
    statement: (database, session) => sessionOf(fromDatabase(database), session).running?.query ?? null,
    setting: (database, session, name) =>
      show(
        {
          options,
          state: fromDatabase(database),
          session,
          notes: [],
          touched: [],
          elapsedUs: 0,
          committed: false,
          keptSnapshot: false,
        },
        name,
      ),
    stored: (database) => storedValues(fromDatabase(database), options.now ?? 0),
    committed: (database) => committedRows(fromDatabase(database)),
    inOrder: (database, rows) => inOrder(fromDatabase(database).catalog, rows),
    key: (database) => keyOfState(fromDatabase(database), catalog),
    parts: () => {
      const parts = new StateParts(catalog);
      return {
        cut: (database) => parts.cut(fromDatabase(database)),
        join: (row) => toDatabase(parts.join(row)),
        get letters() {
          return parts.letters;
        },
      };
    },
    ordersTexts: (database, sql) => ordersTexts(sql, fromDatabase(database).catalog),
    actsAlone: (database, session, query, othersLockTables) =>
      actsAlone(fromDatabase(database), session, query, othersLockTables),
    locksTables,
    text: (database, naming) => textOfState(fromDatabase(database), catalog, naming),
    sections: (names) => {
      const writer = new SectionWriter(catalog, names);
      return (database, labels) => writer.of(fromDatabase(database), labels);
    },
    keyOrder: (database, numbers) => keyOrder(fromDatabase(database), numbers),
    computesWithKeys: (database, sql, numbers) => computesWithKeys(sql, fromDatabase(database).catalog, numbers),
  };
}

function setUp(options: ServerOptions): Database {
  const empty = toDatabase({
    catalog: EMPTY_CATALOG,
    heaps: {},
    sequences: {},
    addresses: {},
    serial: noDependencies(),
    locks: {},
    sessions: Array.from({ length: Math.max(options.sessions, 1) }, idleSession),
  });
  const database = runAll(options.setup, empty, (before, text) => runSetUp(options, before, { text, values: [] }));
  const state = fromDatabase(database);
  return toDatabase({ ...state, sessions: Array.from({ length: options.sessions }, idleSession) });
}

/** Runs one text to its end: nobody else is there, so it never waits. */
function runSetUp(options: ServerOptions, start: Database, query: Query): Database {
  const setUpOptions: ServerOptions = { ...options, granularity: "coarse" };
  let outcome = takeStep(setUpOptions, fromDatabase(start), {
    session: 0,
    move: { kind: "send", query },
    elapsedUs: 0,
  });
  while (outcome.progress.kind === "finished" || outcome.progress.kind === "stopped") {
    const kind = outcome.progress.kind === "finished" ? "commit" : "resume";
    outcome = takeStep(setUpOptions, fromDatabase(outcome.database), { session: 0, move: { kind }, elapsedUs: 0 });
  }
  if (outcome.progress.kind === "replied" && outcome.progress.reply.kind === "failed") {
    const { sqlstate, message } = outcome.progress.reply;
    throw new UsageError(
      "setup-failed",
      `${message} (SQLSTATE ${sqlstate}) in: ${query.text}`,
      "Correct the set-up's SQL.",
    );
  }
  return outcome.database;
}

interface Taken {
  readonly session: SessionId;
  readonly move: ServerMove;
  readonly elapsedUs: Microseconds;
}

function takeStep(options: ServerOptions, before: State, { session, move, elapsedUs }: Taken): ServerOutcome {
  mustBeEnabled(before, session, move);
  const step: Step = {
    options,
    state: copyState(before),
    session,
    notes: [],
    touched: [],
    elapsedUs,
    committed: false,
    keptSnapshot: false,
  };
  ownSession(step.state, session);
  const progress = make(step, move);
  const hasTurns = options.granularity === "coarse";
  if (hasTurns) endTurn(step.state, session);
  const woken = wake(step.state, hasTurns);
  if (hasTurns) endWaking(step.state);
  sweep(step.state, options.keepsHistory === true);
  if (options.keepsHistory !== true && forgetUnread(step.state)) sweep(step.state, false);
  const { committed, notes, touched } = step;
  const told = options.addresses === true ? { touched } : {};
  return { database: toDatabase(step.state), progress, committed, woken, notes, ...told };
}

/** Nobody goes behind the session any more. */
function endTurn(state: State, session: SessionId): void {
  forWoken(state, (running) => {
    running.turn = running.turn?.filter((other) => other !== session) ?? null;
  });
}

/** When all have had their turn, they are as others are. */
function endWaking(state: State): void {
  if (state.sessions.some(hasTurn)) return;
  forWoken(state, (running) => {
    running.woken = false;
  });
}

/** Those who were woken at coarse granularity, to be changed. */
function forWoken(state: State, change: (running: Running) => void): void {
  for (const [id, { running }] of state.sessions.entries()) {
    if (running === null || (!running.woken && running.turn === null)) continue;
    const own = ownSession(state, id).running;
    if (own !== null) change(own);
  }
}

function mustBeEnabled(state: State, session: SessionId, move: ServerMove): void {
  const enabled =
    move.kind === "send"
      ? canSend(state, session)
      : isFromOutside(move)
        ? mayBeStruck(state, session, move)
        : movesOfSession(state, session).some(
            ({ kind, option }) => kind === move.kind && option === (move.kind === "resume" ? move.option : undefined),
          );
  if (!enabled) throw new RangeError(`session ${session} cannot ${move.kind} now`);
}

/** What the server does not do of its own accord: others may do it to a session at any time, or whenever it waits. */
function isFromOutside(
  move: ServerMove,
): move is Extract<ServerMove, { kind: "cancel" | "disconnect" | "lock timeout" }> {
  return move.kind === "cancel" || move.kind === "disconnect" || move.kind === "lock timeout";
}

function mayBeStruck(state: State, session: SessionId, { kind }: ServerMove): boolean {
  if (kind === "disconnect") return !hasTurn(sessionOf(state, session));
  return sessionOf(state, session).running?.wait != null;
}

function hasTurn(session: Session): boolean {
  return session.running?.turn != null;
}

function movesOf(state: State): readonly OwnMove[] {
  if (state.sessions.some(hasTurn)) return movesOfWoken(state);
  const circles = mayHaveCircles(state);
  return state.sessions.flatMap((each, session) => moveOf(state, each, { session, circles }));
}

function movesOfSession(state: State, session: SessionId): readonly OwnMove[] {
  if (!state.sessions.some(hasTurn)) return moveOf(state, sessionOf(state, session), { session, circles: true });
  return movesOfWoken(state).filter((each) => each.session === session);
}

/** Those whose turn it is, the likeliest first, and what those who have had theirs do next: other statements, autocommits. */
function movesOfWoken({ sessions }: State): readonly OwnMove[] {
  const each = [...sessions.entries()].map(([session, { running }]) => ({ session, running }));
  const behind = (running: Session["running"]): number => running?.turn?.length ?? 0;
  const next = each.filter(({ running }) => running?.turn != null);
  next.sort((a, b) => behind(a.running) - behind(b.running));
  const ahead = each.filter(({ running }) => running?.woken && running.turn === null && running.wait === null);
  return [
    ...next.map(({ session }): OwnMove => ({ session, kind: "resume" })),
    ...ahead.map(({ session, running }): OwnMove => ({ session, kind: running?.finished ? "commit" : "resume" })),
  ];
}

function moveOf(
  state: State,
  { running }: Session,
  { session, circles }: { readonly session: SessionId; readonly circles: boolean },
): readonly OwnMove[] {
  if (running === null) return [];
  if (running.finished !== null) return [{ session, kind: "commit" }];
  if (running.options !== undefined) return running.options.map((option) => ({ session, kind: "resume", option }));
  if (running.wait === null) return [{ session, kind: "resume" }];
  const check = circles ? checkDeadlock(state, session) : "none";
  return [...(check === "none" ? [] : [check]), ...timeoutsOf(state, session)].map((kind) => ({ session, kind }));
}

/** The timers that the session has set. They may run out whenever it waits. */
function timeoutsOf(state: State, session: SessionId): readonly ("lock timeout" | "statement timeout")[] {
  const isSet = (name: string): boolean => (changedSetting(sessionOf(state, session), name) ?? "0") !== "0";
  return [
    ...(isSet("lock_timeout") ? (["lock timeout"] as const) : []),
    ...(isSet("statement_timeout") ? (["statement timeout"] as const) : []),
  ];
}

function canSend(state: State, session: SessionId): boolean {
  return sessionOf(state, session).running === null && !state.sessions.some(hasTurn);
}

function statusOf(state: State, id: SessionId): SessionStatus {
  const { running, transaction } = sessionOf(state, id);
  if (running === null) {
    return { kind: "idle", transaction: transaction === null ? "none" : transaction.failed ? "failed" : "open" };
  }
  if (running.finished !== null) return { kind: "finished" };
  const { wait } = running;
  if (wait === null) return { kind: "running" };
  const place = wait.kind === "row" && wait.way === "line" ? "in line" : "first";
  // Explorers ask often, and never for the words.
  return {
    kind: "waiting",
    waitsFor: waitsFor(state, id),
    place,
    get what() {
      return waitWords(state, id, wait);
    },
  };
}
