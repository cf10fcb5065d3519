/** The closing line of .ci/run counts what vitest recorded, and a run in which anything went wrong never ends well. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "lockstep-count-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function count(results: unknown): { readonly last: string; readonly status: number | null } {
  const file = join(folder, "results.json");
  writeFileSync(file, JSON.stringify(results));
  const { stdout, status } = spawnSync(process.execPath, ["node_modules/tsx/dist/cli.mjs", ".ci/count.ts", file], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return { last: stdout.trimEnd().split("\n").at(-1) ?? "", status };
}

const passed = { status: "passed", assertionResults: [{ status: "passed" }] };
const good = { numPassedTests: 1, numFailedTests: 0, numPendingTests: 0, success: true, testResults: [passed] };

test("a run in which all passed ends well", () => {
  expect(count({ ...good, numPendingTests: 2 })).toEqual({ last: "1 passed, 0 failed", status: 0 });
});

test("a failed test is counted", () => {
  const failed = { status: "failed", assertionResults: [{ status: "failed" }] };
  const results = { ...good, numFailedTests: 1, success: false, testResults: [passed, failed] };
  expect(count(results)).toEqual({ last: "1 passed, 1 failed", status: 1 });
});

test("a file that could not be loaded counts as a failure", () => {
  const results = { ...good, success: false, testResults: [passed, { status: "failed", assertionResults: [] }] };
  expect(count(results)).toEqual({ last: "1 passed, 1 failed", status: 1 });
});

test("an error outside of every test fails the run", () => {
  expect(count({ ...good, success: false }).status).toBe(1);
});

test("a run without tests fails", () => {
  expect(count({ ...good, numPassedTests: 0, testResults: [] }).status).toBe(1);
});
