/** House style holds for every file of the tree, and each rule of it finds what it is for. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { faults } from "./style.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const NOT_OURS = new Set(["node_modules", "dist", "coverage", ".git", ".lockstep"]);

/** The files of the tree by path, without what is installed or made. */
function files(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : files(path);
    return entry.isFile() ? [path] : [];
  });
}

const tree = files("");

test("every file keeps the house style", () => {
  expect(tree.length).toBeGreaterThan(20);
  const found = tree.flatMap((path) =>
    faults(path, readFileSync(join(ROOT, path), "utf8")).map((fault) => `${path}: ${fault}`),
  );
  expect(found).toEqual([]);
});

describe("a fault is found", () => {
  const short = "export const x = 1;\n";
  test.each([
    ["501 lines", "sim/long.ts", `/** Long. */\n${short.repeat(500)}`, "501 lines"],
    ["61 lines without a header", "sim/mute.ts", short.repeat(61), "no header"],
    ["a header that is not first", "sim/late.ts", `${short}/** Late. */\n${short.repeat(60)}`, "no header"],
    ["a file called util", "sim/util.ts", short, "`util`"],
    ["a folder called helpers", "sim/helpers/x.ts", short, "`helpers`"],
    ["a name that contains common", "src/common-words.ts", short, "`common-words`"],
    ["types.ts", "model/types.ts", short, "`types`"],
    ["any as a type", "src/x.ts", "export const x: any = 1;\n", "`any`"],
    ["any as an argument of a type", "src/x.ts", "export const x = new Map<string, any>();\n", "`any`"],
    ["a cast to any", "src/x.ts", "export const x = 1 as any;\n", "`any`"],
    ["a default export", "src/x.ts", "export default 1;\n", "default export"],
    ["a new top-level folder", "lib/x.ts", short, "top-level folder `lib`"],
    ["code beside the rooms", "x.ts", short, "beside the rooms"],
    ["a silenced compiler", "src/x.ts", `// @ts-${"ignore"}\n${short}`, "silenced"],
    ["a note to self", "src/x.ts", `// TO${"DO"}: later\n${short}`, "issue"],
  ])("%s", (_, path, text, fault) => expect(faults(path, text).join("\n")).toContain(fault));

  test.each([
    ["500 lines under a header", "sim/long.ts", `/** Long. */\n${short.repeat(499)}`],
    ["60 lines without a header", "sim/mute.ts", short.repeat(60)],
    ["a header under a shebang", "src/cli/main.ts", `#!/usr/bin/env node\n/** Runs. */\n${short.repeat(60)}`],
    ["the word any in prose", "src/x.ts", `/** Takes any: number. */\n${short}`],
    ["the word any in a text", "src/x.ts", 'export const x = "one, any of them";\n'],
    ["a configuration with a default export", "vitest.config.ts", "export default {};\n"],
    ["a name that contains a forbidden one as a part", "sim/prototypes.ts", short],
  ])("but not: %s", (_, path, text) => expect(faults(path, text)).toEqual([]));
});
