/** `simulate` as it is typed: what it prints, what its JSON holds, and its exit status. */
import { describe, expect, it } from "vitest";
import { type Ended, lockstep, temporaryFolder } from "./program.ts";

const folder = temporaryFolder();

const simulate = (...options: readonly string[]): Ended =>
  lockstep("simulate", "race-001", "--granularity", "coarse", "--out", folder, ...options);

describe("simulate", () => {
  it("draws until a schedule fails, and tells its seed, PCT's bound and how short it can be", () => {
    const options = [
      "--protocol",
      "check-then-act",
      "--strategy",
      "pct",
      "--runs",
      "500",
      "--steps",
      "12",
      "--seed",
      "1",
    ];
    const { status, stdout } = simulate(...options, "--json");
    const told = JSON.parse(stdout) as Record<string, unknown>;
    expect(status).toBe(1);
    expect(told).toMatchObject({
      strategy: "pct",
      verdict: "violated",
      property: "mutual-exclusion",
      steps: 7,
      shortest: 6,
    });
    expect(told["chances"]).toEqual({ kind: "at least", probability: 1 / (2 * 12 ** 2), depth: 3 });
    expect(told["seed"]).toBe(Number(told["runs"]));
    const again = JSON.parse(simulate(...options, "--seed", String(told["seed"]), "--json").stdout);
    expect(again).toMatchObject({ runs: 1, seed: told["seed"], schedule: told["schedule"] });
  });

  it("says that a hunt without a failure says nothing of other schedules", () => {
    const { status, stdout } = simulate(
      "--protocol",
      "atomic-update",
      "--runs",
      "50",
      "--strategy",
      "uniform",
      "--seed",
      "1",
    );
    expect(status).toBe(0);
    expect(stdout).toContain("Nothing broke in these 50 schedules; that says nothing of the others.");
    expect(stdout).toMatch(/strategy uniform: each of 96,216,950,016 interleavings is as likely as the others/);
  });

  it("refuses a uniform walk over what cannot be counted", () => {
    const { status, stderr } = simulate("--strategy", "uniform", "--steps", "1000000");
    expect(status).toBe(2);
    expect(stderr).toContain("too many to count their interleavings");
  });
});
