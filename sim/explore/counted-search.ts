/**
 * The search through all states of one number of clients, with symmetry, which notes for each cut state where its steps lead
 * (cut-states.ts; any-number.ts says what for).
 *
 *     orbit 7 of six clients      cut state 12         owner 0 moves -> orbit 9  -> cut state 17
 *     alice owns, bob, …          (owner, 2+, 2+)      waiter 1 moves -> orbit 11 -> cut state 20
 *
 * One member of each block is moved, since the others' steps lead into the same orbits. While clients are few that is not taken on
 * trust: the last member is moved as well.
 */
import type { ExplorableSystem } from "../system/explorable-system.ts";
import type { StateId } from "../system/system.ts";
import { UsageError } from "../usage-error.ts";
import { mustNotCountFurther } from "./alike-properties.ts";
import type { CutStates } from "./cut-states.ts";
import { type Block, type Orbit, Symmetry, Uncountable } from "./symmetry.ts";

/** Up to so many clients the steps of two members of a block are compared. */
const COMPARED_UP_TO = 4;

/** A state that was met, and the way to it. */
interface Met {
  readonly state: StateId;
  readonly orbit: Orbit;
  readonly depth: number;
  /** The clients that moved on the way. */
  readonly moved: ReadonlySet<number>;
  /** Null where clients cannot be counted. */
  readonly cut: { readonly id: number; readonly blocks: readonly Block[] } | null;
}

/** A step, by its name and the place of the state to which it leads. */
interface Led {
  readonly action: string;
  readonly to: number;
}

export class CountedSearch {
  readonly system: ExplorableSystem;
  /** True when a state was met in which a property breaks. */
  broken = false;
  transitions = 0;
  /** Why clients cannot be counted, or null. */
  uncountable: string | null = null;
  readonly #cuts: CutStates;
  readonly #symmetry: Symmetry;
  readonly #met: Met[] = [];
  /** The place among the met, by orbit, and by state for what was seen before as it is. */
  readonly #byOrbit = new Map<number, number>();
  readonly #byState = new Map<StateId, number>();
  #next = 0;
  /** By `sometimes` property: how many clients moved on the way to its first witness. */
  readonly #witnesses = new Map<string, number>();

  /** `statements` gives statements their numbers, the same in all searches whose cut states are compared. */
  constructor(system: ExplorableSystem, cuts: CutStates, statements: Map<string, number>) {
    this.system = system;
    this.#symmetry = new Symmetry(system, { statements });
    this.#cuts = cuts;
    this.#meet(system.initial, this.#symmetry.of(system.initial), { depth: 0, moved: new Set() });
  }

  get orbits(): number {
    return this.#met.length;
  }

  /** How many states were met and are still to be expanded. */
  get frontier(): number {
    return this.#met.length - this.#next;
  }

  /** The depth of the state that is expanded next, or at the end of the last one that was. */
  get depth(): number {
    return this.#met[Math.min(this.#next, this.#met.length - 1)]?.depth ?? 0;
  }

  /** Whether some `sometimes` property has no witness. */
  get lacksWitness(): boolean {
    return this.system.properties.some(({ kind, name }) => kind === "sometimes" && !this.#witnesses.has(name));
  }

  /** Whether everything was seen with these clients, and what was noted is a proof for every number of them. */
  isProof(): boolean {
    const clients = this.system.clients.length;
    const { most } = this.#cuts;
    const hasRestingClients = [...this.#witnesses.values()].every((moved) => clients - moved >= most);
    const isCounted = this.frontier === 0 && this.uncountable === null && clients > most;
    return isCounted && hasRestingClients && this.#cuts.isClosed();
  }

  async expandNext(): Promise<void> {
    const met = this.#met[this.#next++] as Met;
    for (const [at, block] of (met.cut?.blocks ?? met.orbit.blocks).entries()) {
      const led = await this.#stepsOf(met, block[0] as number);
      if (block.length > 1 && this.system.clients.length <= COMPARED_UP_TO) {
        mustBeSame(led, await this.#stepsOf(met, block.at(-1) as number));
      }
      this.#whileCountable(() => this.#note(met, at, led));
    }
  }

  async #stepsOf({ state, orbit, depth, moved }: Met, client: number): Promise<readonly Led[]> {
    const { codes, states } = await this.system.expand(state, [client]);
    return states.map((next, at) => {
      this.transitions++;
      const action = this.system.choiceOf(codes[at] as number).action;
      const known = this.#byState.get(next);
      if (known !== undefined) return { action, to: known };
      const way = { depth: depth + 1, moved: moved.has(client) ? moved : new Set([...moved, client]) };
      return { action, to: this.#meet(next, this.#symmetry.of(next, { orbit, client }), way) };
    });
  }

  /** The place of the state's orbit among the met; a new one is cut and judged. */
  #meet(state: StateId, orbit: Orbit, way: Pick<Met, "depth" | "moved">): number {
    const place = this.#byOrbit.get(orbit.id) ?? this.#met.length;
    this.#byState.set(state, place);
    if (place < this.#met.length) return place;
    this.#byOrbit.set(orbit.id, place);
    this.#met.push({ state, orbit, ...way, cut: this.#whileCountable(() => this.#cut(state, orbit)) });
    const { violations, witnessed } = this.system.judge(state);
    if (violations.length > 0) this.broken = true;
    for (const name of witnessed) if (!this.#witnesses.has(name)) this.#witnesses.set(name, way.moved.size);
    return place;
  }

  #cut(state: StateId, orbit: Orbit): Met["cut"] {
    const cut = this.#symmetry.cut(state, orbit, this.#cuts.most);
    const known = this.#cuts.size;
    const id = this.#cuts.add(cut);
    for (const block of id < known ? [] : cut.blocks) {
      if (block.length < this.#cuts.most) continue;
      const alike = block.map((client) => this.system.clients[client] as string);
      mustNotCountFurther(this.system.properties, this.system.world(state), alike);
    }
    return { id, blocks: cut.blocks };
  }

  #note({ cut }: Met, at: number, led: readonly Led[]): void {
    if (led.some(({ action }) => action === "reorder")) throw new Uncountable("the deadlock check re-orders a queue");
    if (cut === null) return;
    const steps = led.map(({ action, to }) => `${action} -> ${this.#met[to]?.cut?.id}`).sort();
    this.#cuts.note(cut.id, at, { members: cut.blocks[at]?.length ?? 0, steps: steps.join(", ") });
  }

  /** Once clients cannot be counted the search goes on without. */
  #whileCountable<T>(count: () => T): T | null {
    if (this.uncountable !== null) return null;
    try {
      return count();
    } catch (error) {
      if (!(error instanceof Uncountable)) throw error;
      this.uncountable = error.message;
      return null;
    }
  }
}

/** Clients that are alike lead into the same orbits; a process that makes a difference between names does not. */
function mustBeSame(one: readonly Led[], other: readonly Led[]): void {
  const [first, last] = [one, other].map((led) => led.map(({ action, to }) => `${action} ${to}`).sort());
  if (first?.join() === last?.join()) return;
  throw new UsageError(
    "symmetry-refused",
    "symmetry cannot be used: clients that are alike do not do the same, so that their names make a difference",
    "Give a number of clients, and --reductions none.",
  );
}
