/**
 * The queue of a breadth-first search: states in the order in which they are met, each judged when it is met and expanded once.
 *
 * With symmetry the queue holds one state of each orbit, with a partial order whoever acts alone is followed without expanding the
 * states on the way. What a search is and what it finds is told in exhaustive.ts, which runs it.
 */
import type { Expansion, ExplorableSystem, Violation } from "../system/explorable-system.ts";
import type { Choice, StateId } from "../system/system.ts";
import { type Bounds, boundReached, isFull, Pace, type ProgressReport, type Stop, type Watch } from "./bounds.ts";
import { type BrokenClaim, brokenClaim } from "./broken-claim.ts";
import type { Exploration, Reduction } from "./exploration.ts";
import { KeptGraph, restingIn } from "./graph.ts";
import { IntegerList } from "./integer-list.ts";
import { OrbitGraph } from "./orbit-graph.ts";
import { stepsAlone } from "./partial-order.ts";
import { type Orbit, type Origin, Symmetry } from "./symmetry.ts";

/** How many states are expanded between two looks at the bounds and the interruption. */
const STATES_PER_LOOK = 256;
/** So many states are passed at most with whoever acts alone; then one is expanded all the same, since the way may have no end. */
const PASSED_MAX = 256;

export class Search {
  readonly #system: ExplorableSystem;
  readonly #bounds: Bounds;
  readonly #watch: Watch;
  readonly #started: number;
  readonly #pace: Pace;
  /** Indexed by state: its place in the queue plus one (0: not met). */
  readonly #places = new IntegerList();
  /** The queue, never shortened: states in the order in which they were met, with the way to each. */
  readonly #queue = new IntegerList();
  readonly #parents = new IntegerList();
  readonly #codes = new IntegerList();
  readonly #witnesses: Record<string, number | null> = {};
  /** By SQLSTATE: the place in the queue of the state in which the failing step was taken, and that step. */
  readonly #failures = new Map<string, { readonly place: number; readonly code: number }>();
  /** Every step between states, by their places; null where no claim asks for it. */
  readonly #graph: KeptGraph | null;
  /** With symmetry the queue holds one state of each orbit; then `#places` is indexed by orbit. */
  readonly #symmetry: Symmetry | null;
  /** By place in the queue: the orbit of the state. */
  readonly #orbits: Orbit[] = [];
  readonly #reductions: readonly Reduction[];
  readonly #exchangesRows: boolean;
  /** With a partial order whoever acts alone is followed. */
  readonly #followsAlone: boolean;
  /** Places in the queue that are only passed on the way of a client that acts alone. */
  readonly #passed = new Set<number>();
  readonly #onTheWay = new Set<number>();
  /** How many more may be passed before one is expanded. */
  #mayPass = 0;
  /** Every step between orbits; null without symmetry, and with a partial order, which leaves steps out. */
  readonly orbits: OrbitGraph | null;
  readonly #everybody: readonly number[];
  #fullStates = 0n;
  #transitions = 0;
  #depth = 0;
  /** The place in the queue at which the states of the current depth end. */
  #levelEnd = 0;

  /** `rows`: with symmetry, interchangeable rows are exchanged as well as clients. */
  constructor(
    system: ExplorableSystem,
    bounds: Bounds,
    watch: Watch,
    { reductions, rows }: { readonly reductions: readonly Reduction[]; readonly rows: boolean },
  ) {
    this.#symmetry = reductions.includes("symmetry") ? new Symmetry(system, { rows }) : null;
    this.#reductions = reductions;
    this.#exchangesRows = rows;
    this.#followsAlone = reductions.includes("partial-order");
    this.orbits = this.#symmetry === null || this.#followsAlone ? null : new OrbitGraph(system.clients.length);
    this.#everybody = [...system.clients.keys()];
    this.#system = system;
    this.#bounds = bounds;
    this.#watch = watch;
    this.#started = watch.now?.() ?? 0;
    this.#pace = new Pace(STATES_PER_LOOK, watch);
    this.#graph =
      system.claims.length === 0 ? null : new KeptGraph(system.clients.length, (code) => system.clientOf(code));
    for (const property of system.properties) if (property.kind === "sometimes") this.#witnesses[property.name] = null;
  }

