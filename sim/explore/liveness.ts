/**
 * Liveness on the explored graph: is there a run without end in which what has to happen never happens? It is shown as a
 * lasso, a stem and a loop.
 *
 *     0 ── 1 ── 2 ── 3          stem   0 1 2      from the initial state, past a state in which `from` is true
 *               │    │          loop   2 3 4 2    for ever; after that state `to` is never true again
 *               └ 4 ─┘
 *
 * A run is what a schedule without end makes; where nobody can move, the last state goes on for ever. Not every run counts:
 * one in which the scheduler just never lets bob move shows nothing about the protocol.
 *
 * WEAK FAIRNESS, of each client's steps. A step of client c is any choice in which c moves: a wish of its user, the next
 * statement, and what the server does for it (`resume`, `commit`, `deadlock`). A run is weakly fair when no client has a step enabled
 * in every state from some state on and takes none from there on: TLA+'s WF(steps of c) for each c. Of a loop that is
 * repeated for ever it says: for each client, the loop takes a step of it, or passes a state in which it rests, which is to say
 * that it waits for others or has ended. (At coarse granularity it also has no step while woken clients have their turn; that is
 * no rest, see graph.ts.) Which of
 * several steps a client takes is not promised, nor that it is a new one each time. Since users' wishes are steps, whoever
 * owns releases at some time, and whoever is idle asks again. A client that waits for a lock has no step while it waits; one
 * that could go on now and then, and always finds the row locked again when it is its turn to be looked at, is not treated unfairly.
 *
 * STRONG FAIRNESS (`fairness: "strong"`, for comparison): a client that has a step in infinitely many states takes one
 * infinitely often, TLA+'s SF. Its loop takes a step of c, or passes no state in which c has one. It promises more than PostgreSQL
 * does: a session that is woken may come second to a newcomer each time, and nothing counts how often it did.
 *
 * Why the search is exact. A run of a finite graph that breaks `from leads to to` ends up, after a state with `from` and without
 * `to` before it, in places without `to` that it visits infinitely often; these are mutually reachable without `to`, so they
 * lie in one component C of the graph cut down to the places without `to`. Let the run be fair.
 *   - weakly: each client takes a step within C infinitely often, or rests in one of its places. Both are true of the whole of
 *     C, too. The other way round, if it is true of C, walk through C in a circle past each of those steps and places: a fair loop.
 *     So a component is tested as a whole, once, with no regard to its smaller loops (a generalized Büchi condition).
 *   - strongly: a client with a step somewhere in C and none within C cannot have those places in the loop. They are taken out and what
 *     is left is decomposed again, until nothing changes (a Streett condition).
 * A single place without a step to itself is no loop, unless nobody can move there at all.
 * Then a breadth-first search from all places with `from` and without `to`, each beginning as deep as it lies, over places without
 * `to`, comes to the nearest place of a fair component: that stem is a shortest one. The loop visits what fairness asks for,
 * the nearest first, and goes home by the shortest way: short, not always shortest. Several first places are tried and the shortest whole is taken.
 *
 * `eventually goal` is the same with `from` true in the initial state alone, and `goal` for `to`.
 *
 * Invariant: every lasso that is answered can be walked, is fair, has `from` before or at its loop, and no `to` from there on. None
 * is answered only if there is none; but that says something of the system only where the graph holds every reachable state.
 *
 * Not modelled: fairness of single choices (that a client which may do one of two things does both), time, probability.
 *
 * Sources: Baier, Katoen, Principles of Model Checking, 2008, 3.5 (fairness) and 5.2 (fair cycles in components); Vardi, Wolper, An
 * automata-theoretic approach to automatic program verification, LICS 1986; Emerson, Lei, Modalities for model checking, 1987 (the
 * decomposition for strong fairness); Lamport, Specifying Systems, 2002, chapter 8 (WF and SF); Tarjan, see components.ts.
 */
import { FROM, TO } from "../system/liveness-facts.ts";
import { componentsOf } from "./components.ts";
import type { Graph } from "./graph.ts";

