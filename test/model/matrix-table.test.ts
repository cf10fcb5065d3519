/** The matrix in docs/protocols.md, which `npm run docs` writes, says what protocols claim and what explorations say. */
import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { printedParts } from "../../.ci/console-blocks.ts";
import { ISOLATION_LEVELS, type Protocol } from "../../model/protocol.ts";
import { scenarios } from "../../model/scenarios/index.ts";
import { race001 } from "../../model/scenarios/race-001.ts";
import { judgeCell } from "../../sim/explore/matrix.ts";
import { loadGrammar } from "../../sim/postgres/grammar.ts";
import { protocolOf } from "../../sim/system/from-scenario.ts";
import { cellText } from "../../src/cli/matrix-report.ts";

beforeAll(loadGrammar);

const page = readFileSync(new URL("../../docs/protocols.md", import.meta.url), "utf8");

/** The texts of a protocol's row, its name left out. */
function shown({ name }: Protocol): readonly string[] {
  const line = page.split("\n").find((each) => each.startsWith(`| [${name}](#${name}) | `)) ?? "";
  return line.split(" | ").slice(1);
}

test("each protocol has a row with its claims, whose cures are checked (npm run docs writes it)", () => {
  for (const protocol of scenarios.flatMap((scenario) => scenario.protocols)) {
    const { name, claims, curedBy } = protocol;
    const said = shown(protocol);
    const expected = ISOLATION_LEVELS.map((level) => {
      const claim = claims?.[level] ?? "holds";
      return claim === "holds" ? /^✓( coarse)?$/ : new RegExp(`^✗ ${claim.violates}, \\d+ steps`);
    });
    for (const [at, pattern] of expected.entries())
      expect(`${said[at]}`, `${name} at ${ISOLATION_LEVELS[at]}`).toMatch(pattern);
    for (const cure of curedBy ?? []) expect(said.at(-1), name).toContain(`[${cure}](#${cure}) ✓`);
  }
});

test.each(["check-then-act", "atomic-update", "one-transaction"])(
  "the row of %s is what is explored now",
  async (name) => {
    const protocol = protocolOf(race001, name);
    for (const [at, isolation] of ISOLATION_LEVELS.entries()) {
      const about = { scenario: race001, protocol, clients: 2, buffers: 1, granularity: "fine", isolation } as const;
      const { cell } = await judgeCell(about, 10_000);
      expect(shown(protocol)[at]).toBe(
        cellText({ ...cell, scenario: race001.name, protocol: name, isolation, trace: null }),
      );
    }
  },
);

test("what stands between the marks is what the command prints", () => {
  const marked = (text: string): string => `a\n<!-- printed by: say b -->\n${text}<!-- end of what is printed -->\nc\n`;
  expect(printedParts(marked("old\n"), (command) => [`printed: ${command}`])).toBe(marked("\nprinted: say b\n\n"));
});
