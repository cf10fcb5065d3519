/** `check --workers`: threads change nothing but the time and the memory. */
import { describe, expect, it } from "vitest";
import { lockstep, temporaryFolder } from "./program.ts";

const folder = temporaryFolder();

function check(
  protocol: string,
  ...options: readonly string[]
): { status: number | null; told: unknown; stderr: string } {
  const words = ["check", "race-001", "--protocol", protocol, "--out", folder, "--json", ...options];
  const { status, stdout, stderr } = lockstep(...words);
  return {
    status,
    told: status === 2 ? null : { ...JSON.parse(stdout), seconds: 0, bytesPerState: 0, trace: null },
    stderr,
  };
}

describe("check --workers", () => {
  it("counts the same with any number of threads", () => {
    const alone = check("atomic-update", "--clients", "6");
    expect(alone).toMatchObject({ status: 0, told: { verdict: "holds", distinctStates: 13_276, unfoldedFrom: 127 } });
    expect(check("atomic-update", "--clients", "6", "--workers", "3")).toEqual(alone);
  });

  it("says that a search was made by one thread where it cannot be shared out", () => {
    const alone = check("check-then-act");
    const { status, told, stderr } = check("check-then-act", "--workers", "2");
    expect({ status, told }).toEqual({ status: 1, told: alone.told });
    expect(stderr).toMatch(/one thread/);
  });

  it("refuses a number of threads that is none", () => {
    expect(check("atomic-update", "--workers", "0")).toMatchObject({ status: 2 });
  });
});