export type Fairness = "weak" | "strong";

/** A run without end, as the numbers of its steps: `stem` once, then `loop` for ever. An empty loop: nobody can move. */
export interface Lasso {
  readonly stem: readonly number[];
  readonly loop: readonly number[];
}

/** What is asked of a graph: a fact (FROM, TO) for each place, and when the debt begins. */
export interface Question {
  readonly facts: Uint8Array;
  /** True for `eventually`: `to` is owed from place 0 on, and nowhere else. */
  readonly fromStart: boolean;
  readonly fairness: Fairness;
}

/** A fair run that breaks the claim, or null. Places must be numbered by their distance from place 0, as a breadth-first search does. */
export function findLasso(graph: Graph, question: Question): Lasso | null {
  const without = Uint8Array.from(question.facts, (fact) => ((fact & TO) === 0 ? 1 : 0));
  const fair = fairComponents(graph, without, question.fairness);
  const search = new StemSearch(graph, question, without);
  let best: Lasso | null = null;
  let tried = 0;
  for (let place = search.next(); place !== null; place = search.next()) {
    if (fair.of[place] === -1) continue;
    if (best !== null && search.distance(place) >= length(best)) break;
    const loop = loopAt(graph, place, { fair, fairness: question.fairness });
    if (best === null || search.distance(place) + loop.length < length(best))
      best = { stem: search.stemTo(place), loop };
    tried += fair.sides.sizes[fair.of[place] as number] as number;
    if (tried > PLACES_TRIED_MAX) break;
  }
  return best;
}

/** How much is spent on looking for a shorter lasso, as the sum of the sizes of the components that are searched for a loop. */
const PLACES_TRIED_MAX = 20_000;

function length({ stem, loop }: Lasso): number {
  return stem.length + loop.length;
}

interface FairComponents {
  /** The fair component of each place, or -1. */
  readonly of: Int32Array;
  readonly sides: Sides;
}

/** The components of the places that are marked, without those in which no fair run can stay. */
function fairComponents(graph: Graph, marked: Uint8Array, fairness: Fairness): FairComponents {
  const inside = marked.slice();
  for (;;) {
    const { of, count } = componentsOf(graph, inside);
    const sides = sidesOf(graph, of, count);
    let changed = false;
    for (let place = 0; place < graph.size; place++) {
      const component = of[place] as number;
      if (component === -1) continue;
      if (!stays(graph, place, { component, sides, fairness })) {
        inside[place] = 0;
        changed = true;
      }
    }
    if (!changed) return { of, sides };
  }
}

/** What is true of each component, as one flag for each client: component × clients + client. */
interface Sides {
  /** The client has a step that stays in the component. */
  readonly moves: Uint8Array;
  /** The client rests in some place of the component. */
  readonly rests: Uint8Array;
  readonly sizes: Int32Array;
}

function sidesOf(graph: Graph, of: Int32Array, count: number): Sides {
  const { clients } = graph;
  const sides: Sides = {
    moves: new Uint8Array(count * clients),
    rests: new Uint8Array(count * clients),
    sizes: new Int32Array(count),
  };
  for (let place = 0; place < graph.size; place++) {
    const component = of[place] as number;
    if (component === -1) continue;
    sides.sizes[component] = (sides.sizes[component] as number) + 1;
    for (let step = graph.first(place); step < graph.first(place + 1); step++) {
      if (of[graph.target(step)] === component) sides.moves[component * clients + graph.client(step)] = 1;
    }
    for (let client = 0; client < clients; client++) {
      if (graph.rests(place, client)) sides.rests[component * clients + client] = 1;
    }
  }
  return sides;
}

