/**
 * Checks the direction of imports: the rules are in .dependency-cruiser.json, each with its reason.
 *
 * The tool says "no violations" also when it could read nothing, so what it read is held against what is there: a file
 * that it did not reach, or in which it overlooked every import, fails the check.
 *
 *     $ npx tsx .ci/direction.ts
 *     41 files: every import points from src to sim to model
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOMS = ["model", "sim", "src", "test", "bench"].filter((room) => existsSync(room));

/** A file with such a line imports something. */
const IMPORT = /^(import|export)\b[^"']* from ["']/m;

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
  readonly via?: readonly { readonly name: string }[];
  readonly cycle?: readonly { readonly name: string }[];
}

/** Every TypeScript file of the rooms, as the tool names them. */
function filesThere(): readonly string[] {
  return ROOMS.flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: "utf8" })
      .filter((file) => /(?<!\.d)\.tsx?$/.test(file))
      .map((file) => join(room, file).replaceAll("\\", "/")),
  );
}

// The tool runs in a process of its own: loaded by tsx it cannot read TypeScript through swc.
const cruised = spawnSync(
  process.execPath,
  [
    "node_modules/dependency-cruiser/bin/dependency-cruise.mjs",
    ...ROOMS,
    "--config",
    ".dependency-cruiser.json",
    "--output-type",
    "json",
  ],
  { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"] },
);
const { modules, summary } = JSON.parse(cruised.stdout) as {
  readonly modules: readonly { readonly source: string; readonly dependencies: readonly unknown[] }[];
  readonly summary: {
    readonly violations: readonly Violation[];
    readonly ruleSetUsed: { readonly forbidden: readonly { readonly name: string; readonly comment: string }[] };
  };
};

const there = filesThere();
const imports = new Map(modules.map((module) => [module.source, module.dependencies.length]));
const reasons = new Map(summary.ruleSetUsed.forbidden.map(({ name, comment }) => [name, comment]));
const faults = [
  ...summary.violations.map(({ rule, from, to, via, cycle }) => {
    const path = [from, ...(cycle ?? via ?? [{ name: to }]).map((step) => step.name)].join(" -> ");
    return `${from}: ${rule.name}: ${path}\n    ${reasons.get(rule.name) ?? ""}`;
  }),
  ...there
    .filter((file) => (imports.get(file) ?? -1) < (IMPORT.test(readFileSync(file, "utf8")) ? 1 : 0))
    .map((file) => `${file}: not-read: the tool saw no import in it, so nothing is known of it`),
  ...(there.length === 0 ? ["no files were found: nothing was checked"] : []),
];
if (faults.length > 0) {
  process.stdout.write(`${faults.join("\n")}\n`);
  process.exit(1);
}
process.stdout.write(`${there.length} files: every import points from src to sim to model\n`);
