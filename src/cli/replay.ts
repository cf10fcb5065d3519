/** `lockstep replay`: a trace file run again, and compared step by step. */
import { type Command, Option } from "commander";
import { readTrace } from "../../sim/trace/read.ts";
import { databaseUrlOption } from "./database-url.ts";
import { readText } from "./files.ts";
import { replayLines, replayOnReal, replayOnSimulated, replayStatus } from "./replaying.ts";
import { print, printJson } from "./terminal.ts";

interface ReplayOptions {
  readonly on: "simulated" | "postgres";
  readonly databaseUrl?: string;
  readonly json?: boolean;
}

/** Adds the command to the program; `finish` takes the exit status. */
export function addReplay(program: Command, finish: (status: number) => void): void {
  program
    .command("replay")
    .summary("run a trace again, on the simulated or on a real PostgreSQL")
    .description("Runs the schedule of a trace again and compares every reply, wait and row with what the trace says.")
    .argument("<trace>", "a trace file that check, simulate or sim wrote")
    .addOption(new Option("--on <server>", "where").choices(["simulated", "postgres"]).default("simulated"))
    .addOption(databaseUrlOption())
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExit status: 0 reproduced, 1 differs, 2 wrong input, 3 a step cannot be forced from outside.",
    )
    .action(async (path: string, options: ReplayOptions) => finish(await runReplay(path, options)));
}

async function runReplay(path: string, options: ReplayOptions): Promise<number> {
  const trace = readTrace(readText(path), path);
  if (options.on === "simulated") {
    const result = await replayOnSimulated(trace);
    if (options.json === true) printJson({ trace: path, on: "simulated", ...result });
    else for (const line of replayLines(result, "the simulated PostgreSQL")) print(line);
    return replayStatus(result);
  }
  const { server, ...result } = await replayOnReal(trace, options.databaseUrl);
  if (options.json === true) printJson({ trace: path, on: "postgres", server, ...result });
  else for (const line of replayLines(result, server)) print(line);
  return replayStatus(result);
}