  async run(): Promise<Exploration> {
    const { initial } = this.#system;
    const atStart = this.#add(initial, this.#symmetry?.of(initial) ?? null, -1, -1);
    if (atStart !== null) return this.#violated(atStart, 0);
    if (this.#followsAlone) await this.#followAlone(0);
    this.#levelEnd = this.#queue.size;
    for (let place = 0; place < this.#queue.size; place++) {
      if (place === this.#levelEnd) {
        this.#depth++;
        this.#levelEnd = this.#queue.size;
        if (this.#bounds.depth !== null && this.#depth >= this.#bounds.depth) {
          return this.#stopped({ kind: "bound", bound: `depth ${this.#bounds.depth}` });
        }
      }
      const violated = this.#passed.has(place) ? null : await this.#expand(place);
      if (violated !== null) return violated;
      const isLast = place + 1 === this.#queue.size;
      if (isLast || !(this.#pace.isTime() || isFull(this.#bounds, this.#queue.size))) continue;
      const stop = await this.#look(place);
      if (stop !== null) return this.#stopped(stop);
    }
    return this.#everythingSeen();
  }

  async #expand(place: number): Promise<Exploration | null> {
    const state = this.#queue.at(place);
    const answer = this.#system.expand(state, this.#orbits[place]?.movers);
    const steps = answer instanceof Promise ? await answer : answer;
    const { codes, states } = steps;
    this.#noteFailures(place, steps);
    for (let at = 0; at < states.length; at++) {
      this.#transitions++;
      const met = this.#queue.size;
      const next = states[at] as StateId;
      const code = codes[at] as number;
      const orbit = this.#orbitOf(next, place, code);
      if (this.#places.at(orbit?.id ?? next) === 0) {
        const violation = this.#add(next, orbit, place, code);
        if (violation !== null) return this.#violated(violation, this.#queue.size - 1);
        if (this.#followsAlone) await this.#followAlone(met);
      }
      if (this.#graph === null && this.orbits === null) continue;
      const target = this.#places.at(orbit?.id ?? next) - 1;
      this.#graph?.step(target, code);
      if (orbit !== null)
        this.orbits?.addStep(place, { client: this.#system.clientOf(code), code }, { place: target, orbit });
    }
    this.#graph?.endPlace(restingIn(this.#system, state, codes));
    return null;
  }

  /**
   * Follows a client that acts alone, as far as there is one: the states on the way are not expanded. One to which the way comes
   * back is, and one after many, so that nobody is put off for ever.
   */
  async #followAlone(place: number): Promise<void> {
    this.#mayPass = PASSED_MAX;
    await this.#follow(place);
  }

  async #follow(place: number): Promise<void> {
    if (this.#mayPass === 0 || isFull(this.#bounds, this.#queue.size)) return;
    const steps = await stepsAlone(this.#system, this.#queue.at(place), this.#orbits[place]?.movers ?? this.#everybody);
    if (steps === null) return;
    this.#mayPass--;
    this.#passed.add(place);
    this.#onTheWay.add(place);
    this.#noteFailures(place, steps);
    for (const [at, next] of steps.states.entries()) {
      this.#transitions++;
      const code = steps.codes[at] as number;
      const orbit = this.#orbitOf(next, place, code);
      const known = this.#places.at(orbit?.id ?? next) - 1;
      if (this.#onTheWay.has(known)) this.#passed.delete(known);
      if (known >= 0) continue;
      this.#add(next, orbit, place, code);
      await this.#follow(this.#queue.size - 1);
    }
    this.#onTheWay.delete(place);
  }

  /** The orbit of the state to which a step leads; null without symmetry. */
  #orbitOf(state: StateId, parent: number, code: number): Orbit | null {
    const orbit = this.#orbits[parent];
    const from: Origin | null = orbit === undefined ? null : { orbit, client: this.#system.clientOf(code) };
    return this.#symmetry?.of(state, from) ?? null;
  }

  #noteFailures(place: number, { codes, failures }: Expansion): void {
    for (const { at, sqlstate } of failures ?? []) {
      if (!this.#failures.has(sqlstate)) this.#failures.set(sqlstate, { place, code: codes[at] as number });
    }
  }

  /** Puts a new state into the queue and judges it. */
  #add(state: StateId, orbit: Orbit | null, parent: number, code: number): Violation | null {
    this.#queue.push(state);
    this.#parents.push(parent);
    this.#codes.push(code);
    this.#places.set(orbit?.id ?? state, this.#queue.size);
    this.#fullStates += orbit?.size ?? 1n;
    if (orbit !== null) {
      this.#orbits.push(orbit);
      this.orbits?.add(state, orbit, parent < 0 ? 0 : this.#depth + 1);
    }
    const { violations, witnessed } = this.#system.judge(state);
    for (const name of witnessed) this.#witnesses[name] ??= parent < 0 ? 0 : this.#depth + 1;
    return violations[0] ?? null;
  }

  async #look(place: number): Promise<Stop | null> {
    const report = this.#report(place);
    this.#watch.onProgress?.(report);
    await this.#watch.pause?.();
    if (this.#watch.interrupted?.() === true) return { kind: "interrupted" };
    const bound = boundReached(this.#bounds, report, this.#bytes(), this.#watch);
    return bound === null ? null : { kind: "bound", bound };
  }

  #report(place: number): ProgressReport {
    return {
      states: this.#queue.size,
      transitions: this.#transitions,
      depth: this.#depth,
      frontier: this.#queue.size - place - 1,
      seconds: ((this.#watch.now?.() ?? 0) - this.#started) / 1000,
    };
  }

  #everythingSeen(): Exploration {
    const missing = this.#system.properties.find(
      (property) => property.kind === "sometimes" && this.#witnesses[property.name] === null,
    );
    if (missing === undefined) return this.#everyRunSeen();
    const message = `no reachable state witnesses it: ${missing.sentence}`;
    const violation = { property: missing.name, sentence: missing.sentence, message };
    return { ...this.#counts(), verdict: "violated", violation, exhaustive: true };
  }

  /** Every state is as it should be; so are whole runs, unless a claim about them is broken. */
  #everyRunSeen(): Exploration {
    const broken =
      this.#graph === null ? null : brokenClaim(this.#system, this.#graph, (place) => this.#queue.at(place));
    if (broken === null) return { ...this.#counts(), verdict: "holds", exhaustive: true };
    return { ...this.#counts(), ...this.#lasso(broken), verdict: "violated", exhaustive: true };
  }

  #lasso({ violation, stem, loop }: BrokenClaim): Pick<Exploration, "violation" | "schedule" | "stem"> {
    return { violation, schedule: [...stem, ...loop].map((code) => this.#system.choiceOf(code)), stem: stem.length };
  }

  #violated(violation: Violation, place: number): Exploration {
    const schedule = this.#scheduleTo(place);
    return { ...this.#counts(), verdict: "violated", violation, schedule, depth: schedule.length };
  }

  #stopped(stop: Stop): Exploration {
    return { ...this.#counts(), verdict: "inconclusive", stop };
  }

  #counts(): Exploration {
    const { databases, localSteps } = this.#system.size();
    return {
      verdict: "inconclusive",
      violation: null,
      schedule: null,
      stem: null,
      exhaustive: false,
      distinctStates: this.#queue.size,
      transitions: this.#transitions,
      depth: this.#depth,
      fullStates: this.#exactFullStates(),
      reductions: this.#reductions,
      rows: this.#exchangesRows ? "exchanged" : null,
      stop: null,
      vacuous: [],
      witnesses: this.#witnesses,
      failures: Object.fromEntries(
        [...this.#failures].map(([sqlstate, { place, code }]) => [
          sqlstate,
          [...this.#scheduleTo(place), this.#system.choiceOf(code)],
        ]),
      ),
      size: { databases, localSteps, bytes: this.#bytes() },
      orbits: this.orbits,
      unfolded: false,
      depthFirst: null,
    };
  }

  #exactFullStates(): number | null {
    if (this.#followsAlone || this.#symmetry?.isExact === false) return null;
    if (this.#fullStates > Number.MAX_SAFE_INTEGER) return null;
    return Number(this.#fullStates);
  }

  #scheduleTo(place: number): readonly Choice[] {
    const schedule: Choice[] = [];
    for (let at = place; this.#parents.at(at) >= 0; at = this.#parents.at(at)) {
      schedule.push(this.#system.choiceOf(this.#codes.at(at)));
    }
    return schedule.reverse();
  }

  #bytes(): number {
    const own = [this.#places, this.#queue, this.#parents, this.#codes].reduce((sum, list) => sum + list.bytes, 0);
    return this.#system.size().bytes + own + (this.#graph?.bytes ?? 0);
  }
}
