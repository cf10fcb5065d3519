/** `lockstep simulate`: one schedule by chance, from a seed, printed. */
import { randomInt } from "node:crypto";
import type { Command } from "commander";
import { parametersOf } from "../../sim/explore/check.ts";
import { randomSchedule } from "../../sim/explore/random.ts";
import { loadGrammar } from "../../sim/postgres/index.ts";
import { setupOf, systemOf } from "../../sim/system/from-scenario.ts";
import { recordTrace } from "../../sim/trace/record.ts";
import { renderText } from "../../sim/trace/text.ts";
import { EXIT } from "./exit-status.ts";
import { type InstanceOptions, instanceOf, integerFrom, withInstanceOptions } from "./instance-options.ts";
import { DEFAULT_OUT, replayCommand, writeTraceFiles } from "./report.ts";
import { paint, print, printJson, textWidth } from "./terminal.ts";

interface SimulateOptions extends InstanceOptions {
  readonly seed?: number;
  readonly steps: number;
  readonly out: string;
  readonly json?: boolean;
}

/** Adds the command to the program; `finish` takes the exit status. */
export function addSimulate(program: Command, finish: (status: number) => void): void {
  const command = program
    .command("simulate")
    .summary("run one random schedule from a seed")
    .description(
      "Runs one random schedule. It can show a violation; that it shows none says nothing (use check for that).",
    )
    .argument("<scenario>", "the name of a scenario, or a module of your own that exports one");
  withInstanceOptions(command)
    .option(
      "--seed <n>",
      "the same seed gives the same schedule (default: a new one, which is printed)",
      integerFrom(0, 2 ** 31 - 1),
    )
    .option("--steps <n>", "how many steps at most", integerFrom(1, 1_000_000), 40)
    .option("--out <folder>", "where the trace is written", DEFAULT_OUT)
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExit status: 0 nothing broke in this schedule, 1 violated, 2 wrong input.")
    .action(async (name: string, options: SimulateOptions) => finish(await runSimulate(name, options)));
}

async function runSimulate(name: string, options: SimulateOptions): Promise<number> {
  await loadGrammar();
  const instance = await instanceOf(name, options);
  const system = systemOf(instance);
  const seed = options.seed ?? randomInt(2 ** 31);
  const drawn = await randomSchedule(system, { seed, steps: options.steps });
  const trace = await recordTrace(system, drawn.schedule, {
    parameters: parametersOf(instance, system.clients, seed),
    setup: setupOf(instance),
  });
  const files = writeTraceFiles(trace, options.out);
  if (options.json === true) {
    printJson({
      scenario: instance.scenario.name,
      protocol: instance.protocol.name,
      clients: instance.clients,
      buffers: instance.buffers,
      isolation: instance.isolation,
      granularity: instance.granularity,
      seed,
      steps: drawn.schedule.length,
      ended: drawn.ended,
      verdict: drawn.violation === null ? "none" : "violated",
      property: drawn.violation?.property ?? null,
      message: drawn.violation?.message ?? null,
      schedule: drawn.schedule,
      trace: files.json,
    });
  } else {
    print(renderText(trace, { width: textWidth(), color: paint }));
    print(
      drawn.violation === null
        ? `\nNothing broke in this schedule of ${drawn.schedule.length} steps; that says nothing of the others.`
        : `\n${paint.red(`violated: ${drawn.violation.property}`)} ${drawn.violation.message}`,
    );
    print(`\nseed ${seed}`);
    print(`step through it:  ${files.html}`);
    print(`run it again:     ${replayCommand(files.json, "simulated")}`);
  }
  return drawn.violation === null ? EXIT.ok : EXIT.violated;
}
