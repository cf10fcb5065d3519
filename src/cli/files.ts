/** Files that commands read and write. A file is written whole or not at all. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UsageError } from "../../sim/usage-error.ts";

/** Reads a text file; one that is not there or cannot be read is a UsageError. */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(
      "file-not-readable",
      `${path} cannot be read: ${reasonOf(error)}`,
      "Give the path of a file that is there.",
    );
  }
}

/** Writes a text file and the folders above it; it appears under its name only when it is complete. */
export function writeWhole(path: string, text: string): void {
  const partial = `${path}.partial-${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(partial, text);
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw new UsageError(
      "file-not-writable",
      `${path} cannot be written: ${reasonOf(error)}`,
      "Choose another folder with --out.",
    );
  }
}

/** The system's own words for why a file operation failed. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/, .*$/, "") : String(error);
}
