/** The documents say what is so: commands print what is shown below them, links lead somewhere, scripts exist. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { consoleBlocks, difference, Workspace } from "../../.ci/console-blocks.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const DOCUMENTS = [
  "README.md",
  "CHANGELOG.md",
  ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`),
].filter((path) => path.endsWith(".md"));
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

describe.each(DOCUMENTS.filter((path) => consoleBlocks(read(path)).length > 0))("%s", (path) => {
  // Blocks of a document run in its order and in one folder: a later one may use a file that an earlier one wrote.
  const workspace = new Workspace(ROOT, read(path));
  afterAll(() => workspace.remove());

  test.each(consoleBlocks(read(path)))("the commands in line $line print what is shown", ({ shown }) => {
    for (const { command, output } of shown)
      expect(`${command}\n${difference(output, workspace.run(command))}`).toBe(`${command}\nnull`);
  });
});

test("the README shows the counterexample as it is printed, and fits on a few screens", () => {
  const readme = read("README.md");
  expect(consoleBlocks(readme).flatMap(({ shown }) => shown.map(({ command }) => command))).toContain("npm run sim");
  expect(readme).toMatch(/^npm ci$/m);
  expect(readme.split("\n").length).toBeLessThan(150);
});

test("every script that a document names exists", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const named = DOCUMENTS.flatMap((path) =>
    [...read(path).matchAll(/npm run (?:-s )?([\w:-]+)/g)].map((match) => match[1]),
  );
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => name !== undefined && !(name in scripts))).toEqual([]);
});

test("every relative link of a document leads to a file", () => {
  const broken = DOCUMENTS.flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
      .map((match) => match[1] ?? "")
      .filter((target) => !existsSync(join(ROOT, dirname(path), target)))
      .map((target) => `${path} -> ${target}`),
  );
  expect(broken).toEqual([]);
});

describe("what is shown is compared with what is printed", () => {
  test.each([
    ["the same lines", ["a", "b"], ["a", "b"], null],
    ["other seconds", ["a (0.10 s)"], ["a (2.51 s)"], null],
    ["lines left out at the end", ["a", "…"], ["a", "b", "c"], null],
    ["lines left out in the middle", ["a", "…", "c"], ["a", "b", "b", "c"], null],
    ["lines left out at the start", ["…", "c"], ["a", "b", "c"], null],
    ["another line", ["a", "b"], ["a", "c"], "shown:   b\nprinted: c"],
    ["a line too few", ["a", "b"], ["a"], "shown:   b\nprinted: nothing more"],
    ["a line too many", ["a"], ["a", "b"], "printed and not shown: b"],
    ["another end", ["a", "…", "c"], ["a", "b", "d"], "shown:   c\nprinted: d"],
    ["a middle that is missing", ["a", "…", "x", "…", "c"], ["a", "b", "c"], "shown:   x\nprinted: a"],
  ])("%s", (_, shown, printed, expected) => expect(difference(shown, printed)).toBe(expected));
});
