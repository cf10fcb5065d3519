/** Prints the closing line of a test run, `N passed, N failed`, from what vitest recorded; fails unless all is well. */
import { readFileSync } from "node:fs";

interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

const file = process.argv[2] ?? ".lockstep/test-results.json";
const results = JSON.parse(readFileSync(file, "utf8")) as Results;

// A file that could not be loaded has no failed test in it, but it failed.
const unloadable = results.testResults.filter(
  ({ status, assertionResults }) =>
    status === "failed" && !assertionResults.some((assertion) => assertion.status === "failed"),
).length;
const failed = results.numFailedTests + unloadable;

if (results.numPendingTests > 0) process.stdout.write(`${results.numPendingTests} skipped, for the reasons above\n`);
process.stdout.write(`${results.numPassedTests} passed, ${failed} failed\n`);
if (failed > 0 || results.numPassedTests === 0 || !results.success) process.exit(1);
