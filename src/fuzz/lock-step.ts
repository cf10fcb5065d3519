/**
 * One case on both servers in lock step: a statement is sent, both come to rest, what they show is compared.
 *
 * When the case is over every transaction that is still open is rolled back, so that those who wait can go on, and
 * the rows of each table are read in the order of the heap; these are statements as all others.
 */
import { createServer } from "../../sim/postgres/index.ts";
import type { Server, ServerOptions } from "../../sim/postgres/server.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { type Plan, type Send, TIMED, UNORDERED } from "./case.ts";
import type { Observation } from "./observation.ts";
import type { RealSide } from "./real-side.ts";
import { type Agreement, type Mismatch, SimulatedSide } from "./simulated-side.ts";

export type MakeServer = (options: ServerOptions) => Server;

export interface World {
  readonly setup: readonly string[];
  readonly tables: readonly string[];
  readonly sessions: number;
  /** Makes the simulated server; another one than ours where the fuzzer itself is tested. */
  readonly makeServer?: MakeServer | undefined;
  /** At fine granularity every plan is followed, and every order in which waiters go on. */
  readonly granularity?: "coarse" | "fine";
  /** Is told why a statement was left out: the simulated server refuses it. */
  readonly onRefused?: ((why: string) => void) | undefined;
}

/** What one statement did, for the report on coverage. */
export interface Executed {
  readonly send: Send;
  readonly observation: Observation;
  readonly agreement: Agreement | null;
}

export type LockStepResult =
  | { readonly kind: "agrees"; readonly executed: readonly Executed[] }
  | { readonly kind: "differs"; readonly executed: readonly Executed[]; readonly difference: Difference }
  /** The simulated server refuses the SQL. */
  | { readonly kind: "refused"; readonly executed: readonly Executed[]; readonly why: string };

export interface Difference {
  readonly send: Send | null;
  readonly mismatch: Mismatch | null;
  /** A failed assertion of the simulator, with its stack. */
  readonly crash: string | null;
}

/** Runs the plan in the world on both servers, to its end or to the first difference. */
export async function lockStep(world: World, plan: Plan, real: RealSide): Promise<LockStepResult> {
  const executed: Executed[] = [];
  const server = guarded(() => simulated(world));
  if (server.kind !== "value") return { ...server.result, executed };
  await real.reset(world.setup);
  const side = new SimulatedSide(server.value, world.sessions);
  const state = new Watch(world.sessions);
  const ending = endOf(world, state);
  for (;;) {
    const send = plan(state.idle()) ?? ending();
    if (send === null) return { kind: "agrees", executed };
    const refused = side.refusal(send.session, send.query);
    if (refused !== null) {
      world.onRefused?.(refused);
      continue;
    }
    await real.send(send.session, send.query, send.labels.includes(TIMED));
    const observation = await real.settle();
    state.see(observation);
    const followed = guarded(() => side.follow(send, observation));
    if (followed.kind !== "value") {
      executed.push({ send, observation, agreement: null });
      return withSend(followed.result, send, executed);
    }
    const verdict = followed.value;
    executed.push({ send, observation, agreement: verdict.kind === "agrees" ? verdict : null });
    if (verdict.kind === "agrees") continue;
    return { kind: "differs", executed, difference: { send, mismatch: verdict.mismatch, crash: null } };
  }
}

function simulated({ setup, sessions, makeServer = createServer, granularity = "coarse" }: World): Server {
  return makeServer({ sessions, setup, granularity, isolation: "read committed" });
}

type Ended =
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "differs"; readonly difference: Difference };

function withSend(ended: Ended, send: Send, executed: readonly Executed[]): LockStepResult {
  return ended.kind === "refused"
    ? { ...ended, executed }
    : { ...ended, difference: { ...ended.difference, send }, executed };
}

/** What the simulator throws is a difference, too, unless it says that it does not know the SQL. */
function guarded<T>(
  work: () => T,
): { readonly kind: "value"; readonly value: T } | { readonly kind: "ended"; readonly result: Ended } {
  try {
    return { kind: "value", value: work() };
  } catch (error) {
    if (error instanceof UsageError) return { kind: "ended", result: { kind: "refused", why: error.message } };
    const crash = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: "ended", result: { kind: "differs", difference: { send: null, mismatch: null, crash } } };
  }
}

/** Who waits, and whose transaction is open, as the real server shows it. */
class Watch {
  readonly #all: readonly number[];
  #last: Observation | null = null;

  constructor(sessions: number) {
    this.#all = Array.from({ length: sessions }, (_, at) => at);
  }

  see(observation: Observation): void {
    this.#last = observation;
  }

  idle(): readonly number[] {
    return this.#all.filter((session) => !this.#last?.waiting.has(session));
  }

  inTransaction(session: number): boolean {
    return (this.#last?.transactions[session] ?? "none") !== "none";
  }
}

/** What is sent when the case is over. */
function endOf({ tables, sessions }: World, state: Watch): () => Send | null {
  const looks = tables.map((table) => `SELECT * FROM ${table}`);
  const send = (session: number, text: string): Send => ({ session, query: { text, values: [] }, labels: [UNORDERED] });
  let unlocked = 0;
  return () => {
    const idle = state.idle();
    const open = idle.find((session) => state.inTransaction(session));
    if (open !== undefined) return send(open, "ROLLBACK");
    // Only a session-level advisory lock can still be in somebody's way.
    const next = idle.find((session) => session >= unlocked);
    if (idle.length < sessions && next !== undefined) {
      unlocked = next + 1;
      return send(next, "SELECT pg_advisory_unlock_all()");
    }
    const look = looks.shift();
    return look === undefined ? null : send(idle[0] ?? 0, look);
  };
}
