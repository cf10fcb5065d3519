import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkThenAct } from "../../model/protocols/check-then-act.ts";
import { selectForUpdate } from "../../model/protocols/select-for-update.ts";
import { scenarios } from "../../model/scenarios/index.ts";
import { withGeneratedParts } from "../../src/docs/protocols-page.ts";
import { stateDiagram, stateRows } from "../../src/docs/state-diagram.ts";
import { crossesRows } from "./mutants.ts";

const protocols = scenarios.flatMap((scenario) => scenario.protocols);

test("docs/protocols.md says what the machines do (npm run docs:diagrams writes it)", () => {
  const page = readFileSync(new URL("../../docs/protocols.md", import.meta.url), "utf8");
  expect(page).toBe(withGeneratedParts(page, protocols));
});

test("a page without the markers of a protocol is refused", () => {
  expect(() => withGeneratedParts("# nothing here", protocols)).toThrow("<!-- generated: check-then-act -->");
});

describe("a diagram", () => {
  test("joins the events that lead from one state to the same other one", () => {
    expect(stateDiagram(checkThenAct)).toContain("checking --> idle: rows [otherwise], failed");
  });

  test("draws a state once, whatever the machine remembers in it", () => {
    expect(stateRows(selectForUpdate).map(({ state }) => state)).toEqual([
      "idle",
      "beginning",
      "locking",
      "taking",
      "rollingBack",
      "committing",
      "owning",
      "releasing",
    ]);
  });

  test("shows another machine otherwise", () => {
    expect(stateDiagram(crossesRows)).not.toBe(stateDiagram(selectForUpdate));
  });
});
