import { describe, expect, test } from "vitest";
import { answerText, noticeText, notificationText, tableText } from "../../../sim/isolation/print.ts";

describe("a table of rows", () => {
  test("has numbers to the right and texts to the left, the last column padded as well", () => {
    expect(
      tableText(
        ["id", "name"],
        [
          ["1", "one"],
          ["22", "twenty-two"],
        ],
      ),
    ).toBe("id|name      \n--+----------\n 1|one       \n22|twenty-two\n(2 rows)\n\n");
  });

  test("takes a column for numbers when all that is not empty looks like one", () => {
    expect(tableText(["a"], [["-1.5e3"], [null], ["2008-12-22"], ["1 2"]])).toBe(
      "         a\n----------\n    -1.5e3\n          \n2008-12-22\n       1 2\n(4 rows)\n\n",
    );
  });

  test.each([["E1"], ["e1"], ["1E"], ["1."], ["-"], ["+1"], ["t"]])("does not take %s for a number", (value) => {
    expect(tableText(["column"], [[value]])).toContain(`${value.padEnd(6)}\n(1 row)`);
  });

  test("without rows is a header and a rule", () => {
    expect(tableText(["a", "b"], [])).toBe("a|b\n-+-\n(0 rows)\n\n");
  });

  test("without columns is nothing", () => {
    expect(tableText([], [[], []])).toBe("");
  });

  test("counts bytes for its widths, as libpq does", () => {
    expect(tableText(["a"], [["é"], ["abc"]])).toBe("a  \n---\né \nabc\n(2 rows)\n\n");
  });
});

const message = { severity: "WARNING", message: "look", detail: "here", hint: "do" };

test("an error is its severity and its message alone", () => {
  expect(answerText({ kind: "failed", ...message, severity: "ERROR" })).toBe("ERROR:  look\n");
});

test("a notice comes with its session, detail and hint", () => {
  expect(noticeText("s1", message)).toBe("s1: WARNING:  look\nDETAIL:  here\nHINT:  do\n");
});

test("a notification names its channel, payload and sender", () => {
  expect(notificationText("s2", { channel: "c", payload: "p", sender: "s1" })).toBe(
    's2: NOTIFY "c" with payload "p" from s1\n',
  );
});
