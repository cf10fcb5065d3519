/**
 * What `npm run lint` refuses: each violation of the direction and purity rules (design D2) is planted in a copy of the
 * tree, and the tool must name the file and the rule.
 *
 *     copy of model/ and sim/  +  planted files  --biome-->            file, rule
 *                                                --direction.ts-->     file, rule, path of imports
 *                                                --tsconfig.pure-->    file, name that does not exist
 *
 * All plants are in one copy, a file each, so that every tool runs once. What is not shown: that a clean tree passes;
 * `npm run lint` itself does that in every run of .ci/run.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const COPIED = ["model", "sim", ".ci", "biome.json", ".gitignore", "package.json", "tsconfig.json"].concat([
  "tsconfig.pure.json",
  ".dependency-cruiser.json",
]);

interface Plant {
  readonly what: string;
  readonly source: string;
  /** The rules of Biome that must name the planted file. */
  readonly rules: readonly string[];
  /** True where TypeScript must refuse it too: the name is not in the library that model/ and sim/ are compiled with. */
  readonly unknown: boolean;
}

const GLOBAL = "lint/style/noRestrictedGlobals";
const PROPERTY = "lint/nursery/noJsRestrictedProperties";
const IMPORT = "lint/style/noRestrictedImports";

/** Planted once in model/ and once in sim/. */
const IMPURE: readonly Plant[] = [
  { what: "the clock Date.now", source: "export const x = Date.now();", rules: [GLOBAL], unknown: false },
  { what: "the clock new Date", source: "export const x = new Date();", rules: [GLOBAL], unknown: false },
  { what: "the clock performance", source: "export const x = performance.now();", rules: [GLOBAL], unknown: true },
  { what: "a timer", source: "setTimeout(() => undefined, 1);", rules: [GLOBAL], unknown: true },
  { what: "an interval", source: "setInterval(() => undefined, 1);", rules: [GLOBAL], unknown: true },
  { what: "an immediate", source: "setImmediate(() => undefined);", rules: [GLOBAL], unknown: true },
  { what: "Math.random", source: "export const x = Math.random();", rules: [PROPERTY], unknown: false },
  { what: "Math.random, taken apart", source: "export const { random } = Math;", rules: [PROPERTY], unknown: false },
  { what: "randomness of crypto", source: "export const x = crypto.randomUUID();", rules: [GLOBAL], unknown: true },
  {
    what: "the machine's locale",
    source: 'export const x = "a".localeCompare("b");',
    rules: [PROPERTY],
    unknown: false,
  },
  {
    what: "a module of Node",
    source: 'import { cpus } from "node:os";\nexport const x = cpus();',
    rules: ["lint/correctness/noNodejsModules", IMPORT],
    unknown: true,
  },
  {
    what: "files",
    source: 'import { readFileSync } from "node:fs";\nexport const x = readFileSync("x");',
    rules: ["lint/correctness/noNodejsModules", IMPORT],
    unknown: true,
  },
  {
    what: "files, imported late",
    source: 'export const x = import("node:fs");',
    rules: ["lint/correctness/noNodejsModules", IMPORT],
    unknown: true,
  },
  {
    what: "the process",
    source: "export const x = process.pid;",
    rules: ["lint/correctness/noProcessGlobal"],
    unknown: true,
  },
  { what: "a buffer of Node", source: 'export const x = Buffer.from("x");', rules: [GLOBAL], unknown: true },
  { what: "the network", source: 'export const x = fetch("http://x");', rules: [GLOBAL], unknown: true },
  { what: "the terminal", source: 'console.log("x");', rules: ["lint/suspicious/noConsole"], unknown: true },
  { what: "the page", source: "export const x = document.title;", rules: [GLOBAL], unknown: true },
  { what: "the window", source: "export const x = window.name;", rules: [GLOBAL], unknown: true },
  { what: "local storage", source: 'localStorage.setItem("x", "1");', rules: [GLOBAL], unknown: true },
  {
    what: "a global by the back door",
    source: 'export const x = globalThis["setTimeout"];',
    rules: [GLOBAL],
    unknown: false,
  },
  {
    what: "any other package",
    source: 'import colors from "picocolors";\nexport const x = colors;',
    rules: [IMPORT],
    unknown: false,
  },
];

const planted = (room: string, what: string): string =>
  `${room}/planted/${what.replaceAll(/\W+/g, "-").toLowerCase()}.ts`;

