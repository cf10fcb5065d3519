/**
 * Files that commands read and write. A file is written whole or not at all, and only in the place of an ordinary one.
 *
 *     trace.json.partial-4711   written under a name that nothing had, then renamed to
 *     trace.json                nothing, or an ordinary file
 *
 * A rename takes the place of whatever is there: a device would be gone, and a link would no longer lead to its file. To write through a link
 * would be to write where its owner wants. So both are refused.
 */
import { closeSync, lstatSync, openSync, readSync, renameSync, rmSync, type Stats, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UsageError } from "../../sim/usage-error.ts";
import { makeFolder } from "./out-folder.ts";

/** How much a command reads of one file; traces of 100,000 steps take 48 MB. */
const READ_MAX = 256 * 2 ** 20;
const PIECE = 1 << 20;

/** Reads a text file, or standard input for `-`; one that is not there, cannot be read or never ends is a UsageError. */
export function readText(path: string): string {
  try {
    return path === "-" ? readAll(0) : readAll(path);
  } catch (error) {
    throw new UsageError(
      "file-not-readable",
      `${path === "-" ? "standard input" : told(path)} cannot be read: ${reasonOf(error)}`,
      "Give the path of a file that can be read, or - for standard input.",
    );
  }
}

/** Piece by piece: a device has no size, and may have no end. */
function readAll(from: string | number): string {
  const file = typeof from === "number" ? from : openSync(from, "r");
  try {
    const pieces: Buffer[] = [];
    for (let size = 0; size <= READ_MAX; ) {
      const piece = Buffer.alloc(PIECE);
      const read = readPiece(file, piece);
      if (read === 0) return Buffer.concat(pieces).toString("utf8");
      pieces.push(piece.subarray(0, read));
      size += read;
    }
    throw new Error(`it has more than ${READ_MAX / 2 ** 20} MB`);
  } finally {
    if (typeof from !== "number") closeSync(file);
  }
}

/** Standard input may be a terminal or a pipe that has nothing yet. */
function readPiece(file: number, piece: Buffer): number {
  for (;;) {
    try {
      return readSync(file, piece, 0, piece.length, null);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw error;
      Atomics.wait(CLOCK, 0, 0, 10);
    }
  }
}

const CLOCK = new Int32Array(new SharedArrayBuffer(4));

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
    makeFolder(dirname(path));
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
