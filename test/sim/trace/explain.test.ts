import { describe, expect, it } from "vitest";
import { explainRaces } from "../../../sim/trace/explain.ts";
import { fakeSystem, RACE, RACE_AT_COMMIT, RACE_WITH_WAIT, schedule } from "./fake-system.ts";

const system = fakeSystem({ clients: ["alice", "bob"], protocol: "check-then-act" });

describe("the race of check-then-act", () => {
  it("is one client's check and the commit of the other one's write", async () => {
    const races = await explainRaces(system, RACE, "mutual-exclusion");
    expect(races.map(({ first, second }) => [first, second])).toEqual([[2, 4]]);
  });

  it("is told in a sentence with both steps and what the other order would have answered", async () => {
    const [race] = await explainRaces(system, RACE, "mutual-exclusion");
    expect(race?.sentence).toBe(
      "bob's SELECT runs (step 2) before alice's UPDATE is committed (step 4). " +
        "In the other order bob's SELECT answers locked_by 'alice' instead of locked_by null, and mutual-exclusion holds.",
    );
  });

  it("is the commit alone where the check runs between the UPDATE and its commit", async () => {
    const races = await explainRaces(system, RACE_AT_COMMIT, "mutual-exclusion");
    expect(races.map(({ first, second }) => [first, second])).toEqual([[3, 4]]);
  });

  it("is found across steps in between where no exchange of neighbours removes the violation", async () => {
    const races = await explainRaces(system, RACE_WITH_WAIT, "mutual-exclusion");
    expect(races.map(({ first, second }) => [first, second])).toEqual([[2, 5]]);
  });

  it("is between the clients that break the property, not with one that only looks on", async () => {
    const three = fakeSystem({ clients: ["alice", "bob", "carol"], protocol: "check-then-act" });
    const races = await explainRaces(
      three,
      schedule("alice/acquire 1, carol/acquire 1, bob/acquire 1, alice/next, alice/commit, carol/next, carol/commit"),
      "mutual-exclusion",
    );
    expect(races.map(({ first, second }) => [first, second])).toEqual([[2, 5]]);
    expect(races[0]?.sentence).toContain("carol's SELECT runs (step 2) before alice's UPDATE is committed (step 5)");
  });

  it("does not count an exchange that only puts the violation off", async () => {
    // Exchanging the two UPDATEs leaves two owners at the end: other names, same harm.
    const races = await explainRaces(system, RACE, "mutual-exclusion");
    expect(races.some(({ first, second }) => first === 4 && second === 6)).toBe(false);
  });

  it("is not made up where nothing is violated", async () => {
    expect(await explainRaces(system, RACE.slice(0, 1), "mutual-exclusion")).toEqual([]);
  });
});
