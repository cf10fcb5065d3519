#!/usr/bin/env node
/** The command line: one program, one command a file, and the one place where an error becomes an exit status. */
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { Command, CommanderError } from "commander";
import { UsageError } from "../../sim/usage-error.ts";
import { EXIT } from "./exit-status.ts";
import { guestFault, leave, told, untilQuiet } from "./guest.ts";
import { beSupervised, needsSupervision, supervise } from "./supervision.ts";
import { errorJson, printJson, shown, warn, warnUsage } from "./terminal.ts";

// Most commands are over before it pays to optimize their code, which takes the processor from them: V8 is to wait eight times as long
// with JavaScript, and a hundred times with WebAssembly, of which PostgreSQL's grammar is made: a few statements had its largest functions optimized.
// Measured with Node 20: a check of a second takes 0.35 s less, one of a minute as long as before. Later versions may not know the words.
if (process.versions.node.startsWith("20.")) {
  for (const flag of ["--interrupt-budget=540672", "--wasm-tiering-budget=180000000"]) setFlagsFromString(flag);
}

type Add = (program: Command, finish: (status: number) => void) => void;

/** Each command is loaded when it is asked for: what is not needed costs no time. */
const COMMANDS: Readonly<Record<string, () => Promise<Add>>> = {
  sim: async () => (await import("./sim.ts")).addSim,
  check: async () => (await import("./check.ts")).addCheck,
  simulate: async () => (await import("./simulate.ts")).addSimulate,
  matrix: async () => (await import("./matrix.ts")).addMatrix,
  replay: async () => (await import("./replay.ts")).addReplay,
  stress: async () => (await import("./stress.ts")).addStress,
  show: async () => (await import("./show.ts")).addShow,
  isolation: async () => (await import("./isolation.ts")).addIsolation,
  litmus: async () => (await import("./litmus.ts")).addLitmus,
};

const program = new Command("lockstep")
  .description(
    "Explores every interleaving of database locking code, shows the shortest one that breaks it,\n" +
      "and replays it on a real PostgreSQL.",
  )
  .version(version(), "--version", "print the version")
  .showHelpAfterError("(--help says what can be given)")
  .exitOverride()
  .configureOutput({ writeErr: (text) => process.stderr.write(shown(text)) });

// Whoever reads our output may stop reading it, as `head` does: then there is nobody left to tell, and no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  warn(`error: standard output cannot be written to: ${error.message}`);
  process.exit(EXIT.output);
});
// Without standard error there is nobody to be told either; the exit status still says how it ended.
process.stderr.on("error", () => {});

/** The system's errors that say something of this machine, and nothing of this program. */
const MACHINE_ERRORS: readonly string[] = [
  "EACCES",
  "EDQUOT",
  "EIO",
  "EMFILE",
  "ENFILE",
  "ENOMEM",
  "ENOSPC",
  "EPERM",
  "EROFS",
];

const finish = (status: number): void => {
  process.exitCode = status;
};
const words = process.argv.slice(2);
// Only where nothing of the command was loaded yet: its process loads it.
if (needsSupervision(words)) process.exit(await supervise(words));
beSupervised();
const asked = Object.hasOwn(COMMANDS, process.argv[2] ?? "") ? COMMANDS[process.argv[2] ?? ""] : undefined;
// PostgreSQL's grammar is compiled by another thread: begun now, it is ready when the command's own code is.
if (asked !== undefined) void import("libpg-query");
// Without a command's name there is help to be given, or an error, which names them all.
for (const load of asked === undefined ? Object.values(COMMANDS) : [asked]) (await load())(program, finish);
for (const command of program.commands) command.exitOverride().showHelpAfterError("(--help says what can be given)");

try {
  await program.parseAsync();
  await untilQuiet();
  const fault = guestFault();
  if (fault !== null) {
    warnUsage(fault);
    process.exitCode = EXIT.usage;
  }
} catch (error) {
  process.exitCode = statusOfError(error);
}
await leave(Number(process.exitCode ?? EXIT.ok));

function statusOfError(error: unknown): number {
  // Commander has printed its own message; asking for help or the version is no error.
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok;
    const message = error.message.replace(/^error: /, "");
    tellProgram(new UsageError(error.code, message, "--help says what can be given."));
    return EXIT.usage;
  }
  const usage = error instanceof UsageError ? told(error) : ofSystem(error);
  if (usage !== null) {
    warnUsage(usage);
    tellProgram(usage);
    return EXIT.usage;
  }
  warn(
    "lockstep: this is a fault of lockstep; please report it in the issue tracker of the project, with what follows",
  );
  warn(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const message = error instanceof Error ? error.message : String(error);
  tellProgram(new UsageError("internal", message, "Please report it in the issue tracker of the project."));
  return EXIT.internal;
}

/** A program that asked for JSON gets the error as JSON, too. */
function tellProgram(error: UsageError): void {
  if (process.argv.includes("--json")) printJson(errorJson(error));
}

/** What the system refused for reasons of this machine: a full disk, a missing right, no more files. */
function ofSystem(error: unknown): UsageError | null {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return null;
  if (!MACHINE_ERRORS.includes(String(error.code))) return null;
  return new UsageError(
    "system-refuses",
    `the system refuses what is needed: ${error.message}`,
    "Look at free space and rights, also of the temporary folder (TMPDIR names another one).",
  );
}

function version(): string {
  for (const path of ["../../package.json", "../../../package.json"]) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as Record<
        string,
        string
      >;
      if (name === "lockstep" && version !== undefined) return version;
    } catch {
      // The sources and the compiled program lie at different depths below package.json.
    }
  }
  return "unknown";
}
