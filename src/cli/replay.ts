/** `lockstep replay`: a trace file run again, and compared step by step. */
import { type Command, Option } from "commander";
import { readTrace } from "../../sim/trace/read.ts";
import { allowAnySqlOption, databaseUrlOption, givenServer, SERVER_HELP, type ServerChoice } from "./database-url.ts";
import { readText } from "./files.ts";
import { replayLines, replayOnReal, replayOnSimulated, replayStatus } from "./replaying.ts";
import { checkSqlToRun, sqlOfTrace } from "./sql-to-run.ts";
import { print, printJson } from "./terminal.ts";

interface ReplayOptions extends ServerChoice {
  readonly on: "simulated" | "postgres";
  readonly json?: boolean;
}

/** Adds the command to the program; `finish` takes the exit status. */
export function addReplay(program: Command, finish: (status: number) => void): void {
  program
    .command("replay")
    .summary("run a trace again, on the simulated or on a real PostgreSQL")
    .description("Runs the schedule of a trace again and compares every reply, wait and row with what the trace says.")
    .argument("<trace>", "a trace file that check, simulate or sim wrote; - reads standard input")
    .addOption(new Option("--on <server>", "where").choices(["simulated", "postgres"]).default("simulated"))
    .addOption(databaseUrlOption())
    .addOption(allowAnySqlOption())
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nWith --on postgres the server of DATABASE_URL is used where there is one and --database-url is not given.\n" +
        SERVER_HELP +
        "\n\nExit status: 0 reproduced, 1 differs, 2 wrong input, 3 a step cannot be forced from outside.",
    )
    .action(async (path: string, options: ReplayOptions) => finish(await runReplay(path, options)));
}

async function runReplay(path: string, options: ReplayOptions): Promise<number> {
  const databaseUrl = givenServer(options);
  const text = readText(path);
  const trace = readTrace(text, path);
  if (options.on === "simulated") {
    const result = await replayOnSimulated(trace);
    if (options.json === true) printJson({ trace: path, on: "simulated", ...result });
    else for (const line of replayLines(result, "the simulated PostgreSQL")) print(line);
    return replayStatus(result);
  }
  const allowAnySql = options.allowAnySql === true;
  if (!allowAnySql) await checkSqlToRun(sqlOfTrace(trace, text, path));
  const say = options.json === true ? () => {} : print;
  const { server, where, ...result } = await replayOnReal(trace, { databaseUrl, allowAnySql, say });
  if (options.json === true) printJson({ trace: path, on: "postgres", server, where, ...result });
  else for (const line of replayLines(result, server)) print(line);
  return replayStatus(result);
}
