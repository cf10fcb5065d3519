/**
 * Many runs: cases from a seed, several at a time, each on connections of its own.
 *
 * Run n of a seed is always the same case, whatever runs beside it: cases are drawn in blocks, each from a seed of its own.
 * On a busy machine a session can be held while the server's other processes need it, though seldom (holding-server.ts): where nothing
 * moves any more the run says nothing and is begun again. One that has ended counts, whatever it shows.
 */
import fc from "fast-check";
import { type FuzzCase, PLANNED, planOf, planOfSends } from "./case.ts";
import { type Coverage, cover, newCoverage } from "./coverage.ts";
import { kindText } from "./difference-text.ts";
import type { Features } from "./features.ts";
import { foci, rareFoci } from "./focus.ts";
import type { Found } from "./found.ts";
import { KeptCases } from "./grammar/mutation.ts";
import { grammarCase } from "./grammar/sessions.ts";
import type { HoldingServer } from "./holding-server.ts";
import { type LockStepResult, lockStep, type MakeServer, type World } from "./lock-step.ts";
import { NeverAtRest, RealSide } from "./real-side.ts";
import { cases } from "./scripts.ts";
import { type Differing, type Script, scriptOf, shrink } from "./shrink.ts";
import { Turnstile } from "./turnstile.ts";

export interface CampaignOptions {
  readonly server: HoldingServer;
  readonly seed: number;
  readonly runs: number;
  /** The first run's number. */
  readonly from: number;
  readonly features: Features;
  /** How many runs go on at a time. */
  readonly lanes: number;
  /** The campaign ends after so many differences. */
  readonly differencesMax: number;
  readonly shrinks: boolean;
  readonly makeServer?: MakeServer;
  readonly signal?: AbortSignal;
  /** How many branches of the simulator were reached since it was last asked that were not before. */
  readonly moreBranches?: () => Promise<number>;
  readonly onProgress?: (done: number, found: number) => void;
  readonly onFound?: (found: Found) => void;
}

export interface Campaign {
  readonly runs: number;
  readonly statements: number;
  readonly differences: readonly Found[];
  /** Runs that differed once and agreed when they were repeated. */
  readonly unsteady: number;
  /** Runs in which PostgreSQL's plan decided: behind a LIMIT without an order, or as the simulated server does on another plan. */
  readonly planned: number;
  /** What the simulated server refuses, with how often. */
  readonly refused: ReadonlyMap<string, number>;
  /** Runs in which the real server did not come to rest, as often as they were begun. */
  readonly restless: readonly { readonly run: number; readonly message: string }[];
  readonly coverage: Coverage;
  readonly interrupted: boolean;
}

const SESSIONS_MAX = 4;
const BLOCK = 50;
const RARE = 10;
/** One run of so many is made from the list of shapes, the others from the grammar. */
const SHAPED = 4;
/** One run of so many is a kept case, changed. */
const STEERED = 5;
/** What one of so many runs on the real server shows is no difference. */
const REPETITIONS = 6;
/** How often a case is begun in which the real server does not come to rest. */
const TRIES = 3;

/** Runs a campaign. The grammar must be loaded. */
export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const total = new Total(options);
  const lanes: Promise<void>[] = [];
  for (let at = 0; at < options.lanes; at++) lanes.push(total.lane());
  await Promise.all(lanes);
  return total;
}

/**
 * The case of a run: seed, number and features say all about it. One run in ten looks for what is seldom met in the others;
 * its cases come from blocks of their own, so that the others do not depend on them.
 */
export function caseSource(seed: number, features: Features): (run: number) => FuzzCase {
  const shaped = shapeSource(seed, features);
  if (!features.has("grammar")) return shaped;
  return (run) =>
    run % SHAPED === SHAPED - 1 ? shaped(Math.floor(run / SHAPED)) : grammarCase(seedOf(seed, run), features);
}

/** Whether the real server does what the simulated one does on another plan, or where waiters go on in another order. */
async function agreesByPlan({ world, sends }: Script, real: RealSide): Promise<boolean> {
  const again = await lockStep({ ...world, granularity: "fine" }, planOfSends(sends), real).catch(() => null);
  return again?.kind === "agrees";
}

/** Whether one of several repetitions of a script that differed shows no difference. */
async function agreesOnce({ world, sends }: Script, real: RealSide): Promise<boolean> {
  for (let times = 1; times < REPETITIONS; times++) {
    const again = await lockStep(world, planOfSends(sends), real).catch(() => null);
    if (again === null || again.kind === "agrees") return true;
  }
  return false;
}

function seedOf(seed: number, run: number): number {
  return Math.imul(seed + 1, 0x9e3779b1) + run;
}

/** The case of a run that is made from the list of shapes. */
export function shapeSource(seed: number, features: Features): (run: number) => FuzzCase {
  const usual = blocks(cases(features, foci(features)), (block) => seed * 1_000_003 + block);
  const matters = rareFoci(features);
  if (matters.every(([weight]) => weight === 0)) return usual;
  const rare = blocks(cases(features, matters), (block) => -1 - (seed * 1_000_003 + block));
  return (run) => (isRare(run) ? rare(Math.floor(run / RARE)) : usual(run));
}

/** Whether a run is one of those that look for what is seldom met. */
export function isRare(run: number): boolean {
  return run % RARE === RARE - 1;
}

