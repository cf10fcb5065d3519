/**
 * The folder that `--out` names: whether files can be written there, asked before a search that may take hours.
 *
 *     --out a/b/c, of which a is there      a probe is written into a and removed again; b and c are made with the first file
 *
 * The probe is a file with content in a folder of its own, so that a read-only file system, a full disk and a missing right all show. What is
 * found is of this moment: a disk can be full an hour later, and then the verdict is printed without its files.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "../../sim/usage-error.ts";

const PROBE_BYTES = 1 << 16;

/** Refuses a folder in which no file can be written; leaves nothing behind. */
export function probeFolder(folder: string): void {
  let probe: string | null = null;
  try {
    probe = mkdtempSync(join(nearestFolder(resolve(folder)), ".lockstep-probe-"));
    writeFileSync(join(probe, "probe"), Buffer.alloc(PROBE_BYTES));
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/, [^,]*$/, "") : String(error);
    throw new UsageError(
      "folder-not-writable",
      `${folder} is no folder that can be written to: ${reason}`,
      "Choose another folder with --out.",
    );
  } finally {
    if (probe !== null) rmSync(probe, { recursive: true, force: true });
  }
}

/** Makes a folder and those above it. Node's own way to do so never ends where the system refuses with ENOENT, as in /proc. */
export function makeFolder(folder: string): void {
  const path = resolve(folder);
  const there = nearestFolder(path);
  const missing = path.slice(there.length).split(/[/\\]/).filter(Boolean);
  let made = there;
  for (const name of missing) {
    made = join(made, name);
    try {
      mkdirSync(made);
    } catch (error) {
      // Another process may have made it meanwhile.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** The folder itself, or the nearest one above that is there; a file on the way is an error. */
function nearestFolder(path: string): string {
  for (let at = path; ; at = dirname(at)) {
    const stat = statSync(at, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) return at;
    if (stat !== undefined) throw new Error(`${at} is not a folder`);
    if (at === dirname(at)) throw new Error(`${at} is not there`);
  }
}
