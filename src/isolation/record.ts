/**
 * `npm run isolation:record`: writes down what the real server prints for each script of test/isolation.
 *
 *     test/isolation/rr-write-skew.spec  ── real server, twice ──>  test/isolation/expected/rr-write-skew.out
 *
 * A script whose outputs differ from run to run leaves something open that only chance settles, and is not recorded.
 */
import { existsSync, readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { UsageError } from "../../sim/usage-error.ts";
import { EXIT } from "../cli/exit-status.ts";
import { readText, writeWhole } from "../cli/files.ts";
import { print, warn, warnUsage } from "../cli/terminal.ts";
import { type OpenServer, openServer } from "../postgres/server.ts";
import { type GoldenScript, goldenScript, goldenScripts } from "./golden-scripts.ts";
import { runIsolationOnPostgres } from "./run-on-postgres.ts";

/** After this time a step is cancelled, and its script is not recorded. */
const STEP_SECONDS_MAX = 20;

interface Options {
  readonly runs: number;
  readonly databaseUrl?: string;
}

const program = new Command("isolation:record")
  .description("Records what the real PostgreSQL prints for isolation tests.")
  .argument("[specs...]", "test files; all of test/isolation where none is given")
  .option("--runs <n>", "how often each is run; all outputs must be equal", positive, 2)
  .option("--database-url <url>", "a server of yours; the embedded one where it is missing")
  .addHelpText("after", "\nExit status: 0 all are recorded, 1 some could not be, 2 wrong input.")
  .showHelpAfterError("(--help says what can be given)")
  .exitOverride();

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError("It must be an integer of at least 1.");
  return number;
}

async function record(scripts: readonly GoldenScript[], { runs, databaseUrl }: Options): Promise<number> {
  const server = await openServer({ databaseUrl });
  let status: number = EXIT.ok;
  try {
    for (const script of scripts) {
      const outcome = await outputOf(script.spec, server, runs);
      if (outcome.kind === "output") print(`${write(script.expected, outcome.text)} ${script.expected}`);
      else {
        warn(`${script.spec}: ${outcome.why}`);
        status = EXIT.violated;
      }
    }
  } finally {
    await server.close();
  }
  return status;
}

function write(file: string, text: string): string {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return "as it was";
  writeWhole(file, text);
  return "recorded ";
}

type Outcome =
  | { readonly kind: "output"; readonly text: string }
  | { readonly kind: "not to be recorded"; readonly why: string };

async function outputOf(spec: string, server: OpenServer, runs: number): Promise<Outcome> {
  const text = readText(spec);
  const outputs: string[] = [];
  for (let run = 0; run < runs; run += 1) {
    let output = "";
    const take = (piece: string): void => {
      output += piece;
    };
    const options = { file: spec, print: take, stepSecondsMax: STEP_SECONDS_MAX };
    const { kind } = await runIsolationOnPostgres(text, server, options);
    if (kind !== "finished" || output.includes("isolationtester: canceling step")) {
      return {
        kind: "not to be recorded",
        why: `it does not come to its end\n${output.split("\n").slice(-8).join("\n")}`,
      };
    }
    outputs.push(output);
  }
  const [first = "", ...others] = outputs;
  const other = others.find((each) => each !== first);
  if (other === undefined) return { kind: "output", text: first };
  return { kind: "not to be recorded", why: `two runs print different lines\n${firstDifference(first, other)}` };
}

function firstDifference(one: string, other: string): string {
  const [lines, others] = [one.split("\n"), other.split("\n")];
  const at = lines.findIndex((line, index) => line !== others[index]);
  return `  line ${at + 1}: ${lines[at]}\n  line ${at + 1}: ${others[at]}`;
}

try {
  program.parse();
  const scripts = program.args.length > 0 ? program.args.map(goldenScript) : goldenScripts();
  process.exitCode = await record(scripts, program.opts<Options>());
} catch (error) {
  process.exitCode = statusOf(error);
}

function statusOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageError) {
    warnUsage(error);
    return EXIT.usage;
  }
  throw error;
}
