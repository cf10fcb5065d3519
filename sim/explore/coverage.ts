/**
 * How much of what could happen an exploration has seen: for whom a pass is to be believed, and what it never tried. (Which transitions
 * of a machine were taken is told in machine-graph.ts.)
 *
 *     pairs          two kinds of steps, a and b: was b seen directly after a, and a directly after b, by two clients?
 *     interleavings  how many schedules the states stand for
 *
 * It is collected after the exploration, from the tables that the exploration has filled: its states are walked again, breadth
 * first, for as many transitions as it took. An explorer counts nothing for it. Above `STATES_MAX` states, the
 * first ones are taken for all, and `complete` is false.
 *
 * A kind of step is the statement that is sent, resumed or committed, without its values and without the client; a step without a
 * statement is its action without arguments. A pair counts as seen when a state has a step of kind a of one client, and the
 * state after it has a step of kind b of another client; a and b differ. It is in both orders when the exchanged pair is
 * seen as well, somewhere.
 *
 * Interleavings are schedules from the initial state of k steps, or of fewer where then nobody can move. They are paths
 * and not states: two schedules that meet in a state and part again count as four. k is
 *
 *     the length of the longest schedule   where no state comes twice in a schedule: then these are all there are
 *     the depth of the exploration         where the protocol goes round for ever: the schedules that are just long enough to
 *                                          reach every state
 *     the last depth of which every state was expanded   where the exploration, or the walk for this, did not see everything
 *
 * and less where counting would take more than `WORK_MAX` additions. Counts are exact up to 2^53 and rounded beyond.
 *
 * Where the exploration went by orbits and kept their steps, those are walked instead: a block of three clients has each of its steps
 * three times, and its steps are neighbours of each other. It is the same coverage, of all states, for the price of the orbits.
 */
import type { ExplorableSystem, ToldStep } from "../system/explorable-system.ts";
import type { StateId } from "../system/system.ts";
import type { OrbitGraph, OrbitStep } from "./orbit-graph.ts";
import { countPaths, type PathCount } from "./path-count.ts";
import type { Orbit } from "./symmetry.ts";

export interface Coverage {
  /** How many states it was collected from, and whether these are all that the exploration expanded. */
  readonly states: number;
  readonly complete: boolean;
  readonly pairs: {
    /** How many pairs of kinds were seen in one order or the other. */
    readonly seen: number;
    readonly bothOrders: number;
    /** The pairs of which only this order was seen. */
    readonly oneOrder: readonly { readonly first: string; readonly second: string }[];
  };
  readonly interleavings: PathCount;
}

/** How far an exploration came. */
export interface Explored {
  readonly exhaustive: boolean;
  readonly transitions: number;
  /** The orbits by which it went, and how many states it counts. */
  readonly orbits?: OrbitGraph | null;
  readonly unfolded?: boolean;
  readonly distinctStates?: number;
}

const STATES_MAX = 50_000;

/** Collects the coverage of an exploration: of everything that can be reached, or of as many transitions as it took. */
export async function coverageOf(
  system: ExplorableSystem,
  exploration: Explored,
  statesMax = STATES_MAX,
): Promise<Coverage> {
  const kinds = new StepKinds(system);
  const { orbits, exhaustive, unfolded } = exploration;
  const isByOrbits = (exhaustive || unfolded === true) && orbits?.exact === true;
  const walked = isByOrbits ? walkOrbits(orbits) : await walkAgain(system, exploration, statesMax);
  if (isByOrbits) for (const place of orbits.states.keys()) kinds.addOrbit(orbits, place);
  else for (let place = 0; place < walked.expanded; place++) kinds.addState(walked, place);
  return {
    states: isByOrbits ? (exploration.distinctStates ?? walked.expanded) : walked.expanded,
    complete: walked.complete,
    pairs: kinds.pairs(),
    interleavings: countPaths(walked),
  };
}

/** The graph that was explored; states are places in the order in which they were met. */
export interface Walked {
  readonly states: readonly StateId[];
  /** By place: the distance from the initial state. */
  readonly depths: readonly number[];
  /** By place, for those that were expanded: where their steps lead, as places. */
  readonly after: readonly (readonly number[])[];
  /** How many of the states, from the first on, were expanded. */
  readonly expanded: number;
  /** True unless the walk ended before the exploration did. */
  readonly complete: boolean;
}

/** The orbits as places, with as many steps between them as the states of one have to states of the other. */
function walkOrbits({ states, depths, steps, orbits }: OrbitGraph): Walked {
  const after = steps.map((each, place) => {
    const { blocks } = orbits[place] as Orbit;
    return each.flatMap(({ label, target }) => Array<number>(blocks[label]?.length ?? 0).fill(target));
  });
  return { states, depths, after, expanded: states.length, complete: true };
}

