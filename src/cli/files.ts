/**
 * Files that commands read and write. A file is written whole or not at all, and only in the place of an ordinary one.
 *
 *     trace.json.partial-4711   written under a name that nothing had, then renamed to
 *     trace.json                nothing, or an ordinary file
 *
 * A rename takes the place of whatever is there: a device would be gone, and a link would no longer lead to its file. To write through a link
 * would be to write where its owner wants. So both are refused.
 */
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, type Stats, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UsageError } from "../../sim/usage-error.ts";

/** Reads a text file; one that is not there or cannot be read is a UsageError. */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(
      "file-not-readable",
      `${told(path)} cannot be read: ${reasonOf(error)}`,
      "Give the path of a file that is there.",
    );
  }
}

/** Writes a text file and the folders above it; it appears under its name only when it is complete. */
export function writeWhole(path: string, text: string): void {
  const partial = `${path}.partial-${process.pid}`;
  let made = false;
  try {
    const inTheWay = kindOf(path);
    if (inTheWay !== null) {
      throw new UsageError(
        "file-not-writable",
        `${told(path)} is ${inTheWay}, which is not written to`,
        "Give the path of an ordinary file, or of one that is not there.",
      );
    }
    mkdirSync(dirname(path), { recursive: true });
    rmSync(partial, { force: true });
    made = true;
    // Fails where something has the name by now, also a link: it is not followed.
    writeFileSync(partial, text, { flag: "wx" });
    renameSync(partial, path);
  } catch (error) {
    if (made) rmSync(partial, { force: true });
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      "file-not-writable",
      `${told(path)} cannot be written: ${reasonOf(error)}`,
      "Choose another folder with --out.",
    );
  }
}

/** What is at the path that must not be replaced, in words; null for nothing and for an ordinary file. */
function kindOf(path: string): string | null {
  const stat: Stats | undefined = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isFile()) return null;
  if (stat.isSymbolicLink()) return "a link";
  if (stat.isDirectory()) return "a folder";
  return stat.isFIFO() ? "a pipe" : stat.isSocket() ? "a socket" : "a device";
}

/** A path as it is said: a URL that was given in the place of one may hold a password. */
function told(path: string): string {
  return /^[a-z]+:\/\//i.test(path) ? "a URL" : path;
}

/** The system's own words for why a file operation failed. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/, .*$/, "") : String(error);
}
