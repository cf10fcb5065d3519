/**
 * The folders of our servers: how one is marked with the process that owns it, and how those of dead owners are removed.
 *
 *     <temporary folder>/lockstep-postgres-Xq3v9z/
 *       parent.json       who started it: process id, when that process started, host
 *       data/             PostgreSQL's cluster; postmaster.pid in it names the server process
 *       postgresql/       a copy of the programs, only where the server's user cannot reach the installed ones
 *
 * A process that is killed with SIGKILL cannot clean up, so the next one that starts a server does. A folder is swept
 * only when its parent is known to be dead: a process id alone would be taken for alive when it was given to another
 * process since, so the start of the process is compared as well, and folders made on another host (a shared temporary
 * folder) are left alone. Of the processes only the one in postmaster.pid is stopped, and only if its command line names
 * this folder.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname, platform, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "../../sim/usage-error.ts";

const FOLDER_PREFIX = "lockstep-postgres-";
/** A folder without a mark is one whose owner died between two system calls, once it is this old. */
const UNMARKED_MINUTES_MAX = 10;
const FAST_SHUTDOWN_MS_MAX = 3000;
/** After five seconds the server kills the processes of its own that do not react. */
const IMMEDIATE_SHUTDOWN_MS_MAX = 7000;

interface Parent {
  readonly pid: number;
  readonly startedAt: string;
  readonly host: string;
}

/** Makes a folder for a server, marked as owned by this process. */
export function makeServerFolder(): string {
  let folder: string | null = null;
  try {
    folder = mkdtempSync(join(tmpdir(), FOLDER_PREFIX));
    const parent: Parent = { pid: process.pid, startedAt: startOf(process.pid), host: hostname() };
    writeFileSync(join(folder, "parent.json"), JSON.stringify(parent));
    return folder;
  } catch (error) {
    if (folder !== null) removeFolder(folder);
    throw noTemporaryFolder(error);
  }
}

/** The temporary folder cannot be used. */
function noTemporaryFolder(error: unknown): UsageError {
  const reason = error instanceof Error ? error.message.replace(/, [^,]*$/, "") : String(error);
  return new UsageError(
    "temporary-folder",
    `the server needs a temporary folder, and ${tmpdir()} cannot be used: ${reason}`,
    "Name another folder in TMPDIR, or give a server of yours with --database-url.",
  );
}

/** The names in the temporary folder. */
function temporaryNames(): readonly string[] {
  try {
    return readdirSync(tmpdir());
  } catch (error) {
    throw noTemporaryFolder(error);
  }
}

/** Stops the servers and removes the folders of processes that are dead. */
export async function sweepStaleServers(): Promise<void> {
  const stale = temporaryNames()
    .filter((name) => name.startsWith(FOLDER_PREFIX))
    .map((name) => join(tmpdir(), name))
    .filter(isStale);
  await Promise.all(
    stale.map(async (folder) => {
      try {
        await stopServerOf(folder);
        removeFolder(folder);
      } catch {
        // Somebody else sweeps it at the same time, or it belongs to another user: the next start tries again.
      }
    }),
  );
}

/** Removes a server's folder; what disappears meanwhile is fine. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/** The process id of the server that runs on this folder's cluster, or null. */
export function serverProcessOf(folder: string): number | null {
  const firstLine = readOrNull(join(folder, "data", "postmaster.pid"))?.split("\n")[0] ?? "";
  const pid = Number.parseInt(firstLine, 10);
  return pid > 0 && isAlive(pid) && commandLineOf(pid).includes(folder) ? pid : null;
}

function isStale(folder: string): boolean {
  try {
    const stat = statSync(folder);
    const uid = process.getuid?.();
    if (uid !== undefined && stat.uid !== uid) return false;
    const mark = readOrNull(join(folder, "parent.json"));
    if (mark === null || mark === "") return Date.now() - stat.mtimeMs > UNMARKED_MINUTES_MAX * 60_000;
    const parent = JSON.parse(mark) as Parent;
    if (parent.host !== hostname()) return false;
    return !isAlive(parent.pid) || startOf(parent.pid) !== parent.startedAt;
  } catch {
    // It went away, or its mark is not ours to read.
    return false;
  }
}

async function stopServerOf(folder: string): Promise<void> {
  for (const [signal, waitMsMax] of [
    ["SIGINT", FAST_SHUTDOWN_MS_MAX],
    ["SIGQUIT", IMMEDIATE_SHUTDOWN_MS_MAX],
    ["SIGKILL", IMMEDIATE_SHUTDOWN_MS_MAX],
  ] as const) {
    const pid = serverProcessOf(folder);
    if (pid === null) return;
    process.kill(pid, signal);
    for (let waitedMs = 0; waitedMs < waitMsMax && serverProcessOf(folder) !== null; waitedMs += 20) await sleep(20);
  }
}

/** Whether a process with this id exists. A process that we may not signal exists, too. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When a process started, as a text that only ever is compared; the empty text where the system does not tell. */
function startOf(pid: number): string {
  if (platform() === "linux") {
    // The name in parentheses may hold spaces; the start time is the 20th field after it.
    return readOrNull(`/proc/${pid}/stat`)?.split(") ").at(-1)?.split(" ")[19] ?? "";
  }
  return platform() === "win32" ? "" : ask("ps", ["-o", "lstart=", "-p", `${pid}`]);
}

function commandLineOf(pid: number): string {
  if (platform() === "linux") return readOrNull(`/proc/${pid}/cmdline`)?.replaceAll("\0", " ") ?? "";
  if (platform() === "win32") return ask("wmic", ["process", "where", `ProcessId=${pid}`, "get", "CommandLine"]);
  return ask("ps", ["-ww", "-o", "command=", "-p", `${pid}`]);
}

function ask(command: string, args: readonly string[]): string {
  return spawnSync(command, [...args], { encoding: "utf8" }).stdout?.trim() ?? "";
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
