/**
 * The program under input that nobody means well: each row is a command, the status that it ends with, and what it says. Nothing may be left
 * behind, and 70 (a fault of lockstep) is never the answer to a user's mistake. `timeout` ends a program that would go on; no row waits for it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Ended, PROGRAM, temporaryFolder } from "./program.ts";

const MS_MAX = 60_000;
const folder = temporaryFolder();
const empty = (): string => mkdtempSync(join(folder, "case-"));

interface World {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function run(words: readonly string[], { cwd = empty(), input = "", env = {} }: World = {}): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...words], {
    cwd,
    input,
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: MS_MAX,
    killSignal: "SIGKILL",
    maxBuffer: 2 ** 28,
  });
  return { status, stdout, stderr };
}

/** A disk that is full when the second file is to appear. */
const FULL_LATER = `data:text/javascript,${encodeURIComponent(`
  import fs from "node:fs";
  import { syncBuiltinESMExports } from "node:module";
  const { renameSync } = fs;
  fs.renameSync = (from, to) => {
    if (to.endsWith(".html")) throw new Error("ENOSPC: no space left on device, rename");
    renameSync(from, to);
  };
  syncBuiltinESMExports();
`)}`;

/** Runs it by a shell, which can send output where a pipe cannot. */
function shell(line: string): Ended {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", line], {
    cwd: empty(),
    env: { ...process.env, LOCKSTEP: `${process.execPath} ${PROGRAM}` },
    encoding: "utf8",
    timeout: MS_MAX,
  });
  return { status, stdout, stderr };
}

function traceOf(...words: readonly string[]): string {
  const { stdout } = run(["check", "race-001", "--json", "--out", folder, ...words]);
  return (JSON.parse(stdout) as { trace: string }).trace;
}

function edited(name: string, edit: (trace: Record<string, Record<string, unknown>>) => void): string {
  const trace = JSON.parse(readFileSync(traceOf(), "utf8")) as Record<string, Record<string, unknown>>;
  edit(trace);
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(trace));
  return path;
}

describe("names of trace files", () => {
  it("tell apart what runs are about, so that no run replaces the trace of another one", () => {
    const out = empty();
    const about = [
      [],
      ["--isolation", "serializable", "--oracle", "linearizable"],
      ["--isolation", "repeatable read"],
      ["--buffers", "2"],
      ["--faults", "crash:1"],
      ["--property", "mutual-exclusion"],
      ["--clients", "3"],
    ];
    const traces = about.map((words) => {
      const { status, stdout } = run(["check", "race-001", "--json", "--out", out, ...words]);
      expect(status).toBe(1);
      return (JSON.parse(stdout) as { trace: string }).trace;
    });
    expect(new Set(traces).size).toBe(about.length);
    expect(readdirSync(out)).toHaveLength(2 * about.length);
    expect(traces[0]).toBe(join(out, "race-001-check-then-act-2-clients-coarse.json"));
  });

  it("are the same for the same command typed again", () => {
    const out = empty();
    for (const _ of [1, 2]) expect(run(["check", "race-001", "--out", out]).status).toBe(1);
    expect(readdirSync(out)).toHaveLength(2);
  });

  it("get a number where something else is in the way, which stays as it is", () => {
    const out = empty();
    const inTheWay = join(out, "race-001-check-then-act-2-clients-coarse");
    writeFileSync(`${inTheWay}.json`, "mine");
    mkdirSync(`${inTheWay}-2.html`);
    const { status, stdout } = run(["check", "race-001", "--out", out]);
    expect(status).toBe(1);
    expect(stdout).toContain(`step through it:  ${inTheWay}-3.html`);
    expect(readFileSync(`${inTheWay}.json`, "utf8")).toBe("mine");
  });
});

describe("a folder that cannot be written to", () => {
  const file = join(folder, "a-file");
  writeFileSync(file, "");
  it.each([
    ["is a file", file],
    ["is below a file", join(file, "below")],
    ["is where the system makes none", "/proc/lockstep"],
  ])("is refused before the search where it %s", (_, out) => {
    for (const words of [["check"], ["simulate"], ["matrix", "--protocols", "check-then-act"]]) {
      const cwd = empty();
      const { status, stdout, stderr } = run([...words, "race-001", "--out", out], { cwd });
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toContain(`error: ${out} is no folder that can be written to`);
      expect(readdirSync(cwd)).toEqual([]);
    }
  });

  it("is refused for a file as well", () => {
    const { status, stderr } = run(["show", traceOf(), "--out", join(file, "below", "t.json")]);
    expect(status).toBe(2);
    expect(stderr).toContain("cannot be written");
  });
});