/** Cases in blocks, each drawn from a seed of its own. */
function blocks(arbitrary: fc.Arbitrary<FuzzCase>, seedOf: (block: number) => number): (number: number) => FuzzCase {
  const drawn = new Map<number, readonly FuzzCase[]>();
  return (number) => {
    const block = Math.floor(number / BLOCK);
    const known = drawn.get(block) ?? fc.sample(arbitrary, { seed: seedOf(block), numRuns: BLOCK });
    drawn.set(block, known);
    drawn.delete(block - 2);
    const found = known[number % BLOCK];
    if (found === undefined) throw new Error(`assertion failed: a block has ${BLOCK} cases`);
    return found;
  };
}

function isDeferrable({ sessions }: FuzzCase): boolean {
  return sessions.some((statements) => statements.some(({ query }) => /READ ONLY,? DEFERRABLE/.test(query.text)));
}

interface Run {
  readonly number: number;
  readonly fuzzCase: FuzzCase;
}

class Total implements Campaign {
  readonly #options: CampaignOptions;
  readonly #caseOf: (run: number) => FuzzCase;
  readonly #turnstile = new Turnstile();
  readonly #kept = new KeptCases();
  #next: number;
  runs = 0;
  statements = 0;
  readonly differences: Found[] = [];
  readonly #kinds = new Map<string, number>();
  unsteady = 0;
  planned = 0;
  readonly refused = new Map<string, number>();
  readonly restless: { readonly run: number; readonly message: string }[] = [];
  readonly coverage = newCoverage();

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#caseOf = caseSource(options.seed, options.features);
    this.#next = options.from;
  }

  get interrupted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  async lane(): Promise<void> {
    const real = await RealSide.open(this.#options.server, SESSIONS_MAX);
    try {
      for (let run = this.#take(); run !== null; run = this.#take()) {
        const one: Run = { number: run, fuzzCase: this.#chosen(run) };
        const alone = this.#options.lanes > 1 && isDeferrable(one.fuzzCase);
        await this.#turnstile.pass(alone, () => this.#run(one, real));
        this.#options.onProgress?.(this.runs, this.differences.length);
      }
    } finally {
      await real.close();
    }
  }

  #take(): number | null {
    const { from, runs, differencesMax } = this.#options;
    if (this.interrupted || this.#next >= from + runs || this.differences.length >= differencesMax) return null;
    return this.#next++;
  }

  async #run({ number: run, fuzzCase }: Run, real: RealSide): Promise<void> {
    const world = {
      setup: fuzzCase.setup,
      tables: fuzzCase.tables,
      sessions: fuzzCase.sessions.length,
      makeServer: this.#options.makeServer,
      onRefused: (why: string) => this.#refuse(why),
    };
    const result = await this.#judged(run, () => lockStep(world, planOf(fuzzCase), real));
    if (result !== null) this.#count(result);
    if (result?.kind === "differs") await this.#found(run, world, { result, real });
    if ((await this.#options.moreBranches?.()) && fuzzCase.prelude !== undefined) this.#kept.keep(fuzzCase);
    this.runs += 1;
  }

  /** Where branches are counted one run in so many is near one that has reached new ones, and depends on all before it. */
  #chosen(run: number): FuzzCase {
    const { seed, moreBranches } = this.#options;
    const changed =
      moreBranches !== undefined && run % STEERED === STEERED - 1 ? this.#kept.changed(seedOf(seed, run)) : null;
    return changed ?? this.#caseOf(run);
  }

  /** Runs the case, again where it came to no end; null where it never does. */
  async #judged(run: number, once: () => Promise<LockStepResult>): Promise<LockStepResult | null> {
    for (let times = 1; ; times++) {
      try {
        return await once();
      } catch (error) {
        if (!(error instanceof NeverAtRest)) throw error;
        if (times < TRIES) continue;
        this.restless.push({ run, message: error.message });
        return null;
      }
    }
  }

  #count(result: LockStepResult): void {
    let waited: ReadonlySet<number> = new Set();
    for (const each of result.executed) {
      this.statements += 1;
      cover(this.coverage, each, waited);
      waited = new Set(each.observation.waiting.keys());
    }
    if (result.kind === "refused") this.#refuse(result.why);
  }

  #refuse(why: string): void {
    // Behind the first line is where in the statement.
    const [what = ""] = why.split("\n");
    this.refused.set(what, (this.refused.get(what) ?? 0) + 1);
  }

  async #found(
    run: number,
    world: World,
    { result, real }: { readonly result: Differing; readonly real: RealSide },
  ): Promise<void> {
    const met = scriptOf(world, result);
    const byPlan = met.sends.some(({ labels }) => labels.includes(PLANNED)) || (await agreesByPlan(met, real));
    if (byPlan) {
      this.planned += 1;
      return;
    }
    if (await agreesOnce(met, real)) {
      this.unsteady += 1;
      return;
    }
    const kind = kindText(result.difference);
    const alike = this.#kinds.get(kind) ?? 0;
    this.#kinds.set(kind, alike + 1);
    const short = this.#options.shrinks && alike === 0 ? await shrink(met, real) : null;
    const found: Found = { run, alike, steady: short !== null, ...(short ?? { script: met, result }) };
    this.differences.push(found);
    this.#options.onFound?.(found);
  }
}
