/** Each property names what is wrong in a world that breaks it, and is silent in one that does not. */
import { describe, expect, test } from "vitest";
import {
  mutualExclusion,
  noDeadlock,
  oneOwnerOf,
  oneRowEach,
  ownerIsRecorded,
  ownerRecordedIn,
  somebodyOwns,
} from "../../model/properties.ts";
import type { ClientView, World } from "../../model/property.ts";

function client(
  name: string,
  seen: Partial<Omit<ClientView, "name" | "view">> & { readonly owns?: number } = {},
): ClientView {
  const { waitsFor = [], ended = false, endedBy = ended ? { kind: "done" } : null } = seen;
  return { name, view: { owns: seen.owns ?? null }, waitsFor, ended, endedBy };
}

function world(clients: readonly ClientView[], owners: readonly (string | null)[] = [null]): World {
  return { clients, tables: { buffers: owners.map((locked_by, at) => ({ id: at + 1, locked_by })) } };
}

describe("mutual-exclusion", () => {
  test("names both clients that own one buffer", () => {
    const both = world([client("alice", { owns: 1 }), client("bob", { owns: 1 })]);
    expect(mutualExclusion.violation(both)).toBe("alice and bob both own buffer 1");
  });

  test("names all three", () => {
    const all = world([client("alice", { owns: 2 }), client("bob", { owns: 2 }), client("carol", { owns: 2 })]);
    expect(mutualExclusion.violation(all)).toBe("alice, bob and carol all own buffer 2");
  });

  test("lets two clients own two buffers", () => {
    expect(mutualExclusion.violation(world([client("alice", { owns: 1 }), client("bob", { owns: 2 })]))).toBeNull();
  });
});

describe("owner-is-recorded", () => {
  test("is kept while the row names the client that believes", () => {
    expect(ownerIsRecorded.violation(world([client("alice", { owns: 1 })], ["alice"]))).toBeNull();
  });

  test("is broken when the row names somebody else", () => {
    expect(ownerIsRecorded.violation(world([client("alice", { owns: 1 })], ["bob"]))).toBe(
      "alice believes that it owns buffer 1, but its row names bob",
    );
  });

  test("is broken when the row names nobody", () => {
    expect(ownerIsRecorded.violation(world([client("alice", { owns: 1 })], [null]))).toBe(
      "alice believes that it owns buffer 1, but its row names nobody",
    );
  });

  test("is broken when there is no row", () => {
    expect(ownerIsRecorded.violation(world([client("alice", { owns: 9 })], [null]))).toBe(
      "alice believes that it owns buffer 9, which has no row",
    );
  });

  test("does not mind a row that names a client without belief", () => {
    expect(ownerIsRecorded.violation(world([client("alice")], ["alice"]))).toBeNull();
  });
});

describe("one-row-each", () => {
  const oneRow = oneRowEach({ thing: "job", table: "claims", key: "job" });
  const claims = (...jobs: number[]): World => ({ clients: [], tables: { claims: jobs.map((job) => ({ job })) } });

  test("counts the rows of the thing that has several", () => {
    expect(oneRow.violation(claims(1, 2, 1, 1))).toBe("claims has 3 rows for job 1");
  });

  test("lets each thing have a row, and a table be empty", () => {
    expect([oneRow.violation(claims(1, 2)), oneRow.violation(claims()), oneRow.violation(world([]))]).toEqual([
      null,
      null,
      null,
    ]);
  });
});

describe("a client that owns two things", () => {
  const both: ClientView = {
    name: "alice",
    view: { owns: 1, "owns too": 2 },
    waitsFor: [],
    ended: false,
    endedBy: null,
  };

  test("shares neither of them", () => {
    expect(mutualExclusion.violation(world([both, client("bob", { owns: 2 })]))).toBe(
      "alice and bob both own buffer 2",
    );
  });

  test("is recorded in both rows", () => {
    expect(ownerIsRecorded.violation(world([both], ["alice", "bob"]))).toBe(
      "alice believes that it owns buffer 2, but its row names bob",
    );
    expect(ownerIsRecorded.violation(world([both], ["alice", "alice"]))).toBeNull();
  });
});

test("a property speaks of what its scenario competes for", () => {
  const two = world([client("alice", { owns: 7 }), client("bob", { owns: 7 })]);
  expect(oneOwnerOf("job").violation(two)).toBe("alice and bob both own job 7");
  expect(ownerRecordedIn({ thing: "job", table: "jobs", key: "id", owner: "claimed_by" }).violation(two)).toBe(
    "alice believes that it owns job 7, which has no row",
  );
});

describe("no-deadlock", () => {
  test("lets a chain of clients wait", () => {
    const chain = world([
      client("alice", { waitsFor: ["bob"] }),
      client("bob", { waitsFor: ["carol"] }),
      client("carol"),
    ]);
    expect(noDeadlock.violation(chain)).toBeNull();
  });

  test("tells who waits for whom in a circle", () => {
    const circle = world([client("alice", { waitsFor: ["bob"] }), client("bob", { waitsFor: ["alice"] })]);
    expect(noDeadlock.violation(circle)).toBe("alice waits for bob and bob waits for alice: a deadlock");
  });

  test("finds a circle that a waiter outside of it leads to", () => {
    const circle = world([
      client("alice", { waitsFor: ["bob"] }),
      client("bob", { waitsFor: ["carol", "dave"] }),
      client("carol"),
      client("dave", { waitsFor: ["bob"] }),
    ]);
    expect(noDeadlock.violation(circle)).toBe("bob waits for dave and dave waits for bob: a deadlock");
  });

  test("finds a wait for a client that has ended", () => {
    const gone = world([client("alice", { waitsFor: ["bob"] }), client("bob", { ended: true })]);
    expect(noDeadlock.violation(gone)).toBe("alice waits for bob, which has ended and will never let go");
  });
});

describe("somebody-owns", () => {
  test("holds where a client owns", () => {
    expect(somebodyOwns.holds(world([client("alice"), client("bob", { owns: 1 })]))).toBe(true);
  });

  test("does not hold where a row names a client that believes nothing", () => {
    expect(somebodyOwns.holds(world([client("alice")], ["alice"]))).toBe(false);
  });
});
