/**
 * Whether processes take their clients' names for names: the same process under another name does the same under that name.
 *
 *     alice   ready --acquire 1 {UPDATE … 'alice'}--> waiting --one row--> owning      text {"me":"alice", …}
 *     bob     ready --acquire 1 {UPDATE … 'bob'}----> waiting --one row--> owning      text {"me":"bob", …}
 *
 * Symmetry rests on it: it explores what alice does, and says that bob does likewise. A process that computes with its name (its length, its
 * first letter) does not, and nothing in a state would show it. So each step that a process has taken is taken again by the process of another
 * client, with the two names exchanged in what it is told; its request, its local state and its view must be the same but for that exchange.
 *
 *     alice   sends $1 = 5, the length of 'alice'          bob   sends $1 = 3          not alike: refused
 *
 * Invariant: steps are told in the order in which they were taken, so the node in which one begins is known already.
 *
 * Not looked at: exchanges with all others where clients are many, and of two names that are neither one's own; a process whose replies take
 * user code (a promise), which cannot tell its local state and is refused for that.
 */
import type { Query, Reply, View } from "../../model/protocol.ts";
import type { Node, Process } from "../process/process.ts";
import type { ProcessStep } from "../system/local-steps.ts";
import { UsageError } from "../usage-error.ts";

/** Up to so many clients, each is exchanged with every other; beyond that with its neighbours and the last. */
const ALL_UP_TO = 8;

export class Namesakes {
  readonly #processes: readonly Process[];
  readonly #names: readonly string[];
  /** By client and other client: the other's node for the client's. */
  readonly #nodes: readonly (readonly Map<Node, Node>[])[];

  constructor(processes: readonly Process[], names: readonly string[]) {
    this.#processes = processes;
    this.#names = names;
    this.#nodes = processes.map((one) => processes.map((other) => new Map([[one.initial, other.initial]])));
  }

  /** What the two do differently, or null where every other client does the same in this step. */
  difference(step: ProcessStep): string | null {
    const { client } = step;
    const last = this.#processes.length - 1;
    for (const other of this.#processes.keys()) {
      if (other === client) continue;
      if (last >= ALL_UP_TO && Math.abs(other - client) > 1 && other !== last) continue;
      const what = this.#differs(step, other);
      if (what !== null) return `${this.#names[client]} and ${this.#names[other]} ${what}`;
    }
    return null;
  }

  #differs({ client, node, from, reply, to }: ProcessStep, other: number): string | null {
    const [own, namesake] = [this.#processes[client] as Process, this.#processes[other] as Process];
    const nodes = this.#nodes[client]?.[other] as Map<Node, Node>;
    let at = nodes.get(node);
    if (at === undefined) return "come to different local states";
    if (from !== node) {
      const request = own.requests(node).find(({ then }) => then === from);
      const likewise = namesake.requests(at).find(({ name }) => name === request?.name);
      if (request === undefined || likewise === undefined) return `ask for different things in ${own.describe(node)}`;
      if (!this.#isAlike(request.query, likewise.query, { client, other })) {
        return `send different values in ${own.describe(node)}, which are computed from their names`;
      }
      at = likewise.then;
      if (!this.#areAlike(from, at, { client, other })) return `are in different local states after ${request.name}`;
      nodes.set(from, at);
    }
    if (reply === null) return null;
    const then = this.#advanced(namesake, at, exchanged(reply, this.#pair(client, other)) as Reply);
    if (then === null) return `take the same reply for different ones in ${own.describe(from)}`;
    if (!this.#areAlike(to, then, { client, other })) return `remember different things after ${own.describe(from)}`;
    nodes.set(to, then);
    return null;
  }

  #advanced(process: Process, node: Node, reply: Reply): Node | null {
    try {
      const then = process.advance(node, reply);
      return typeof then === "number" ? then : null;
    } catch (error) {
      if (error instanceof UsageError) return null;
      throw error;
    }
  }

  #areAlike(one: Node, two: Node, pair: Pair): boolean {
    const [own, namesake] = [this.#processes[pair.client] as Process, this.#processes[pair.other] as Process];
    const [text, view]: [string, View] = [own.text?.(one) ?? "null", own.view(one)];
    return (
      this.#isAlike(JSON.parse(text), JSON.parse(namesake.text?.(two) ?? "null"), pair) &&
      this.#isAlike(view, namesake.view(two), pair)
    );
  }

  #isAlike(one: unknown | Query, two: unknown | Query, { client, other }: Pair): boolean {
    return JSON.stringify(exchanged(one, this.#pair(client, other))) === JSON.stringify(two);
  }

  #pair(client: number, other: number): readonly [string, string] {
    return [this.#names[client] as string, this.#names[other] as string];
  }
}

interface Pair {
  readonly client: number;
  readonly other: number;
}

/** The value in which two names stand for each other, wherever they are whole texts. */
function exchanged(value: unknown, [one, other]: readonly [string, string]): unknown {
  if (value === one) return other;
  if (value === other) return one;
  if (Array.isArray(value)) return value.map((each) => exchanged(each, [one, other]));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, exchanged(each, [one, other])]));
}
