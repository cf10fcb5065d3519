/**
 * A module of the user's in this process: it is loaded, and what it does outside of the functions that we call is told as the user's mistake.
 *
 *     loading     throws, calls process.exit, never comes to its end          UsageError, nothing was explored
 *     later       a rejection that nobody handles, an error in a timer        the verdict is printed, then the mistake; status 2
 *     the end     timers and connections that it has left open                do not keep the process alive (`leave`)
 *
 * What our own code throws or rejects is a bug of ours, with or without a guest: it is told by the folder in which it was thrown.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { UsageError } from "../../sim/usage-error.ts";
import { placeOf, thrownText, userFault } from "../../sim/user-code.ts";
import { EXIT } from "./exit-status.ts";
import { flushed, keepStandardOutput } from "./terminal.ts";

/** A module that has not come to its end by then is given up. */
const LOAD_SECONDS_MAX = 6;

/** What the user typed for the module that was loaded last; null where none was. */
let guest: string | null = null;
/** The first thing that a module did which it must not do. */
let fault: UsageError | null = null;
let givesUp: ((fault: UsageError) => void) | null = null;

/** Loads a module of the user's, given by what was typed and where it is. */
export async function loadGuest(name: string, path: string): Promise<Record<string, unknown>> {
  if (guest === null) watch();
  guest = name;
  if (process.argv.includes("--json") || process.send !== undefined) keepStandardOutput();
  const isStuck = new Promise<never>((_, reject) => {
    givesUp = reject;
  });
  const atNothingToDo = (): void => note(neverLoads(name, "and nothing is left that could end that"));
  const timer = setTimeout(() => note(neverLoads(name, `after ${LOAD_SECONDS_MAX} s`)), LOAD_SECONDS_MAX * 1000);
  timer.unref();
  process.once("beforeExit", atNothingToDo);
  try {
    return await Promise.race([import(pathToFileURL(path).href) as Promise<Record<string, unknown>>, isStuck]);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      "scenario-file-fails",
      `${name} cannot be loaded: ${error instanceof SyntaxError ? syntaxText(error, path) : thrownText(error)}`,
      "It must be a JavaScript module (or TypeScript, when lockstep is run from its sources) that exports `scenario`.",
    );
  } finally {
    clearTimeout(timer);
    process.off("beforeExit", atNothingToDo);
    givesUp = null;
  }
}

/** An error as it is told: what one of a module's functions has done is told with the module's name. */
export function told(error: UsageError): UsageError {
  const isOfFunction = /^(user-code|nondeterministic|machine|user-event)/.test(error.code);
  if (guest === null || !isOfFunction || error.message.includes(guest)) return error;
  return new UsageError(error.code, `${guest}: ${error.message}`, error.hint);
}

/** Lets what a module has left due come about: a short check can be over before a timer of no length. */
export async function untilQuiet(): Promise<void> {
  if (guest !== null) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** What a module did wrong outside of its functions; null where there is nothing, or no module. */
export function guestFault(): UsageError | null {
  return fault;
}

/** Ends the process with this status where a module may have left something open; what was printed is written first. */
export async function leave(status: number): Promise<void> {
  if (guest === null) return;
  await flushed();
  process.exit(status);
}

function note(found: UsageError): void {
  fault ??= found;
  givesUp?.(found);
}

function neverLoads(name: string, when: string): UsageError {
  return new UsageError(
    "scenario-file-hangs",
    `${name} cannot be loaded: it still waits for something, ${when}`,
    "Await nothing at the top of the module that need not come.",
  );
}

function watch(): void {
  const exit = process.exit.bind(process);
  process.exit = (code?: number | string | null): never => {
    const error = new Error("process.exit");
    if (isOurs(error, 1)) return exit(code);
    const place = placeOf(withoutFrame(error));
    const found = new UsageError(
      "scenario-file-exits",
      `${guest} calls process.exit(${code ?? ""})${place === null ? "" : ` (${place})`}`,
      "Leave the end of the process to lockstep: a verdict would be lost.",
    );
    note(found);
    throw found;
  };
  process.on("unhandledRejection", (reason) => unhandled(`a promise of ${guest} that nobody awaits`, reason));
  process.on("uncaughtException", (error) => unhandled(`${guest}, outside of the functions of its scenario,`, error));
}

function unhandled(what: string, thrown: unknown): void {
  if (thrown instanceof Error && !(thrown instanceof UsageError) && isOurs(thrown, 0)) {
    process.stderr.write(
      `lockstep: this is a fault of lockstep; please report it in the issue tracker of the project, with what follows\n${thrown.stack}\n`,
    );
    process.exit(EXIT.internal);
  }
  note(userFault(what, thrown, "Catch it there: the verdict, if one was found, is printed above."));
}

const HERE = import.meta.url;
/** The folders of our own code: that of the bundle, or the rooms of the sources. */
const OWN: readonly string[] = HERE.endsWith(".ts")
  ? ["src", "sim", "model"].map((room) => new URL(`../../${room}/`, HERE).href)
  : [new URL("./", HERE).href];

/** Whether the frame at this place of an error's stack is our own code's; a frame of Node's own says nothing, and the next one is asked. */
function isOurs(error: Error, from: number): boolean {
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const frame = frames.slice(from).find((line) => !/\(node:|at node:|at async node:/.test(line));
  return frame !== undefined && OWN.some((folder) => frame.includes(folder) || frame.includes(fileURLToPath(folder)));
}

/** The error as its caller's: the frame of the function that made it is left out. */
function withoutFrame(error: Error): Error {
  const lines = (error.stack ?? "").split("\n");
  const first = lines.findIndex((line) => /^\s+at /.test(line));
  const without = new Error(error.message);
  without.stack = lines.filter((_, at) => at !== first).join("\n");
  return without;
}

/** An error in the syntax has no stack in the module: Node tells its place when it is asked to look at the file. */
function syntaxText(error: SyntaxError, path: string): string {
  const { stderr } = spawnSync(process.execPath, ["--check", path], { encoding: "utf8" });
  const line = /^.*:(\d+)$/m.exec(stderr)?.[1];
  return `${error.name}: ${error.message}${line === undefined ? "" : ` (${path}:${line})`}`;
}
