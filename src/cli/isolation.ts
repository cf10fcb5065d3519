/** `lockstep isolation`: a test in PostgreSQL's isolation-test notation, run and printed as PostgreSQL's own tester does. */
import { type Command, Option } from "commander";
import { parseSpec } from "../../sim/isolation/parse.ts";
import type { RunOptions, RunOutcome } from "../../sim/isolation/run.ts";
import { runIsolationOnSimulated } from "../../sim/isolation/run-on-simulated.ts";
import type { Microseconds } from "../../sim/postgres/server.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { runIsolationOnPostgres } from "../isolation/run-on-postgres.ts";
import { openServer, serverText } from "../postgres/server.ts";
import { interruptible } from "../process-exit.ts";
import { allowAnySqlOption, databaseUrlOption, givenServer, SERVER_HELP, type ServerChoice } from "./database-url.ts";
import { EXIT } from "./exit-status.ts";
import { readText } from "./files.ts";
import { checkSqlToRun, sqlOfSpec } from "./sql-to-run.ts";
import { presentTime, startOption } from "./start-option.ts";
import { shown, warn } from "./terminal.ts";

interface IsolationOptions extends ServerChoice {
  readonly on: "simulated" | "postgres";
  readonly now?: Microseconds;
}

/** Adds the command to the program; `finish` takes the exit status. */
export function addIsolation(program: Command, finish: (status: number) => void): void {
  program
    .command("isolation")
    .summary("run an isolation test of PostgreSQL's notation")
    .description(
      "Runs every permutation of an isolation test and prints what PostgreSQL's isolation tester prints,\n" +
        "byte for byte. Waiting steps are marked <waiting ...>.",
    )
    .argument("<spec>", "a test file, for instance test/isolation/rr-write-skew.spec")
    .addOption(new Option("--on <server>", "where").choices(["simulated", "postgres"]).default("simulated"))
    .addOption(databaseUrlOption())
    .addOption(allowAnySqlOption())
    .addOption(startOption("what now() tells when the simulated server starts", "when the command starts"))
    .addHelpText(
      "after",
      "\nWith --on postgres the server of DATABASE_URL is used where there is one and --database-url is not given; standard error names it.\n" +
        SERVER_HELP +
        "\n\nExit status: 0 run to the end, 1 a setup failed or a step hung, 2 wrong input, 130 interrupted.",
    )
    .action(async (path: string, options: IsolationOptions) => finish(statusOf(await run(path, options))));
}

async function run(path: string, options: IsolationOptions): Promise<RunOutcome> {
  if (options.on === "postgres" && options.now !== undefined) {
    throw new UsageError(
      "option-without-use",
      "--now is of no use to --on postgres: a real server tells its own time",
      "Leave one of them out.",
    );
  }
  const databaseUrl = givenServer(options);
  const allowAnySql = options.allowAnySql === true;
  const text = readText(path);
  if (options.on === "postgres" && !allowAnySql) await checkSqlToRun(sqlOfSpec(parseSpec(text, path), path));
  const print = (piece: string): void => {
    // In a pipe the bytes are those of the server, for comparison with what another one has printed.
    process.stdout.write(process.stdout.isTTY === true ? shown(piece) : piece);
  };
  return interruptible(async (signal) => {
    const runOptions: RunOptions = { file: path, print, interrupted: () => signal.aborted };
    if (options.on === "simulated") {
      return runIsolationOnSimulated(text, { ...runOptions, now: options.now ?? presentTime() });
    }
    const server = await openServer({ databaseUrl, allowAnySql });
    try {
      warn(`${path}, run on ${serverText(server)}`);
      return await runIsolationOnPostgres(text, server, runOptions);
    } finally {
      await server.close();
    }
  });
}

function statusOf(outcome: RunOutcome): number {
  switch (outcome.kind) {
    case "finished":
      return EXIT.ok;
    case "stopped":
      return EXIT.violated;
    case "interrupted":
      return EXIT.interrupted;
  }
}
