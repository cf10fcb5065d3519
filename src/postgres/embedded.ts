/**
 * A PostgreSQL server of our own: made in a temporary directory, started on a free port, and gone without a trace.
 *
 *     startPostgres      sweep what dead processes left -> folder -> initdb -> postgres -> "ready to accept connections"
 *     stop               SIGINT (fast shutdown), wait for its end, remove the folder
 *     process ends       the same on a signal; without an event loop: SIGQUIT, wait for its end, remove the folder
 *     SIGKILL of us      the next startPostgres sweeps (stale-servers.ts)
 *
 * The programs are run directly, each in a session of its own, so that a Ctrl-C in the terminal reaches only this
 * process and the server answers until the command has reported and stops it.
 *
 * The cluster sorts by bytes (locale C), knows no autovacuum, and never waits for a disk: nothing that it stores is worth
 * keeping. It listens on 127.0.0.1 only, with a random password.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "../../sim/usage-error.ts";
import { onExit } from "../process-exit.ts";
import { type Binaries, prepareBinaries, serverEnvironment } from "./binaries.ts";
import { makeServerFolder, removeFolder, sweepStaleServers } from "./stale-servers.ts";

export interface RunningPostgres {
  /** A connection string for the superuser `postgres` and the database `postgres`. */
  readonly url: string;
  /** For instance `18.4`. */
  readonly version: string;
  /** Stops the server and removes its folder. May be called more than once. */
  stop(): Promise<void>;
  /** Holds sessions where they are; null on a system that cannot. */
  readonly holding: Holding | null;
  /** Stops sessions for a moment; null on a system that cannot. */
  readonly stopping: Stopping | null;
}

/**
 * Stops a session's server process where it is, and lets it go on: a session whose wait is over then runs when it is wanted
 * and not at once. Only for a session that waits for a lock: elsewhere it may hold what the whole server needs.
 */
export interface Holding {
  hold(pid: number): Promise<void>;
  letGo(pid: number): void;
}

/** Stops a session's server process for a moment, wherever it is: it may hold what the others need, so they may have to wait. */
export interface Stopping {
  /** Does not wait until it is stopped. */
  stopBriefly(pid: number): void;
  letGo(pid: number): void;
}

export interface StartOptions {
  /** More settings of the server, by name, for instance `{ log_statement: "all" }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Is given each line of the server's log. */
  readonly onLog?: (line: string) => void;
}

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  autovacuum: "off",
  // `stress` has up to 100 clients, and a few sessions beside them.
  max_connections: "120",
  max_logical_replication_workers: "0",
  io_method: "sync",
  // Shared memory as files of the cluster goes away with the folder even after a SIGKILL.
  dynamic_shared_memory_type: "mmap",
  jit: "off",
};
const READY = "database system is ready to accept connections";
const START_MS_MAX = 60_000;
const STOP_MS_MAX = 10_000;
const STOP_NOW_MS_MAX = 3000;
const LOG_LINES_KEPT = 20;
/** Between finding a free port and listening on it another process may take it. */
const PORTS_TRIED_MAX = 5;

