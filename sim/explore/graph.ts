/**
 * The explored graph, kept for questions about runs without end: who can go where, by whose step.
 *
 *     place     0          1       2                 states by their place in the search's queue: 0 is the initial one
 *     offsets | 0        | 2     | 3     | …         the steps out of place p are those from offsets[p] to offsets[p + 1]
 *     targets | 1   2    | 2     | …                 places
 *     codes   | 7   4    | 7     | …                 names of choices (`choiceOf`)
 *     resting | 0        | 0b10  | …                 one bit a client: it waits for others, or has ended
 *
 * A client without a step need not rest: at coarse granularity nobody may send while the clients that a step woke have
 * their turn. That step and their turns are one move of the server, in the middle of which nobody is kept from anything; so in those
 * places nobody rests.
 *
 * Flat lists of integers that grow by chunks: 8 bytes a step and 8 bytes a state. It is filled in the order of the
 * places, as a breadth-first search expands them, and asked when every place was expanded.
 */
import type { ExplorableSystem } from "../system/explorable-system.ts";
import type { StateId } from "../system/system.ts";
import { IntegerList } from "./integer-list.ts";

/** A graph over places 0 to `size` - 1. Its steps are numbered; each goes from a place to a place by one client. */
export interface Graph {
  readonly size: number;
  /** How many clients there are; each step is one client's. */
  readonly clients: number;
  /** The number of the first step out of a place; `first(place + 1)` is the one after its last. */
  first(place: number): number;
  target(step: number): number;
  /** The number of the client whose step it is. */
  client(step: number): number;
  /** Whether the client can do nothing by itself in this place. It has no step there then. */
  rests(place: number, client: number): boolean;
}

export class KeptGraph implements Graph {
  readonly clients: number;
  readonly #clientOf: (code: number) => number;
  readonly #offsets = new IntegerList();
  readonly #targets = new IntegerList();
  readonly #codes = new IntegerList();
  /** As many numbers a place as are needed for a bit a client. */
  readonly #resting = new IntegerList();
  readonly #words: number;

  constructor(clients: number, clientOf: (code: number) => number) {
    this.clients = clients;
    this.#clientOf = clientOf;
    this.#words = Math.ceil(clients / 32);
    this.#offsets.push(0);
  }

  get size(): number {
    return this.#offsets.size - 1;
  }

  get bytes(): number {
    return this.#offsets.bytes + this.#targets.bytes + this.#codes.bytes + this.#resting.bytes;
  }

  /** Adds a step out of the place that is being expanded. */
  step(target: number, code: number): void {
    this.#targets.push(target);
    this.#codes.push(code);
  }

  /** Ends the place that was being expanded, in which these clients rest; the next step is one out of the next place. */
  endPlace(resting: readonly number[]): void {
    const base = this.size * this.#words;
    for (let word = 0; word < this.#words; word++) this.#resting.push(0);
    for (const client of resting) {
      const at = base + (client >> 5);
      this.#resting.set(at, this.#resting.at(at) | (1 << (client & 31)));
    }
    this.#offsets.push(this.#targets.size);
  }

  first(place: number): number {
    return this.#offsets.at(place);
  }

  target(step: number): number {
    return this.#targets.at(step);
  }

  code(step: number): number {
    return this.#codes.at(step);
  }

  client(step: number): number {
    return this.#clientOf(this.#codes.at(step));
  }

  rests(place: number, client: number): boolean {
    return ((this.#resting.at(place * this.#words + (client >> 5)) >> (client & 31)) & 1) === 1;
  }
}

/** The clients that rest in a state out of which these are the steps; none where somebody is held back (see above). */
export function restingIn(system: ExplorableSystem, state: StateId, codes: readonly number[]): readonly number[] {
  const able = new Set(codes.map((code) => system.clientOf(code)));
  const unable = system.clients.map((_, client) => client).filter((client) => !able.has(client));
  return unable.every((client) => system.rests(state, client)) ? unable : [];
}
