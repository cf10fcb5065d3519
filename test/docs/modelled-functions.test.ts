/** The page on PostgreSQL lists the functions that are modelled, which is where refusals send their reader. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { isModelledFunction, modelledFunctions } from "../../sim/postgres/expressions/modelled-functions.ts";
import { knownFunctions } from "../../sim/postgres/known/known.ts";

const WIDTH = 150;

/** The signatures with commas between them, in lines. */
function listed(signatures: readonly string[]): string {
  const lines: string[] = [];
  let line = "";
  for (const signature of signatures) {
    const longer = line === "" ? signature : `${line}, ${signature}`;
    if (longer.length <= WIDTH) line = longer;
    else {
      lines.push(`${line},`);
      line = signature;
    }
  }
  return [...lines, line].join("\n");
}

it("docs/postgres-semantics.md lists the functions that are modelled, and no other", () => {
  const page = readFileSync("docs/postgres-semantics.md", "utf8");
  expect(page).toContain(`\`\`\`text\n${listed(modelledFunctions())}\n\`\`\``);
});

it("every modelled function is one that PostgreSQL has", () => {
  const names = new Set(modelledFunctions().map((signature) => signature.replace(/\(.*/, "")));
  expect([...names].filter((name) => knownFunctions(name).length === 0)).toEqual([]);
  expect(isModelledFunction("md5")).toBe(false);
});
