/** `npm run fuzz -- --oracle isolationtester`: what a campaign with PostgreSQL's own tester prints and writes. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadGrammar } from "../../../sim/postgres/index.ts";
import { EXIT } from "../../cli/exit-status.ts";
import { print, printJson } from "../../cli/terminal.ts";
import { interruptedStatus, interruptible } from "../../process-exit.ts";
import type { Features } from "../features.ts";
import { CampaignProgress } from "../progress.ts";
import { runTesterCampaign, type TesterCampaign, type TesterFound } from "./campaign.ts";

interface Options {
  readonly runs: number;
  readonly seed: number;
  readonly from: number;
  readonly features: Features;
  readonly lanes: number;
  readonly differences: number;
  readonly out: string;
  readonly json?: boolean;
}

/** Runs the campaign; the exit status. */
export async function runByTester(options: Options): Promise<number> {
  await loadGrammar();
  const progress = new CampaignProgress(options.runs);
  const files: string[] = [];
  const campaign = await interruptible((signal) =>
    runTesterCampaign({
      ...options,
      differencesMax: options.differences,
      signal,
      onProgress: (done, found) => progress.report(done, found),
      onFound: (found) => {
        progress.clear();
        files.push(write(found, options));
        if (options.json !== true) print(`${differenceText(found)}\n  written to ${files.at(-1)}\n`);
      },
    }),
  );
  const seconds = progress.end();
  if (options.json === true) printJson({ seed: options.seed, seconds, ...json(campaign), files });
  else printCampaign(campaign, seconds, options.seed);
  return campaign.differences.length > 0 ? EXIT.violated : (interruptedStatus() ?? EXIT.ok);
}

function write({ run, spec }: TesterFound, { out, seed }: Options): string {
  mkdirSync(out, { recursive: true });
  const file = join(out, `fuzz-${seed}-${run}.spec`);
  writeFileSync(file, spec);
  return file;
}

/** The first line that differs, with the step before it. */
function differenceText({ run, simulated, real }: TesterFound): string {
  const [ours, theirs] = [simulated.split("\n"), real.split("\n")];
  const at = theirs.findIndex((line, index) => line !== ours[index]);
  const differs = at < 0 ? theirs.length : at;
  const step = theirs.slice(0, differs + 1).findLast((line) => line.startsWith("step ")) ?? "";
  return [
    `run ${run}: ${step}`,
    `  line ${differs + 1} of isolationtester  ${theirs[differs] ?? ""}`,
    `  and of the simulated server  ${ours[differs] ?? ""}`,
  ].join("\n");
}

function json({ program, runs, steps, kinds, differences, refused }: TesterCampaign): Record<string, unknown> {
  return { oracle: program, runs, steps, kinds, differences, refused: Object.fromEntries(refused) };
}

function printCampaign(campaign: TesterCampaign, seconds: number, seed: number): void {
  const { program, runs, steps, kinds, refused } = campaign;
  for (const [why, times] of [...refused].sort((a, b) => b[1] - a[1])) print(`refused ${times} times: ${why}`);
  const { equal, unsteady, order, differs } = kinds;
  print(`oracle: ${program}`);
  print(
    `${runs} scripts, ${steps} steps, seed ${seed}, ${seconds.toFixed(1)} s: ${equal} equal, ${unsteady} equal in one of six ` +
      `runs of the real server, ${order} with the rows of a result in another order, ${differs} different`,
  );
}