/** Files that break a rule of direction, with what they import. */
const DIRECTION: Readonly<Record<string, string>> = {
  "model/planted/looks-down.ts": 'export { UsageError } from "../../sim/usage-error.ts";',
  "model/planted/parses.ts": 'export { loadModule } from "libpg-query";',
  "sim/planted/looks-up.ts": 'export { x } from "../../src/planted/world.ts";',
  "src/planted/world.ts": "export const x = 1;",
  "src/planted/simulates.ts": 'export { UsageError } from "../../sim/usage-error.ts";',
  "src/planted/by-test.ts": 'export { x } from "../../test/planted.ts";',
  "src/planted/ring-a.ts": 'import { b } from "./ring-b.ts";\nexport const a = (): unknown => b;',
  "src/planted/ring-b.ts": 'import { a } from "./ring-a.ts";\nexport const b = (): unknown => a;',
  "src/buffers/direct.ts": 'export { UsageError } from "../../sim/usage-error.ts";',
  "src/buffers/indirect.ts": 'export { UsageError } from "../planted/simulates.ts";',
  "src/buffers/only-types.ts": 'export type { Choice } from "../../sim/system/system.ts";',
  "src/buffers/right.ts": 'export type { Query } from "../../model/protocol.ts";',
  "src/service/direct.ts": 'export { UsageError } from "../../sim/usage-error.ts";',
  "src/service/indirect.ts": 'export { UsageError } from "../planted/simulates.ts";',
  "test/planted.ts": "export const x = 1;",
};

/** House rules that Biome keeps everywhere. */
const STYLE: readonly Plant[] = [
  { what: "any", source: "export const x: any = 1;", rules: ["lint/suspicious/noExplicitAny"], unknown: false },
  { what: "a default export", source: "export default 1;", rules: ["lint/style/noDefaultExport"], unknown: false },
  {
    what: "a promise that nobody waits for",
    source: "async function x(): Promise<void> {}\nx();",
    rules: ["lint/nursery/noFloatingPromises"],
    unknown: false,
  },
  {
    what: "a switch that forgets a kind",
    source:
      'export function x(kind: "a" | "b"): number {\n  switch (kind) {\n    case "a":\n      return 1;\n  }\n  return 2;\n}',
    rules: ["lint/nursery/useExhaustiveSwitchCases"],
    unknown: false,
  },
  { what: "an enum", source: "export enum X { A }", rules: ["lint/style/noEnum"], unknown: false },
  {
    what: "an assertion that something is there",
    source: "export const x = (y: string | null): string => y!;",
    rules: ["lint/style/noNonNullAssertion"],
    unknown: false,
  },
  {
    what: "five parameters",
    source: "export const x = (a: 1, b: 1, c: 1, d: 1, e: 1): number => a + b + c + d + e;",
    rules: ["lint/complexity/useMaxParams"],
    unknown: false,
  },
  {
    what: "a value import of a type",
    source: 'import { Query } from "../../model/protocol.ts";\nexport const x: Query | null = null;',
    rules: ["lint/style/useImportType"],
    unknown: false,
  },
];

let copy = "";
let biome: ReadonlySet<string> = new Set();
let direction: readonly string[] = [];
let directionStatus: number | null = null;
let pure = "";

function put(file: string, source: string): void {
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  writeFileSync(join(copy, file), `${source}\n`);
}

function run(
  folder: string,
  ...command: readonly [script: string, ...rest: string[]]
): { stdout: string; status: number | null } {
  const { stdout, status } = spawnSync(process.execPath, [join("node_modules", command[0]), ...command.slice(1)], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return { stdout, status };
}

/** Runs Biome and gives `file rule` for every error. */
function biomeErrors(): ReadonlySet<string> {
  const { stdout } = run(copy, "@biomejs/biome/bin/biome", "lint", "--reporter=json", "--max-diagnostics=none");
  const report = JSON.parse(stdout) as {
    diagnostics: { category: string; severity: string; location: { path: string } }[];
  };
  return new Set(
    report.diagnostics
      .filter((found) => found.severity === "error")
      .map((found) => `${found.location.path} ${found.category}`),
  );
}

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "lockstep-lint-"));
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  for (const room of ["model", "sim"]) for (const plant of IMPURE) put(planted(room, plant.what), plant.source);
  for (const plant of STYLE) put(planted("src", plant.what), plant.source);
  for (const [file, source] of Object.entries(DIRECTION)) put(file, source);
  biome = biomeErrors();
  const checked = run(copy, "tsx/dist/cli.mjs", ".ci/direction.ts");
  direction = checked.stdout.split("\n");
  directionStatus = checked.status;
  pure = run(copy, "typescript/bin/tsc", "-p", "tsconfig.pure.json").stdout;
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe.each(["model", "sim"])("purity of %s/", (room) => {
  test.each(IMPURE)("$what is refused", ({ what, rules, unknown }) => {
    const file = planted(room, what);
    expect([...biome].filter((error) => error.startsWith(`${file} `))).toEqual(
      expect.arrayContaining(rules.map((rule) => `${file} ${rule}`)),
    );
    if (unknown) expect(pure).toContain(`${file}(`);
  });
});

