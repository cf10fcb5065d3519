import { describe, expect, it } from "vitest";
import { rowChanges, rowChangeText } from "../../../sim/trace/wording.ts";

describe("a row that has changed", () => {
  it("is told by as many of its first columns as tell it from the others", () => {
    const before = [
      { org_id: 1, user_id: 1, role: "member" },
      { org_id: 1, user_id: 2, role: "member" },
    ];
    const after = before.map((row) => ({ ...row, role: "owner" }));
    expect(rowChanges(before, after).map(rowChangeText)).toEqual([
      "org_id 1, user_id 1: role 'member' → 'owner'",
      "org_id 1, user_id 2: role 'member' → 'owner'",
    ]);
  });

  it("is told by its first column where that does", () => {
    const [change] = rowChanges([{ id: 1, v: 0 }], [{ id: 1, v: 1 }]);
    expect(change && rowChangeText(change)).toBe("id 1: v 0 → 1");
  });
});
