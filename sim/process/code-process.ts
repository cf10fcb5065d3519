/**
 * Plain async TypeScript as a process: production code, explored unchanged.
 *
 *     const process = await codeProcess(async (session) => {
 *       if ((await acquire(session, 1, "alice")) !== "acquired") return;
 *       session.believe({ owns: 1 });
 *       session.believe({ owns: null });
 *       await release(session, 1, "alice");
 *     }, { name: "alice", view: { owns: null } });
 *
 * The local state of the code is its history of replies (design D7), so nodes form a tree: a reply leads from the node
 * which waits for it to the code's next stop, and code that loops for ever (it tries again until something succeeds) has no end of nodes. It
 * is followed for `repliesMax` replies; an exploration that comes so far is inconclusive. Cycles belong to machines.
 *
 *     stop 0                       stop 1 (after the first reply)
 *     view v0 --next {SELECT}--> waits ==reply==> view v1 --next {}--> view v2 --next {UPDATE}--> waits ==reply==> …
 *
 * Each stop is reached by running the code from its beginning with the recorded replies, twice, and every stop on the way
 * is compared with what is known: code that asks something else on the same history (a clock, a random number, a variable
 * shared between clients) is reported with both requests, because no schedule of it could be replayed.
 */
import type { Query, Reply, View } from "../../model/protocol.ts";
import { UsageError } from "../usage-error.ts";
import { afterReplies, type Code, type RunOptions, runCode, type Stop } from "./code-run.ts";
import { type Node, type Process, type Request, request } from "./process.ts";

export type { Code, CodeSession, QueryConfig, QueryResult } from "./code-run.ts";

/** Who runs the code, and what it believes at first. */
export interface CodeProcessOptions {
  readonly name: string;
  readonly view: View;
  /** How many microtasks the code may take between a reply and its next statement: 10 000 unless told. */
  readonly turnsMax?: number;
  /** How many replies one run of the code is followed for: 100 unless told. */
  readonly repliesMax?: number;
}

const TURNS_MAX = 10_000;
const REPLIES_MAX = 100;

/** A stop with its place in the tree. */
interface Place {
  readonly history: readonly Reply[];
  readonly stop: Stop;
  /** One node for each view of the stop. */
  readonly nodes: readonly Node[];
  /** The node that waits for the reply, where the stop asks. */
  readonly waits: Node | null;
  readonly after: Map<string, Promise<Node>>;
}

interface NodeState {
  readonly place: Place;
  /** Which view of the stop; the last one while it waits. */
  readonly view: number;
  readonly waits: boolean;
  /** It has had as many replies as it is followed for, and the next one is not looked at. */
  readonly isCutOff: boolean;
}

/**
 * Makes the process of one client. It is a promise because the code has to run to its first statement, and all of its
 * faults that show by then reject it with a UsageError; later ones reject `advance`.
 */
export async function codeProcess(code: Code, options: CodeProcessOptions): Promise<Process> {
  const { turnsMax = TURNS_MAX, repliesMax = REPLIES_MAX, ...about } = options;
  const tree = new StopTree(code, { turnsMax, ...about }, repliesMax);
  const initial = await tree.reach([]);
  return {
    initial,
    requests: (node) => requestsOf(tree.at(node)),
    advance: (node, reply) => tree.advance(node, reply),
    view: (node) => viewOf(tree.at(node)),
    endedBy: (node) => endedBy(tree.at(node)),
    cutOff: (node) => (tree.at(node).isCutOff ? `${repliesMax} replies to one run of ${options.name}'s code` : null),
    describe: (node) => describe(tree.at(node)),
  };
}

class StopTree {
  readonly #code: Code;
  readonly #options: RunOptions;
  readonly #repliesMax: number;
  readonly #nodes: NodeState[] = [];
  /** Histories by number: the stop after each, and the history that a reply makes of it. The one without replies is 0. */
  readonly #stops: Stop[] = [];
  readonly #longer = new Map<string, number>();
  #histories = 1;

  constructor(code: Code, options: RunOptions, repliesMax: number) {
    this.#code = code;
    this.#options = options;
    this.#repliesMax = repliesMax;
  }

  at(node: Node): NodeState {
    const state = this.#nodes[node];
    if (state === undefined) throw new Error(`${this.#options.name} has no node ${node}`);
    return state;
  }

