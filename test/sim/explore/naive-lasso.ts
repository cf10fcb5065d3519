/**
 * A naive search for lassos, to hold the real one against: no components. From each place where the debt is open it walks over
 * (place, what each client has had), and looks whether it comes back to the place with all that fairness asks for.
 */
import type { Graph } from "../../../sim/explore/graph.ts";
import type { Fairness, Lasso, Question } from "../../../sim/explore/liveness.ts";
import { FROM, TO } from "../../../sim/system/liveness-facts.ts";

/** A graph given by its steps: from, to, and whose they are. A client without a step in a place rests there, unless it is held. */
export interface PlainGraph {
  readonly size: number;
  readonly clients: number;
  readonly steps: readonly (readonly [from: number, to: number, client: number])[];
  /** Places in which those without a step are held back by others' turns, and do not rest. Somebody has a step there. */
  readonly held: readonly number[];
}

/** The clients that rest in a place, as bits. */
function restingMask({ steps, clients, held }: PlainGraph, place: number): number {
  const able = steps.filter(([from]) => from === place).reduce((mask, [, , client]) => mask | (1 << client), 0);
  return held.includes(place) && able !== 0 ? 0 : ((1 << clients) - 1) & ~able;
}

export function graphOf(plain: PlainGraph): Graph {
  const { size, clients, steps } = plain;
  const sorted = steps.toSorted(([one], [other]) => one - other);
  return {
    size,
    clients,
    first: (place) => sorted.filter(([from]) => from < place).length,
    target: (step) => sorted[step]?.[1] ?? -1,
    client: (step) => sorted[step]?.[2] ?? -1,
    rests: (place, client) => ((restingMask(plain, place) >> client) & 1) === 1,
  };
}

/** Whether any fair run breaks the claim. */
export function naiveHasLasso(graph: PlainGraph, question: Question): boolean {
  return owing(graph, question).some((place) => fairLoopFrom(graph, place, question));
}

const without = ({ facts }: Question, place: number): boolean => ((facts[place] ?? 0) & TO) === 0;

/** The places that can be reached from the start and then from a place with the debt, without paying it. */
function owing({ steps }: PlainGraph, question: Question): readonly number[] {
  const closure = (begin: readonly number[], allowed: (place: number) => boolean): Set<number> => {
    const found = new Set(begin.filter(allowed));
    for (const place of found) for (const [from, to] of steps) if (from === place && allowed(to)) found.add(to);
    return found;
  };
  const reachable = closure([0], () => true);
  const begin = question.fromStart
    ? [0]
    : [...reachable].filter((place) => ((question.facts[place] ?? 0) & FROM) !== 0);
  return [...closure(begin, (place) => without(question, place))];
}

function fairLoopFrom(plain: PlainGraph, start: number, question: Question): boolean {
  const { steps, clients } = plain;
  const out = (place: number) => steps.filter(([from]) => from === place);
  if (out(start).length === 0) return true;
  const able = (place: number): number => out(place).reduce((mask, [, , client]) => mask | (1 << client), 0);
  const all = (1 << clients) - 1;
  // Weakly: who has rested or moved. Strongly: who has moved, and who could have.
  const begin = { place: start, moved: 0, could: able(start), rested: restingMask(plain, start) };
  const seen = new Set<string>();
  const queue = [begin];
  for (const { place, moved, could, rested } of queue) {
    for (const [, to, client] of out(place)) {
      if (!without(question, to)) continue;
      const next = {
        place: to,
        moved: moved | (1 << client),
        could: could | able(to),
        rested: rested | restingMask(plain, to),
      };
      const fair = question.fairness === "weak" ? (next.moved | next.rested) === all : (next.could & ~next.moved) === 0;
      if (to === start && fair) return true;
      const key = JSON.stringify(next);
      if (seen.has(key)) continue;
      seen.add(key);
      queue.push(next);
    }
  }
  return false;
}

/** What is wrong with a lasso, or null: it must be walkable, owe, never pay, and be fair. */
export function faultOf(graph: Graph, { stem, loop }: Lasso, question: Question): string | null {
  const walk = walked(graph, [...stem, ...loop]);
  if (walk === null) return "its steps do not follow one another";
  if (walk.at(-1) !== walk[stem.length]) return "the loop does not end where it begins";
  const debt = question.fromStart
    ? 0
    : walk.slice(0, stem.length + 1).findLastIndex((place) => ((question.facts[place] ?? 0) & FROM) !== 0);
  const begun = debt === -1 ? walk.findIndex((place) => ((question.facts[place] ?? 0) & FROM) !== 0) : debt;
  if (begun === -1) return "nothing is owed";
  if (walk.slice(begun).some((place) => !without(question, place))) return "the debt is paid";
  return fairnessFault(graph, walk.slice(stem.length), { loop, fairness: question.fairness });
}

function walked(graph: Graph, steps: readonly number[]): readonly number[] | null {
  const walk = [0];
  for (const step of steps) {
    const place = walk.at(-1) ?? 0;
    if (step < graph.first(place) || step >= graph.first(place + 1)) return null;
    walk.push(graph.target(step));
  }
  return walk;
}

function fairnessFault(
  graph: Graph,
  places: readonly number[],
  { loop, fairness }: { readonly loop: readonly number[]; readonly fairness: Fairness },
): string | null {
  for (let client = 0; client < graph.clients; client++) {
    if (loop.some((step) => graph.client(step) === client)) continue;
    const isAble = (place: number): boolean => {
      for (let step = graph.first(place); step < graph.first(place + 1); step++) {
        if (graph.client(step) === client) return true;
      }
      return false;
    };
    const passedOver = fairness === "weak" ? !places.some((place) => graph.rests(place, client)) : places.some(isAble);
    if (passedOver) return `client ${client} is passed over`;
  }
  return null;
}
