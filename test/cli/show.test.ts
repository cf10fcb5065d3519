/** `show` as it is typed: what each export writes, --out, and what is refused with which hint. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { lockstep, ROOT, temporaryFolder } from "./program.ts";

const folder = temporaryFolder();

/** Checks a protocol and gives the path of the trace that this wrote. */
function traceOf(...words: readonly string[]): string {
  const { stdout } = lockstep("check", ...words, "--out", folder, "--json");
  return (JSON.parse(stdout) as { readonly trace: string }).trace;
}

let race = "";
let insideAStatement = "";
beforeAll(() => {
  race = traceOf("race-001", "--protocol", "check-then-act");
  insideAStatement = traceOf("two-buffers", "--protocol", "two-buffers-in-one-update");
});

describe.each([
  ["spec", /^permutation alice_1 bob_2 alice_3 bob_5$/m],
  ["test", /^test\("at most one client believes that it owns a buffer"/m],
  ["itf", /"vars"/],
  ["perfetto", /"ph": ?"B"/],
])("show --format %s", (format, holds) => {
  it("prints the export and nothing else", () => {
    const { status, stdout, stderr } = lockstep("show", race, "--format", format);
    expect(stdout).toMatch(holds);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("writes the same to the file of --out, and prints nothing", () => {
    const file = join(folder, format, "exported");
    expect(lockstep("show", race, "--format", format, "--out", file)).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(readFileSync(file, "utf8")).toBe(lockstep("show", race, "--format", format).stdout);
  });

  it("refuses a file that is not a trace, and writes nothing", () => {
    const out = join(folder, `${format}-of-no-trace`);
    const { status, stdout } = lockstep("show", join(ROOT, "package.json"), "--format", format, "--out", out);
    expect({ status, stdout, written: existsSync(out) }).toEqual({ status: 2, stdout: "", written: false });
  });
});

describe("show", () => {
  it("refuses a format that it does not know, and lists those that it knows", () => {
    const { status, stderr } = lockstep("show", race, "--format", "pdf");
    expect(status).toBe(2);
    expect(stderr).toContain("text, mermaid, json, html, spec, test, itf, perfetto");
  });

  it.each(["spec", "test"])("offers the spelled-out twin where %s would need a move inside a statement", (format) => {
    const { status, stdout, stderr } = lockstep("show", insideAStatement, "--format", format);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain("from outside a statement cannot be stopped there");
    expect(stderr.replace(/\s+/g, " ")).toContain(
      "npm run -s check -- two-buffers --protocol two-buffers-as-named --granularity coarse",
    );
  });

  it("puts another protocol's code in a test", () => {
    const { stdout } = lockstep("show", race, "--format", "test", "--with", "atomic-update");
    expect(stdout).toContain("AND locked_by IS NULL RETURNING id");
    expect(stdout).toContain('SCHEDULE: readonly string[] = ["alice", "bob", "alice", "bob"]');
  });

  it.each([
    [
      "a protocol that the scenario does not have",
      ["--format", "test", "--with", "wishes"],
      /has no protocol "wishes"/,
    ],
    ["--with beside another format", ["--format", "spec", "--with", "atomic-update"], /Give --format test/],
  ])("refuses %s", (_, words, why) => {
    const { status, stderr } = lockstep("show", race, ...words);
    expect(status).toBe(2);
    expect(stderr).toMatch(why);
  });

  it("writes a run without end as a lasso: itf's loop is the state to which the last one returns", () => {
    const trace = traceOf("race-001", "--protocol", "select-for-update", "--liveness", "answered");
    const { repeatsFrom } = JSON.parse(readFileSync(trace, "utf8")) as { readonly repeatsFrom: number };
    const { loop, states } = JSON.parse(lockstep("show", trace, "--format", "itf").stdout) as {
      readonly loop: number;
      readonly states: readonly Readonly<Record<string, unknown>>[];
    };
    const values = ({ "#meta": _, ...rest }: Readonly<Record<string, unknown>> = {}) => rest;
    expect(loop).toBe(repeatsFrom - 1);
    expect(values(states.at(-1))).toEqual(values(states[loop]));
  });
});
