/** `check` as it is typed, where it cannot see everything: it ends when it is told to, says how far it came, and never calls it a pass. */
import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { lockstep, PROGRAM, ROOT, temporaryFolder } from "./program.ts";

const folder = temporaryFolder();

/** Tells at the end how much memory the process had at most, and at the beginning of its work that it has begun. */
const WITNESS =
  "data:text/javascript,process.on('exit',()=>process.stderr.write('KB '+process.resourceUsage().maxRSS));" +
  "process.on('newListener',(name)=>name==='SIGINT'&&process.stderr.write('listens'))";

interface Ended {
  readonly status: number | null;
  readonly told: Record<string, unknown>;
  readonly megabytes: number;
}

/** Nine clients have more states than any test can wait for. */
function checkTooMuch(options: readonly string[], interruptAfterMs: number | null = null): Promise<Ended> {
  const about = ["--protocol", "select-for-update", "--clients", "9", "--granularity", "coarse", "--json"];
  const child = spawn(
    process.execPath,
    ["--import", WITNESS, PROGRAM, "check", "race-001", ...about, "--out", folder, ...options],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] },
  );
  let printed = "";
  let witnessed = "";
  child.stdout.on("data", (data: Buffer) => {
    printed += data.toString();
  });
  child.stderr.on("data", (data: Buffer) => {
    if (interruptAfterMs !== null && !witnessed.includes("listens")) {
      setTimeout(() => child.kill("SIGINT"), interruptAfterMs);
    }
    witnessed += data.toString();
  });
  return new Promise((end) =>
    child.on("close", (status) =>
      end({ status, told: JSON.parse(printed), megabytes: Number(/KB (\d+)/.exec(witnessed)?.[1]) / 1024 }),
    ),
  );
}

describe("check", () => {
  it("prints one object with --json, whose shape does not drift", () => {
    const { status, stdout } = lockstep("check", "race-001", "--json", "--out", folder);
    const told: Record<string, unknown> = JSON.parse(stdout);
    expect(status).toBe(1);
    expect(told["bytesPerState"]).toBeGreaterThan(0);
    expect({ ...told, seconds: 0, bytesPerState: 0, trace: "", coverage: {} }).toMatchInlineSnapshot(`
      {
        "anomaly": null,
        "bound": null,
        "buffers": 1,
        "bytesPerState": 0,
        "clients": 2,
        "codeErrors": [],
        "coverage": {},
        "depth": 8,
        "distinctStates": 41,
        "exhaustive": false,
        "failures": [],
        "faults": {},
        "fullStates": null,
        "granularity": "fine",
        "isolation": "read committed",
        "liveness": null,
        "message": "alice and bob both own buffer 1",
        "needsFine": false,
        "now": null,
        "oracle": null,
        "outcomes": null,
        "property": "mutual-exclusion",
        "protocol": "check-then-act",
        "reason": null,
        "reductions": [],
        "repeatsFrom": null,
        "rows": null,
        "scenario": "race-001",
        "search": "breadth-first",
        "seconds": 0,
        "shortest": null,
        "spelledOut": null,
        "trace": "",
        "traceGranularity": "coarse",
        "traceLength": 6,
        "transitions": 64,
        "unclaimed": [],
        "unfoldedFrom": null,
        "unhandledEvents": [],
        "vacuous": [],
        "verdict": "violated",
      }
    `);
    expect(shapeOf(told["coverage"])).toMatchInlineSnapshot(`
      {
        "complete": "boolean",
        "interleavings": {
          "all": "boolean",
          "count": "string",
          "steps": "number",
        },
        "pairs": {
          "bothOrders": "number",
          "oneOrder": "list",
          "seen": "number",
        },
        "states": "number",
        "transitions": {
          "never": "list",
          "taken": "list",
          "threw": "list",
        },
      }
    `);
  });

  it("says with --search depth-first that it was, and whether the trace is a shortest one", () => {
    const { status, stdout } = lockstep("check", "race-001", "--search", "depth-first", "--json", "--out", folder);
    const told: Record<string, unknown> = JSON.parse(stdout);
    expect(status).toBe(1);
    expect(told).toMatchObject({ search: "depth-first", shortest: true, traceLength: 6 });
    expect(told["coverage"]).toMatchObject({
      pairs: null,
      transitions: { taken: expect.arrayContaining(["checking -rows-> taking"]) },
    });
  });

  it("names --search depth-first where memory gave out", () => {
    const about = ["--protocol", "atomic-update", "--clients", "3", "--buffers", "2", "--max-memory", "50MB"];
    const { status, stdout } = lockstep("check", "race-001", ...about, "--out", folder);
    expect(status).toBe(3);
    expect(stdout).toContain("--search depth-first takes less memory");
  });

  it("names reductions where a search without any has ended early, and not where they are used", () => {
    const about = ["--protocol", "atomic-update", "--clients", "3", "--max-states", "20", "--out", folder];
    const plainly = lockstep("check", "race-001", ...about);
    expect(plainly.status).toBe(3);
    expect(plainly.stdout).toContain("nothing broke in 20 states");
    expect(plainly.stdout).toContain("--reductions symmetry,partial-order has fewer states to see");
    const reduced = lockstep("check", "race-001", ...about, "--reductions", "symmetry");
    expect(reduced.status).toBe(3);
    expect(reduced.stdout).not.toContain("has fewer states to see");
  });

  it("ends as inconclusive with status 3 when it has taken the memory that it may take, and takes little more", async () => {
    const { status, told, megabytes } = await checkTooMuch(["--max-memory", "150MB"]);
    expect(status).toBe(3);
    expect(told).toMatchObject({ verdict: "inconclusive", exhaustive: false, bound: "150 MB of memory" });
    expect(told["distinctStates"]).toBeGreaterThan(200);
    expect(megabytes).toBeLessThan(150 + 100);
  });

  it("ends as inconclusive with status 130 when it is interrupted, and says how far it came", async () => {
    const { status, told } = await checkTooMuch([], 500);
    expect(status).toBe(130);
    expect(told).toMatchObject({ verdict: "inconclusive", exhaustive: false, bound: "interrupted" });
    expect(told["distinctStates"]).toBeGreaterThan(1);
  });
});

/** The names of the fields, down to the lists. */
function shapeOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return Array.isArray(value) ? "list" : typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shapeOf(field)]));
}
