/**
 * The explored graph, kept for questions about runs without end: who can go where, by whose step.
 *
 *     place     0          1       2                 states by their place in the search's queue: 0 is the initial one
 *     offsets | 0        | 2     | 3     | …         the steps out of place p are those from offsets[p] to offsets[p + 1]
 *     targets | 1   2    | 2     | …                 places
 *     codes   | 7   4    | 7     | …                 names of choices (`choiceOf`)
 *
 * Flat lists of integers that grow by chunks: 8 bytes a step and 4 bytes a state. It is filled in the order of the
 * places, as a breadth-first search expands them, and asked when every place was expanded.
 */
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
}

export class KeptGraph implements Graph {
  readonly clients: number;
  readonly #clientOf: (code: number) => number;
  readonly #offsets = new IntegerList();
  readonly #targets = new IntegerList();
  readonly #codes = new IntegerList();

  constructor(clients: number, clientOf: (code: number) => number) {
    this.clients = clients;
    this.#clientOf = clientOf;
    this.#offsets.push(0);
  }

  get size(): number {
    return this.#offsets.size - 1;
  }

  get bytes(): number {
    return this.#offsets.bytes + this.#targets.bytes + this.#codes.bytes;
  }

  /** Adds a step out of the place that is being expanded. */
  step(target: number, code: number): void {
    this.#targets.push(target);
    this.#codes.push(code);
  }

  /** Ends the place that was being expanded; the next step is one out of the next place. */
  endPlace(): void {
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
}
