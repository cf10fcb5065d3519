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
 * Where interchangeable rows are exchanged (row-orders.ts), the step is also taken with their keys exchanged, by its own process and by the
 * others: in what they are told, in what they send and remember, and in the names of wishes (`acquire 1` is `acquire 2`).
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
import { type Exchange, renamed } from "./renamed.ts";
import { rowsRefused } from "./row-orders.ts";

/** Up to so many clients, each is exchanged with every other; beyond that with its neighbours and the last. */
const ALL_UP_TO = 8;

export class Namesakes {
  readonly #processes: readonly Process[];
  readonly #names: readonly string[];
  /** By client: the pairs in which it is compared. */
  readonly #pairs: readonly (readonly Pair[])[];

  /** `exchanges` are all orders of rows' keys, the first one as they are; none where rows are not exchanged. */
  constructor(
    processes: readonly Process[],
    names: readonly string[],
    exchanges: readonly ReadonlyMap<number, number>[] = [new Map()],
  ) {
    this.#processes = processes;
    this.#names = names;
    this.#pairs = processes.map((_, client) =>
      processes.flatMap((_, other) =>
        this.#isCompared(client, other)
          ? exchanges.slice(other === client ? 1 : 0).map((keys) => this.#pair(client, other, keys))
          : [],
      ),
    );
  }

  /** What the two do differently, or null where every other client does the same in this step. Throws where rows' keys make the difference. */
  difference(step: ProcessStep): string | null {
    const { client } = step;
    for (const pair of this.#pairs[client] ?? []) {
      const what = differs(step, pair);
      if (what === null) continue;
      const names = `${this.#names[client]} and ${this.#names[pair.other]}`;
      if (!isAsItIs(pair.exchange))
        throw rowsRefused(`a number is more than a row's key: with one and with another, ${names} ${what}`);
      return `${names} ${what}`;
    }
    return null;
  }

  #isCompared(client: number, other: number): boolean {
    const last = this.#processes.length - 1;
    return last < ALL_UP_TO || Math.abs(other - client) <= 1 || other === last;
  }

  #pair(client: number, other: number, keys: ReadonlyMap<number, number>): Pair {
    const [one, two] = [this.#names[client] as string, this.#names[other] as string];
    const own = this.#processes[client] as Process;
    const namesake = this.#processes[other] as Process;
    return {
      own,
      namesake,
      other,
      exchange: {
        names: new Map([
          [one, two],
          [two, one],
        ]),
        keys,
      },
      nodes: new Map([[own.initial, namesake.initial]]),
    };
  }
}

function isAsItIs({ keys = new Map() }: Exchange): boolean {
  return [...keys].every(([key, other]) => key === other);
}

function differs({ node, from, reply, to }: ProcessStep, pair: Pair): string | null {
  const { own, namesake, nodes, exchange } = pair;
  let at = nodes.get(node);
  if (at === undefined) return "come to different local states";
  if (from !== node) {
    const [requests, others] = [own.requests(node), namesake.requests(at)];
    const request = requests.find(({ then }) => then === from);
    const wish = request && wishUnder(request.name, exchange);
    const likewise = others.find(({ name }) => name === wish);
    if (request === undefined || likewise === undefined || requests.length !== others.length)
      return `ask for different things in ${own.describe(node)}`;
    if (!isAlike(request.query, likewise.query, pair)) {
      return `send different values in ${own.describe(node)}, which are computed from what is exchanged`;
    }
    at = likewise.then;
    if (!areAlike(from, at, pair)) return `are in different local states after ${request.name}`;
    nodes.set(from, at);
  }
  if (reply === null) return null;
  const then = advanced(namesake, at, replyUnder(reply, exchange));
  if (then === null) return `take the same reply for different ones in ${own.describe(from)}`;
  if (!areAlike(to, then, pair)) return `remember different things after ${own.describe(from)}`;
  nodes.set(to, then);
  return null;
}

/** Two processes, or one and itself, with what is exchanged between what they are told. */
interface Pair {
  readonly own: Process;
  readonly namesake: Process;
  readonly other: number;
  readonly exchange: Exchange;
  /** The namesake's node for one's own. */
  readonly nodes: Map<Node, Node>;
}

/** `acquire 1` with keys exchanged: a wish is named after its arguments. */
function wishUnder(name: string, { keys }: Exchange): string {
  const words = name.split(" ").map((word) => (/^\d+$/.test(word) ? (keys?.get(Number(word)) ?? word) : word));
  return words.join(" ");
}

/** How many rows there are is no key. */
function replyUnder(reply: Reply, exchange: Exchange): Reply {
  const { names = new Map() } = exchange;
  if (reply.kind === "failed") return renamed(reply, { names }) as Reply;
  return { ...(renamed(reply, { names }) as typeof reply), rows: renamed(reply.rows, exchange) as typeof reply.rows };
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

function isAlike(one: unknown, two: unknown, { exchange }: Pair): boolean {
  return JSON.stringify(renamed(one, exchange)) === JSON.stringify(two);
}
