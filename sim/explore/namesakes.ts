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
import type { Reply } from "../../model/protocol.ts";
import type { Node, Process } from "../process/process.ts";
import type { ProcessStep } from "../system/local-steps.ts";
import { UsageError } from "../usage-error.ts";
import { renamed } from "./renamed.ts";

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
    const pair = this.#pair(client, other);
    const { own, namesake } = pair;
    const nodes = this.#nodes[client]?.[other] as Map<Node, Node>;
    let at = nodes.get(node);
    if (at === undefined) return "come to different local states";
    if (from !== node) {
      const request = own.requests(node).find(({ then }) => then === from);
      const likewise = namesake.requests(at).find(({ name }) => name === request?.name);
      if (request === undefined || likewise === undefined) return `ask for different things in ${own.describe(node)}`;
      if (!isAlike(request.query, likewise.query, pair)) {
        return `send different values in ${own.describe(node)}, which are computed from their names`;
      }
      at = likewise.then;
      if (!areAlike(from, at, pair)) return `are in different local states after ${request.name}`;
      nodes.set(from, at);
    }
    if (reply === null) return null;
    const then = advanced(namesake, at, renamed(reply, pair.names) as Reply);
    if (then === null) return `take the same reply for different ones in ${own.describe(from)}`;
    if (!areAlike(to, then, pair)) return `remember different things after ${own.describe(from)}`;
    nodes.set(to, then);
    return null;
  }

  #pair(client: number, other: number): Pair {
    const [one, two] = [this.#names[client] as string, this.#names[other] as string];
    return {
      own: this.#processes[client] as Process,
      namesake: this.#processes[other] as Process,
      names: new Map([
        [one, two],
        [two, one],
      ]),
    };
  }
}

/** Two processes, and their names, each for the other. */
interface Pair {
  readonly own: Process;
  readonly namesake: Process;
  readonly names: ReadonlyMap<string, string>;
}

function advanced(process: Process, node: Node, reply: Reply): Node | null {
  try {
    const then = process.advance(node, reply);
    return typeof then === "number" ? then : null;
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}

/** Whether the nodes are the same local state and look the same, but for the names. */
function areAlike(one: Node, two: Node, pair: Pair): boolean {
  const { own, namesake } = pair;
  const [text, likewise] = [own.text?.(one) ?? "null", namesake.text?.(two) ?? "null"];
  return isAlike(JSON.parse(text), JSON.parse(likewise), pair) && isAlike(own.view(one), namesake.view(two), pair);
}

function isAlike(one: unknown, two: unknown, { names }: Pair): boolean {
  return JSON.stringify(renamed(one, names)) === JSON.stringify(two);
}
