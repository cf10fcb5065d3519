/** `lockstep litmus`: small programs on a real server, run truly at once, whose outcomes must be among those that the simulation reaches. */
import { randomInt } from "node:crypto";
import { basename, join } from "node:path";
import type { Command } from "commander";
import { SEED_MAX } from "../../sim/explore/hunt.ts";
import { parseSpec } from "../../sim/isolation/parse.ts";
import { type Generated, programOf } from "../../sim/litmus/generate.ts";
import { programOfSpec } from "../../sim/litmus/program.ts";
import { loadGrammar } from "../../sim/postgres/index.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { type Campaign, type Finding, runCampaign } from "../litmus/campaign.ts";
import { SetUpFailed } from "../litmus/lane.ts";
import { openLitmusServer } from "../litmus/places.ts";
import { type About, campaignJson, campaignLines, findingLines, findingSpec } from "../litmus/report.ts";
import { interruptible } from "../process-exit.ts";
import { databaseUrlOption, givenServer } from "./database-url.ts";
import { EXIT } from "./exit-status.ts";
import { readText, writeWhole } from "./files.ts";
import { integerFrom } from "./instance-options.ts";
import { DEFAULT_OUT } from "./report.ts";
import { checkSqlToRun, sqlOfSpec } from "./sql-to-run.ts";
import { ProgressLine, paint, print, printJson } from "./terminal.ts";

interface LitmusOptions {
  readonly programs: number;
  readonly from: number;
  readonly runs: number;
  readonly seed?: number;
  readonly lanes: number;
  readonly maxStates: number;
  readonly shrinks: number;
  readonly out: string;
  readonly databaseUrl?: string;
  readonly json?: boolean;
}

/** Adds the command to the program; `finish` takes the exit status. */
export function addLitmus(program: Command, finish: (status: number) => void): void {
  program
    .command("litmus")
    .summary("run random small programs on a real PostgreSQL: is every outcome one that the simulation reaches?")
    .description(
      "Runs small programs on a real PostgreSQL, their sessions truly at once, each many times. Every outcome that is seen\n" +
        "(replies, rows, SQLSTATEs, and the rows in the end) must be among those that the simulated server reaches when every\n" +
        "interleaving is explored, points inside of statements included. One that is not is printed with its program.",
    )
    .argument("[spec]", "a test in isolation notation whose sessions are the program (default: random programs)")
    .option("--programs <n>", "how many random programs", integerFrom(1, 1_000_000), 100)
    .option("--from <n>", "the number of the first one", integerFrom(0, 1_000_000), 0)
    .option("--runs <n>", "how often each is run on the real server", integerFrom(1, 1_000_000), 200)
    .option(
      "--seed <n>",
      "draws the programs and the jitter (default: a new one, which is printed)",
      integerFrom(0, SEED_MAX),
    )
    .option("--lanes <n>", "how many programs are run at a time, on a server of ours", integerFrom(1, 16), 4)
    .option("--max-states <n>", "a program with more states is not judged", integerFrom(1, 100_000_000), 20_000)
    .option("--shrinks <n>", "how many findings are made small", integerFrom(0, 1_000_000), 5)
    .option("--out <folder>", "where programs with an outcome outside are written, as isolation tests", DEFAULT_OUT)
    .addOption(databaseUrlOption())
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExit status: 0 no outcome outside, 1 an outcome outside, or the simulation failed, 2 wrong input, 3 a program was not judged, 130 interrupted.",
    )
    .action(async (spec: string | undefined, options: LitmusOptions) => finish(await runLitmus(spec, options)));
}

/** What is run: programs by number, and what their files are called. */
interface Programs {
  readonly from: number;
  readonly count: number;
  readonly sessions: number;
  readonly name: (number: number) => string;
  readonly programOf: (number: number) => Generated;
}

const SESSIONS_MAX = 4;

async function runLitmus(spec: string | undefined, options: LitmusOptions): Promise<number> {
  await loadGrammar();
  const seed = options.seed ?? randomInt(SEED_MAX + 1);
  const programs = spec === undefined ? randomPrograms(seed, options) : await programOfFile(spec);
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const line = new ProgressLine("litmus");
  const files: string[] = [];
  const onFinding = (finding: Finding): void => {
    line.clear();
    const path = join(options.out, `${programs.name(finding.number)}.spec`);
    writeWhole(path, findingSpec(finding, seed));
    files.push(path);
    if (options.json !== true) printFinding(finding, path);
  };
  const { campaign, server } = await interruptible(async (signal) => {
    const lanes = Math.min(options.lanes, programs.count);
    const databaseUrl = givenServer(options);
    const open = await openLitmusServer({ lanes, sessions: programs.sessions, databaseUrl });
    try {
      const found = await runCampaign({
        ...{ seed, runs: options.runs, statesMax: options.maxStates, shrinks: options.shrinks, signal, onFinding },
        ...{ from: programs.from, programs: programs.count, programOf: programs.programOf, lanes: open.lanes },
        refusalEnds: spec !== undefined,
        onProgram: (done) => line.reportRuns(done, programs.count, seconds()),
      });
      return { campaign: found, server: open.server };
    } catch (error) {
      throw error instanceof SetUpFailed && spec !== undefined ? setUpFailed(spec, error) : error;
    } finally {
      line.clear();
      await open.close();
    }
  });
  const about: About = {
    ...{ seed, from: programs.from, runs: options.runs, statesMax: options.maxStates },
    server,
    seconds: seconds(),
  };
  if (options.json === true) printJson({ ...campaignJson(campaign, about), files });
  else for (const text of campaignLines(campaign, about)) print(text);
  return statusOf(campaign);
}

function randomPrograms(seed: number, { programs, from }: LitmusOptions): Programs {
  return {
    ...{ from, count: programs, sessions: SESSIONS_MAX },
    name: (number) => `litmus-${seed}-${number}`,
    programOf: (number) => programOf(seed, number),
  };
}

async function programOfFile(path: string): Promise<Programs> {
  const spec = parseSpec(readText(path), path);
  await checkSqlToRun(sqlOfSpec(spec, path));
  const program = programOfSpec(spec);
  if (program.teardown === null) {
    throw new UsageError(
      "no-teardown",
      `${path} has no teardown, so its program can be run only once`,
      "Add a teardown that drops what the setup makes.",
    );
  }
  const name = `litmus-${basename(path).replace(/\.spec$/, "")}`;
  return {
    ...{ from: 0, count: 1, sessions: program.sessions.length, name: () => name },
    programOf: (number) => ({ number, subject: basename(path), program }),
  };
}

function setUpFailed(path: string, { message }: SetUpFailed): UsageError {
  return new UsageError(
    "setup-failed",
    `the setup or teardown of ${path} failed on the real server: ${message}`,
    "The teardown has to drop all that the setup makes.",
  );
}

function printFinding(finding: Finding, path: string): void {
  const [head = "", ...rest] = findingLines(finding);
  print(paint.red(head));
  for (const text of rest) print(text);
  print(`its program, made small: ${path}`);
  print(`run it again:            npm run -s lockstep -- litmus ${path}\n`);
}

function statusOf({ findings, failed, notJudged, interrupted }: Campaign): number {
  if (findings.length > 0 || failed.length > 0) return EXIT.violated;
  if (interrupted) return EXIT.interrupted;
  return notJudged.length > 0 ? EXIT.inconclusive : EXIT.ok;
}
