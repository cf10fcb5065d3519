/** The command of `npm run fuzz`: random transactions on the simulated and on the real server, which must agree. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { loadGrammar } from "../../sim/postgres/index.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { EXIT } from "../cli/exit-status.ts";
import { print, printJson, textWidth, warnUsage } from "../cli/terminal.ts";
import { interruptedStatus, interruptible } from "../process-exit.ts";
import type { BranchProfile } from "./branches/profile.ts";
import { branchLines } from "./branches/report.ts";
import { type Campaign, runCampaign } from "./campaign.ts";
import { coverageJson, coverageLines, shortOf } from "./coverage.ts";
import { differenceText, verdictLines } from "./difference-text.ts";
import { type Features, parseFeatures, USUAL_FEATURES } from "./features.ts";
import type { Found } from "./found.ts";
import { startHoldingServer } from "./holding-server.ts";
import { CampaignProgress } from "./progress.ts";
import { specText } from "./spec-text.ts";
import { runByTester } from "./tester/command.ts";

interface Options {
  readonly runs: number;
  readonly seed: number;
  readonly from: number;
  readonly features: Features;
  readonly lanes: number;
  readonly differences: number;
  readonly shrink: boolean;
  readonly out: string;
  readonly oracle: "lock step" | "isolationtester";
  readonly branches: boolean;
  readonly json?: boolean;
}

const program = new Command("fuzz")
  .description(
    "Runs random transactions on the simulated and on the real PostgreSQL in lock step, and compares\n" +
      "every reply, every wait, every error and the rows in the end.",
  )
  .option("--runs <n>", "how many runs", integer(1), 1000)
  .option("--seed <n>", "where chance begins", integer(0), 1)
  .option("--from <n>", "the first run's number", integer(0), 0)
  .addOption(
    new Option("--features <list>", "what is used, for instance locking,keys or usual,-serializable")
      .argParser(parseFeatures)
      .default(USUAL_FEATURES, "usual"),
  )
  .option("--lanes <n>", "how many runs go on at a time", integer(1), 4)
  .option("--differences <n>", "stop after so many differences", integer(1), 1)
  .option("--no-shrink", "leave a case that differs as it was met")
  .addOption(
    new Option("--oracle <which>", "what the simulated server is held against")
      .choices(["lock step", "isolationtester"])
      .default("lock step"),
  )
  .option("--out <folder>", "where a difference is written as an isolation test", join("test", "isolation"))
  .option("--no-branches", "do not count the simulator's branches, and do not look for more of what reaches new ones")
  .option("--json", "print one JSON object")
  .addHelpText("after", "\nExit status: 0 no difference, 1 difference, 2 wrong input, 130 interrupted.")
  .showHelpAfterError("(--help says what can be given)")
  .exitOverride();

function integer(min: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!Number.isSafeInteger(number) || number < min)
      throw new InvalidArgumentError(`It must be an integer of at least ${min}.`);
    return number;
  };
}

async function run(options: Options, profile: BranchProfile): Promise<number> {
  await loadGrammar();
  const server = await startHoldingServer();
  const progress = new CampaignProgress(options.runs);
  const files: string[] = [];
  try {
    const campaign = await interruptible((signal) =>
      runCampaign({
        ...options,
        server,
        differencesMax: options.differences,
        shrinks: options.shrink,
        signal,
        ...(options.branches ? { moreBranches: () => profile.take() } : {}),
        onProgress: (done, found) => progress.report(done, found),
        onFound: (found) => {
          progress.clear();
          if (found.alike > 0) return;
          files.push(writeSpec(found, options));
          if (options.json !== true) print(`${differenceText(found)}\n  written to ${files.at(-1)}\n`);
        },
      }),
    );
    const seconds = progress.end();
    const branches = options.branches ? profile.report() : null;
    if (options.json === true) printJson({ seed: options.seed, ...json(campaign, seconds), files, branches });
    else {
      for (const line of branches === null ? [] : branchLines(branches)) print(line);
      printCampaign(campaign, seconds, options.seed);
    }
    if (campaign.differences.length + campaign.restless.length > 0) return EXIT.violated;
    return interruptedStatus() ?? EXIT.ok;
  } finally {
    progress.end();
    await server.stop();
  }
}

function writeSpec(found: Found, { seed, out }: Options): string {
  mkdirSync(out, { recursive: true });
  const file = join(out, `fuzz-${seed}-${found.run}.spec`);
  const comment = [
    "What both servers must agree on; when the fuzzer met it, they did not:",
    ...verdictLines(found.result.difference),
  ];
  writeFileSync(file, specText(found.script, comment.join("\n")));
  return file;
}

function json(campaign: Campaign, seconds: number): Record<string, unknown> {
  const { runs, statements, differences, unsteady, planned, refused, restless, coverage, interrupted } = campaign;
  return {
    runs,
    statements,
    seconds,
    interrupted,
    unsteady,
    planned,
    differences: differences.map(({ run, steady, script, result }) => ({
      run,
      steady,
      ...result.difference,
      setup: script.world.setup,
      sends: script.sends.map(({ session, query }) => ({ session, text: query.text, values: query.values })),
    })),
    refused: Object.fromEntries(refused),
    restless,
    coverage: coverageJson(coverage),
    short: shortOf(coverage),
  };
}

function printCampaign(campaign: Campaign, seconds: number, seed: number): void {
  for (const { run, message } of campaign.restless) print(`run ${run}: ${message}`);
  for (const [why, times] of [...campaign.refused].sort((a, b) => b[1] - a[1])) print(`refused ${times} times: ${why}`);
  for (const line of coverageLines(campaign.coverage, textWidth())) print(line);
  const kinds = campaign.differences.filter(({ alike }) => alike === 0).length;
  const found = kinds === 0 ? "no difference" : `${campaign.differences.length} differences of ${kinds} kinds`;
  print(`differed once and agreed again: ${campaign.unsteady} runs; another plan's choice: ${campaign.planned} runs`);
  print(`${campaign.runs} runs, ${campaign.statements} statements, seed ${seed}, ${seconds.toFixed(1)} s: ${found}`);
}

/** Reads the command line, runs the campaign and sets the exit status. */
export async function runCommand(profile: BranchProfile): Promise<void> {
  try {
    program.parse();
    const options = program.opts<Options>();
    process.exitCode = await (options.oracle === "isolationtester" ? runByTester(options) : run(options, profile));
  } catch (error) {
    process.exitCode = statusOf(error);
  } finally {
    await profile.stop();
  }
}

function statusOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageError) {
    warnUsage(error);
    return EXIT.usage;
  }
  throw error;
}
