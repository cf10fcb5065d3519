/** `lockstep` as it is typed: the bundled program, run in the root of the tree. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll } from "vitest";
import { BUNDLED } from "../../.ci/bundle.ts";

export const ROOT = resolve(import.meta.dirname, "../..");

/** What test/cli/bundle.ts has made of src/cli/main.ts. */
export const PROGRAM = join(ROOT, BUNDLED, "main.js");

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program and waits for its end. */
export function lockstep(...words: readonly string[]): Ended {
  return lockstepWith({}, ...words);
}

/** The same with variables of the environment beside those that there are. */
export function lockstepWith(environment: Readonly<Record<string, string>>, ...words: readonly string[]): Ended {
  const env = { ...process.env, ...environment };
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...words], {
    cwd: ROOT,
    encoding: "utf8",
    env,
  });
  return { status, stdout, stderr };
}

/** A folder for what the tests of a file write, which goes with the last of them. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
