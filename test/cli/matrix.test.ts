/** `lockstep matrix` as it is typed: what it prints, what its JSON holds, and its exit status. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { type Ended, lockstep, PROGRAM, ROOT, temporaryFolder } from "./program.ts";

const folder = temporaryFolder();

const matrix = (...options: readonly string[]): Ended => lockstep("matrix", ...options);

describe("matrix", () => {
  it("says at which levels a protocol holds, in how many steps it breaks, and what cures it", () => {
    const { status, stdout, stderr } = matrix(
      "race-001",
      "two-tables",
      "--protocols",
      "one-transaction,lock-parent-row",
      "--isolation",
      "read committed, repeatable read",
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const lines = stdout.split("\n").map((line) => line.trim().split(/ {2,}/));
    expect(lines).toContainEqual([
      ...["one-transaction", "✗ mutual-exclusion, 8 steps", "✓", "repeatable read"],
      "select-for-update ✓, atomic-update ✓",
    ]);
    expect(lines).toContainEqual([
      ...["lock-parent-row", "✓", "✗ mutual-exclusion, 11 steps", "read committed, not repeatable read"],
      "touch-parent-row ✓",
    ]);
  });

  it("writes the trace of each violation, links it from its page, and names it in its JSON", () => {
    const asked = ["race-001", "--protocols", "check-then-act", "--isolation", "read committed", "--clients", "3"];
    const { status, stdout } = matrix(...asked, "--out", folder, "--json");
    expect(status).toBe(0);
    const { rows } = JSON.parse(stdout) as { rows: { cells: Record<string, unknown>[] }[] };
    expect(rows).toMatchObject([{ protocol: "check-then-act", weakest: null }]);
    expect(rows[0]?.cells).toMatchObject([
      { verdict: "violated", property: "mutual-exclusion", granularity: "fine", traceLength: 6, bound: null },
    ]);
    const trace = String(rows[0]?.cells[0]?.["trace"]);
    expect(existsSync(trace)).toBe(true);
    expect(readFileSync(join(folder, "matrix.html"), "utf8")).toContain(`<a href="${trace.replace(/^.*\//, "")}">`);
  });

  it("judges between statements, and says so, where there are too many states inside of them", () => {
    const asked = ["race-001", "--protocols", "select-for-update", "--isolation", "serializable", "--clients", "3"];
    const { status, stdout } = matrix(...asked, "--max-states", "200");
    expect(status).toBe(0);
    expect(stdout).toContain("select-for-update  ✓ coarse");
    expect(stdout).toContain("serializable coarse");
  });

  it("judges every cell in the world that is asked for, and says in which", () => {
    const asked = ["leases", "--protocols", "lease-on-own-clock", "--isolation", "read committed"];
    const own = matrix(...asked);
    expect(own).toMatchObject({ status: 0, stdout: expect.stringContaining("✗ mutual-exclusion, 7 steps") });
    const none = matrix(...asked, "--faults", "none");
    expect(none).toMatchObject({ status: 0, stdout: expect.stringMatching(/lease-on-own-clock +✓ +read committed$/m) });
    expect(none.stdout).toContain("2 clients, faults none;");
    const json = matrix(...asked, "--faults", "skew:1,crash:1", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ faults: { skew: 1, crash: 1 } });
  });

  it("ends with 1 where a protocol is not what it claims to be", () => {
    const path = join(folder, "mine.mjs");
    const scenario = JSON.stringify(resolve(ROOT, "model/scenarios/race-001.ts"));
    writeFileSync(
      path,
      `import { race001 } from ${scenario};
       const [wrong] = race001.protocols;
       export const scenario = { ...race001, name: "mine", protocols: [{ ...wrong, claims: undefined, broken: false, curedBy: [wrong.name] }] };`,
    );
    const words = ["--import", "tsx", PROGRAM, "matrix", path, "--isolation", "serializable"];
    const { status, stdout } = spawnSync(process.execPath, words, { cwd: ROOT, encoding: "utf8" });
    expect(status).toBe(1);
    expect(stdout).toContain("check-then-act ✗");
  });

  it("refuses what it does not know, before it starts", () => {
    expect(matrix("--protocols", "nothing")).toMatchObject({ status: 2, stdout: "" });
    expect(matrix("--isolation", "read uncommitted").stderr).toContain("there is no isolation level");
  });

  it("prints what it has when it is interrupted, and ends with 130", async () => {
    const out = join(folder, "interrupted");
    const asked = [
      "--protocols",
      "two-buffers-as-named,two-buffers-sorted",
      "--isolation",
      "serializable",
      "--clients",
      "5",
      "--out",
      out,
    ];
    const child = spawn(process.execPath, [PROGRAM, "matrix", "two-buffers", ...asked], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "ignore"],
    });
    let printed = "";
    child.stdout.on("data", (data: Buffer) => {
      printed += data.toString();
    });
    const ended = new Promise((end) => child.on("close", end));
    // The first cell is done when its trace is there; that of its cure takes minutes.
    const look = setInterval(() => {
      if (!existsSync(out)) return;
      clearInterval(look);
      child.kill("SIGINT");
    }, 100);
    const status = await ended;
    expect(status).toBe(130);
    expect(printed).toContain("? interrupted");
  });
});