/** Whether a fair run could visit this place infinitely often without leaving its component. */
function stays(
  graph: Graph,
  place: number,
  { component, sides, fairness }: { component: number; sides: Sides; fairness: Fairness },
): boolean {
  const { clients } = graph;
  const [from, end] = [graph.first(place), graph.first(place + 1)];
  let loops = from === end;
  for (let client = 0; client < clients; client++) {
    const at = component * clients + client;
    if (sides.moves[at] === 1) loops = true;
    else if (fairness === "weak" && sides.rests[at] === 0) return false;
    else if (fairness === "strong" && hasStep(graph, place, client)) return false;
  }
  return loops;
}

function hasStep(graph: Graph, place: number, client: number): boolean {
  for (let step = graph.first(place); step < graph.first(place + 1); step++)
    if (graph.client(step) === client) return true;
  return false;
}

/** Breadth first over the places in which the debt is open, the nearest to place 0 first. */
class StemSearch {
  readonly #graph: Graph;
  readonly #without: Uint8Array;
  /** The shortest way from place 0 to each place. */
  readonly #way: Way;
  /** The same for ways on which the debt is open; they begin at a source, as deep as that lies. */
  readonly #owing: Way;
  /** Where the debt begins, the nearest first; those before `#sourcesUsed` are in a level. */
  readonly #sources: readonly number[];
  #sourcesUsed = 0;
  #depth = -1;
  #level: number[] = [];
  #taken = 0;
  #nextLevel: number[] = [];