async function walkAgain(system: ExplorableSystem, explored: Explored, statesMax: number): Promise<Walked> {
  const transitionsMax = explored.exhaustive ? Number.POSITIVE_INFINITY : explored.transitions;
  const states: StateId[] = [system.initial];
  const depths = [0];
  const places = new Map([[system.initial, 0]]);
  const after: number[][] = [];
  let transitions = 0;
  for (let place = 0; place < states.length && transitions < transitionsMax && place < statesMax; place++) {
    const answer = system.expand(states[place] as StateId);
    const expansion = answer instanceof Promise ? await answer : answer;
    transitions += expansion.states.length;
    after.push(
      expansion.states.map((state) => {
        const known = places.get(state);
        if (known !== undefined) return known;
        places.set(state, states.length);
        depths.push((depths[place] as number) + 1);
        return states.push(state) - 1;
      }),
    );
  }
  const complete = transitions >= transitionsMax || after.length === states.length;
  return { states, depths, after, expanded: after.length, complete };
}

/** What one client can do in one database and node. */
interface Entry {
  readonly steps: readonly { readonly kind: number; readonly database: number }[];
}

/** Which kinds of steps there are, and which of them were neighbours. */
class StepKinds {
  readonly #system: ExplorableSystem;
  readonly #entries = new Map<string, Entry>();
  readonly #names: string[] = [];
  readonly #ids = new Map<string, number>();
  /** By kind: the kinds that were seen directly after it, by another client. */
  readonly #followers: Set<number>[] = [];

  constructor(system: ExplorableSystem) {
    this.#system = system;
  }

  addState({ states, after, expanded }: Walked, place: number): void {
    const { database, nodes } = this.#system.parts(states[place] as StateId);
    const targets = after[place] as readonly number[];
    let at = 0;
    for (const [client, node] of nodes.entries()) {
      for (const step of this.#entry(database, client, node).steps) {
        const target = targets[at++] as number;
        // What can be done in a state that was not expanded is not known.
        if (target < expanded) this.#addFollowers(step, nodes, client);
      }
    }
  }

  /** The steps of an orbit: of the first client of each block, which is as good as any. */
  addOrbit(graph: OrbitGraph, place: number): void {
    const { blocks } = graph.orbits[place] as Orbit;
    const steps = graph.steps[place] as readonly OrbitStep[];
    for (const label of blocks.keys()) {
      const own = steps.filter((step) => step.label === label);
      for (const [at, { kind }] of this.#entryOf(graph, place, label).steps.entries()) {
        const { target, moved } = own[at] as OrbitStep;
        const followers = this.#followers[kind] as Set<number>;
        for (const [other, block] of (graph.orbits[target] as Orbit).blocks.entries()) {
          if (other === moved && block.length === 1) continue;
          for (const step of this.#entryOf(graph, target, other).steps) followers.add(step.kind);
        }
      }
    }
  }

  #entryOf({ states, orbits }: OrbitGraph, place: number, label: number): Entry {
    const { database, nodes } = this.#system.parts(states[place] as StateId);
    const client = orbits[place]?.blocks[label]?.[0] as number;
    return this.#entry(database, client, nodes[client] as number);
  }

  #addFollowers({ kind, database }: Entry["steps"][number], nodes: readonly number[], client: number): void {
    const followers = this.#followers[kind] as Set<number>;
    for (const [other, node] of nodes.entries()) {
      if (other === client) continue;
      for (const step of this.#entry(database, other, node).steps) followers.add(step.kind);
    }
  }

  #entry(database: number, client: number, node: number): Entry {
    const key = `${database} ${client} ${node}`;
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const told = this.#system.toldSteps(database, client, node);
    const entry = { steps: told.map((step) => ({ kind: this.#kindOf(step), database: step.database })) };
    this.#entries.set(key, entry);
    return entry;
  }

  #kindOf({ action, statement, sends }: ToldStep): number {
    const verb = action.split(" ")[0] ?? action;
    const name = statement === null ? verb : sends ? statement : `${action} of ${statement}`;
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    this.#ids.set(name, this.#names.length);
    this.#followers.push(new Set());
    return this.#names.push(name) - 1;
  }

  pairs(): Coverage["pairs"] {
    const oneOrder: { first: string; second: string }[] = [];
    let bothOrders = 0;
    for (const [first, followers] of this.#followers.entries()) {
      for (const second of followers) {
        if (first === second) continue;
        if (!(this.#followers[second] as Set<number>).has(first)) {
          oneOrder.push({ first: this.#names[first] as string, second: this.#names[second] as string });
        } else if (first < second) bothOrders++;
      }
    }
    return { seen: bothOrders + oneOrder.length, bothOrders, oneOrder };
  }
}
