/** Traces written by hand, as the recorder would make them, to run against a real server. */
import type { Query, Reply, Row } from "../../model/protocol.ts";
import type { Progress } from "../../sim/system/system.ts";
import { TRACE_FORMAT, TRACE_VERSION, type Trace, type TraceStep } from "../../sim/trace/trace.ts";

const SETUP = [
  "CREATE TABLE buffers (id integer PRIMARY KEY, locked_by text)",
  "INSERT INTO buffers VALUES (1, NULL), (2, NULL)",
];
export const CHECK: Query = { text: "SELECT locked_by FROM buffers WHERE id = $1", values: [1] };
const CHECK_LOCKING: Query = { text: "SELECT locked_by FROM buffers WHERE id = $1 FOR UPDATE", values: [1] };
export const BEGIN: Query = { text: "BEGIN", values: [] };
export const COMMIT: Query = { text: "COMMIT", values: [] };
const ROLLBACK: Query = { text: "ROLLBACK", values: [] };
const DEADLOCK: Reply = { kind: "failed", sqlstate: "40P01", message: "deadlock detected", detail: null };

/** Writes the client as the buffer's owner. */
export function take(client: string, buffer = 1): Query {
  return { text: "UPDATE buffers SET locked_by = $1 WHERE id = $2", values: [client, buffer] };
}

/** The reply of a statement without rows. */
export function done(command: string, rowCount: number | null = null): Reply {
  return { kind: "rows", command, rowCount, fields: [], rows: [] };
}

/** The reply of a SELECT of the owner. */
export function owner(name: string | null): Reply {
  return { kind: "rows", command: "SELECT", rowCount: 1, fields: ["locked_by"], rows: [[name]] };
}

/** Both rows of the table, by their owners. */
export function buffers(first: string | null, second: string | null = null): { readonly buffers: readonly Row[] } {
  return {
    buffers: [
      { id: 1, locked_by: first },
      { id: 2, locked_by: second },
    ],
  };
}

export const replied = (reply: Reply): Progress => ({ kind: "replied", reply });
export const finished = (reply: Reply): Progress => ({ kind: "finished", reply });
export const waits = (...waitsFor: string[]): Progress => ({ kind: "waits", waitsFor, what: "the row" });

type Written = Pick<TraceStep, "client" | "action" | "sent" | "progress"> & Partial<TraceStep>;

/** A step that sends a statement. */
export function send(client: string, sent: Query, progress: Progress, more: Partial<TraceStep> = {}): Written {
  return { client, action: "next", sent, progress, ...more };
}

/** A step that works on the statement that the client sent before. */
export function move(client: string, action: string, progress: Progress, more: Partial<TraceStep> = {}): Written {
  return { client, action, sent: null, progress, ...more };
}

/** The whole trace around the steps. */
export function traceOf(
  steps: readonly Written[],
  isolation: Trace["parameters"]["isolation"] = "read committed",
): Trace {
  const last = new Map<string, Query>();
  const full = steps.map((step, at): TraceStep => {
    if (step.sent !== null) last.set(step.client, step.sent);
    const statement = step.progress.kind === "local" ? null : (last.get(step.client) ?? null);
    const nothing = { committed: false, woken: [], notes: [], tables: {}, views: {}, violations: [] };
    return { ...nothing, statement, ...step, n: at + 1 };
  });
  const clients = [...new Set(full.map((step) => step.client))];
  return {
    format: TRACE_FORMAT,
    version: TRACE_VERSION,
    parameters: {
      scenario: "by-hand",
      protocol: "by-hand",
      clients,
      buffers: 2,
      isolation,
      granularity: "coarse",
      seed: null,
    },
    setup: SETUP,
    start: { tables: buffers(null), views: {} },
    schedule: full.map(({ client, action }) => ({ client, action })),
    steps: full,
    verdict: { kind: "none" },
    races: [],
    end: "",
  };
}

/** Check-then-act by two clients: both see the buffer free, both take it. */
export const RACE_001: Trace = traceOf([
  send("alice", CHECK, replied(owner(null))),
  send("bob", CHECK, replied(owner(null))),
  send("alice", take("alice"), finished(done("UPDATE", 1))),
  move("alice", "commit", replied(done("UPDATE", 1)), { committed: true, tables: buffers("alice") }),
  move("alice", "next", { kind: "local" }, { views: { alice: { owns: 1 } } }),
  send("bob", take("bob"), finished(done("UPDATE", 1))),
  move("bob", "commit", replied(done("UPDATE", 1)), { committed: true, tables: buffers("bob") }),
]);

/** Bob waits for the row that alice has locked, and sees her as its owner. */
export const WAIT_AND_WAKE: Trace = traceOf([
  send("alice", BEGIN, replied(done("BEGIN"))),
  send("alice", CHECK_LOCKING, replied(owner(null))),
  send("bob", BEGIN, replied(done("BEGIN"))),
  send("bob", CHECK_LOCKING, waits("alice")),
  send("alice", take("alice"), replied(done("UPDATE", 1))),
  send("alice", COMMIT, replied(done("COMMIT")), { committed: true, woken: ["bob"], tables: buffers("alice") }),
  move("bob", "resume", replied(owner("alice"))),
  send("bob", ROLLBACK, replied(done("ROLLBACK"))),
]);

/** Two clients take two buffers in opposite orders; `victim` is the one that the deadlock ends. */
export function deadlock(victim: "alice" | "bob"): Trace {
  const survivor = victim === "alice" ? "bob" : "alice";
  const both = survivor === "alice" ? buffers("alice", "alice") : buffers("bob", "bob");
  return traceOf([
    send("alice", BEGIN, replied(done("BEGIN"))),
    send("bob", BEGIN, replied(done("BEGIN"))),
    send("alice", take("alice", 1), replied(done("UPDATE", 1))),
    send("bob", take("bob", 2), replied(done("UPDATE", 1))),
    send("alice", take("alice", 2), waits("bob")),
    send("bob", take("bob", 1), waits("alice")),
    move(victim, "deadlock", replied(DEADLOCK), { woken: [survivor] }),
    move(survivor, "resume", replied(done("UPDATE", 1))),
    send(victim, ROLLBACK, replied(done("ROLLBACK"))),
    send(survivor, COMMIT, replied(done("COMMIT")), { committed: true, tables: both }),
  ]);
}

/** Bob's statement waits for alice's autocommit statement, which has run and is not committed yet. */
export const BEFORE_THE_AUTOCOMMIT: Trace = traceOf([
  send("alice", take("alice"), finished(done("UPDATE", 1))),
  send("bob", take("bob"), waits("alice")),
  move("alice", "commit", replied(done("UPDATE", 1)), { committed: true, woken: ["bob"], tables: buffers("alice") }),
  move("bob", "resume", finished(done("UPDATE", 1))),
  move("bob", "commit", replied(done("UPDATE", 1)), { committed: true, tables: buffers("bob") }),
]);
