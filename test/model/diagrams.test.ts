import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkThenAct } from "../../model/protocols/check-then-act.ts";
import { selectForUpdate } from "../../model/protocols/select-for-update.ts";
import { scenarios } from "../../model/scenarios/index.ts";
import { loadGrammar } from "../../sim/postgres/grammar.ts";
import { withGeneratedParts } from "../../src/docs/protocols-page.ts";
import { shortTraces } from "../../src/docs/short-trace.ts";
import { stateDiagram, stateRows } from "../../src/docs/state-diagram.ts";
import { crossesRows } from "./mutants.ts";

const protocols = scenarios.flatMap((scenario) => scenario.protocols);

const page = readFileSync(new URL("../../docs/protocols.md", import.meta.url), "utf8");

test("docs/protocols.md says what the machines do, and how they break (npm run docs:diagrams writes it)", async () => {
  await loadGrammar();
  expect(page).toBe(withGeneratedParts(page, protocols, await shortTraces(scenarios)));
});

describe("docs/protocols.md tells of each wrong way", () => {
  test.each(protocols.filter(({ curedBy }) => curedBy !== undefined))("$name: its story and its cure", (protocol) => {
    const [, section = ""] = page.split(`\n### ${protocol.name}\n`);
    const [story = ""] = section.split(`<!-- generated: ${protocol.name} -->`);
    expect(story).toMatch(/Broken|broken/);
    const cures = protocol.curedBy?.filter((cure) => story.includes(`[${cure}](#${cure})`)) ?? [];
    expect(cures.length, `a link to one of ${protocol.curedBy}`).toBeGreaterThan(0);
  });
});

test("a page without the markers of a protocol is refused", () => {
  expect(() => withGeneratedParts("# nothing here", protocols, new Map())).toThrow(
    "<!-- generated: check-then-act -->",
  );
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
