/**
 * A server of the fuzzer's own, whose sessions can be held while they wait for a lock.
 *
 * Who waits looks for a deadlock after a moment, and has the server's table of locks to itself meanwhile: a session that is
 * stopped just then stops everybody. So it is held when the server's log says that it has looked and waits on:
 *
 *     send                 nothing is known of s1
 *     s1 waits, looks      LOG:  process 4711 still waiting for ShareLock on transaction 815 after 1.040 ms     may be held
 *     s1 goes on           LOG:  process 4711 acquired ShareLock on transaction 815 after 9.315 ms              may not
 *
 * A signal of the server's own (its caches are to be read again) wakes a waiter, too, who then looks once more at what he waits for. Held in
 * that moment, which was met once in 10,000 runs on a busy machine, he stops the others until he is let go.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "../../sim/usage-error.ts";
import { type Holding, startPostgres } from "../postgres/embedded.ts";

export interface HoldingServer {
  readonly url: string;
  readonly sessions: WaitingSessions;
  stop(): Promise<void>;
}

const SETTINGS: Readonly<Record<string, string>> = {
  deadlock_timeout: "1",
  log_lock_waits: "on",
  // Above all errors of statements, of which there are many; and nothing but the message itself.
  log_min_messages: "log",
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
};
const LOOK_EVERY_MS = 1;
const LOOKED_MS_MAX = 10_000;

/** Starts the server. */
export async function startHoldingServer(): Promise<HoldingServer> {
  const looked = new Map<number, boolean>();
  const onLog = (line: string): void => {
    const [, pid, what] = /process (\d+) (still waiting|acquired|failed to acquire) /.exec(line) ?? [];
    if (pid !== undefined) looked.set(Number(pid), what === "still waiting");
  };
  const server = await startPostgres({ settings: SETTINGS, onLog });
  if (server.holding === null) {
    await server.stop();
    throw new UsageError(
      "sessions-cannot-be-held",
      "Lockstep cannot stop a session of a server where it is on this system.",
      "Run it on Linux or macOS.",
    );
  }
  return { url: server.url, sessions: new WaitingSessions(server.holding, looked), stop: () => server.stop() };
}

/** The sessions of the server, by their process. */
export class WaitingSessions {
  readonly #holding: Holding;
  readonly #looked: Map<number, boolean>;

  constructor(holding: Holding, looked: Map<number, boolean>) {
    this.#holding = holding;
    this.#looked = looked;
  }

  /** The session is about to run: nothing is known of its waits any more. */
  begins(pid: number): void {
    this.#looked.delete(pid);
  }

  /** Holds a session that waits for a lock, as soon as it has looked for a deadlock. */
  async hold(pid: number): Promise<void> {
    const deadline = performance.now() + LOOKED_MS_MAX;
    while (this.#looked.get(pid) !== true) {
      if (performance.now() > deadline)
        throw new Error(`assertion failed: session ${pid} does not look for a deadlock`);
      await sleep(LOOK_EVERY_MS);
    }
    await this.holdAtOnce(pid);
  }

  /** Holds a session that waits for something else, of which no deadlock check knows. */
  holdAtOnce(pid: number): Promise<void> {
    return this.#holding.hold(pid);
  }

  letGo(pid: number): void {
    this.begins(pid);
    this.#holding.letGo(pid);
  }
}
