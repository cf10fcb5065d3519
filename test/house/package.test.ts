/**
 * What is published works for somebody who has only the package: packed from a copy of the tree, unpacked beside its
 * dependencies, its `bin` run by plain Node, and its library imported by a strict TypeScript program.
 *
 *     copy of the tree --npm pack (builds)--> lockstep-x.y.z.tgz --tar--> consumer/node_modules/lockstep
 *                                                               links --> consumer/node_modules/{xstate, pg, …}
 *
 * The dependencies are links into this tree, so that nothing is fetched: which versions npm would choose is not tested.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const COPIED = [
  "model",
  "sim",
  "src",
  ".ci",
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "README.md",
  "LICENSE",
];

const CONSUMER = `
import { check, loadGrammar, NO_BOUNDS, scenarioNamed, type Check, type Property } from "lockstep";

await loadGrammar();
const scenario = scenarioNamed("race-001");
const protocol = scenario?.protocols.find(({ name }) => name === "check-then-act");
if (scenario === null || protocol === undefined) throw new Error("the scenario is not there");
const properties: readonly Property[] = scenario.properties;
const result: Check = await check(
  { scenario, protocol, clients: 2, buffers: 1, isolation: "read committed", granularity: "fine" },
  NO_BOUNDS,
);
// @ts-expect-error: a verdict is one of three words, so the package brings its types
const wrong: "perhaps" = result.exploration.verdict;
console.log(result.exploration.verdict, result.exploration.violation?.property, properties.length > 0, wrong === undefined);
`;

let folder = "";
let consumer = "";

function run(
  cwd: string,
  command: string,
  ...args: readonly string[]
): { readonly out: string; readonly status: number | null } {
  const { stdout, stderr, status } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { out: `${stdout}${stderr}`, status };
}

function pack(): string {
  const copy = join(folder, "copy");
  mkdirSync(copy);
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"), "dir");
  const { out, status } = run(copy, "npm", "pack", "--loglevel=error", "--pack-destination", folder);
  if (status !== 0) throw new Error(`npm pack ended with ${status}:\n${out}`);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  return join(folder, tarball ?? "no tarball");
}

/** Everything that is installed here, but for the package itself. */
function linkDependencies(into: string): void {
  for (const name of readdirSync(join(ROOT, "node_modules"))) {
    if (name !== "lockstep" && !name.startsWith(".")) symlinkSync(join(ROOT, "node_modules", name), join(into, name));
  }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lockstep-package-"));
  consumer = join(folder, "consumer");
  const installed = join(consumer, "node_modules");
  mkdirSync(join(installed, "lockstep"), { recursive: true });
  expect(run(folder, "tar", "-xzf", pack(), "-C", join(installed, "lockstep"), "--strip-components=1")).toMatchObject({
    status: 0,
  });
  linkDependencies(installed);
  writeFileSync(join(consumer, "package.json"), '{ "type": "module" }\n');
  writeFileSync(join(consumer, "program.ts"), CONSUMER);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the published package runs from the command line, checks a protocol, and is a typed library", () => {
  const root = join(consumer, "node_modules", "lockstep");
  const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { bin: { lockstep: string } };
  const program = join(root, bin.lockstep);
  expect(readFileSync(program, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);

  const help = run(consumer, process.execPath, program, "--help");
  expect(help.out).toMatch(/\bcheck\b[\s\S]*\breplay\b/);
  expect(help.status).toBe(0);

  const checked = run(consumer, process.execPath, program, "check", "race-001", "--protocol", "check-then-act");
  expect(checked.out).toContain("mutual-exclusion");
  expect(checked.status).toBe(1);
  expect(existsSync(join(consumer, "lockstep-out"))).toBe(true);

  const options = ["--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck", "--types", "node"];
  const compiled = run(
    consumer,
    process.execPath,
    join(ROOT, "node_modules/typescript/bin/tsc"),
    ...options,
    "program.ts",
  );
  expect(compiled).toEqual({ out: "", status: 0 });
  expect(run(consumer, process.execPath, "program.js")).toEqual({
    out: "violated mutual-exclusion true false\n",
    status: 0,
  });
});

test("nothing but the compiled product is published", () => {
  const published = readdirSync(join(consumer, "node_modules", "lockstep"), { recursive: true, encoding: "utf8" });
  expect(published).toContain("LICENSE");
  expect(published.filter((name) => /(?<!\.d)\.tsx?$|\.test\.|^(?:test|docs|bench)\b/.test(name))).toEqual([]);
});