describe("direction", () => {
  const refused = (file: string, rule: string): void => {
    expect(direction.filter((line) => line.startsWith(`${file}: ${rule}: `))).not.toEqual([]);
  };

  test("the check fails when a rule is broken", () => expect(directionStatus).toBe(1));
  test("model/ does not import sim/", () => {
    refused("model/planted/looks-down.ts", "model-imports-xstate-only");
    expect(biome).toContain(`model/planted/looks-down.ts ${IMPORT}`);
  });
  test("model/ imports no package but xstate", () => {
    refused("model/planted/parses.ts", "model-imports-xstate-only");
    expect(biome).toContain(`model/planted/parses.ts ${IMPORT}`);
  });
  test("model/ imports nothing of Node", () => refused(planted("model", "files"), "model-imports-xstate-only"));
  test("sim/ imports nothing of Node", () => refused(planted("sim", "files"), "sim-is-pure"));
  test("sim/ imports no other package", () => refused(planted("sim", "any other package"), "sim-is-pure"));
  test("sim/ does not import src/", () => {
    refused("sim/planted/looks-up.ts", "sim-is-pure");
    expect(biome).toContain(`sim/planted/looks-up.ts ${IMPORT}`);
  });
  test("src/buffers does not import sim/", () => {
    refused("src/buffers/direct.ts", "production-never-reaches-sim");
    expect(biome).toContain(`src/buffers/direct.ts ${IMPORT}`);
  });
  test("src/buffers does not import sim/ for types only", () =>
    refused("src/buffers/only-types.ts", "production-never-reaches-sim"));
  test("src/buffers does not reach sim/ through another file", () =>
    refused("src/buffers/indirect.ts", "production-never-reaches-sim"));
  test("src/service does not import sim/, directly or through another file", () => {
    refused("src/service/direct.ts", "production-never-reaches-sim");
    refused("src/service/indirect.ts", "production-never-reaches-sim");
  });
  test("src/buffers may import model/", () =>
    expect(direction.filter((line) => line.startsWith("src/buffers/right.ts"))).toEqual([]));
  test("the rest of src/ may import sim/", () =>
    expect(direction.filter((line) => line.startsWith("src/planted/simulates.ts"))).toEqual([]));
  test("nothing imports a test", () => refused("src/planted/by-test.ts", "nobody-imports-tests"));
  test("files do not import each other in a ring", () => {
    expect(direction.some((line) => /^src\/planted\/ring-[ab]\.ts: no-cycles: /.test(line))).toBe(true);
    expect(biome).toContain("src/planted/ring-a.ts lint/suspicious/noImportCycles");
  });

  test.each([
    { what: "reaches no file", options: { parser: "swc", includeOnly: "^nothing" }, file: "sim/usage-error.ts" },
    { what: "overlooks imports", options: { parser: "tsc" }, file: "src/buffers/only-types.ts" },
  ])("a tool that $what fails the check, although it finds no violation", ({ options, file }) => {
    const config = join(copy, ".dependency-cruiser.json");
    writeFileSync(config, JSON.stringify({ forbidden: [], options }));
    const { stdout, status } = run(copy, "tsx/dist/cli.mjs", ".ci/direction.ts");
    cpSync(join(ROOT, ".dependency-cruiser.json"), config);
    expect(stdout).toContain(`${file}: not-read`);
    expect(status).toBe(1);
  });
});

describe("style", () => {
  test.each(STYLE)("$what is refused", ({ what, rules }) => {
    const file = planted("src", what);
    for (const rule of rules) expect(biome).toContain(`${file} ${rule}`);
  });
});
