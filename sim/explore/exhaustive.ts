/**
 * Breadth-first search through every reachable state: the verdict, exact counts, and a shortest counterexample.
 *
 *     queue of states, each with (parent, choice):    0 ── 1 ── 3 ── …     depth is the distance from the start
 *                                                       └─ 2 ── 4
 *
 * States are met in the order of their depth, so the first state in which an `always` property breaks ends a shortest
 * path to any violation; the parents give the path. When the queue runs empty everything was seen: `always` properties
 * hold, and a `sometimes` property that no state witnessed is violated (there is nothing to show for it: no trace).
 *
 * Invariants: a state is judged when it is first met, and expanded once; `transitions` counts steps out of expanded
 * states; `exhaustive` is true only when the queue ran empty.
 *
 * What is claimed of whole runs (`claims` of the system) is looked at when the queue has run empty: only then does the graph, which
 * is kept for it, hold every run (liveness.ts). Its counterexample is a schedule whose last steps repeat for ever.
 *
 * Deadlock is a property like others (`no-deadlock` of the model): a cycle of waits, or a wait for a client that has
 * ended. There is no other way to be stuck: whoever does not wait and has not ended has a step to take.
 *
 * Source: the search of every explicit-state model checker, e.g. Clarke, Grumberg, Peled, Model Checking, 1999, 6.1.
 */
import type { Expansion, ExplorableSystem, Violation } from "../system/build.ts";
import type { Choice, StateId } from "../system/system.ts";
import { type Bounds, boundReached, type ProgressReport, type Stop, type Watch } from "./bounds.ts";
import { type BrokenClaim, brokenClaim, refuseReductions } from "./broken-claim.ts";
import { KeptGraph, restingIn } from "./graph.ts";
import { IntegerList } from "./integer-list.ts";
import { stepsAlone } from "./partial-order.ts";
import { type Orbit, type Origin, Symmetry } from "./symmetry.ts";

export interface Exploration {
  readonly verdict: "holds" | "violated" | "inconclusive";
  /** What was violated, or null. */
  readonly violation: Violation | null;
  /** The shortest way to the violation; null where there is none to show. */
  readonly schedule: readonly Choice[] | null;
  /**
   * For a violated liveness property: how many steps of the schedule come before those that repeat for ever. Where it is the whole
   * schedule, nobody can move at its end. Null for all others.
   */
  readonly stem: number | null;
  /** True when every reachable state was seen. */
  readonly exhaustive: boolean;
  readonly distinctStates: number;
  readonly transitions: number;
  /** The longest distance from the initial state that was reached. */
  readonly depth: number;
  /**
   * The states that the distinct ones stand for: the sizes of their orbits added up. Null where a partial order left
   * some out, and where they are more than a number can say exactly.
   */
  readonly fullStates: number | null;
  readonly reductions: readonly Reduction[];
  /** Why it ended before its end, or null. */
  readonly stop: Stop | null;
  /** Where each `sometimes` property was first witnessed, as a depth; null where it was not. */
  readonly witnesses: Readonly<Record<string, number | null>>;
  /** The shortest way to each error that a client was answered with, by SQLSTATE in the order in which they were met. */
  readonly failures: Readonly<Record<string, readonly Choice[]>>;
  /** How much was computed once and shared, and the memory of the states. */
  readonly size: { readonly databases: number; readonly localSteps: number; readonly bytes: number };
}

/** Explores `system` from its initial state until a property breaks, everything was seen, or a bound is reached. */
export async function explore(
  system: ExplorableSystem,
  bounds: Bounds,
  watch: Watch = {},
  reductions: readonly Reduction[] = [],
): Promise<Exploration> {
  refuseReductions(system, reductions);
  const found = await new Search(system, bounds, watch, reductions).run();
  if (found.schedule === null || !reductions.includes("partial-order")) return found;
  const others = reductions.filter((reduction) => reduction !== "partial-order");
  return {
    ...found,
    ...(await shortest(found, found.schedule, new Search(system, untilDepth(bounds, found), watch, others))),
  };
}

type Counterexample = Pick<Exploration, "violation" | "schedule" | "depth">;

/** A partial order takes steps earlier than they must be taken. What is shown is what the search without it comes upon first. */
async function shortest(found: Exploration, schedule: readonly Choice[], search: Search): Promise<Counterexample> {
  const again = await search.run();
  if (again.schedule === null) return { violation: found.violation, schedule, depth: schedule.length };
  return { violation: again.violation, schedule: again.schedule, depth: again.depth };
}

