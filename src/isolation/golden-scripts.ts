/** Our own isolation tests: the scripts in test/isolation, and beside them what the real server printed. */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";

export interface GoldenScript {
  readonly name: string;
  /** The path of the script. */
  readonly spec: string;
  /** The path of what the real server printed. */
  readonly expected: string;
}

const FOLDER = join("test", "isolation");

/** All scripts of a checkout of this repository, by name. */
export function goldenScripts(): readonly GoldenScript[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".spec"))
    .map((file) => goldenScript(join(FOLDER, file)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The script at this path. */
export function goldenScript(spec: string): GoldenScript {
  const name = basename(spec, ".spec");
  return { name, spec, expected: join(FOLDER, "expected", `${name}.out`) };
}
