/** The program asked to end, by a signal or by --max-seconds, while it is deaf: it ends, says what it knows, and leaves nothing behind. */
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { type Ended, PROGRAM, ROOT, temporaryFolder } from "./program.ts";

const folder = temporaryFolder();
const MS_MAX = 60_000;

/** A scenario of the user's with one property, whose judgement does this. */
function moduleWith(name: string, judgement: string): string {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(
    path,
    `import { race001 } from ${JSON.stringify(resolve(ROOT, "model/scenarios/race-001.ts"))};
     const [property] = race001.properties;
     export const scenario = { ...race001, name: "${name}", properties: [{ ...property, violation: () => { ${judgement} } }] };`,
  );
  return path;
}

const LOOPS = moduleWith("loops", 'process.stderr.write("deaf"); for (;;);');

function check(...words: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", PROGRAM, "check", ...words, "--out", join(folder, "out")],
    { cwd: ROOT, encoding: "utf8", timeout: MS_MAX, killSignal: "SIGKILL" },
  );
  return { status, stdout, stderr };
}

/** Runs it, sends the signals at once when it says `when`, and waits for its end. */
function signalled(words: readonly string[], when: string, signals: readonly NodeJS.Signals[]): Promise<Ended> {
  const child = spawn(process.execPath, ["--import", "tsx", "--import", WITNESS, PROGRAM, ...words], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: MS_MAX,
    killSignal: "SIGKILL",
  });
  let stdout = "";
  let stderr = "";
  let isSent = false;
  child.stdout.on("data", (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on("data", (data: Buffer) => {
    stderr += data.toString();
    if (isSent || !stderr.includes(when)) return;
    isSent = true;
    for (const signal of signals) child.kill(signal);
  });
  return new Promise((end) => child.on("close", (status) => end({ status, stdout, stderr })));
}

/** Tells that the program listens to signals. */
const WITNESS =
  "data:text/javascript,process.on('newListener',(name)=>name==='SIGTERM'&&process.stderr.write('listens'))";

describe("a property that never returns", () => {
  it("is ended by --max-seconds as inconclusive", () => {
    const { status, stdout } = check(LOOPS, "--max-seconds", "1");
    expect(status).toBe(3);
    expect(stdout).toContain("inconclusive: nothing broke");
    expect(stdout).toContain("the bound of 1 seconds was reached");
  });

  it("is told with --json as the object of an inconclusive check", () => {
    const { status, stdout } = check(LOOPS, "--max-seconds", "1", "--json");
    expect(status).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "inconclusive", exhaustive: false, bound: "1 seconds" });
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("is ended by %s, with what is known", async (signal, expected) => {
    const { status, stdout } = await signalled(["check", LOOPS], "deaf", [signal]);
    expect(status).toBe(expected);
    expect(stdout).toContain("inconclusive: nothing broke");
    expect(stdout).toContain("it was interrupted");
  });
});

describe("what takes minutes", () => {
  it("is ended by --max-seconds before the first state is made", () => {
    const { status, stdout } = check("race-001", "--buffers", "1000", "--max-seconds", "1");
    expect(status).toBe(3);
    expect(stdout).toContain("inconclusive");
    expect(readdirSync(folder)).not.toContain("out");
  });

  it("is ended by a signal in simulate", async () => {
    const words = ["simulate", "race-001", "--clients", "30", "--steps", "20000", "--out", join(folder, "simulated")];
    const { status, stdout } = await signalled(words, "listens", ["SIGINT"]);
    expect(status).toBe(130);
    expect(stdout).toContain("inconclusive");
  });
});

describe("two signals at once", () => {
  it("are one wish: the report is printed", async () => {
    const words = ["check", "race-001", "--protocol", "select-for-update", "--clients", "8", "--json"];
    const { status, stdout } = await signalled(words, "listens", ["SIGINT", "SIGTERM"]);
    expect([130, 143]).toContain(status);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "inconclusive", bound: "interrupted" });
  });
});
