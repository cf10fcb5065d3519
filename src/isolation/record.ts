/**
 * `npm run isolation:record`: writes down what the real server prints for each script of test/isolation.
 *
 *     test/isolation/rr-write-skew.spec  ──real server, twice──>  test/isolation/expected/rr-write-skew.out
 *
 * Each script is run twice (`--runs`): one whose outputs differ leaves something open that only chance settles, and is not recorded.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { UsageError } from "../../sim/usage-error.ts";
import { EXIT } from "../cli/exit-status.ts";
import { readText, writeWhole } from "../cli/files.ts";
import { print, warn } from "../cli/terminal.ts";
import { type OpenServer, openServer } from "../postgres/server.ts";
import { runIsolationOnPostgres } from "./run-on-postgres.ts";

const FOLDER = join("test", "isolation");
const EXPECTED = join(FOLDER, "expected");

interface Options {
  readonly runs: number;
  readonly databaseUrl?: string;
}

const program = new Command("isolation:record")
  .description("Records what the real PostgreSQL prints for isolation tests.")
  .argument("[specs...]", "test files; all of test/isolation where none is given")
  .option("--runs <n>", "how often each is run; all outputs must be equal", runs, 2)
  .option("--database-url <url>", "a server of yours; the embedded one where it is missing")
  .addHelpText("after", "\nExit status: 0 all recorded, 1 some differ from run to run or could not be run to the end, 2 wrong input.")
  .showHelpAfterError("(--help says what can be given)")
  .exitOverride();

function runs(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError("It must be an integer of at least 1.");
  return number;
}

async function record(specs: readonly string[], options: Options): Promise<number> {
  mkdirSync(EXPECTED, { recursive: true });
  const server = await openServer({ databaseUrl: options.databaseUrl });
  let status: number = EXIT.ok;
  try {
    for (const spec of specs) {
      const outcome = await outputsOf(spec, server, options.runs);
      if (outcome.problem !== null) {
        warn(`${spec}: ${outcome.problem}`);
        status = EXIT.violated;
        continue;
      }
      const file = join(EXPECTED, `${basename(spec, ".spec")}.out`);
      const same = existsSync(file) && readFileSync(file, "utf8") === outcome.output;
      if (!same) writeWhole(file, outcome.output);
      print(`${same ? "as before" : "recorded "}  ${file}`);
    }
  } finally {
    await server.close();
  }
  return status;
}

interface Outcome {
  readonly output: string;
  /** Why it must not be recorded. */
  readonly problem: string | null;
}

async function outputsOf(spec: string, server: OpenServer, times: number): Promise<Outcome> {
  let first: string | null = null;
  for (let run = 1; run <= times; run += 1) {
    let output = "";
    const take = (text: string): void => {
      output += text;
    };
    const { kind } = await runIsolationOnPostgres(readText(spec), server, { file: spec, print: take, stepSecondsMax: 20 });
    if (kind !== "finished") return { output, problem: `it did not come to its end:\n${output.slice(-500)}` };
    if (first !== null && first !== output) return { output, problem: `run ${run} printed something else than run 1:\n${difference(first, output)}` };
    first = output;
  }
  return { output: first ?? "", problem: null };
}

/** The first lines that differ. */
function difference(one: string, other: string): string {
  const lines = one.split("\n");
  const others = other.split("\n");
  const at = lines.findIndex((line, index) => line !== others[index]);
  return `  line ${at + 1}\n  - ${lines[at]}\n  + ${others[at]}`;
}

function allSpecs(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".spec"))
    .sort()
    .map((file) => join(FOLDER, file));
}

try {
  program.parse();
  process.exitCode = await record(program.args.length > 0 ? program.args : allSpecs(), program.opts<Options>());
} catch (error) {
  process.exitCode = statusOf(error);
}

function statusOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageError) {
    warn(`error: ${error.message}`);
    warn(`hint:  ${error.hint}`);
    return EXIT.usage;
  }
  throw error;
}