describe("a verdict", () => {
  it("is printed and gives the exit status where its files cannot be written in the end", () => {
    const told = spawnSync(process.execPath, ["--import", FULL_LATER, PROGRAM, "check", "race-001", "--out", "out"], {
      cwd: empty(),
      encoding: "utf8",
    });
    expect(told.status).toBe(1);
    expect(told.stdout).toContain("mutual-exclusion is violated");
    expect(told.stdout).not.toContain("step through it");
    expect(told.stderr).toContain("cannot be written: ENOSPC");
    expect(told.stderr).toContain("The verdict stands");
  });

  it("stands beside the error in the object of --json, and no half of a pair is left", () => {
    const cwd = empty();
    const words = ["check", "race-001", "--json", "--out", "out"];
    const { status, stdout } = spawnSync(process.execPath, ["--import", FULL_LATER, PROGRAM, ...words], {
      cwd,
      encoding: "utf8",
    });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: "violated",
      trace: null,
      error: { code: "file-not-writable" },
    });
    expect(readdirSync(join(cwd, "out"))).toEqual([]);
  });

  it.skipIf(!existsSync("/dev/full"))("that cannot be printed ends with a status of its own", () => {
    const { status, stderr } = shell("$LOCKSTEP check race-001 --out out > /dev/full");
    expect(status).toBe(74);
    expect(stderr.trim().split("\n")).toEqual([expect.stringContaining("standard output cannot be written to")]);
  });
});

describe("a trace", () => {
  it("is read from standard input", () => {
    const input = readFileSync(traceOf(), "utf8");
    expect(run(["show", "-"], { input }).stdout).toContain("mutual-exclusion is violated");
    expect(run(["replay", "-"], { input }).stdout).toContain("reproduced");
  });

  it.each([
    ["[".repeat(200_000), 'line 1, column 502: found "[", expected no more than 500 values inside of each other'],
    [`${"[".repeat(200_000)}${"]".repeat(200_000)}`, "expected no more than 500 values inside of each other"],
    ["[]", "found a list, expected a JSON object"],
    ["{}", 'found an object, expected a JSON object whose "format"'],
    ["", "found the end of the file"],
  ])("that is none is refused with its place (%#)", (input, told) => {
    for (const command of ["show", "replay"]) {
      const { status, stdout, stderr } = run([command, "-"], { input });
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toContain(told);
    }
  });

  it.skipIf(!existsSync("/dev/zero"))("that never ends is read to a limit", () => {
    const { status, stderr } = run(["show", "/dev/zero"]);
    expect(status).toBe(2);
    expect(stderr).toContain("/dev/zero cannot be read: it has more than 256 MB");
  });

  it.each([
    ["buffers", 1e15, "parameters.buffers: found 1000000000000000, expected 1000 or less"],
    ["buffers", 2e6, "expected 1000 or less"],
    ["clients", Array.from({ length: 1001 }, (_, at) => `c${at}`), "expected at most 1000 elements"],
    ["faults", { crash: 10 }, "parameters.faults.crash: found 10, expected 9 or less"],
    ["oracle", { name: "serializable-outcome", attempts: 1e6 }, "expected 9 or less"],
  ])("has no more %s than the command line takes", (field, value, told) => {
    const path = edited("too-much.json", (trace) => {
      (trace["parameters"] as Record<string, unknown>)[field] = value;
    });
    const { status, stderr } = run(["replay", path]);
    expect(status).toBe(2);
    expect(stderr).toContain(told);
  });
});

describe("an error", () => {
  it.each([
    ["unknown-scenario", ["check", "nothing"]],
    ["commander.unknownOption", ["check", "race-001", "--clinets", "2"]],
    ["file-not-readable", ["replay", "missing.json"]],
    ["folder-not-writable", ["simulate", "race-001", "--out", "/proc/lockstep"]],
  ])("is an object with --json: %s", (code, words) => {
    const { status, stdout, stderr } = run([...words, "--json"]);
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      error: { code, message: expect.any(String), hint: expect.any(String) },
    });
    expect(stderr).toContain("error: ");
  });
});

describe("--isolation", () => {
  it.each(["READ COMMITTED", "Read  Committed", "read-committed"])("is taken as SQL has it: %s", (level) => {
    const { status, stdout } = run(["check", "race-001", "--isolation", level, "--json"]);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ isolation: "read committed" });
  });
});

describe("a temporary folder that cannot be used", () => {
  it.each([
    ["is not there", "/nowhere/at/all"],
    ["is a file", PROGRAM],
  ])("is told where it %s", (_, TMPDIR) => {
    const env = { TMPDIR, DATABASE_URL: "" };
    const { status, stderr } = run(["stress", "race-001"], { env });
    expect(status).toBe(2);
    expect(stderr).toContain(`${TMPDIR} cannot be used`);
    const tour = run(["sim"], { env });
    expect(tour.status).toBe(3);
    expect(tour.stdout).toContain("mutual-exclusion is violated");
    expect(tour.stdout).toContain(`${TMPDIR} cannot be used`);
  });
});
