/** A campaign with PostgreSQL's isolation tester as the oracle: each case is a script, both texts must be equal. */
import { openSession } from "../../postgres/connection.ts";
import { startPostgres } from "../../postgres/embedded.ts";
import { caseSource } from "../campaign.ts";
import type { Features } from "../features.ts";
import { specText } from "../spec-text.ts";
import { type Comparison, compareByTester, type Tester } from "./compare.ts";
import { isolationTester } from "./locate.ts";
import { runnable } from "./runnable.ts";

export interface TesterOptions {
  readonly seed: number;
  readonly runs: number;
  readonly from: number;
  readonly features: Features;
  readonly lanes: number;
  readonly differencesMax: number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, found: number) => void;
  readonly onFound: (found: TesterFound) => void;
}

export interface TesterFound {
  readonly run: number;
  readonly spec: string;
  readonly simulated: string;
  readonly real: string;
}

export interface TesterCampaign {
  readonly program: string;
  readonly runs: number;
  readonly steps: number;
  /** How many comparisons ended how. */
  readonly kinds: Readonly<Record<Comparison["kind"], number>>;
  readonly differences: readonly TesterFound[];
  readonly refused: ReadonlyMap<string, number>;
}

/** Runs the campaign; a UsageError where the program is missing. The grammar must be loaded. */
export async function runTesterCampaign(options: TesterOptions): Promise<TesterCampaign> {
  const program = isolationTester();
  const server = await startPostgres();
  try {
    const admin = await openSession({ url: server.url, schema: null, name: "fuzz" });
    try {
      const total = new Total({ program, url: server.url, admin }, options);
      await Promise.all(Array.from({ length: options.lanes }, () => total.lane()));
      return total;
    } finally {
      await admin.close();
    }
  } finally {
    await server.stop();
  }
}

class Total implements TesterCampaign {
  readonly #tester: Tester;
  readonly #options: TesterOptions;
  #next: number;
  runs = 0;
  steps = 0;
  readonly kinds = { equal: 0, unsteady: 0, order: 0, differs: 0, refused: 0 };
  readonly differences: TesterFound[] = [];
  readonly refused = new Map<string, number>();

  constructor(tester: Tester, options: TesterOptions) {
    this.#tester = tester;
    this.#options = options;
    this.#next = options.from;
  }

  get program(): string {
    return this.#tester.program;
  }

  async lane(): Promise<void> {
    const { seed, features, from, runs, differencesMax, signal, onProgress } = this.#options;
    const caseOf = caseSource(seed, features);
    while (!signal.aborted && this.#next < from + runs && this.differences.length < differencesMax) {
      const run = this.#next++;
      const script = runnable(caseOf(run), (why) => this.#refuse(why));
      const spec = specText(script, `run ${run} of seed ${seed}`, "SET deadlock_timeout = '100ms'");
      this.#count(run, spec, await compareByTester(spec, this.#tester));
      this.runs += 1;
      this.steps += script.sends.length;
      onProgress(this.runs, this.differences.length);
    }
  }

  #refuse(why: string): void {
    const [what = ""] = why.split("\n");
    this.refused.set(what, (this.refused.get(what) ?? 0) + 1);
  }

  #count(run: number, spec: string, comparison: Comparison): void {
    this.kinds[comparison.kind] += 1;
    if (comparison.kind === "refused") this.#refuse(comparison.why);
    if (comparison.kind !== "differs") return;
    const { simulated, real } = comparison;
    const found = { run, spec, simulated, real };
    this.differences.push(found);
    this.#options.onFound(found);
  }
}
