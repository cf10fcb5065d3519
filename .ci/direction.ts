/**
 * Checks the direction of imports: the rules are in .dependency-cruiser.json, each with its reason.
 *
 * The tool says "no violations" also when it could read nothing, so the files that it reached are counted against
 * those that are there: a file that was not reached fails the check.
 *
 *     $ npx tsx .ci/direction.ts
 *     41 files: every import points from src to sim to model
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const ROOMS = ["model", "sim", "src", "test", "bench"].filter((room) => existsSync(room));

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
const result = JSON.parse(cruised.stdout) as {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
      readonly comment?: string;
      readonly via?: readonly { readonly name: string }[];
      readonly cycle?: readonly { readonly name: string }[];
    }[];
  };
};

const there = filesThere();
const reached = new Set(result.modules.map((module) => module.source));
const missed = there.filter((file) => !reached.has(file));
for (const { rule, from, to, via, cycle, comment } of result.summary.violations) {
  const path = [from, ...(cycle ?? via ?? [{ name: to }]).map((step) => step.name)].join(" -> ");
  process.stdout.write(`${from}: ${rule.name}: ${path}\n    ${comment ?? ""}\n`);
}
for (const file of missed)
  process.stdout.write(`${file}: not-reached: the tool did not read it, so nothing is known of it\n`);
if (there.length === 0) process.stdout.write("no files were found: nothing was checked\n");
if (there.length === 0 || missed.length > 0 || result.summary.violations.length > 0) process.exit(1);
process.stdout.write(`${there.length} files: every import points from src to sim to model\n`);
