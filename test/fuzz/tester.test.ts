/** Texts of PostgreSQL's isolation tester, held against ours. */
import { expect, test } from "vitest";
import { sameButForOrder } from "../../src/fuzz/tester/compare.ts";

function text(...rows: readonly string[]): string {
  return ["step a: SELECT id FROM t;", "id", "--", ...rows, `(${rows.length} rows)`, "", "step b: COMMIT;", ""].join(
    "\n",
  );
}

test("the rows of a result may be in another order", () => {
  expect(sameButForOrder(text(" 1", " 2"), text(" 2", " 1"))).toBe(true);
  expect(sameButForOrder(text(" 1", " 2"), text(" 2", " 3"))).toBe(false);
});

test("a notice in another place is no matter of order", () => {
  const notice = "s1: WARNING:  there is no transaction in progress\n";
  expect(sameButForOrder(notice + text(" 1"), text(" 1") + notice)).toBe(false);
});