  advance(node: Node, reply: Reply): Promise<Node> {
    const { place, waits } = this.at(node);
    if (!waits) throw new Error(`${this.#options.name} was given a reply without having asked`);
    const key = JSON.stringify(reply);
    const known = place.after.get(key);
    if (known !== undefined) return known;
    const isCutOff = place.history.length >= this.#repliesMax;
    const next = isCutOff ? Promise.resolve(this.#cutOff(place)) : this.reach([...place.history, reply]);
    place.after.set(key, next);
    return next;
  }

  #cutOff(place: Place): Node {
    return this.#nodes.push({ place, view: place.stop.views.length - 1, waits: false, isCutOff: true }) - 1;
  }

  /** The first node of the stop at the end of this history. */
  async reach(history: readonly Reply[]): Promise<Node> {
    await this.#run(history);
    const stop = await this.#run(history);
    const first = this.#nodes.length;
    const nodes = stop.views.map((_, at) => first + at);
    const waits = stop.end.kind === "asks" ? first + nodes.length : null;
    const place: Place = { history, stop, nodes, waits, after: new Map() };
    for (const [view] of stop.views.entries()) this.#nodes.push({ place, view, waits: false, isCutOff: false });
    if (waits !== null) this.#nodes.push({ place, view: stop.views.length - 1, waits: true, isCutOff: false });
    return first;
  }

  /** Runs the code and compares every stop on the way with what is known; returns the last one. */
  async #run(history: readonly Reply[]): Promise<Stop> {
    const stops = await runCode(this.#code, history, this.#options);
    let id = 0;
    for (const [replies, stop] of stops.entries()) {
      if (replies > 0) id = this.#after(id, history[replies - 1]);
      const known = this.#stops[id];
      if (known === undefined) this.#stops[id] = stop;
      else if (JSON.stringify(known) !== JSON.stringify(stop)) throw this.#nondeterministic(replies, known, stop);
    }
    const last = stops.at(-1);
    if (last === undefined || stops.length !== history.length + 1) throw new Error("a run ended before its history");
    return last;
  }

  /** The number of the history that this reply makes of another one. */
  #after(id: number, reply: Reply | undefined): number {
    const key = `${id} ${JSON.stringify(reply)}`;
    const known = this.#longer.get(key) ?? this.#histories++;
    this.#longer.set(key, known);
    return known;
  }

  #nondeterministic(replies: number, first: Stop, second: Stop): UsageError {
    const beliefs = JSON.stringify(first.views) !== JSON.stringify(second.views);
    return new UsageError(
      "nondeterministic-process",
      `${this.#options.name}, ${afterReplies(replies)}: the code did two things on one history. ` +
        `First it ${whatItDid(first, beliefs)}; run again with the same replies it ${whatItDid(second, beliefs)}`,
      "Let it depend on replies only: pass times, random numbers and counters in, and share no variables between clients.",
    );
  }
}

function requestsOf({ place, view, waits, isCutOff }: NodeState): readonly Request[] {
  if (waits || isCutOff) return [];
  const decided = place.nodes[view + 1];
  if (decided !== undefined) return [request("next", null, decided)];
  if (place.stop.end.kind !== "asks" || place.waits === null) return [];
  return [request("next", place.stop.end.query, place.waits)];
}

function viewOf({ place, view }: NodeState): View {
  const found = place.stop.views[view];
  if (found === undefined) throw new Error("a node has a view");
  return found;
}

function endedBy({ place, view }: NodeState): ReturnType<NonNullable<Process["endedBy"]>> {
  const { end, views } = place.stop;
  return end.kind === "threw" && view === views.length - 1 ? { kind: "error", ...end.error } : null;
}

function describe({ place, isCutOff }: NodeState): string {
  const where = afterReplies(place.history.length);
  if (isCutOff) return `followed no further ${where}`;
  switch (place.stop.end.kind) {
    case "asks":
      return where;
    case "ended":
      return `ended ${where}`;
    case "threw":
      return `ended ${where} by ${place.stop.end.message}`;
  }
}

function whatItDid({ views, end }: Stop, withBeliefs: boolean): string {
  const beliefs = withBeliefs ? `, believing ${views.map((view) => JSON.stringify(view)).join(" and then ")}` : "";
  switch (end.kind) {
    case "asks":
      return `asked ${inWords(end.query)}${beliefs}`;
    case "ended":
      return `ended${beliefs}`;
    case "threw":
      return `threw ${end.message}${beliefs}`;
  }
}

function inWords({ text, values }: Query): string {
  return values.length === 0 ? `"${text}"` : `"${text}" with ${JSON.stringify(values)}`;
}
