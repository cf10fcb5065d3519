/** `--clients` as it is typed: a number, or `any` for `check` alone. */
import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { withInstanceOptions } from "../../src/cli/instance-options.ts";
import { lockstep, temporaryFolder } from "./program.ts";

const folder = temporaryFolder();

function clientsGiven(command: Command, text: string): unknown {
  const silent = command.exitOverride().configureOutput({ writeErr: () => {} });
  return silent.parse(["--clients", text], { from: "user" }).opts()["clients"];
}

describe("--clients", () => {
  it("is a number, or any where the command has a verdict for that", () => {
    expect(clientsGiven(withInstanceOptions(new Command()), "3")).toBe(3);
    expect(clientsGiven(withInstanceOptions(new Command(), "a verdict for all"), "3")).toBe(3);
    expect(clientsGiven(withInstanceOptions(new Command(), "a verdict for all"), "any")).toBe("any");
  });

  it("is refused as any by the other commands, with a word on which takes it", () => {
    expect(() => clientsGiven(withInstanceOptions(new Command()), "any")).toThrow(/Only check takes any/);
    expect(() => clientsGiven(withInstanceOptions(new Command(), "a verdict for all"), "many")).toThrow(/whole number/);
  });
});

describe("check --clients any", () => {
  it("ends with status 1 and a trace of the fewest clients where a protocol is violated", () => {
    const { status, stdout } = lockstep("check", "race-001", "--clients", "any", "--json", "--out", folder);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      clients: "any",
      verdict: "violated",
      property: "mutual-exclusion",
      traceLength: 6,
      trace: join(folder, "race-001-check-then-act-2-clients-coarse.json"),
      anyNumber: { seenUpTo: 1, alikeTo: 2, violatedWith: 2, uncountable: null },
    });
  });
});
