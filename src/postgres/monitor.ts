/**
 * Watches sessions from a connection of its own: who has replied, who waits for whom, and when all of them are at rest.
 *
 * A session is at rest when its reply has arrived, when it is held, or when it waits for a lock and was seen waiting for the same sessions
 * twice in a row. One look is not enough: a statement passes through short waits, and a wait that has just ended is
 * still seen until the session runs again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Row } from "../../model/protocol.ts";
import type { Session } from "./connection.ts";

/** A session that may have a statement under way. */
export interface Watched {
  readonly name: string;
  readonly session: Session;
  /** True while a statement was sent and its reply has not arrived. */
  busy(): boolean;
  /** True while it is held where it is. */
  held(): boolean;
}

export interface Rest {
  readonly kind: "rest";
  /** By name, the names of those whose sessions it waits for; only those that wait. */
  readonly waiting: ReadonlyMap<string, readonly string[]>;
}

/** A session neither replied nor waited for another of ours within the time limit. */
export interface Restless {
  readonly kind: "restless";
  readonly session: string;
  /** What pg_stat_activity says of it, and who outside of ours it waits for. */
  readonly activity: string;
}

const LOOK_EVERY_MS = 3;

// The safe snapshot of a DEFERRABLE transaction is waited for without a lock.
const LOOK = `
  SELECT pid, array_to_string(pg_blocking_pids(pid) || pg_safe_snapshot_blocking_pids(pid), ',')
  FROM unnest($1::int[]) AS pid`;

/** Waits until every session is at rest. */
export async function untilAtRest(
  monitor: Session,
  watched: readonly Watched[],
  limits: { readonly msMax: number; readonly signal?: AbortSignal | undefined },
): Promise<Rest | Restless> {
  const deadline = performance.now() + limits.msMax;
  const names = new Map(watched.map((each) => [each.session.pid, each.name]));
  let before = "";
  for (;;) {
    limits.signal?.throwIfAborted();
    const busy = watched.filter((each) => each.busy() && !each.held());
    if (busy.length === 0) return { kind: "rest", waiting: new Map() };
    const waiting = await look(monitor, busy, names);
    // A reply that arrived during the look makes it out of date, and shows as a session that is no longer busy.
    const seen = busy.map((each) => `${each.session.pid}:${each.busy()}:${waiting.get(each.name) ?? ""}`).join(" ");
    const allWait = busy.every((each) => each.busy() && (waiting.get(each.name) ?? []).length > 0);
    if (allWait && seen === before) return { kind: "rest", waiting };
    before = seen;
    if (performance.now() > deadline) return restless(monitor, busy, waiting);
    await sleep(LOOK_EVERY_MS);
  }
}

/** Waits until this session's reply has arrived; false when it has not within the time limit. */
export async function untilReplied(
  watched: Watched,
  limits: { readonly msMax: number; readonly signal?: AbortSignal | undefined },
): Promise<boolean> {
  const deadline = performance.now() + limits.msMax;
  while (watched.busy()) {
    limits.signal?.throwIfAborted();
    if (performance.now() > deadline) return false;
    await sleep(LOOK_EVERY_MS);
  }
  return true;
}

/** Ends a session from outside: its client sees that the connection is closed. */
export async function tellToEnd(monitor: Session, pid: number): Promise<void> {
  await monitor.rows("SELECT pg_terminate_backend($1)", [pid]);
}

/** Waits until the server has let go of all that the session held. */
export async function untilGone(monitor: Session, pid: number, limits: { readonly msMax: number }): Promise<void> {
  const deadline = performance.now() + limits.msMax;
  while ((await monitor.rows("SELECT 1 FROM pg_stat_activity WHERE pid = $1", [pid])).length > 0) {
    if (performance.now() > deadline) throw new Error(`the server process ${pid} was told to end and does not`);
    await sleep(LOOK_EVERY_MS);
  }
}

/**
 * The committed rows of a table, or null when a session holds a lock that does not let anybody read it, or when there
 * is no such table that is committed.
 */
export async function committedRows(monitor: Session, table: string): Promise<readonly Row[] | null> {
  const name = `"${table.replaceAll('"', '""')}"`;
  const query = { text: `LOCK TABLE ${name} IN ACCESS SHARE MODE NOWAIT`, values: [] };
  await monitor.rows("BEGIN");
  try {
    const locked = await monitor.run(query);
    if (locked.kind === "failed") return null;
    const reply = await monitor.run({ text: `SELECT * FROM ${name}`, values: [] });
    if (reply.kind === "failed") return null;
    return reply.rows.map((row) => Object.fromEntries(reply.fields.map((field, at) => [field, row[at] ?? null])));
  } finally {
    await monitor.rows("ROLLBACK");
  }
}

/** Who waits for whom now, of all whose reply has not arrived, also of those that are held. */
export async function whoWaits(
  monitor: Session,
  watched: readonly Watched[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const busy = watched.filter((each) => each.busy());
  if (busy.length === 0) return new Map();
  return look(monitor, busy, new Map(watched.map((each) => [each.session.pid, each.name])));
}

async function look(
  monitor: Session,
  busy: readonly Watched[],
  names: ReadonlyMap<number, string>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const pids = busy.map((each) => each.session.pid).join(",");
  const rows = await monitor.rows(LOOK, [`{${pids}}`]);
  return new Map(
    rows.map(([pid, blockers]) => {
      const found = String(blockers ?? "")
        .split(",")
        .flatMap((blocker) => names.get(Number(blocker)) ?? []);
      return [names.get(Number(pid)) ?? "", [...new Set(found)].sort()];
    }),
  );
}

async function restless(
  monitor: Session,
  busy: readonly Watched[],
  waiting: ReadonlyMap<string, readonly string[]>,
): Promise<Restless> {
  const culprit = busy.find((each) => each.busy() && (waiting.get(each.name) ?? []).length === 0) ?? busy[0];
  if (culprit === undefined) throw new Error("nobody is busy, so all are at rest");
  const [[state, type, event, blockers] = []] = await monitor.rows(
    `SELECT state, wait_event_type, wait_event, array_to_string(pg_blocking_pids(pid), ', ')
     FROM pg_stat_activity WHERE pid = $1`,
    [culprit.session.pid],
  );
  const event_ = type === null || type === undefined ? "waits for nothing" : `waits for ${type} ${event}`;
  const outside = blockers === "" || blockers === null ? "" : `, held by the server process ${blockers}`;
  return { kind: "restless", session: culprit.name, activity: `${state ?? "gone"}, ${event_}${outside}` };
}