/** The last states of that depth are met while those before them are expanded. */
function untilDepth(bounds: Bounds, { schedule }: Exploration): Bounds {
  const depth = schedule?.length ?? 0;
  return { ...bounds, depth: bounds.depth === null ? depth : Math.min(bounds.depth, depth) };
}

/** What may be left out of a search without changing its verdict. */
export type Reduction = "symmetry" | "partial-order";

/** How many states are expanded between two looks at the clock, the bounds and the interruption. */
const STATES_PER_LOOK = 256;

class Search {
  readonly #system: ExplorableSystem;
  readonly #bounds: Bounds;
  readonly #watch: Watch;
  readonly #started: number;
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
  /** With a partial order whoever acts alone is followed. */
  readonly #followsAlone: boolean;
  /** Places in the queue that are only passed on the way of a client that acts alone. */
  readonly #passed = new Set<number>();
  readonly #onTheWay = new Set<number>();
  readonly #everybody: readonly number[];
  #fullStates = 0n;
  #transitions = 0;
  #depth = 0;
  /** The place in the queue at which the states of the current depth end. */
  #levelEnd = 0;

  constructor(system: ExplorableSystem, bounds: Bounds, watch: Watch, reductions: readonly Reduction[]) {
    this.#symmetry = reductions.includes("symmetry") ? new Symmetry(system) : null;
    this.#reductions = reductions;
    this.#followsAlone = reductions.includes("partial-order");
    this.#everybody = [...system.clients.keys()];
    this.#system = system;
    this.#bounds = bounds;
    this.#watch = watch;
    this.#started = watch.now?.() ?? 0;
    this.#graph =
      system.claims.length === 0 ? null : new KeptGraph(system.clients.length, (code) => system.clientOf(code));
    for (const property of system.properties) if (property.kind === "sometimes") this.#witnesses[property.name] = null;
  }

  async run(): Promise<Exploration> {
    const atStart = this.#meet(this.#system.initial, -1, -1);
    if (atStart !== null) return this.#violated(atStart, 0);
    if (this.#followsAlone) await this.#follow(0);
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
      if (place % STATES_PER_LOOK === STATES_PER_LOOK - 1) {
        const stop = await this.#look(place);
        if (stop !== null) return this.#stopped(stop);
      }
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
      const violation = this.#meet(states[at] as StateId, place, codes[at] as number);
      if (violation !== null) return this.#violated(violation, this.#queue.size - 1);
      if (this.#followsAlone && this.#queue.size > met) await this.#follow(met);
      this.#graph?.step(this.#places.at(states[at] as StateId) - 1, codes[at] as number);
    }
    this.#graph?.endPlace(restingIn(this.#system, state, codes));
    return null;
  }

  /**
   * Follows a client that acts alone, as far as there is one: the states on the way are not expanded. One to which the way comes
   * back is, so that nobody is put off for ever.
   */
  async #follow(place: number): Promise<void> {
    const steps = await stepsAlone(this.#system, this.#queue.at(place), this.#orbits[place]?.movers ?? this.#everybody);
    if (steps === null) return;
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

  /** Puts a state into the queue and judges it, where it is new. */
  #meet(state: StateId, parent: number, code: number): Violation | null {
    const orbit = this.#orbitOf(state, parent, code);
    return this.#places.at(orbit?.id ?? state) === 0 ? this.#add(state, orbit, parent, code) : null;
  }

  #add(state: StateId, orbit: Orbit | null, parent: number, code: number): Violation | null {
    this.#queue.push(state);
    this.#parents.push(parent);
    this.#codes.push(code);
    this.#places.set(orbit?.id ?? state, this.#queue.size);
    this.#fullStates += orbit?.size ?? 1n;
    if (orbit !== null) this.#orbits.push(orbit);
    const { violations, witnessed } = this.#system.judge(state);
    for (const name of witnessed) this.#witnesses[name] ??= parent < 0 ? 0 : this.#depth + 1;
    return violations[0] ?? null;
  }

  async #look(place: number): Promise<Stop | null> {
    const report = this.#report(place);
    this.#watch.onProgress?.(report);
    await this.#watch.pause?.();
    if (this.#watch.interrupted?.() === true) return { kind: "interrupted" };
    const bound = boundReached(this.#bounds, report, this.#bytes());
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
      stop: null,
      witnesses: this.#witnesses,
      failures: Object.fromEntries(
        [...this.#failures].map(([sqlstate, { place, code }]) => [
          sqlstate,
          [...this.#scheduleTo(place), this.#system.choiceOf(code)],
        ]),
      ),
      size: { databases, localSteps, bytes: this.#bytes() },
    };
  }

  #exactFullStates(): number | null {
    if (this.#followsAlone || this.#fullStates > Number.MAX_SAFE_INTEGER) return null;
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
