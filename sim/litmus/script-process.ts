/**
 * A session of a litmus program as a process: it sends one statement after the other, whatever it is answered.
 *
 *     node 0 --statement 1--> waits --`INSERT 2`--> node 1 --statement 2--> …
 *                                   --`40P01`----> node 2 --statement 2--> …
 *
 * A node is the replies so far, as an outcome has them: what an outcome does not tell apart is one node. `only` cuts what is not
 * wanted: a reply that none of these sessions' replies begins with leads to a node from which nothing goes on.
 */
import type { View } from "../../model/protocol.ts";
import { type Node, type Process, type Request, request } from "../process/process.ts";
import { replyWords, toldOf } from "./outcome.ts";
import type { LitmusStatement } from "./program.ts";

export interface ScriptProcess extends Process {
  /** The replies so far. */
  replies(node: Node): readonly string[];
  /** Whether its replies are none of those that are wanted. */
  isCut(node: Node): boolean;
}

interface Place {
  readonly replies: readonly string[];
  readonly waits: boolean;
  readonly cut: boolean;
}

const VIEW: View = {};

/** `only`: the whole series of replies that are wanted; null for all. */
export function scriptProcess(
  statements: readonly LitmusStatement[],
  only: readonly (readonly string[])[] | null,
): ScriptProcess {
  const places: Place[] = [];
  const known = new Map<string, Node>();
  const prefixes =
    only === null
      ? null
      : new Set(
          only.flatMap((replies) => [...replies.keys(), replies.length].map((at) => keyOf(replies.slice(0, at)))),
        );
  const at = (node: Node): Place => {
    const place = places[node];
    if (place === undefined) throw new RangeError(`a session has no node ${node}`);
    return place;
  };
  const reach = (replies: readonly string[], waits: boolean): Node => {
    const key = `${waits ? "waits" : "idle"} ${keyOf(replies)}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const node = places.push({ replies, waits, cut: prefixes?.has(keyOf(replies)) === false }) - 1;
    known.set(key, node);
    return node;
  };
  return {
    initial: reach([], false),
    requests(node): readonly Request[] {
      const { replies, waits, cut } = at(node);
      const next = statements[replies.length];
      if (waits || cut || next === undefined) return [];
      return [request("next", { text: next.text, values: [] }, reach(replies, true))];
    },
    advance(node, reply) {
      const { replies } = at(node);
      const ordered = statements[replies.length]?.ordered === true;
      return reach([...replies, replyWords(toldOf(reply), ordered)], false);
    },
    view: () => VIEW,
    describe: (node) => `after ${at(node).replies.length} statements`,
    replies: (node) => at(node).replies,
    isCut: (node) => at(node).cut,
  };
}

function keyOf(replies: readonly string[]): string {
  return JSON.stringify(replies);
}
