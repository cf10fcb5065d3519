/**
 * Depth-first search through every reachable state: the verdict and the counts of the breadth-first one (exhaustive.ts), in less memory.
 *
 *     pending   | state, choice, depth |      a stack: states that were met and are still to be expanded, each with its last step
 *     path      | choice, choice, … |         by depth: the steps to the state that is expanded now; what is above it on the stack is deeper
 *     met       a bit for each state
 *
 *     0 ── 1 ── 4 ── …      expanded last-met first: 0, 2, 3, and only when all behind them was seen, 1
 *       └─ 2 ── 3
 *
 * The path is the schedule, so no way back is kept for each state, and no queue. And what was computed for one state is wanted again
 * soon or hardly ever, for its neighbours: of the table of clients' steps the latest `LOCAL_STEPS_KEPT` or so are kept, others are made
 * again (local-steps.ts). What is left to grow are the states: their rows, and the rows of their databases (databases.ts), whole, so that
 * no two are taken for one. With symmetry a bit is an orbit's.
 *
 * What it gives up: a state is met on some path, not on a shortest one. So `depth` is the longest path, and the schedules to a violation
 * and to errors may be long; shortened.ts makes them short. With a bound of depth, paths end there: a state behind such an end is seen
 * only if a shorter path comes to it before.
 *
 * Invariants: a state is judged when it is met, and expanded once; nothing is met twice, so the stack has each state at most once;
 * `exhaustive` is true only when the stack ran empty and no path was cut off.
 *
 * Refused: liveness, which is told from the graph of all steps; partial order, which must not put anybody off for ever: that is
 * ensured for a queue (search.ts), and what was passed there is not known here.
 *
 * Source: Holzmann, The Model Checker SPIN, IEEE TSE 23(5), 1997.
 */
import type { Expansion, ExplorableSystem, Violation } from "../system/explorable-system.ts";
import type { Choice, StateId } from "../system/system.ts";
import { UsageError } from "../usage-error.ts";
import { type Bounds, boundReached, isFull, Pace, type ProgressReport, type Stop, type Watch } from "./bounds.ts";
import { withRows } from "./exhaustive.ts";
import type { Exploration, Reduction } from "./exploration.ts";
import { IntegerList } from "./integer-list.ts";
import { type Orbit, type Origin, Symmetry } from "./symmetry.ts";
import { saysSomething } from "./vacuity.ts";

/** How many clients' steps the system of a depth-first search keeps, at least, once they were computed; and twice as many at most. */
export const LOCAL_STEPS_KEPT = 1024;

/** How many states are expanded between two looks at the bounds and the interruption. */
const STATES_PER_LOOK = 256;

/** A state on the stack takes so many integers. */
const PENDING_WIDTH = 3;

/** Explores `system` until a property breaks, everything was seen, or a bound is reached. The schedules it finds are as they were met. */
export async function exploreDepthFirst(
  system: ExplorableSystem,
  bounds: Bounds,
  watch: Watch = {},
  reductions: readonly Reduction[] = [],
): Promise<Exploration> {
  refuse(system, reductions);
  const found = await withRows(system, reductions, (rows) =>
    new DepthFirst(system, bounds, watch, { reductions, rows }).run(),
  );
  return saysSomething(system, found);
}

function refuse({ claims }: ExplorableSystem, reductions: readonly Reduction[]): void {
  const [claim] = claims;
  if (claim !== undefined) {
    throw refused(
      `${claim.property.name} is about runs without end, and told from the graph of all steps, which is not kept`,
    );
  }
  if (reductions.includes("partial-order")) {
    throw refused(
      "partial-order is right only where nobody is put off for ever, which is seen to for a breadth-first search",
    );
  }
}

function refused(why: string): UsageError {
  return new UsageError("depth-first-refused", `a search cannot be depth first here: ${why}`, "Leave out --search.");
}

class DepthFirst {
  readonly #system: ExplorableSystem;
  readonly #bounds: Bounds;
  readonly #watch: Watch;
  readonly #reductions: readonly Reduction[];
  readonly #exchangesRows: boolean;
  readonly #started: number;
  readonly #pace: Pace;
  readonly #symmetry: Symmetry | null;
  /** A bit for each state, or for each orbit: whether it was met. */
  readonly #met = new IntegerList();
  readonly #pending = new IntegerList();
  /** With symmetry: the orbits of the states on the stack, in the same order. */
  readonly #orbits: Orbit[] = [];
  /** How many states are on the stack. */
  #waiting = 0;
  readonly #path = new IntegerList();
  readonly #witnesses: Record<string, number | null> = {};
  /** By SQLSTATE: the steps to the first that was met, as codes. */
  readonly #failures = new Map<string, readonly number[]>();
  #states = 0;
  #fullStates = 0n;
  #transitions = 0;
  #depth = 0;
  #isCutOff = false;

  constructor(
    system: ExplorableSystem,
    bounds: Bounds,
    watch: Watch,
    { reductions, rows }: { readonly reductions: readonly Reduction[]; readonly rows: boolean },
  ) {
    this.#system = system;
    this.#bounds = bounds;
    this.#watch = watch;
    this.#reductions = reductions;
    this.#exchangesRows = rows;
    this.#started = watch.now?.() ?? 0;
    this.#pace = new Pace(STATES_PER_LOOK, watch);
    this.#symmetry = reductions.includes("symmetry") ? new Symmetry(system, { rows }) : null;
    for (const property of system.properties) if (property.kind === "sometimes") this.#witnesses[property.name] = null;
  }

