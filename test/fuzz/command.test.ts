import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";

function fuzz(...args: readonly string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  const argv = ["--import", "tsx", "src/fuzz/main.ts", ...args];
  return spawnSync(process.execPath, argv, { encoding: "utf8" });
}

describe("npm run fuzz", () => {
  test("ends with 0 when there is no difference, and says with --json what was met", () => {
    const { status, stdout } = fuzz("--runs", "20", "--seed", "3", "--features", "usual,-grammar", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      seed: 3,
      runs: 20,
      differences: [],
      restless: [],
      coverage: { errors: {}, waits: {} },
      branches: { branches: expect.any(Number), unreached: expect.any(Number), places: expect.any(Array) },
    });
    const { branches } = JSON.parse(stdout);
    expect(branches.branches).toBeGreaterThan(5000);
    expect(branches.unreached).toBeLessThan(branches.branches);
    expect(branches.places).toContainEqual(expect.stringMatching(/^sim\/postgres\/\S+\.ts:\d+$/));
  });

  test("ends with 2 when it is called in a wrong way", () => {
    const wrong = fuzz("--runs", "0");
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining("integer of at least 1")]);
    expect(fuzz("--features", "locks").status).toBe(2);
  });
});
