/**
 * The commands that the documents show, with what they print: found, run and compared.
 *
 *     ```console
 *     $ npm run -s check -- race-001 --protocol atomic-update
 *     atomic-update: takes the buffer …
 *     …                                    a line that is only this stands for any number of lines
 *     $ echo $?                            the exit status of the command above
 *     0
 *     ```
 *
 * A block of code whose first line is `// file: name.ts` is put into the folder under that name before the commands run.
 *
 * Not compared is what differs from run to run or machine to machine: seconds (`0.12 s`), the port of a server, and
 * what npm says about itself (`> lockstep@0.1.0 sim`, warnings). Commands run in a folder that looks like the root of the repository, so that what they write does not land in it.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUNDLED } from "./bundle.ts";

/** A command as shown, and the lines shown below it. */
export interface Shown {
  readonly command: string;
  readonly output: readonly string[];
}

/** One ```console block of a document; `line` is where its first command stands, from 1. */
export interface ConsoleBlock {
  readonly line: number;
  readonly shown: readonly Shown[];
}

const ANYTHING = "…";

/** The console blocks of a document, in their order. */
export function consoleBlocks(markdown: string): readonly ConsoleBlock[] {
  return [...markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map((match) => ({
    line: markdown.slice(0, match.index).split("\n").length + 1,
    shown: (match[1] ?? "").split(/^\$ /m).slice(1).map(shownOf),
  }));
}

function shownOf(text: string): Shown {
  const [command = "", ...output] = text.replace(/\n$/, "").split("\n");
  return { command, output };
}

/** A folder that looks like the root of the repository: its code by links, and room for what commands write. */
export class Workspace {
  readonly folder = mkdtempSync(join(tmpdir(), "lockstep-docs-"));
  #status = 0;

  /** A workspace for the commands of one document of the repository in `root`. */
  constructor(root: string, markdown: string) {
    // The program is bundled (bundle.ts), which is the same and starts sooner.
    const settings = readFileSync(join(root, "package.json"), "utf8");
    writeFileSync(
      join(this.folder, "package.json"),
      settings.replaceAll("src/cli/main.ts", `${root}/${BUNDLED}/main.js`),
    );
    cpSync(join(root, "tsconfig.json"), join(this.folder, "tsconfig.json"));
    for (const name of ["model", "sim", "src", "test", "docs", "node_modules"]) {
      symlinkSync(join(root, name), join(this.folder, name), "dir");
    }
    for (const [, name = "", text = ""] of markdown.matchAll(/^```\w+\n\/\/ file: ([\w.-]+)\n([\s\S]*?)^```$/gm)) {
      writeFileSync(join(this.folder, name), text);
    }
  }

  /** Runs a command as a person would type it, and gives what a terminal would show, without colours. */
  run(command: string): readonly string[] {
    if (command === "echo $?") return [`${this.#status}`];
    // What the caller's npm and colours are set to must not show in the output.
    const environment = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(?:npm_|DATABASE_URL$|FORCE_COLOR$)/i.test(name)),
    );
    const { stdout, status } = spawnSync("bash", ["-c", `${command} 2>&1`], {
      cwd: this.folder,
      encoding: "utf8",
      env: { ...environment, NO_COLOR: "1" },
      maxBuffer: 1 << 26,
    });
    this.#status = status ?? -1;
    return withoutNpm(stdout);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The lines of an output, without those in which npm speaks of itself. */
function withoutNpm(output: string): readonly string[] {
  const text = output
    .replaceAll(/^npm (?:warn|error|notice)\b.*\n/gm, "")
    .replace(/^\n> [^\n]*\n> [^\n]*\n\n/, "")
    .replace(/\n$/, "");
  return text === "" ? [] : text.split("\n").map((line) => line.trimEnd());
}

/** What of a line is the same in every run. */
function lasting(line: string): string {
  return line
    .replaceAll(/\b\d+(?:\.\d+)? s\b/g, "# s")
    .replace(/"seconds": [\d.]+/, '"seconds": #')
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:#");
}

/** The first line that is other than shown, as a sentence; null when the output is as shown. */
export function difference(shown: readonly string[], printed: readonly string[]): string | null {
  const pieces: string[][] = [[]];
  for (const line of shown) {
    if (line.trim() === ANYTHING) pieces.push([]);
    else pieces.at(-1)?.push(lasting(line));
  }
  const lines = printed.map(lasting);
  let from = 0;
  for (const [at, piece] of pieces.entries()) {
    const isLast = at === pieces.length - 1;
    const latest = lines.length - piece.length;
    const start = at === 0 ? from : isLast ? Math.max(from, latest) : indexOf(lines, piece, from);
    const wrong = piece.findIndex((line, index) => lines[start + index] !== line);
    if (start < 0 || wrong >= 0) {
      const line = piece[Math.max(wrong, 0)] ?? "";
      return `shown:   ${line}\nprinted: ${printed[Math.max(start, 0) + Math.max(wrong, 0)] ?? "nothing more"}`;
    }
    from = start + piece.length;
  }
  return from < lines.length && pieces.length === 1 ? `printed and not shown: ${printed[from] ?? ""}` : null;
}

function indexOf(lines: readonly string[], piece: readonly string[], from: number): number {
  for (let start = from; start + piece.length <= lines.length; start += 1) {
    if (piece.every((line, index) => lines[start + index] === line)) return start;
  }
  return -1;
}

/** The document with the output of every command as it is now; commands whose output is shown in part are left alone. */
export function refreshed(markdown: string, workspace: Workspace): string {
  return markdown.replace(/^```console\n([\s\S]*?)^```$/gm, (block: string) => {
    const shown = consoleBlocks(block)[0]?.shown ?? [];
    const lines = shown.flatMap(({ command, output }) => {
      const printed = workspace.run(command);
      const keep = output.some((line) => line.trim() === ANYTHING) || difference(output, printed) === null;
      return [`$ ${command}`, ...(keep ? output : printed)];
    });
    return ["```console", ...lines, "```"].join("\n");
  });
}

/** The document with what the command of each `<!-- printed by: command -->` prints, up to `<!-- end of what is printed -->`. */
export function printedParts(markdown: string, run: (command: string) => readonly string[]): string {
  return markdown.replace(
    /^(<!-- printed by: (.+) -->\n)[\s\S]*?^(<!-- end of what is printed -->)$/gm,
    (_, begin: string, command: string, end: string) => `${begin}\n${run(command).join("\n")}\n\n${end}`,
  );
}
