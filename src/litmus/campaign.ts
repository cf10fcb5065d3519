/**
 * Many programs, several at a time, each on a lane of its own: how many outcomes were seen and reached, and which were outside.
 *
 * Program n of a seed is the same whatever runs beside it. What the real server shows of it is not: it depends on how its sessions meet.
 */
import { drawOf } from "../../sim/litmus/draw.ts";
import type { Generated } from "../../sim/litmus/generate.ts";
import { outcomeOf } from "../../sim/litmus/outcome.ts";
import type { LitmusProgram } from "../../sim/litmus/program.ts";
import { UsageError } from "../../sim/usage-error.ts";
import { type Judged, type JudgeOptions, judge, SimulationFailed } from "./judge.ts";
import type { Lane } from "./lane.ts";
import { runsFor, type Shrunk, shrink } from "./shrink.ts";

export interface CampaignOptions extends JudgeOptions {
  readonly seed: number;
  /** The numbers of the programs: from the first one, so many. */
  readonly from: number;
  readonly programs: number;
  readonly programOf: (number: number) => Generated;
  readonly lanes: readonly Lane[];
  /** So many findings are made small; the others are told as they were met. */
  readonly shrinks: number;
  /** Whether SQL that is not modelled ends the campaign, or its program is not judged. */
  readonly refusalEnds: boolean;
  readonly onProgram?: (done: number) => void;
  readonly onFinding?: (finding: Finding) => void;
}

/** An outcome that the real server has shown and the simulated one does not reach. */
export interface Finding {
  readonly number: number;
  readonly subject: string;
  /** As it was generated. */
  readonly met: LitmusProgram;
  /** Outcomes outside, with how often each was seen in how many runs. */
  readonly outside: readonly { readonly key: string; readonly times: number }[];
  readonly runs: number;
  /** Made small, with an outcome of its own. */
  readonly small: Shrunk;
}

export interface PointCount {
  readonly times: number;
  readonly programs: number;
}

/** What a campaign has come to; read while it goes on, too. */
export interface Campaign {
  readonly judged: number;
  readonly notJudged: readonly { readonly number: number; readonly why: string }[];
  /** Programs that the simulated server could not follow to their ends: bugs of it. */
  readonly failed: readonly { readonly number: number; readonly why: string }[];
  readonly findings: readonly Finding[];
  readonly runs: number;
  /** Programs of which more than one outcome was seen. */
  readonly several: number;
  /** Programs whose outcomes are all known, their outcomes, and how many of those were seen. */
  readonly complete: number;
  readonly reached: number;
  readonly seen: number;
  readonly states: number;
  readonly points: ReadonlyMap<string, PointCount>;
  readonly subjects: ReadonlyMap<string, number>;
  readonly interrupted: boolean;
}

/** Runs a campaign. The grammar must be loaded. */
export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const total = new Total(options);
  await Promise.all(options.lanes.map((lane) => total.work(lane)));
  return total;
}

class Total implements Campaign {
  readonly #options: CampaignOptions;
  #next: number;
  #done = 0;
  judged = 0;
  runs = 0;
  several = 0;
  complete = 0;
  reached = 0;
  seen = 0;
  states = 0;
  readonly notJudged: { readonly number: number; readonly why: string }[] = [];
  readonly failed: { readonly number: number; readonly why: string }[] = [];
  readonly findings: Finding[] = [];
  readonly points = new Map<string, PointCount>();
  readonly subjects = new Map<string, number>();

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#next = options.from;
  }

  get interrupted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  async work(lane: Lane): Promise<void> {
    const { from, programs, onProgram } = this.#options;
    while (this.#next < from + programs && !this.interrupted) {
      await this.#one(this.#next++, lane);
      this.#done += 1;
      onProgram?.(this.#done);
    }
  }

  async #one(number: number, lane: Lane): Promise<void> {
    const { programOf, seed, refusalEnds } = this.#options;
    const generated = programOf(number);
    const draw = drawOf(seed + 1, number);
    try {
      const judged = await judge(generated.program, lane, draw, this.#options);
      if (judged.kind === "interrupted") return;
      this.#count(generated, judged);
      if (judged.kind === "judged" && judged.outside.length > 0) await this.#find(generated, judged, lane);
    } catch (error) {
      if (error instanceof SimulationFailed) this.failed.push({ number, why: error.message });
      else if (error instanceof UsageError && !refusalEnds)
        this.notJudged.push({ number, why: `refused: ${error.message}` });
      else throw error;
    }
  }

  #count({ number, subject }: Generated, judged: Exclude<Judged, { kind: "interrupted" }>): void {
    const { reach, seen } = judged;
    if (judged.kind === "judged") this.judged += 1;
    else this.notJudged.push({ number, why: judged.why });
    for (const times of seen.values()) this.runs += times;
    if (seen.size > 1) this.several += 1;
    this.states += reach.states;
    if (reach.complete) {
      this.complete += 1;
      this.reached += reach.outcomes.size;
      this.seen += [...seen.keys()].filter((key) => reach.outcomes.has(key)).length;
    }
    this.subjects.set(subject, (this.subjects.get(subject) ?? 0) + 1);
    for (const [kind, times] of reach.points) {
      const known = this.points.get(kind) ?? { times: 0, programs: 0 };
      this.points.set(kind, { times: known.times + times, programs: known.programs + 1 });
    }
  }

  async #find(generated: Generated, judged: Extract<Judged, { kind: "judged" }>, lane: Lane): Promise<void> {
    const { seed, shrinks, onFinding, runs } = this.#options;
    const { number, subject, program } = generated;
    const { reach, seen } = judged;
    const outside = judged.outside.map((key) => ({ key, times: seen.get(key) ?? 0 })).sort((a, b) => b.times - a.times);
    const [first] = outside;
    if (first === undefined) return;
    const met: Shrunk = { program, reach, key: first.key };
    const times = outside.reduce((sum, each) => sum + each.times, 0);
    const small =
      this.findings.length < shrinks && reach.complete
        ? await shrink(met, lane, drawOf(seed + 2, number), { ...this.#options, runs: runsFor(times, runs) })
        : met;
    const finding: Finding = { number, subject, met: program, outside, runs, small };
    this.findings.push(finding);
    onFinding?.(finding);
  }
}

/** The outcomes that a finding's small program can have. */
export function reachedOf({ small }: Finding): ReturnType<typeof outcomeOf>[] {
  return [...small.reach.outcomes].map(outcomeOf);
}