  async run(): Promise<Exploration> {
    const { initial } = this.#system;
    const atStart = this.#meet(initial, this.#symmetry?.of(initial) ?? null, { code: -1, depth: 0 });
    if (atStart !== null) return this.#violated(atStart, []);
    while (this.#waiting > 0) {
      const violated = await this.#expandNext();
      if (violated !== null) return violated;
      const isLast = this.#waiting === 0;
      if (isLast || !(this.#pace.isTime() || isFull(this.#bounds, this.#states))) continue;
      const stop = await this.#look();
      if (stop !== null) return this.#stopped(stop);
    }
    return this.#isCutOff
      ? this.#stopped({ kind: "bound", bound: `depth ${this.#bounds.depth}` })
      : this.#everythingSeen();
  }

  async #expandNext(): Promise<Exploration | null> {
    const at = --this.#waiting * PENDING_WIDTH;
    const orbit = this.#orbits.pop() ?? null;
    const state = this.#pending.at(at);
    const depth = this.#pending.at(at + 2);
    if (depth > 0) this.#path.set(depth - 1, this.#pending.at(at + 1));
    if (depth === this.#bounds.depth) {
      this.#isCutOff = true;
      return null;
    }
    const answer = this.#system.expand(state, orbit?.movers);
    const steps = answer instanceof Promise ? await answer : answer;
    this.#noteFailures(depth, steps);
    for (const [place, next] of steps.states.entries()) {
      this.#transitions++;
      const code = steps.codes[place] as number;
      const from: Origin | null = orbit === null ? null : { orbit, client: this.#system.clientOf(code) };
      const target = this.#symmetry?.of(next, from) ?? null;
      if (this.#wasMet(target?.id ?? next)) continue;
      const violation = this.#meet(next, target, { code, depth: depth + 1 });
      if (violation !== null) return this.#violated(violation, [...this.#pathTo(depth), code]);
    }
    return null;
  }

  /** Judges a new state, and puts it on the stack. */
  #meet(state: StateId, orbit: Orbit | null, { code, depth }: { code: number; depth: number }): Violation | null {
    const id = orbit?.id ?? state;
    this.#met.set(id >> 5, this.#met.at(id >> 5) | (1 << (id & 31)));
    this.#states++;
    this.#fullStates += orbit?.size ?? 1n;
    this.#depth = Math.max(this.#depth, depth);
    const at = this.#waiting++ * PENDING_WIDTH;
    for (const [place, value] of [state, code, depth].entries()) this.#pending.set(at + place, value);
    if (orbit !== null) this.#orbits.push(orbit);
    const { violations, witnessed } = this.#system.judge(state);
    for (const name of witnessed) this.#witnesses[name] ??= depth;
    return violations[0] ?? null;
  }

  #wasMet(id: number): boolean {
    return (this.#met.at(id >> 5) & (1 << (id & 31))) !== 0;
  }

  #pathTo(depth: number): readonly number[] {
    return Array.from({ length: depth }, (_, at) => this.#path.at(at));
  }

  #noteFailures(depth: number, { codes, failures }: Expansion): void {
    for (const { at, sqlstate } of failures ?? []) {
      if (!this.#failures.has(sqlstate)) this.#failures.set(sqlstate, [...this.#pathTo(depth), codes[at] as number]);
    }
  }

  async #look(): Promise<Stop | null> {
    const report: ProgressReport = {
      states: this.#states,
      transitions: this.#transitions,
      depth: this.#depth,
      frontier: this.#waiting,
      seconds: ((this.#watch.now?.() ?? 0) - this.#started) / 1000,
    };
    this.#watch.onProgress?.(report);
    await this.#watch.pause?.();
    if (this.#watch.interrupted?.() === true) return { kind: "interrupted" };
    const bound = boundReached(this.#bounds, report, this.#bytes(), this.#watch);
    return bound === null ? null : { kind: "bound", bound };
  }

  #everythingSeen(): Exploration {
    const missing = this.#system.properties.find(({ name }) => this.#witnesses[name] === null);
    if (missing === undefined) return { ...this.#counts(), verdict: "holds", exhaustive: true };
    const message = `no reachable state witnesses it: ${missing.sentence}`;
    const violation = { property: missing.name, sentence: missing.sentence, message };
    return { ...this.#counts(), verdict: "violated", violation, exhaustive: true };
  }

  #violated(violation: Violation, codes: readonly number[]): Exploration {
    return { ...this.#counts(), verdict: "violated", violation, schedule: this.#choices(codes) };
  }

  #stopped(stop: Stop): Exploration {
    return { ...this.#counts(), stop };
  }

  #choices(codes: readonly number[]): readonly Choice[] {
    return codes.map((code) => this.#system.choiceOf(code));
  }

  #counts(): Exploration {
    const { databases, localSteps } = this.#system.size();
    return {
      verdict: "inconclusive",
      violation: null,
      schedule: null,
      stem: null,
      exhaustive: false,
      distinctStates: this.#states,
      transitions: this.#transitions,
      depth: this.#depth,
      fullStates: this.#exactFullStates(),
      reductions: this.#reductions,
      rows: this.#exchangesRows ? "exchanged" : null,
      stop: null,
      vacuous: [],
      witnesses: this.#witnesses,
      failures: Object.fromEntries([...this.#failures].map(([sqlstate, codes]) => [sqlstate, this.#choices(codes)])),
      size: { databases, localSteps, bytes: this.#bytes() },
      orbits: null,
      unfolded: false,
      depthFirst: { isShortest: false },
    };
  }

  #exactFullStates(): number | null {
    if (this.#symmetry?.isExact === false || this.#fullStates > Number.MAX_SAFE_INTEGER) return null;
    return Number(this.#fullStates);
  }

  #bytes(): number {
    return this.#system.size().bytes + this.#met.bytes + this.#pending.bytes + this.#path.bytes;
  }
}