  constructor(graph: Graph, { facts, fromStart }: Question, without: Uint8Array) {
    this.#graph = graph;
    this.#without = without;
    this.#way = shortestWays(graph);
    this.#owing = emptyWay(graph.size);
    const sources: number[] = [];
    for (let place = 0; place < graph.size; place++) {
      const begins = fromStart ? place === 0 : ((facts[place] as number) & FROM) !== 0;
      if (begins && without[place] === 1 && this.#way.length[place] !== -1) sources.push(place);
    }
    const depth = (place: number): number => this.#way.length[place] as number;
    this.#sources = sources.sort((one, other) => depth(one) - depth(other));
  }

  /** The next place in the order of distance, or null. */
  next(): number | null {
    if (this.#taken === this.#level.length) this.#beginLevel();
    const place = this.#level[this.#taken];
    if (place === undefined) return null;
    this.#taken += 1;
    for (let step = this.#graph.first(place); step < this.#graph.first(place + 1); step++) {
      const target = this.#graph.target(step);
      if (this.#without[target] !== 1 || this.#owing.length[target] !== -1) continue;
      this.#owing.length[target] = this.#depth + 1;
      this.#owing.step[target] = step;
      this.#owing.before[target] = place;
      this.#nextLevel.push(target);
    }
    return place;
  }

  distance(place: number): number {
    return this.#owing.length[place] as number;
  }

  stemTo(place: number): readonly number[] {
    const debt = stepsTo(this.#owing, place);
    return [...stepsTo(this.#way, debt.begin).steps, ...debt.steps];
  }

  /** Takes up the places that were met, and the sources that lie as deep; where none was met it goes on at the next source. */
  #beginLevel(): void {
    const source = this.#sources[this.#sourcesUsed];
    if (this.#nextLevel.length === 0 && source === undefined) return;
    this.#depth =
      this.#nextLevel.length > 0 || source === undefined
        ? this.#depth + 1
        : Math.max(this.#depth + 1, this.#depthOf(source));
    this.#level = this.#nextLevel;
    this.#nextLevel = [];
    this.#taken = 0;
    for (; this.#sourcesUsed < this.#sources.length; this.#sourcesUsed++) {
      const place = this.#sources[this.#sourcesUsed] as number;
      if (this.#depthOf(place) > this.#depth) return;
      if (this.#owing.length[place] !== -1) continue;
      this.#owing.length[place] = this.#depth;
      this.#level.push(place);
    }
  }

  #depthOf(place: number): number {
    return this.#way.length[place] as number;
  }
}

/** Ways to places: the last step, the place it leaves (-1 at a beginning), and the length from place 0 (-1: no way known). */
interface Way {
  readonly step: Int32Array;
  readonly before: Int32Array;
  readonly length: Int32Array;
}

function emptyWay(size: number): Way {
  const none = (): Int32Array => new Int32Array(size).fill(-1);
  return { step: none(), before: none(), length: none() };
}

function shortestWays(graph: Graph): Way {
  const way = emptyWay(graph.size);
  way.length[0] = 0;
  const queue = new Int32Array(graph.size);
  for (let taken = 0, size = 1; taken < size; taken++) {
    const place = queue[taken] as number;
    for (let step = graph.first(place); step < graph.first(place + 1); step++) {
      const target = graph.target(step);
      if (way.length[target] !== -1) continue;
      way.length[target] = (way.length[place] as number) + 1;
      way.step[target] = step;
      way.before[target] = place;
      queue[size++] = target;
    }
  }
  return way;
}

function stepsTo(way: Way, place: number): { readonly steps: readonly number[]; readonly begin: number } {
  const steps: number[] = [];
  let begin = place;
  for (; way.before[begin] !== -1; begin = way.before[begin] as number) steps.push(way.step[begin] as number);
  return { steps: steps.reverse(), begin };
}

/** A fair loop through this place of a fair component; empty where nobody can move. */
function loopAt(
  graph: Graph,
  start: number,
  { fair, fairness }: { readonly fair: FairComponents; readonly fairness: Fairness },
): readonly number[] {
  if (graph.first(start) === graph.first(start + 1)) return [];
  const owed = owedIn(graph, start, { fair, fairness });
  const rests = (place: number, client: number): boolean => fairness === "weak" && graph.rests(place, client);
  const loop: number[] = [];
  let here = start;
  const settle = (): void => {
    for (const client of [...owed]) if (rests(here, client)) owed.delete(client);
  };
  const walk = (goal: (step: number) => boolean): void => {
    for (const step of nearest(graph, here, { of: fair.of, goal })) {
      loop.push(step);
      owed.delete(graph.client(step));
      here = graph.target(step);
      settle();
    }
  };
  settle();
  while (owed.size > 0) {
    walk((step) => owed.has(graph.client(step)) || [...owed].some((client) => rests(graph.target(step), client)));
  }
  if (here !== start || loop.length === 0) walk((step) => graph.target(step) === start);
  return loop;
}

/** The clients to whom the loop owes something: weakly a step or a place without one, strongly a step where they have any. */
function owedIn(
  graph: Graph,
  start: number,
  { fair, fairness }: { readonly fair: FairComponents; readonly fairness: Fairness },
): Set<number> {
  const clients = Array.from({ length: graph.clients }, (_, client) => client);
  if (fairness === "weak") return new Set(clients);
  const at = (fair.of[start] as number) * graph.clients;
  return new Set(clients.filter((client) => fair.sides.moves[at + client] === 1));
}

/** The shortest way over steps within the component whose last step is a goal. There must be one. */
function nearest(
  graph: Graph,
  start: number,
  { of, goal }: { readonly of: Int32Array; readonly goal: (step: number) => boolean },
): readonly number[] {
  /** By place: the step by which it was met. */
  const met = new Map<number, { readonly step: number; readonly before: number }>();
  const queue = [start];
  for (const place of queue) {
    for (let step = graph.first(place); step < graph.first(place + 1); step++) {
      const target = graph.target(step);
      if (of[target] !== of[start]) continue;
      if (goal(step)) return [...backTo(met, start, place), step];
      if (target === start || met.has(target)) continue;
      met.set(target, { step, before: place });
      queue.push(target);
    }
  }
  throw new Error("assertion failed: a fair component has a way to all that fairness asks for");
}

function backTo(
  met: ReadonlyMap<number, { readonly step: number; readonly before: number }>,
  start: number,
  place: number,
): readonly number[] {
  const steps: number[] = [];
  for (let at = place; at !== start; ) {
    const way = met.get(at);
    if (way === undefined) break;
    steps.push(way.step);
    at = way.before;
  }
  return steps.reverse();
}
