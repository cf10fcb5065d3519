/**
 * A whole graph of states, in which can be looked up what a reduction has to know beforehand: which steps make no difference to others.
 *
 *     s ── alice ──> a        alice's step and bob's commute in s where both ways lead to d, and both steps are there on both
 *     │              │
 *     bob            bob      alice is *persistent* in s where, whatever the others do without her, they can do it behind her step as
 *     v              v        well, and it ends where her step would lead if she took it last: taking hers alone loses nothing
 *     b ── alice ──> d
 *
 * With that knowledge a partial order could do no better: `withPersistentSets` takes the steps of one persistent client that properties do
 * not see, wherever there is one, and `withSleepSets` takes of two steps that commute one order only. It costs more than the whole search, so
 * it is a measure of what is there to be had, and a check that `actsAlone` (sim/explore/partial-order.ts) claims no more.
 *
 * Sources: Godefroid, Partial-Order Methods for the Verification of Concurrent Systems, 1996, chapters 4 and 5.
 */
import type { ExplorableSystem } from "../sim/system/explorable-system.ts";
import type { StateId } from "../sim/system/system.ts";

export interface Counted {
  readonly states: number;
  readonly transitions: number;
}

type Steps = ReadonlyMap<number, StateId>;

export class WholeGraph {
  readonly #system: ExplorableSystem;
  /** By state, in the order in which they were met: where its steps lead, by their codes. */
  readonly #steps: ReadonlyMap<StateId, Steps>;

  private constructor(system: ExplorableSystem, steps: ReadonlyMap<StateId, Steps>) {
    this.#system = system;
    this.#steps = steps;
  }

  /** The graph of the system; null where it has more states than that. */
  static async of(system: ExplorableSystem, statesMax: number): Promise<WholeGraph | null> {
    const steps = new Map<StateId, Steps>();
    const open = new Set([system.initial]);
    for (const state of open) {
      if (open.size > statesMax) return null;
      const { codes, states } = await system.expand(state);
      steps.set(state, new Map(codes.map((code, at) => [code, states[at] as StateId])));
      for (const next of states) open.add(next);
    }
    return new WholeGraph(system, steps);
  }

  get states(): readonly StateId[] {
    return [...this.#steps.keys()];
  }

  get counts(): Counted {
    const transitions = [...this.#steps.values()].reduce((sum, { size }) => sum + size, 0);
    return { states: this.#steps.size, transitions };
  }

  /**
   * Whether each step that the client has now can be put in front of all that the others do until it moves. (At coarse granularity it may
   * have none for a while, when those who were woken have their turn.)
   */
  isPersistent(state: StateId, client: number): boolean {
    const own = this.#ofClient(state, client);
    return own.length > 0 && own.every((code) => this.#canComeFirst(state, code, own));
  }

  #canComeFirst(start: StateId, mine: number, own: readonly number[]): boolean {
    const client = this.#system.clientOf(mine);
    const before = this.#stepsOf(start).get(mine) as StateId;
    /** What the others do from `start`, without the step and behind it. */
    const open = new Map([[`${start} ${before}`, { without: start, behind: before }]]);
    for (const { without, behind } of open.values()) {
      const steps = this.#stepsOf(without);
      const later = this.#ofClient(without, client);
      if (later.length > 0 && (later.join() !== own.join() || steps.get(mine) !== behind)) return false;
      for (const [code, next] of steps) {
        if (this.#system.clientOf(code) === client) continue;
        const then = this.#stepsOf(behind).get(code);
        if (then === undefined) return false;
        open.set(`${next} ${then}`, { without: next, behind: then });
      }
    }
    return true;
  }

  /** What is left where the first persistent client whose steps nobody sees goes alone. */
  withPersistentSets(): Counted {
    const clients = this.#system.clients.map((_, client) => client);
    const open = new Set([this.#system.initial]);
    let transitions = 0;
    for (const state of open) {
      const alone = clients.find((client) => this.#isUnseen(state, client) && this.isPersistent(state, client));
      for (const [code, next] of this.#stepsOf(state)) {
        if (alone !== undefined && this.#system.clientOf(code) !== alone) continue;
        transitions++;
        open.add(next);
      }
    }
    return { states: open.size, transitions };
  }

  /** What is left where a step that commutes with those that were taken before it is not taken again behind them. */
  withSleepSets(): Counted {
    /** By state: the steps that need not be taken, since all ways into it have them elsewhere; and those that were taken. */
    const asleep = new Map<StateId, ReadonlySet<number>>([[this.#system.initial, new Set()]]);
    const taken = new Map<StateId, Set<number>>();
    const open = [this.#system.initial];
    let transitions = 0;
    for (const state of open) {
      const before = taken.get(state) ?? new Set<number>();
      taken.set(state, before);
      const sleeping = asleep.get(state) as ReadonlySet<number>;
      for (const [code, next] of this.#stepsOf(state)) {
        if (sleeping.has(code) || before.has(code)) continue;
        transitions++;
        const later = [...sleeping, ...before].filter((other) => this.#commute(state, code, other));
        before.add(code);
        const known = asleep.get(next);
        const left = new Set(known === undefined ? later : later.filter((other) => known.has(other)));
        if (known !== undefined && left.size === known.size) continue;
        asleep.set(next, left);
        open.push(next);
      }
    }
    return { states: asleep.size, transitions };
  }

  #stepsOf(state: StateId): Steps {
    return this.#steps.get(state) as Steps;
  }

  #ofClient(state: StateId, client: number): readonly number[] {
    return [...this.#stepsOf(state).keys()].filter((code) => this.#system.clientOf(code) === client);
  }

  #isUnseen(state: StateId, client: number): boolean {
    const seen = this.#system.visible(state);
    const own = this.#ofClient(state, client);
    return own.every((code) => this.#system.visible(this.#stepsOf(state).get(code) as StateId) === seen);
  }

  /** Whether both steps lead to the same state, in either order. */
  #commute(state: StateId, one: number, other: number): boolean {
    if (this.#system.clientOf(one) === this.#system.clientOf(other)) return false;
    const steps = this.#stepsOf(state);
    const [afterOne, afterOther] = [steps.get(one), steps.get(other)];
    if (afterOne === undefined || afterOther === undefined) return false;
    const end = this.#stepsOf(afterOne).get(other);
    return end !== undefined && end === this.#stepsOf(afterOther).get(one);
  }
}