/** Starts a server; when it cannot, nothing is left behind and the error says why. */
export async function startPostgres(options: StartOptions = {}): Promise<RunningPostgres> {
  await sweepStaleServers();
  const cluster = makeCluster(options.onLog ?? (() => {}));
  try {
    const binaries = prepareBinaries(cluster.folder);
    const password = randomBytes(16).toString("hex");
    await cluster.initialise(binaries, password);
    const port = await cluster.start(binaries, { ...SETTINGS, ...options.settings });
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      version: binaries.version,
      stop: () => cluster.stop(),
      holding: platform() === "win32" ? null : cluster,
      stopping: platform() === "win32" ? null : cluster,
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** Makes the folder, and the cluster that cleans it up. */
function makeCluster(onLog: (line: string) => void): Cluster {
  // With a listener a signal waits for the end of this function; without one it would end the process and leave the folder.
  const forget = onExit({ stop: async () => {}, stopNow: () => {} });
  try {
    return new Cluster(makeServerFolder(), onLog);
  } finally {
    forget();
  }
}

/** One cluster, its folder, and the program that works on it now (initdb, then postgres). */
class Cluster implements Holding, Stopping {
  readonly folder: string;
  readonly #onLog: (line: string) => void;
  readonly #forget: () => void;
  #log: string[] = [];
  #child: ChildProcess | null = null;
  #stopping: Promise<void> | null = null;
  readonly #held = new Set<number>();

  constructor(folder: string, onLog: (line: string) => void) {
    this.folder = folder;
    this.#onLog = onLog;
    this.#forget = onExit({ stop: () => this.stop(), stopNow: () => this.#stopNow() });
    // mkdtemp makes it private, but the server may run as another user.
    chmodSync(folder, 0o755);
  }

  get #data(): string {
    return join(this.folder, "data");
  }

  async initialise(binaries: Binaries, password: string): Promise<void> {
    const { user } = binaries;
    const passwordFile = join(this.folder, "password");
    writeFileSync(passwordFile, password, { mode: 0o600 });
    mkdirSync(this.#data, { mode: 0o700 });
    for (const path of [passwordFile, this.#data]) if (user !== null) chownSync(path, user.uid, user.gid);
    const args = ["--pgdata", this.#data, "--username=postgres", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
    const child = this.#run(binaries.initdb, binaries, [
      ...args,
      "--encoding=UTF8",
      "--locale=C",
      "--no-sync",
      "--no-instructions",
    ]);
    const status = await ended(child);
    rmSync(passwordFile, { force: true });
    if (status !== 0) throw this.#failure(`initdb ended with ${status}`);
  }

  /** Starts the server and returns its port. */
  async start(binaries: Binaries, settings: Readonly<Record<string, string>>): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      const port = await freePort();
      const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
      const child = this.#run(binaries.postgres, binaries, ["-D", this.#data, "-p", `${port}`, ...flags]);
      const outcome = await this.#ready(child);
      if (outcome === "ready") return port;
      const portTaken = this.#log.some(
        (line) => line.includes("could not bind") || line.includes("Address already in use"),
      );
      if (!portTaken || attempt === PORTS_TRIED_MAX) throw this.#failure(outcome);
    }
  }

  stopBriefly(pid: number): void {
    this.#held.add(pid);
    process.kill(pid, "SIGSTOP");
  }

  async hold(pid: number): Promise<void> {
    this.stopBriefly(pid);
    while (!isStopped(pid)) await sleep(1);
  }

  letGo(pid: number): void {
    if (!this.#held.delete(pid)) return;
    try {
      process.kill(pid, "SIGCONT");
    } catch {
      // It has ended.
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopInOrder();
    return this.#stopping;
  }

  async #stopInOrder(): Promise<void> {
    const child = this.#child;
    for (const pid of this.#held) this.letGo(pid);
    if (child !== null && isRunning(child)) {
      const end = once(child, "exit");
      // A fast shutdown ends sessions; one that hangs is ended by an immediate one, which loses nothing worth keeping.
      child.kill("SIGINT");
      const late = setTimeout(() => child.kill("SIGQUIT"), STOP_MS_MAX);
      const tooLate = setTimeout(() => child.kill("SIGKILL"), 2 * STOP_MS_MAX);
      await end;
      clearTimeout(late);
      clearTimeout(tooLate);
    }
    removeFolder(this.folder);
    this.#forget();
  }

  /** Stops without an event loop: the end of the server shows in its postmaster.pid, which it removes last. */
  #stopNow(): void {
    const child = this.#child;
    for (const pid of this.#held) this.letGo(pid);
    if (child !== null && isRunning(child)) {
      const isServer = existsSync(join(this.#data, "postmaster.pid"));
      child.kill(isServer ? "SIGQUIT" : "SIGKILL");
      const clock = new Int32Array(new SharedArrayBuffer(4));
      for (let waitedMs = 0; isServer && waitedMs < STOP_NOW_MS_MAX; waitedMs += 10) {
        if (!existsSync(join(this.#data, "postmaster.pid"))) break;
        Atomics.wait(clock, 0, 0, 10);
      }
    }
    removeFolder(this.folder);
  }

  #run(program: string, binaries: Binaries, args: readonly string[]): ChildProcess {
    const { user } = binaries;
    const child = spawn(program, [...args], {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      env: serverEnvironment(),
      cwd: this.folder,
      ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
    });
    this.#child = child;
    this.#log = [];
    // The program must not keep this process alive: at the end of the process it is stopped.
    child.unref();
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => this.#keep(line));
      (stream as Socket).unref();
    }
    return child;
  }

  #keep(line: string): void {
    this.#log = [...this.#log, line].slice(-LOG_LINES_KEPT);
    this.#onLog(line);
  }

  /** Waits until the server accepts connections: "ready", or a sentence on why it does not. */
  #ready(child: ChildProcess): Promise<string> {
    return new Promise((resolve) => {
      const finish = (outcome: string): void => {
        clearInterval(watch);
        clearTimeout(deadline);
        resolve(outcome);
      };
      const watch = setInterval(() => this.#log.some((line) => line.includes(READY)) && finish("ready"), 5);
      const deadline = setTimeout(() => finish(`it was not ready after ${START_MS_MAX / 1000} s`), START_MS_MAX);
      child.once("error", (error) => finish(error.message));
      child.once("close", (status, signal) => finish(`postgres ended with ${status ?? signal}`));
    });
  }

  #failure(why: string): Error {
    const log = this.#log.map((line) => `    ${line}`).join("\n");
    return new UsageError(
      "server-not-started",
      `The PostgreSQL server did not start: ${why}.${log === "" ? "" : `\n${log}`}`,
      `It needs room, and a folder that its user can reach, in ${tmpdir()} (TMPDIR names another); or give a server with --database-url.`,
    );
  }
}

/** Whether a process is stopped by now; where the system does not tell, the signal is taken to be quick enough. */
function isStopped(pid: number): boolean {
  try {
    return /\) [Tt] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** The exit status of a program, its signal, or why it could not be run. */
function ended(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve) => {
    // While it runs it is what the caller waits for, so the process must stay.
    child.ref();
    child.once("error", (error) => resolve(error.message));
    child.once("close", (status, signal) => resolve(status ?? signal ?? "no status"));
  });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
  return address.port;
}
