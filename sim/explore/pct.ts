/**
 * Probabilistic concurrency testing: random priorities for the clients, and a few moments at which one of them loses its own.
 *
 * Every client has a priority of its own, and the first of those that can move does. At d - 1 steps, drawn beforehand from
 * the k steps of a run, the client that has just moved drops below all others:
 *
 *     priorities  alice 4, bob 3      change points, d = 3: after step 2 to 2, after step 6 to 1
 *     alice alice | bob bob bob bob | alice …
 *             drops to 2        drops to 1
 *
 * The bound. A bug has depth d when d conditions of the form "this step before that one" are enough to meet it. With n
 * clients and at most k steps, one run meets a bug of depth d with a probability of at least 1 / (n * k^(d - 1)). Most real
 * bugs have a depth of 3 or less, so the bound falls with a small power of k where the number of interleavings rises
 * exponentially.
 *
 * Clients here go round for ever, and the paper's theorem is about programs that end. So a round is taken for the program:
 * a client that comes back to its first node has ended, until everybody else has ended or waits; then a new round begins, with
 * the same priorities. The bound is one for bugs within the first round, and k for the steps of that round. For bugs that need more rounds, PCT
 * finds what it finds.
 *
 * Not covered by the bound: a client that has a choice of its own (which buffer to acquire; which client of a deadlock gives up)
 * makes it uniformly; the bound is for the order of steps when these choices are the right ones.
 *
 * Source: Burckhardt, Kothari, Musuvathi, Nagarakatte, A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs,
 * ASPLOS 2010.
 */
import type { ExplorableSystem } from "../system/explorable-system.ts";
import type { StateId } from "../system/system.ts";
import { type Chance, chanceOf } from "./chance.ts";
import { type RandomSchedule, walk } from "./random.ts";

export interface PctOptions {
  readonly seed: number;
  /** k: the steps of a run at most. */
  readonly steps: number;
  /** d: the depth of the bugs that the bound is for, at least 1. */
  readonly depth: number;
}

/** The least probability with which one run meets a bug of this depth. */
export function pctBound({ clients, steps, depth }: { clients: number; steps: number; depth: number }): number {
  return 1 / (clients * steps ** (depth - 1));
}

/** Draws a schedule of at most `steps` steps; it ends at the first violation. */
export async function pctSchedule(system: ExplorableSystem, options: PctOptions): Promise<RandomSchedule> {
  const chance = chanceOf(options.seed);
  const priorities = shuffled(chance, system.clients.length).map((rank) => rank + options.depth);
  /** By the number of steps taken before: the priority to which the client that moves then drops. */
  const changes = new Map<number, number>();
  for (let priority = 1; priority < options.depth; priority++) {
    changes.set(chance.draw(0, options.steps - 1), priority);
  }
  const rounds = new Rounds(system);
  return walk(system, options, (_, { codes, states }, taken) => {
    const movable = codes.map((code) => system.clientOf(code));
    const client = first(rounds.notEnded(movable), priorities);
    const own = movable.flatMap((mover, at) => (mover === client ? [at] : []));
    const picked = own[own.length === 1 ? 0 : chance.draw(0, own.length - 1)] as number;
    const change = changes.get(taken);
    if (change !== undefined) priorities[client] = change;
    rounds.moved(client, states[picked] as StateId);
    return picked;
  });
}

/** Which clients have come round, back to the node in which they began. */
class Rounds {
  readonly #system: ExplorableSystem;
  readonly #ended = new Set<number>();

  constructor(system: ExplorableSystem) {
    this.#system = system;
  }

  /** Those of the clients that can move which have not ended; when all have, a new round begins for everybody. */
  notEnded(movable: readonly number[]): readonly number[] {
    const open = movable.filter((client) => !this.#ended.has(client));
    if (open.length > 0) return open;
    this.#ended.clear();
    return movable;
  }

  moved(client: number, after: StateId): void {
    // A round may be a single step: a SELECT that says "not free".
    if (this.#system.parts(after).nodes[client] === this.#system.processes[client]?.initial) this.#ended.add(client);
  }
}

/** The client with the highest priority; no two have the same. */
function first(clients: readonly number[], priorities: readonly number[]): number {
  return clients.reduce((best, client) =>
    (priorities[client] as number) > (priorities[best] as number) ? client : best,
  );
}

/** 0, 1, …, n - 1 in an order that is each as likely as any other (Fisher and Yates). */
function shuffled(chance: Chance, n: number): number[] {
  const order = Array.from({ length: n }, (_, at) => at);
  for (let at = n - 1; at > 0; at--) {
    const other = chance.draw(0, at);
    [order[at], order[other]] = [order[other] as number, order[at] as number];
  }
  return order;
}
