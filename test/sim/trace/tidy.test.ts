import { describe, expect, it } from "vitest";
import { tidySchedule } from "../../../sim/trace/tidy.ts";
import { fakeSystem, RACE, RACE_AT_COMMIT, RACE_WITH_WAIT, schedule } from "./fake-system.ts";

const system = fakeSystem({ clients: ["alice", "bob"], protocol: "check-then-act" });

describe("tidying a counterexample", () => {
  it("brings a statement down to its commit where the property still breaks in the last step", async () => {
    expect(await tidySchedule(system, RACE_AT_COMMIT, "mutual-exclusion")).toEqual(RACE);
  });

  it("leaves a tidy one as it is", async () => {
    expect(await tidySchedule(system, RACE, "mutual-exclusion")).toEqual(RACE);
  });

  it("leaves a commit apart from its statement where a wait in between needs it so", async () => {
    expect(await tidySchedule(system, RACE_WITH_WAIT, "mutual-exclusion")).toEqual(RACE_WITH_WAIT);
  });

  it("keeps each client's own order and every choice", async () => {
    const three = fakeSystem({ clients: ["alice", "bob", "carol"], protocol: "check-then-act" });
    const found = schedule(
      "alice/acquire 1, alice/next, carol/acquire 1, bob/acquire 1, alice/commit, bob/next, bob/commit",
    );
    const tidy = await tidySchedule(three, found, "mutual-exclusion");
    const of = (steps: typeof found, client: string) => steps.filter((choice) => choice.client === client);
    for (const client of three.clients) expect(of(tidy, client)).toEqual(of(found, client));
    expect(tidy.length).toBe(found.length);
  });
});
